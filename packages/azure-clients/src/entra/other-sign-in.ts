import type { AccessToken, GetTokenOptions } from '@azure/core-auth'
import type { SendRequest } from '@azure/core-rest-pipeline'
import { AzureCliCredential, ManagedIdentityCredential } from '@azure/identity'
import type { Auth, OidcAuth } from 'azure'
import { abortable } from 'kernel'
import { clientOptions } from '../http/requests.js'
import { onceMore } from '../http/retries.js'
import { explainOtherSignIn } from './errors.js'

/** Gets a token without GitHub's OIDC. */
export async function getTokenAs(
  auth: Exclude<Auth, OidcAuth>,
  options: ReturnType<typeof clientOptions>,
  signal: AbortSignal,
  scopes: string | string[],
  tokenOptions?: GetTokenOptions,
): Promise<AccessToken> {
  if (auth.type === 'azure-cli') hideFromPrograms()
  const credential =
    auth.type === 'azure-cli'
      ? new AzureCliCredential(auth.tenantId ? { tenantId: auth.tenantId } : {})
      : new ManagedIdentityCredential({ ...forMetadata(options), ...(auth.clientId && { clientId: auth.clientId }) })
  try {
    // The SDK passes the signal neither to the Azure CLI nor to the metadata service.
    return await abortable(credential.getToken(scopes, tokenOptions), signal)
  } catch (error) {
    throw explainOtherSignIn(error, auth)
  }
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

/**
 * Removes the inputs and the permission to request ID tokens from the environment of this process, because programs that it starts inherit it, such as
 * `az` from the Azure SDK. Call it after the inputs have been read.
 */
function hideFromPrograms(): void {
  for (const name of Object.keys(process.env))
    if (/^(INPUT_|ACTIONS_ID_TOKEN_REQUEST_)/i.test(name)) Reflect.deleteProperty(process.env, name)
}
