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
  return {
    async sign(claims, header = {}) {
      const { privateKey } = await ready
      return new SignJWT(claims).setProtectedHeader({ typ: 'JWT', alg: 'RS256', ...header, kid }).sign(privateKey)
    },
    verify: async token => jwtVerify(token, (await ready).keySet, { algorithms: ['RS256'] }),
    jwks: async () => (await ready).jwks,
  }
}
