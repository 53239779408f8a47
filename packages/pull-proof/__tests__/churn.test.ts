import { describe, expect, test } from 'vitest'
import type { ClusterNode } from 'azure'
import type { PullResult } from 'kubernetes'
import type { NodePull } from 'run-model'
import { applyLook, giveUpTroubled, listAwaited, needsLook, patienceOf, takeSpares } from '../src/churn.js'
import { fold, startRecord, type PullOrder, type PullRecord } from '../src/record.js'
import { sampleNode } from '../../../__tests__/support/nodes.js'
import { samplePullOrder } from '../../../__tests__/support/pull-order.js'
import { sampleImage } from './sample-pull.js'

/** A node whose name says what is special about it. */
const nodeOf = (name: string): ClusterNode =>
  sampleNode(name.replace(/-.*/, ''), { isReady: !name.includes('-down'), isCordoned: name.includes('-cordoned') })

const nodesOf = (names: string): ClusterNode[] => names.split(' ').map(nodeOf)

const images = ['near', 'far'].map(name =>
  sampleImage({ reference: `${name}.azurecr.io/app:1`, registryId: `/${name}` }),
)

/** The record of nodes, each with its spares after a `+`, that pull one image, or one of each of two registries. */
function start(nodes: string, count = 1, more: Partial<PullOrder> = {}): PullRecord {
  const chosen = nodes.split(' ').map(each => {
    const [name = '', ...spares] = each.split('+')
    return { node: nodeOf(name), spares: spares.map(nodeOf) }
  })
  return startRecord(samplePullOrder({ nodes: chosen, images: images.slice(0, count), ...more }), 0)
}

/** What was seen of an image: a verdict, what its pod does, or more. */
type Seen = NodePull['verdict'] | 'silent' | 'quiet' | 'starting' | 'pulling' | Partial<PullResult>

const doings: unknown[] = ['silent', 'quiet', 'starting', 'pulling']

function resultOf(seen: Seen | undefined, position: number): PullResult {
  const container = `image-${position}`
  if (typeof seen !== 'string') return { container, verdict: undefined, message: '', ...seen }
  if (doings.includes(seen)) return { container, verdict: undefined, doing: seen as 'silent', message: '' }
  return { container, verdict: seen as NodePull['verdict'], message: '' }
}

/** The record after a round of a second, which showed this of the images of some nodes. */
function after(record: PullRecord, seen: Record<string, Seen[]>, beganAt = 1000): PullRecord {
  const results = record.seats.flatMap(({ index, node: { name }, pulls }) => {
    const own = seen[name]
    return own ? { index, attempts: 1, images: pulls.map((_, position) => resultOf(own[position], position)) } : []
  })
  return fold(record, results, { began: beganAt, ended: beganAt + 1000 })
}

/** The nodes that are still to pull, and those that were abandoned, with the reason. */
const shown = ({ seats, skipped }: PullRecord): string[] => [
  ...seats.map(({ node, abandoned }) => (abandoned === undefined ? node.name : `${node.name}: ${abandoned}`)),
  ...skipped.map(({ node, abandoned }) => `${node.name} no more: ${abandoned}`),
]

const all = { probeNodes: 'all' } as const
const full: Seen = { verdict: 'unschedulable', message: 'OutOfpods.' }
const pair = start('a1+a2 b1')
const minutes = 60_000
const silentPair = after(start('a1 a2', 1, all), { a1: ['silent'], a2: ['pulled'] })
/** A node that has pulled one of two images, and then has accepted the pod without a word. */
const half = after(start('a1', 2), { a1: ['pulled', 'quiet'] })
const mixed = after(start('a1', 2), {
  a1: [
    { doing: 'quiet', message: 'waits for 1.2.3.4.' },
    { doing: 'silent', message: 'no IP address.' },
  ],
})
const refused = after(start('a1', 2), { a1: [{ verdict: 'denied', message: '401' }, 'pulled'] })
const mute = after(refused, { a1: [{ doing: 'silent', message: 'no address.' }] }, 3_600_000)
const stalled = after(refused, { a1: ['starting'] }, 3_600_000)
const down = applyLook(start('a1 b1'), nodesOf('a1 b1-down'), 2000)

