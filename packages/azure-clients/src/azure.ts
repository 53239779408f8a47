import pLimit from 'p-limit'
import type { Cloud, Session, SourceCredentials } from 'azure'
import type { Clock } from 'kernel'
import { createClients } from './arm/clients.js'
import type { AzureContext } from './context.js'
import { createConcurrencyLimit } from './http/requests.js'
import type { SigningIn } from './entra/sign-in.js'
import { createAzureRegistries } from './registry/azure.js'
import { createRegistryContent } from './registry/content.js'
import { createSourceRegistry, giveOnlyTo } from './registry/distribution.js'
import { createSend } from './registry/send.js'

interface ConnectOptions {
  signingIn: SigningIn
  inputs: { cloud: Cloud; concurrency: number; sourceCredentials?: SourceCredentials }
  clock: Clock
  signal: AbortSignal
}

/** Creates the clients of all services while Entra answers. @throws ActionError, as `signIn` does */
export async function connect(options: ConnectOptions): Promise<{ session: Session; azure: AzureContext }> {
  const { signingIn, inputs, clock, signal } = options
  const { credential, signedIn, observer } = signingIn
  // All requests of the run share it.
  const limit = pLimit(inputs.concurrency)
  const send = createSend(observer, limit)
  const { client, signInTo } = createAzureRegistries(credential, observer, limit, signal)
  const sources = createSourceRegistry(giveOnlyTo(inputs.sourceCredentials), send)
  const azureSources = createSourceRegistry(signInTo, send)
  const clients = createClients(credential, inputs.cloud, { limit: createConcurrencyLimit(limit), observer }, clock)

  const session = await signedIn
  const { caller, tenantId } = session
  const content = createRegistryContent(client, caller)
  const forCaller = { ...clients, caller }
  const azure = { credential, caller, tenantId, signal, clients: forCaller, content, sources, azureSources }
  return { session, azure }
}
