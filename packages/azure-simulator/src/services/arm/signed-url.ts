import { randomBytes } from 'node:crypto'
import type { ArmContext } from './context.js'

/**
 * The query of a URL that tells how an operation stands: signed since 2024, by about 4,500 characters (recorded), and signed anew at
 * every poll: only the last one is sure to work.
 */
export function signedQuery(c: ArmContext): URLSearchParams {
  return new URLSearchParams({
    'api-version': c.req.query('api-version') ?? '',
    t: String(638_827_000_000_000_000n + BigInt(Date.now()) * 10_000n),
    c: randomBytes(2900).toString('base64url'),
    s: randomBytes(256).toString('base64url'),
    h: randomBytes(32).toString('base64url'),
  })
}
