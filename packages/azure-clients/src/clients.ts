import type { AdditionalPolicyConfig } from '@azure-rest/core-client'
import { AuthorizationManagementClient } from '@azure/arm-authorization'
import { createContainerService } from '@azure/arm-containerservice/api'
import pLimit from 'p-limit'
import type { Cloud, Session, SourceCredentials } from 'azure'
import { memoize, type Clock } from 'kernel'
import { createNewRoles, type NewRoles } from './arm/new-roles.js'
import type { ArmContext } from './arm/resources.js'
import type { Credential, SigningIn } from './entra/sign-in.js'
import { createHostGuard } from './http/client.js'
import { createPatienceWithNew } from './http/operations.js'
import { clientOptions, createConcurrencyLimit, createServerClock } from './http/requests.js'
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
  /** The time by Azure Resource Manager's clock, in ms since the epoch. */
  armTime: () => number
  /** Waits for roles of the signed-in identity that were just assigned. */
  newRoles: NewRoles
}

/**
 * Creates the clients of all services while Entra answers.
 * @param given.onNewRole called once per role that is waited for, with a sentence that says so
 * @throws ActionError, as `signIn` does
 */
export async function connect({
  signingIn,
  inputs,
  clock,
  signal,
  onNewRole,
}: {
  signingIn: SigningIn
  inputs: {
    cloud: Cloud
    concurrency: number
    timeoutMs: number
    probeNamespace?: string
    sourceCredentials?: SourceCredentials
  }
  clock: Clock
  signal: AbortSignal
  onNewRole: (sentence: string) => void
}): Promise<{ session: Session; azure: AzureContext }> {
  const { credential, signedIn, observer } = signingIn
  // All requests of the run share it, but those for Entra's tokens: a request that waits for its token already has a place.
  const limit = pLimit(inputs.concurrency)
  const send = createSend(observer, signal, { limit })
  const { registrySuffix } = inputs.cloud
  const { client, signInTo } = createAzureRegistries(credential, observer, limit, signal, registrySuffix)
  const sources = createSourceRegistry(giveOnlyTo(inputs.sourceCredentials), send, signal)
  const azureSources = createSourceRegistry(signInTo, send, signal)
  const optionsAt = (endpoint: string, ...patience: AdditionalPolicyConfig[]) => {
    const outer = [createHostGuard(endpoint), createConcurrencyLimit(limit), createTurnTaking()]
    const options = clientOptions(observer, outer)
    // Before the other policies, which then see each try.
    options.additionalPolicies.unshift(...patience)
    return options
  }
  const { resourceManager: endpoint, graph } = inputs.cloud
  const armClock = createServerClock(clock)
  const options = optionsAt(
    endpoint,
    ...[createPatienceWithNew(clock), armClock.policy].map(policy => ({ policy, position: 'perRetry' as const })),
  )
  // By default, arm-containerservice requests a public-cloud token in every cloud (arm-containerservice 25.3.0, `containerServiceContext.js`).
  const scopes = [tokenScope(endpoint)]
  const sdk = { ...options, endpoint, credentials: { scopes } }
  const clients = {
    // Requests at a scope don't use the client's subscription.
    authorization: new AuthorizationManagementClient(credential, '', {
      ...sdk,
      $host: endpoint,
      credentialScopes: scopes,
    }),
    containerService: memoize((id: string) => createContainerService(credential, id, sdk)),
    resourceManager: createRestClient(credential, endpoint, options),
    graph: createRestClient(credential, graph, optionsAt(graph)),
  }

  const session = await signedIn
  const { caller, tenantId } = session
  const content = createRegistryContent(client, caller)
  const images = { content, sources, azureSources }
  const arm = { clients: { ...clients, caller, registrySuffix }, signal }
  const armTime = armClock.now
  const { timeoutMs, probeNamespace: namespace = '' } = inputs
  const newRoles = createNewRoles(arm, { clock, armTime, timeoutMs, namespace, onWait: onNewRole })
  return { session, azure: { credential, tenantId, ...arm, ...images, armTime, newRoles } }
}
