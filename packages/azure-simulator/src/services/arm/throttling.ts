import type { World } from '../../world/world.js'
import { subscriptionIdOf } from '../../world/scopes.js'
import type { ArmContext } from './context.js'
import { ArmError } from './errors.js'

export type CallKind = 'reads' | 'writes' | 'deletes'

export const kindOf = (method: string): CallKind =>
  method === 'GET' || method === 'HEAD' ? 'reads' : method === 'DELETE' ? 'deletes' : 'writes'

/**
 * Token buckets per subscription, principal and kind of call (learn.microsoft.com "request limits and throttling",
 * since 2024). The 429's code and text are from public quotes.
 */
export function createThrottle(world: World): (c: ArmContext) => void {
  const buckets = new Map<string, { tokens: number; at: number }>()
  return c => {
    if (world.throttling === undefined) return
    const kind = kindOf(c.req.method)
    const { size, refillPerSecond } = world.throttling[kind]
    const subscriptionId = subscriptionIdOf(new URL(c.req.url).pathname.replace(/^\/+/, '/')) ?? 'tenant'
    const actor = c.get('caller').objectId
    const key = `${subscriptionId.toLowerCase()} ${actor} ${kind}`
    const now = Date.now()
    const last = buckets.get(key) ?? { tokens: size, at: now }
    const tokens = Math.min(size, last.tokens + ((now - last.at) / 1000) * refillPerSecond)
    if (tokens < 1) {
      buckets.set(key, { tokens, at: now })
      const seconds = String(Math.max(1, Math.ceil((1 - tokens) / refillPerSecond)))
      throw new ArmError(
        429,
        'SubscriptionRequestsThrottled',
        `Number of '${kind}' requests for subscription '${subscriptionId}' actor '${actor}' exceeded. Please try again after '${seconds}' seconds after additional tokens are available. Refer to https://aka.ms/arm-throttling for additional information.`,
        { 'retry-after': seconds, 'x-ms-failure-cause': 'gateway' },
      )
    }
    buckets.set(key, { tokens: tokens - 1, at: now })
  }
}
