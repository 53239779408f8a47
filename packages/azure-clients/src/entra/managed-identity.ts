import type { AccessToken, TokenCredential } from '@azure/core-auth'
import type { SendRequest } from '@azure/core-rest-pipeline'
import { ManagedIdentityCredential } from '@azure/identity'
import type { Auth } from 'azure'
import { abortable } from 'kernel'
import type { clientOptions } from '../http/requests.js'
import { onceMore } from '../http/retries.js'
import { explainOtherSignIn } from './errors.js'

/** Gets a token of the runner's managed identity. */
export async function getTokenOfManagedIdentity(
  auth: Extract<Auth, { type: 'managed-identity' }>,
  options: ReturnType<typeof clientOptions>,
  signal: AbortSignal,
  asked: Parameters<TokenCredential['getToken']>,
): Promise<AccessToken> {
  const clientId = auth.clientId ? { clientId: auth.clientId } : {}
  const credential = new ManagedIdentityCredential({ ...forMetadata(options), ...clientId })
  // The SDK doesn't pass the signal to the metadata service.
  return abortable(credential.getToken(...asked), signal).catch((error: unknown) => {
    throw explainOtherSignIn(error, auth)
  })
}

/**
 * The options for the metadata service. The SDK has retries of its own for it, and drops all policies (identity 4.13.1,
 * managedIdentityCredential/index.js); its retries don't know all failures that pass.
 */
function forMetadata(given: ReturnType<typeof clientOptions>) {
  const { httpClient } = given
  const options: Partial<typeof given> = { ...given }
  delete options.retryOptions
  const sendRequest: SendRequest = request => onceMore.sendRequest(request, each => httpClient.sendRequest(each))
  return { ...options, httpClient: { sendRequest } }
}
