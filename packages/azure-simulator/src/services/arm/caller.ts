import type { Cloud } from '../../model/clouds.js'
import type { SigningKey } from '../tokens/signing-keys.js'
import type { World } from '../../world/world.js'
import { readBearer, type BearerFailure, type Caller } from '../tokens/bearer.js'
import { ArmError } from './errors.js'

/**
 * Reads the bearer token, or throws ARM's 401. Texts are from public issues; the code of the audience error isn't
 * documented.
 */
export async function authenticate(
  authorization: string | undefined,
  { world, cloud, key, problem }: { world: World; cloud: Cloud; key: SigningKey; problem: (text: string) => void },
): Promise<Caller> {
  const found = await readBearer(authorization, { world, key, problem, audiences: cloud.armAudiences })
  if (!('kind' in found)) return found
  const { code, message } = explain(found, cloud)
  const error = found.kind === 'missing' ? 'invalid_request' : 'invalid_token'
  throw new ArmError(401, code, message, {
    'www-authenticate': `Bearer authorization_uri="https://${cloud.loginHosts[0]}/${world.tenantId}", error="${error}", error_description="${message}"`,
    'x-ms-failure-cause': 'gateway',
  })
}

function explain(failure: BearerFailure, cloud: Cloud): { code: string; message: string } {
  switch (failure.kind) {
    case 'missing':
      return { code: 'AuthenticationFailed', message: "Authentication failed. The 'Authorization' header is missing." }
    case 'invalid':
      return { code: 'InvalidAuthenticationToken', message: 'The access token is invalid.' }
    case 'expired':
      return {
        code: 'ExpiredAuthenticationToken',
        message: `The access token expiry UTC time '${armTime(failure.expiredAt)}' is earlier than current UTC time '${armTime(Date.now())}'.`,
      }
    case 'audience': {
      const allowed = cloud.armAudiences.flatMap(accepted => [`'${accepted}/'`, `'${accepted}'`]).join(',')
      return {
        code: 'InvalidAuthenticationTokenAudience',
        message: `The access token has been obtained for wrong audience or resource '${failure.audience}'. It should exactly match with one of the allowed audiences ${allowed}.`,
      }
    }
  }
}

/** `8/24/2021 7:43:57 PM` */
const armTime = (milliseconds: number): string =>
  new Date(milliseconds).toLocaleString('en-US', { timeZone: 'UTC' }).replace(',', '')
