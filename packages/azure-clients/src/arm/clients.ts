import { AuthorizationManagementClient } from '@azure/arm-authorization'
import {
  createContainerRegistryManagement,
  type ContainerRegistryManagementContext,
} from '@azure/arm-containerregistry/api'
import { createContainerService, type ContainerServiceContext } from '@azure/arm-containerservice/api'
import { type PipelinePolicy } from '@azure/core-rest-pipeline'
import { type TokenCredential } from '@azure/core-auth'
import type { Caller, Cloud } from 'azure'
import { memoize, type Clock } from 'kernel'
import { createHostGuard } from '../http/client.js'
import { createPatienceWithNew } from '../http/just-made.js'
import { clientOptions, createTurnTaking, importStatusPolicy } from '../http/requests.js'
import { createRestClient, type RestClient } from './rest.js'

/**
 * The SDK clients and their caller. The SDK needs one client per subscription. For clusters and registries only the context, used with functions
 * from the SDK's subpaths: a whole client would bundle every operation.
 */
export interface Clients {
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

export interface Policies {
  /** Not for Entra, because a request that waits for its token already has a slot. */
  limit: PipelinePolicy
  observer: PipelinePolicy
}

/**
 * Sets endpoint and token scope explicitly: by default, arm-containerservice requests a public-cloud token in every cloud (arm-containerservice
 * 25.3.0, `containerServiceContext.js`).
 */
export function createClients(
  credential: TokenCredential,
  cloud: Cloud,
  { limit, observer }: Policies,
  clock: Clock,
): Omit<Clients, 'caller'> {
  const scopes = [resourceManagerScope(cloud)]
  // A request keeps its slot while it waits for its turn.
  const at = (endpoint: string, ...more: PipelinePolicy[]) =>
    clientOptions(observer, [createHostGuard(endpoint), limit, createTurnTaking(), ...more])
  const patience = createPatienceWithNew(clock)
  const atArm = (...more: PipelinePolicy[]) => {
    const options = at(cloud.resourceManager, ...more)
    // Before the other policies, which then see each try.
    options.additionalPolicies.unshift({ policy: patience, position: 'perRetry' })
    return options
  }
  const arm = atArm()
  const options = { ...arm, endpoint: cloud.resourceManager, credentials: { scopes } }
  const forRegistries = { ...options, ...atArm(importStatusPolicy) }
  const forAuthorization = { ...options, $host: cloud.resourceManager, credentialScopes: scopes }
  return {
    authorization: memoize(id => new AuthorizationManagementClient(credential, id, forAuthorization)),
    containerService: memoize(id => createContainerService(credential, id, options)),
    containerRegistry: memoize(id => createContainerRegistryManagement(credential, id, forRegistries)),
    resourceManager: createRestClient(credential, cloud.resourceManager, arm),
    graph: createRestClient(credential, cloud.graph, at(cloud.graph)),
  }
}

/** The scope of tokens for Azure Resource Manager. */
export function resourceManagerScope(cloud: Cloud): string {
  return `${cloud.resourceManager}/.default`
}