/** A node whose images ended like this before the API server was lost. */
const lost = { lostAt: 3_600_000 }
const failed = (...seen: Seen[]) => ({ ...after(start('a1', 2), { a1: seen }), ...lost })
const full1 = after(pair, { b1: [full] })
const fullOfAll = after(start('a1 b1', 1, all), { b1: [full] })
const ofAll = (...seen: Seen[]) => after(start('a1 a2', 1, all), { a1: seen.slice(0, 1), a2: seen.slice(1) })
const silentPool = after(start('a1 b1', 1, all), { a1: ['silent'], b1: ['pulled'] })
const silentLater = after(ofAll('denied', 'pulled'), { a1: ['silent'] }, 3000)
const lookedAt = applyLook(fullOfAll, nodesOf('a1 b1'), 31_000)

describe('a list of the nodes', () => {
  test.each<[name: string, record: PullRecord, nodes: string, at: number, expected: string]>([
    ['lacks one that left', start('a1 b1'), 'a1', 2000, 'a1, b1 no more: it left the cluster'],
    ['lacks one that has pulled', after(start('a1 b1'), { b1: ['pulled'] }), 'a1', 2000, 'a1, b1'],
    ['lacks a refused one', refused, 'b1', 3000, 'a1 no more: it was refused until 00:00:02 UTC and left the cluster'],
    ['has one that may have missed a heartbeat', start('a1 b1'), 'a1 b1-down', 2000, 'a1, b1'],
    ['has one that is not ready for 29.999 s', down, 'a1 b1-down', 31_999, 'a1, b1'],
    ['has one not ready for half a minute', down, 'a1 b1-down', 32_000, 'a1, b1 no more: it is no longer ready'],
    ['has one that was ready meanwhile', applyLook(down, nodesOf('a1 b1'), 20_000), 'a1 b1-down', 32_000, 'a1, b1'],
    ['has one that was full for 29.999 s', full1, 'a1 b1', 30_999, 'a1, b1'],
    ['has one that is full', full1, 'a1 b1', 31_000, 'a1, b1 no more: it accepted no pod (OutOfpods)'],
    ['has another for it', full1, 'a1 b1 b2', 31_000, 'a1, b2'],
    ['has its own spares first', start('a1+a3'), 'a2 a3', 2000, 'a3'],
    ['has no spare of its own', start('a1'), 'a2 a3 b1', 2000, 'a2'],
    ['lacks its spare, too', start('a1+a9'), 'a2 a3', 2000, 'a2'],
    ['has one that is not ready, too', start('a1'), 'a2-down a3', 2000, 'a3'],
    ['has only another pool', start('a1'), 'b1', 2000, 'a1 no more: it left the cluster'],
    ['has one that accepted the pod, and is not ready', half, 'a1-down a2', 45_000, 'a2'],
    ['has one that accepted the pod', half, 'a1 a2', 120_999, 'a1'],
    ['has one that accepted the pod two minutes ago', half, 'a1 a2', 121_000, 'a2'],
    ['has only that one of its pool', half, 'a1', 900_000, 'a1'],
    ['has one with another image that is silent', mixed, 'a1 a2', 31_000, 'a2'],
    ['has a silent one, while another pulls', silentPair, 'a1 a2', 90_999, 'a1, a2'],
    ['has one silent for 90 s meanwhile', silentPair, 'a1 a2', 91_000, 'a2, a1 no more: it accepted no pod'],
    ['has one silent while another pool pulls', silentPool, 'a1 b1', 900_000, 'a1, b1'],
    ['has two that are silent', ofAll('silent', 'silent'), 'a1 a2', 900_000, 'a1, a2'],
    ['has one that was refused and is silent', silentLater, 'a1 a2', 900_000, 'a1, a2'],
    ['has one that joined', start('a1 b1'), 'a1 b1 c1', 2000, 'a1, b1'],
    ['has several that joined, with all', start('a1', 1, all), 'a1 a2-cordoned a3 c1-down d1', 2000, 'a1, a3, d1'],
    ['has the abandoned one, with all', lookedAt, 'a1 b1', 32_000, 'a1, b1 no more: it accepted no pod (OutOfpods)'],
    ['has a new one for it', fullOfAll, 'a1 b1 b2', 31_000, 'a1, b2, b1 no more: it accepted no pod (OutOfpods)'],
  ])('%s', (_, record, nodes, at, expected) => {
    expect(shown(applyLook(record, nodesOf(nodes), at)).join(', ')).toBe(expected)
  })

  test('is asked for every three minutes, each minute while one pulls, and each 15 s while one is in trouble', () => {
    const least = (record: PullRecord): number | undefined =>
      [15_000, 16_000, minutes, 61_000, 3 * minutes].find(now => needsLook({ ...record, lookedAt: 0 }, now))
    const after1 = (seen: Seen) => after(pair, { a1: [seen] })
    // A kubelet that is gone has said the same as one that pulls.
    const seen: Seen[] = ['pulling', 'starting', full, 'silent', 'quiet']
    // A pod that starts is looked at 15 s after it was made.
    expect([pair, ...seen.map(after1), down].map(least)).toEqual([
      ...[3 * minutes, 61_000, 16_000, 15_000, 15_000, 15_000, 15_000],
    ])
    expect(needsLook({ ...after1(full), lookedAt: 0 }, 14_999)).toBe(false)
    expect(needsLook({ ...after1('pulling'), lookedAt: 61_000 }, 62_000)).toBe(false)
    // A pod that starts since a moment ago is nothing unusual.
    expect(needsLook({ ...after1('starting'), lookedAt: -60_000 }, 14_000)).toBe(false)
    expect(needsLook({ ...pair, lookedAt: 0 }, 3 * minutes - 1)).toBe(false)
  })

  test('shows the taints that pods must tolerate from now on', () => {
    const taints = [{ key: 'reboot', value: '', effect: 'NoExecute' }]
    const { seats } = applyLook(pair, [sampleNode('a1', { taints }), sampleNode('b1')], 2000)
    expect(seats.map(({ node }) => node.taints)).toEqual([taints, []])
    const gone = applyLook(after(pair, { a1: ['silent'] }), [sampleNode('b1')], 2000)
    expect(gone.seats.map(({ node }) => node.name)).not.toContain('a1')
  })

  const reboot = { key: 'reboot', value: '', effect: 'NoExecute' }
  const tainted: Seen = { verdict: 'unschedulable', message: 'TaintToleration: Pod was rejected' }
  const taken: Seen[] = [tainted, { verdict: 'failed', cause: 'gone', message: '' }]

  test('is asked for at once when pods are taken away, but not again and again', () => {
    for (const seen of taken) {
      const record = { ...after(pair, { a1: [seen] }), lookedAt: 900 }
      expect(needsLook(record, 2000)).toBe(true)
      expect(needsLook({ ...record, lookedAt: 2500 }, 3000)).toBe(false)
    }
    expect(needsLook({ ...after(pair, { a1: [full] }), lookedAt: 900 }, 2000)).toBe(false)
  })

  test('shows that tolerations were removed if the node has no taint that its pod was not made for', () => {
    const at = (now: string, ...before: string[]) => {
      const node = sampleNode('a1', { taints: before.map(key => ({ ...reboot, key })) })
      const record = after(start('a1', 1, { nodes: [{ node, spares: [] }] }), { a1: [tainted] })
      const taints = now.split(' ').map(key => ({ ...reboot, key }))
      return applyLook(record, [sampleNode('a1', { taints })], 2000).seats[0]?.pulls[0]?.verdict
    }
    expect(at('reboot', 'reboot')).toBe('changed')
    // It came after the pod was made.
    expect(at('reboot')).toBe('unschedulable')
    expect(at('reboot other', 'reboot')).toBe('unschedulable')
  })

  test('awaits one node of each pool that should have some, also if it is abandoned later', () => {
    const record = start('a1', 1, { awaited: ['a', 'b', 'c'], pools: ['a', 'b', 'c'] })
    expect(listAwaited(record)).toEqual(['b', 'c'])
    const joined = applyLook(record, nodesOf('a1 a2 b1 b2 d1'), 2000)
    expect(shown(joined)).toEqual(['a1', 'b1'])
    expect(joined.late.map(({ name }) => name)).toEqual(['a1', 'a2', 'b1', 'b2'])
    expect(listAwaited(joined)).toEqual(['c'])
    expect(listAwaited({ ...joined, seats: joined.seats.slice(0, 1), skipped: joined.seats.slice(1) })).toEqual(['c'])
    expect(applyLook(start('a1'), nodesOf('a1 a2'), 2000).late).toEqual([])
  })
})

