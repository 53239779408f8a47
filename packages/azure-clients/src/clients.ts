import { AuthorizationManagementClient } from '@azure/arm-authorization'
import { createContainerRegistryManagement } from '@azure/arm-containerregistry/api'
import { createContainerService } from '@azure/arm-containerservice/api'
import type { TokenCredential } from '@azure/core-auth'
import type { PipelinePolicy } from '@azure/core-rest-pipeline'
import pLimit, { type LimitFunction } from 'p-limit'
import type { Cloud, Session, SourceCredentials } from 'azure'
import { memoize, type Clock } from 'kernel'
import type { ArmContext, Clients } from './arm/context.js'
import type { Credential, SigningIn } from './entra/sign-in.js'
import { createHostGuard } from './http/client.js'
import { createPatienceWithNew, importStatusPolicy } from './http/operations.js'
import { clientOptions, createConcurrencyLimit } from './http/requests.js'
import { createRestClient } from './http/rest.js'
import { createTurnTaking } from './http/retries.js'
import { createAzureRegistries } from './registry/azure.js'
import { createSend } from './registry/client.js'
import { createRegistryContent, type RegistryContent } from './registry/content.js'
import { createSourceRegistry, giveOnlyTo, type SourceRegistry } from './registry/distribution.js'
import { tokenScope } from './services.js'

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
  /** Tenant of the signed-in identity. */
  tenantId: string
}

/** Creates the clients of all services while Entra answers. @throws ActionError, as `signIn` does */
export async function connect({
  signingIn,
  inputs,
  clock,
  signal,
}: {
  signingIn: SigningIn
  inputs: { cloud: Cloud; concurrency: number; sourceCredentials?: SourceCredentials }
  clock: Clock
  signal: AbortSignal
}): Promise<{ session: Session; azure: AzureContext }> {
  const { credential, signedIn, observer } = signingIn
  // All requests of the run share it, but those for Entra's tokens: a request that waits for its token already has a place.
  const limit = pLimit(inputs.concurrency)
  const send = createSend(observer, limit)
  const { client, signInTo } = createAzureRegistries(credential, observer, limit, signal)
  const sources = createSourceRegistry(giveOnlyTo(inputs.sourceCredentials), send)
  const azureSources = createSourceRegistry(signInTo, send)
  const clients = createClients(credential, inputs.cloud, { limit, observer, clock })

  const session = await signedIn
  const { caller, tenantId } = session
  const content = createRegistryContent(client, caller)
  const azure = { credential, tenantId, signal, clients: { ...clients, caller }, content, sources, azureSources }
  return { session, azure }
}

/**
 * The clients of Azure Resource Manager and Microsoft Graph. They get their endpoint and the scope of their tokens explicitly: by default,
 * arm-containerservice requests a public-cloud token in every cloud (arm-containerservice 25.3.0, `containerServiceContext.js`).
 */
function createClients(
  credential: TokenCredential,
  cloud: Cloud,
  { limit, observer, clock }: { limit: LimitFunction; observer: PipelinePolicy; clock: Clock },
): Omit<Clients, 'caller'> {
  const at = (endpoint: string, ...more: PipelinePolicy[]) =>
    clientOptions(observer, [createHostGuard(endpoint), createConcurrencyLimit(limit), createTurnTaking(), ...more])
  const patience = createPatienceWithNew(clock)
  const atArm = (...more: PipelinePolicy[]) => {
    const options = at(cloud.resourceManager, ...more)
    // Before the other policies, which then see each try.
    options.additionalPolicies.unshift({ policy: patience, position: 'perRetry' })
    return options
  }
  const arm = atArm()
  const scopes = [tokenScope(cloud.resourceManager)]
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
