import { errors, type JWTPayload } from 'jose'
import { sameId } from '../../model/ids.js'
import type { SigningKey } from './signing-keys.js'
import type { World } from '../../world/world.js'

/** The caller in an access token. */
export interface Caller {
  readonly objectId: string
  readonly clientId: string
  readonly displayName: string
  readonly tenantId: string
  /** Application permissions for the audience when the token was issued. */
  readonly roles: readonly string[]
}

/** Why a bearer token is rejected. Each service has its own texts. */
export type BearerFailure =
  | { readonly kind: 'missing' | 'invalid' }
  | { readonly kind: 'expired'; readonly expiredAt: number }
  | { readonly kind: 'audience'; readonly audience: string }

export interface BearerOptions {
  readonly world: World
  readonly key: SigningKey
  /** Without a trailing slash; tokens may have one. */
  readonly audiences: readonly string[]
  /** Called with every failure except an expired token, which a correct client can send. */
  readonly problem: (text: string) => void
}

/** Reads and checks an `Authorization` header. */
export async function readBearer(
  authorization: string | undefined,
  options: BearerOptions,
): Promise<Caller | BearerFailure> {
  const { world, key, audiences, problem } = options
  const token = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1]
  if (token === undefined) {
    problem('no bearer token')
    return { kind: 'missing' }
  }
  let claims: JWTPayload
  try {
    claims = (await key.verify(token)).payload
  } catch (error) {
    if (error instanceof errors.JWTExpired) return { kind: 'expired', expiredAt: (error.payload.exp ?? 0) * 1000 }
    problem('the bearer token was not issued by Entra')
    return { kind: 'invalid' }
  }
  const tenantId = String(claims.tid)
  if (!world.tenants.has(tenantId)) {
    problem('the bearer token is for a tenant of another world')
    return { kind: 'invalid' }
  }
  const audience = String(claims.aud)
  if (!audiences.some(accepted => sameId(accepted, audience.replace(/\/+$/, '')))) {
    problem(`the bearer token is for ${audience}`)
    return { kind: 'audience', audience }
  }
  return {
    objectId: String(claims.oid),
    clientId: String(claims.appid),
    displayName: String(claims.app_displayname),
    tenantId,
    roles: Array.isArray(claims.roles) ? claims.roles.map(String) : [],
  }
}