describe('a spare', () => {
  const silent = after(start('a1+a2'), { a1: ['silent'] })
  const broken = { ...silent, brokenAt: 20_000 }
  test.each<[name: string, record: PullRecord, at: number, expected: string]>([
    ['takes the place of a full node at once', after(pair, { a1: [full] }), 2000, 'a2, b1'],
    ['does not take that of a silent one at once', silent, 2000, 'a1'],
    ['takes it after half a minute', silent, 31_000, 'a2'],
    ['waits for half a minute after a break of the API server', broken, 49_999, 'a1'],
    ['takes it then', broken, 50_000, 'a2'],
    ['must be there', full1, 2000, 'a1, b1'],
  ])('%s', (_, record, at, expected) => {
    expect(shown(takeSpares(record, at)).join(', ')).toBe(expected)
  })

  test('begins anew, except for what has been pulled', () => {
    const { seats, nextIndex } = takeSpares(after(start('a1+a2', 2), { a1: ['pulled', full] }), 3000)
    const begun = { node: 'a2', verdict: 'slow', attempts: 0, startedAt: 3000 }
    expect(seats).toMatchObject([{ index: 1, spares: [], pulls: [{ node: 'a1', verdict: 'pulled' }, begun] }])
    expect(nextIndex).toBe(2)
    expect(seats[0]).not.toHaveProperty('troubledAt')
  })

  test('lets a command inside the cluster end sooner', () => {
    expect([silent, half, pair].map(patienceOf)).toEqual([15_000, Infinity, 15_000])
  })
})

