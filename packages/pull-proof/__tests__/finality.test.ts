import { expect, test } from 'vitest'
import type { NodePull } from 'run-model'
import { blockedMs, isOpen, letInMs } from '../src/finality.js'
import { cacheMsOf, replicationMs } from '../src/pace.js'
import { samplePullOrder } from '../../../__tests__/support/pull-order.js'
import { sampleImage, samplePull } from './sample-pull.js'

const reference = 'contosoacr.azurecr.io/team/app:1'
const image = sampleImage({ reference, registryId: 'acr' })
const gone = { image: { ...image, isThere: false } }
const underWay = { pending: { doing: 'pulling', since: 0, message: '' } } as const
const acr = new Set(['acr'])
/** What can still change, by a name. */
const prospects = {
  open: {},
  settled: { settled: acr },
  barred: { barred: acr },
  quiet: { settled: acr, barred: acr },
  sealed: { sealed: acr },
  outside: { outside: new Set([reference]) },
  'settled elsewhere': { settled: new Set(['other']) },
  'outside elsewhere': { outside: new Set(['other']) },
}

const sibling = { node: 'm', at: 1000 }
const never = Infinity
const hour = 3_600_000

const tried = (attempts: number, cause?: NodePull['cause'], more: Partial<NodePull> = {}): Partial<NodePull> => ({
  attempts,
  ...more,
  ...(cause && { cause }),
})

// Until when another attempt may help, in milliseconds; 0 if it never does.
test.each<[NodePull['verdict'], when: keyof typeof prospects, Partial<NodePull>, until: number]>([
  ...(['denied', 'unreachable', 'rate-limited', 'failed', 'slow', 'unschedulable'] as const).map(
    verdict => [verdict, 'open', {}, never] as [typeof verdict, 'open', object, number],
  ),
  ['pulled', 'open', {}, 0],
  ['refused', 'open', {}, 0],
  ['changed', 'open', {}, 0],
  // Whatever an earlier attempt ended with, one that is under way is waited for; after a pull, until the pod shows what it has pulled.
  ...(['slow', 'denied', 'not-found', 'refused', 'changed'] as const).map(
    verdict => [verdict, 'open', underWay, never] as [typeof verdict, 'open', object, number],
  ),
  ['pulled', 'open', underWay, letInMs],
  // A replica might not have the image yet, or only its index.
  ['not-found', 'open', {}, replicationMs],
  ['not-found', 'open', { startedAt: 2 * hour }, 2 * hour + replicationMs],
  ['not-found', 'open', { cause: 'part' }, replicationMs],
  ['not-found', 'open', { cause: 'platform' }, 0],
  ['not-found', 'open', gone, 0],
  ['denied', 'settled', tried(2), never],
  ['denied', 'settled', tried(3), 0],
  ['denied', 'settled elsewhere', tried(3), never],
  ['denied', 'barred', tried(3), never],
  ['denied', 'outside', tried(3, 'role'), 0],
  ['denied', 'outside elsewhere', tried(3, 'role'), never],
  ['denied', 'outside', tried(3, 'no-credential'), never],
  ['denied', 'settled', tried(9, 'stale-credential'), hour],
  ['denied', 'settled', tried(9, 'stale-credential', { startedAt: 2 * hour }), 3 * hour],
  ['unreachable', 'barred', tried(2, 'firewall'), never],
  ['unreachable', 'barred', tried(3, 'firewall'), 0],
  // Those before it had another cause.
  ['unreachable', 'barred', tried(3, 'firewall', { staleAttempts: 1 }), never],
  ['unreachable', 'settled', tried(3, 'firewall'), never],
  ['unreachable', 'settled', tried(3, 'dns'), never],
  ['unreachable', 'barred', {}, never],
  ['unreachable', 'sealed', tried(1, 'dns'), 0],
  ['unreachable', 'quiet', {}, blockedMs],
  ['unreachable', 'quiet', underWay, blockedMs],
  ['slow', 'quiet', underWay, never],
  // What the upstream of a cache rule does, no role and no network ends.
  ['unreachable', 'open', { cause: 'upstream' }, blockedMs],
  ['unreachable', 'settled', { cause: 'unavailable' }, never],
  // Neither ends what the streaming proxy of a node does.
  ['unreachable', 'open', { cause: 'streaming' }, blockedMs],
  // Another node has pulled the image with the same identity, so no role is waited for.
  ['denied', 'open', tried(3, 'no-credential', { sibling }), 31_000],
  ['denied', 'open', tried(3, undefined, { sibling }), 31_000],
  ['denied', 'open', tried(2, 'no-credential', { sibling }), never],
  ['denied', 'open', tried(9, 'no-credential', { sibling, staleAttempts: 7 }), never],
  ['denied', 'settled', tried(3, 'no-credential', { sibling }), 0],
  ['denied', 'open', tried(3, 'stale-credential', { sibling }), hour],
  ['denied', 'open', tried(3, 'no-credential', { sibling, ...underWay }), never],
  ['unreachable', 'open', tried(3, 'dns', { sibling }), never],
])('another attempt after %s (%s, %j) may help until %s ms', (verdict, when, more, until) => {
  const pull = samplePull(verdict, { image, ...more })
  const order = samplePullOrder(prospects[when])
  if (until > 0) expect(isOpen(pull, order, Math.min(until, 9 * hour) - 1)).toBe(true)
  if (until < never) expect(isOpen(pull, order, until)).toBe(false)
})

test.each([
  ['v1.33.9', 5],
  ['v1.34.6', 5],
  ['v1.34.7', 60],
  ['v1.35.8', 5],
  ['v1.35.9', 60],
  ['v1.36.0', 60],
  ['', 60],
] as const)('a kubelet of version %s keeps a credential for %i minutes', (version, minutes) => {
  expect(cacheMsOf(version)).toBe(minutes * 60_000)
})
