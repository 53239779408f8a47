import pLimit from 'p-limit'
import type { Logger } from '../model/progress.js'
import type { Session } from '../model/run.js'
import type { Clock } from '../model/time.js'
import type { Inputs } from '../model/inputs.js'
import { createClients } from './arm/clients.js'
import type { AzureContext } from './context.js'
import { createConcurrencyLimit, createRequestObserver } from './http/requests.js'
import { signIn, type SignInWith } from './entra/sign-in.js'
import { createAzureRegistries } from './registry/azure.js'
import { createRegistryContent } from './registry/content.js'
import { createSourceRegistry, giveOnlyTo } from './registry/distribution.js'
import { createSend } from './registry/send.js'

interface ConnectOptions {
  signInWith: SignInWith
  inputs: Pick<Inputs, 'cloud' | 'concurrency' | 'sourceCredentials'>
  log: Logger
  clock: Clock
  countRequest: () => void
  signal: AbortSignal
}

/** Signs in, and creates the clients of all services. @throws ActionError, as `signIn` does */
export async function connect(options: ConnectOptions): Promise<{ session: Session; azure: AzureContext }> {
  const { signInWith, inputs, log, clock, countRequest, signal } = options
  // All requests of the run share it.
  const limit = pLimit(inputs.concurrency)
  const observer = createRequestObserver(log, countRequest)
  const send = createSend(observer, limit)
  const { credential, signedIn } = signIn(signInWith, inputs.cloud, observer, signal)
  const { client, signInTo } = createAzureRegistries(credential, observer, limit, signal)
  const sources = createSourceRegistry(giveOnlyTo(inputs.sourceCredentials), send)
  const azureSources = createSourceRegistry(signInTo, send)
  const clients = createClients(credential, inputs.cloud, { limit: createConcurrencyLimit(limit), observer }, clock)

  // Everything above is created while Entra answers.
  const session = await signedIn
  const { caller, tenantId } = session
  const content = createRegistryContent(client, caller)
  const forCaller = { ...clients, caller }
  const azure = { credential, caller, tenantId, signal, clients: forCaller, content, sources, azureSources }
  return { session, azure }
}
