import { type TokenCredential } from '@azure/core-auth'
import type { Caller } from '../model/caller.js'
import { ActionError } from '../model/error.js'
import type { RegistryContent } from './registry/content.js'
import type { SourceRegistry } from './registry/distribution.js'
import type { Clients } from './arm/clients.js'

/** What the stages that talk to Azure share. */
export interface AzureContext {
  clients: Clients
  /** For what the clients do not do: tokens for a cluster's API server. */
  credential: TokenCredential
  /** What is in Azure's registries. */
  content: RegistryContent
  /** The registries that images come from: those of others, and those in Azure as the signed-in identity. */
  sources: SourceRegistry
  azureSources: SourceRegistry
  caller: Caller
  /** Tenant of the signed-in identity. */
  tenantId: string
  signal: AbortSignal
}

/** The value, or the contract's error in its place; a cancelled job throws. */
export async function orError<T>(work: Promise<T>): Promise<T | ActionError> {
  try {
    return await work
  } catch (error) {
    if (error instanceof ActionError) return error
    throw error
  }
}
