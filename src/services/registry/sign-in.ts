import { type TokenCredential } from '@azure/core-auth'
import { memoize } from '../../model/memoize.js'
import { registryAudience } from './content.js'
import type { Send } from './send.js'

/** The user name that goes with a refresh token (azure-cli: `az acr login --expose-token`). */
const username = '00000000-0000-0000-0000-000000000000'

/**
 * What an OCI client signs in to a registry in Azure with, as the signed-in identity: a refresh token as password
 * (github.com/Azure/acr/blob/main/docs/AAD-OAuth.md). Undefined when the registry gives none.
 */
export function createRegistrySignIn(credential: TokenCredential, send: Send, signal: AbortSignal) {
  return memoize(async (loginServer: string) => {
    const entra = await credential.getToken(`${registryAudience}/.default`, { abortSignal: signal })
    const form = { grant_type: 'access_token', service: loginServer, access_token: entra?.token ?? '' }
    const { status, bodyAsText } = await send('POST', `https://${loginServer}/oauth2/exchange`, { form }, signal)
    if (status !== 200) return undefined
    const { refresh_token: password } = JSON.parse(bodyAsText ?? '{}') as { refresh_token?: string }
    return password ? { username, password } : undefined
  })
}
