import { randomBytes } from 'node:crypto'
import type { ArmContext } from './context.js'

/**
 * The query of an operation's status URL: since 2024 it has a signature of about 4,500 characters (recorded), which
 * changes at every poll. Only the last one is sure to work.
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