describe('at the end', () => {
  const silentAt = after(refused, { a1: ['silent'] }, 3_700_000)
  const noAddress = 'it was refused until 01:00:00 UTC and has accepted no pod since (no address)'
  test.each<[name: string, record: PullRecord, at: number, expected: string]>([
    ['a silent node is skipped', after(start('a1'), { a1: ['silent'] }), 2000, 'a1 no more: it accepted no pod'],
    ['one that was never asked is not', start('a1'), 2000, 'a1'],
    ['one that accepted the pod is not', half, 2000, 'a1'],
    ['one is told by what it said', mixed, 31_000, 'a1 no more: it accepted no pod (waits for 1.2.3.4)'],
    ['one that was refused before counts for half a minute', mute, 3_629_999, 'a1'],
    ['and is abandoned, even if the API server broke', { ...mute, brokenAt: 3_620_000 }, 3_630_000, `a1: ${noAddress}`],
    ['a refused one counts if the API server was lost for 29.999 s', { ...refused, ...lost }, 3_629_999, 'a1'],
    ['and is abandoned then', { ...refused, ...lost }, 3_630_000, 'a1: it was refused until 00:00:02 UTC, LOST'],
    ['but not if it was never lost', refused, 3_630_000, 'a1'],
    ['or until it was silent', { ...silentAt, ...lost }, 3_760_000, 'a1: it was refused until 01:00:00 UTC, LOST'],
    ['one whose pod has only a sandbox counts for half a minute', stalled, 3_629_999, 'a1'],
    [
      'and is abandoned then, as if it were silent',
      stalled,
      3_630_000,
      'a1: it was refused until 01:00:00 UTC and has started no pull since',
    ],
    ['one that pulls is not abandoned', failed('pulling', 'pulled'), 4_000_000, 'a1'],
    ['nor one that has pulled', failed('pulled', 'pulled'), 4_000_000, 'a1'],
    ['nor one that was refused for good', failed('refused', 'refused'), 4_000_000, 'a1'],
    ['one out of reach is', failed('unreachable', 'pulled'), 4_000_000, 'a1: it could not reach the registry UNTIL'],
    ['one that was throttled is', failed('rate-limited', 'pulled'), 4_000_000, 'a1: it was throttled UNTIL'],
    ['one that failed is', failed('failed', 'pulled'), 4_000_000, 'a1: it failed to pull UNTIL'],
  ])('%s', (_, record, at, expected) => {
    const since = ' and the API server has not answered since'
    const full = expected.replace('UNTIL', 'until 00:00:02 UTC, LOST').replace(', LOST', since)
    expect(shown(giveUpTroubled(record, at)).join(', ')).toBe(full)
  })
})

test('a node has been silent since the prober says so', () => {
  const results = [{ index: 0, attempts: 3, images: [resultOf('silent', 0)] }]
  const { seats } = fold(start('a1'), results, { began: 1000, ended: 60_000, silentSince: 50_000 })
  expect(seats).toMatchObject([{ troubledAt: 50_000 }])
})
