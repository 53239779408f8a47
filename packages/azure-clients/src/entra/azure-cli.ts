import type { AccessToken, TokenCredential } from '@azure/core-auth'
import { AzureCliCredential } from '@azure/identity'
import type { Auth } from 'azure'
import { abortable } from 'kernel'
import { explainOtherSignIn } from './errors.js'

/** Gets a token from the Azure CLI, which is signed in. */
export async function getTokenFromCli(
  auth: Extract<Auth, { type: 'azure-cli' }>,
  signal: AbortSignal,
  asked: Parameters<TokenCredential['getToken']>,
): Promise<AccessToken> {
  hideFromPrograms()
  const credential = new AzureCliCredential(auth.tenantId ? { tenantId: auth.tenantId } : {})
  // The SDK doesn't pass the signal to the Azure CLI.
  return abortable(credential.getToken(...asked), signal).catch((error: unknown) => {
    throw explainOtherSignIn(error, auth)
  })
}

/**
 * Removes the inputs and the permission to request ID tokens from the environment of this process, because programs that it starts inherit it, such as
 * `az` from the Azure SDK. Call it after the inputs have been read.
 */
function hideFromPrograms(): void {
  for (const name of Object.keys(process.env))
    if (/^(INPUT_|ACTIONS_ID_TOKEN_REQUEST_)/i.test(name)) Reflect.deleteProperty(process.env, name)
}
