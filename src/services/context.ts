import type { Caller } from '../model/caller.js'
import type { Credential } from './entra/sign-in.js'
import type { RegistryContent } from './registry/content.js'
import type { SourceRegistry } from './registry/distribution.js'
import type { Clients } from './arm/clients.js'

/** The clients and the clock that all stages that talk to Azure share. */
export interface AzureContext {
  clients: Clients
  /** The credential itself, for tokens that no client asks for: those of a cluster's API server. */
  credential: Credential
  /** Reads the content of registries in Azure. */
  content: RegistryContent
  /** Reads the registries that images come from: those in Azure as the signed-in identity, others without it. */
  sources: SourceRegistry
  azureSources: SourceRegistry
  caller: Caller
  /** Tenant of the signed-in identity. */
  tenantId: string
  signal: AbortSignal
}
