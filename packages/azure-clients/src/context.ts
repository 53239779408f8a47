import type { Caller } from 'azure'
import type { Credential } from './entra/sign-in.js'
import type { RegistryContent } from './registry/content.js'
import type { SourceRegistry } from './registry/distribution.js'
import type { ArmContext } from './arm/clients.js'

/** The clients of the stages that talk to Azure. */
export interface AzureContext extends ArmContext {
  /** For tokens that no client requests: those of a cluster's API server. */
  credential: Credential
  /** Reads images in Azure registries. */
  content: RegistryContent
  /** Reads source registries with the source credentials, if any. */
  sources: SourceRegistry
  /** Reads source registries in Azure as the signed-in identity. */
  azureSources: SourceRegistry
  caller: Caller
  /** Tenant of the signed-in identity. */
  tenantId: string
}
