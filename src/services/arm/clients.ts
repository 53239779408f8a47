import { AuthorizationManagementClient } from '@azure/arm-authorization'
import {
  createContainerRegistryManagement,
  type ContainerRegistryManagementContext,
} from '@azure/arm-containerregistry/api'
import { createContainerService, type ContainerServiceContext } from '@azure/arm-containerservice/api'
import { type PipelinePolicy } from '@azure/core-rest-pipeline'
import { type TokenCredential } from '@azure/core-auth'
import type { Caller } from '../../model/caller.js'
import type { Cloud } from '../../model/cloud.js'
import { memoize } from '../../model/memoize.js'
import type { Clock } from '../../model/time.js'
import { createHostGuard } from '../http/host-guard.js'
import { createPatienceWithNew } from '../http/just-made.js'
import { clientOptions, createTurnTaking, importStatusPolicy } from '../http/requests.js'
import { createRestClient, type RestClient } from './rest.js'
import { collectServiceAccountPullers, type ServiceAccountPullers } from './service-account-pullers.js'

/**
 * The SDK clients, one a subscription where the SDK wants it so, and who asks with them. Of clusters and registries the context alone, whose
 * operations are functions of the SDK's subpaths: a client brings every operation with it.
 */
export interface Clients {
  caller: Caller
  authorization(subscriptionId: string): AuthorizationManagementClient
  containerService(subscriptionId: string): ContainerServiceContext
  containerRegistry(subscriptionId: string): ContainerRegistryManagementContext
  resourceManager: RestClient
  graph: RestClient
  serviceAccountPullers: ServiceAccountPullers
}

/** The policies that all clients share. */
export interface Policies {
  /** Not for Entra: a request that waits for its token has its place already. */
  limit: PipelinePolicy
  observer: PipelinePolicy
}

/**
 * Endpoint and token scope are always given: left to itself, arm-containerservice asks for a public-cloud token in every cloud
 * (arm-containerservice 25.3.0, `containerServiceContext.js`).
 */
export function createClients(
  credential: TokenCredential,
  cloud: Cloud,
  { limit, observer }: Policies,
  clock: Clock,
): Omit<Clients, 'caller'> {
  const scopes = [resourceManagerScope(cloud)]
  const at = (endpoint: string, ...more: PipelinePolicy[]) => {
    const options = clientOptions(observer)
    // A request keeps its place while it waits for its turn.
    for (const policy of [createHostGuard(endpoint), limit, createTurnTaking(), ...more])
      options.additionalPolicies.push({ policy, position: 'perCall' })
    return options
  }
  const patience = createPatienceWithNew(clock)
  const atArm = (...more: PipelinePolicy[]) => {
    const options = at(cloud.resourceManager, ...more)
    // Before the others, which see each try.
    options.additionalPolicies.unshift({ policy: patience, position: 'perRetry' })
    return options
  }
  const arm = atArm()
  const options = { ...arm, endpoint: cloud.resourceManager, credentials: { scopes } }
  const { pullers, policy } = collectServiceAccountPullers()
  const forClusters = { ...options, ...atArm(policy) }
  const forRegistries = { ...options, ...atArm(importStatusPolicy) }
  const forAuthorization = { ...options, $host: cloud.resourceManager, credentialScopes: scopes }
  return {
    authorization: memoize(id => new AuthorizationManagementClient(credential, id, forAuthorization)),
    containerService: memoize(id => createContainerService(credential, id, forClusters)),
    containerRegistry: memoize(id => createContainerRegistryManagement(credential, id, forRegistries)),
    resourceManager: createRestClient(credential, cloud.resourceManager, arm),
    graph: createRestClient(credential, cloud.graph, at(cloud.graph)),
    serviceAccountPullers: pullers,
  }
}

/** The scope of an Azure Resource Manager token. */
export function resourceManagerScope(cloud: Cloud): string {
  return `${cloud.resourceManager}/.default`
}
