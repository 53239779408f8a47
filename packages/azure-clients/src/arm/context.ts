import type { AuthorizationManagementClient } from '@azure/arm-authorization'
import type { ContainerRegistryManagementContext } from '@azure/arm-containerregistry/api'
import type { ContainerServiceContext } from '@azure/arm-containerservice/api'
import type { Caller } from 'azure'
import type { RestClient } from '../http/rest.js'

/**
 * The SDK clients and their caller. The SDK needs one client per subscription. For clusters and registries only the context, used with functions
 * from the SDK's subpaths: a whole client would bundle every operation.
 */
export interface Clients {
  /** The signed-in principal, which the errors of all requests name. */
  caller: Caller
  authorization(subscriptionId: string): AuthorizationManagementClient
  containerService(subscriptionId: string): ContainerServiceContext
  containerRegistry(subscriptionId: string): ContainerRegistryManagementContext
  resourceManager: RestClient
  graph: RestClient
}

/** The clients, and the signal that aborts their requests. */
export interface ArmContext {
  clients: Clients
  signal: AbortSignal
}
