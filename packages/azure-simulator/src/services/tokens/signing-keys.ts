import {
  createLocalJWKSet,
  exportJWK,
  generateKeyPair,
  jwtVerify,
  SignJWT,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyResult,
} from 'jose'
import { newGuid } from '../../model/ids.js'

/** An issuer's RS256 key: signs, verifies, and publishes itself. */
export interface SigningKey {
  sign(claims: JWTPayload, header?: Record<string, string>): Promise<string>
  /** Checks signature and times; throws jose's errors. */
  verify(token: string): Promise<JWTVerifyResult>
  jwks(): Promise<JSONWebKeySet>
}

/** Starts creating a key in the background, so that it is ready for the first token. */
export function createSigningKey(): SigningKey {
  const kid = newGuid().replaceAll('-', '')
  const ready = (async () => {
    const { privateKey, publicKey } = await generateKeyPair('RS256', { modulusLength: 2048 })
    const jwks: JSONWebKeySet = { keys: [{ ...(await exportJWK(publicKey)), kid, use: 'sig', alg: 'RS256' }] }
    return { privateKey, jwks, keySet: createLocalJWKSet(jwks) }
  })()
  /** What each token says whose signature was right: most requests of a step come with the same few. */
  const verified = new Map<string, JWTVerifyResult>()
  return {
    async sign(claims, header = {}) {
      const { privateKey } = await ready
      return new SignJWT(claims).setProtectedHeader({ typ: 'JWT', alg: 'RS256', ...header, kid }).sign(privateKey)
    },
    async verify(token) {
      const known = verified.get(token)
      if (known && Date.now() < (known.payload.exp ?? 0) * 1000) return known
      const result = await jwtVerify(token, (await ready).keySet, { algorithms: ['RS256'] })
      verified.set(token, result)
      return result
    },
    jwks: async () => (await ready).jwks,
  }
}
