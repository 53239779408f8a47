import { describe, expect, it } from 'vitest'
import type { ChosenNode } from 'azure'
import type { PullResult } from 'kubernetes'
import { applyLook, giveUpTroubled, listAwaited, needsLook, patienceOf, takeSpares } from '../src/churn.js'
import { selectNodes } from '../src/nodes.js'
import { fold, startRecord, type PullRecord } from '../src/record.js'
import { sampleNode } from '../../../__tests__/support/nodes.js'
import { samplePullOrder } from '../../../__tests__/support/pull-order.js'
import type { ProbeImage } from '../src/probe-images.js'

const image = (name: string): ProbeImage => ({
  reference: `${name}.azurecr.io/app:1`,
  registryId: `/${name}`,
  isThere: true,
  from: 'images',
})
const begin = (nodes: ChosenNode[], images: ProbeImage[]): PullRecord =>
  startRecord(samplePullOrder({ nodes, images }), 0)
const start = (...spares: string[]): PullRecord =>
  begin([{ node: sampleNode('a1'), spares: spares.map(each => sampleNode(each)) }], [image('near'), image('far')])
/** The same record of an order with `probe-nodes: all`. */
const withAll = (record: PullRecord): PullRecord => ({ ...record, order: { ...record.order, probeNodes: 'all' } })
const looks = (record: PullRecord, now: number, lookedAt: number): boolean => needsLook({ ...record, lookedAt }, now)
const here = ['a1', 'a2', 'a3', 'b1'].map(name => sampleNode(name))

/** The record after a round that began at 1000 ms, with what it showed of the two images. */
function shown(record: PullRecord, ...seen: Partial<PullResult>[]): PullRecord {
  const images = seen.map((each, position) => ({
    container: `image-${position}`,
    verdict: undefined,
    message: '',
    ...each,
  }))
  return fold(record, [{ index: 0, attempts: 1, images }], { began: 1000, ended: 2000 })
}

const names = ({ seats }: PullRecord): string[] => seats.map(({ node }) => node.name)

describe('a node with one image in trouble', () => {
  const half = (trouble: Partial<PullResult>, ...spares: string[]) =>
    shown(start(...spares), { verdict: 'pulled' }, trouble)

  it('is waited for longer if it has accepted the pod', () => {
    const quiet = half({ doing: 'quiet' })
    const gone = [sampleNode('a1', { isReady: false }), ...here.slice(1)]
    expect(names(applyLook(quiet, gone, 45_000))).toEqual(['a2'])
    expect(names(applyLook(quiet, here, 45_000))).toEqual(['a1'])
    const alone = [sampleNode('a1')]
    expect(applyLook(quiet, alone, 120_999).skipped).toEqual([])
    // The last one of a pool is waited for until the end.
    expect(applyLook(quiet, alone, 900_000).skipped).toEqual([])
    expect(names(applyLook(quiet, here, 121_000))).toEqual(['a2'])
  })

  it('is not waited for longer if another image shows that it is silent', () => {
    const mixed = shown(
      start(),
      { doing: 'quiet', message: 'waits for 1.2.3.4.' },
      { doing: 'silent', message: 'no IP address.' },
    )
    expect(looks(mixed, 31_000, 0)).toBe(true)
    expect(names(applyLook(mixed, here, 31_000))).toEqual(['a2'])
    expect(giveUpTroubled(mixed, 31_000).skipped).toMatchObject([
      { abandoned: 'it accepted no pod (waits for 1.2.3.4)' },
    ])
  })
})

describe('a silent node', () => {
  const silent = shown(start(), { doing: 'silent' }, { doing: 'silent' })

  it('is replaced by a spare half a minute after the last break of the API server', () => {
    const pair = shown(start('a2'), { doing: 'silent' }, { doing: 'silent' })
    expect(names(takeSpares(pair, 31_000))).toEqual(['a2'])
    expect(names(takeSpares({ ...pair, brokenAt: 20_000 }, 31_000))).toEqual(['a1'])
    expect(names(takeSpares({ ...pair, brokenAt: 20_000 }, 50_000))).toEqual(['a2'])
    const both = begin(
      [
        { node: sampleNode('a1'), spares: [sampleNode('a2')] },
        { node: sampleNode('b1'), spares: [] },
      ],
      [image('near')],
    )
    expect([pair, silent, both].map(patienceOf)).toEqual([15_000, Infinity, 15_000])
  })

  it('has been silent since the prober says so', () => {
    const images = [0, 1].map(position => ({
      container: `image-${position}`,
      verdict: undefined,
      doing: 'silent' as const,
      message: '',
    }))
    const late = fold(start('a2'), [{ index: 0, attempts: 3, images }], {
      began: 1000,
      ended: 60_000,
      silentSince: 50_000,
    })
    expect(late.seats[0]?.troubledAt).toBe(50_000)
  })

  it('is kept if it is the last one of its pool, else for as long as a watch may take to come back', () => {
    expect(applyLook(withAll(silent), here, 900_000).skipped).toEqual([])
    const both = begin(
      [
        { node: sampleNode('a1'), spares: [] },
        { node: sampleNode('a2'), spares: [] },
      ],
      [image('near')],
    )
    const of = (index: number, seen: Partial<PullResult>) => ({
      index,
      attempts: 1,
      images: [{ container: 'image-0', verdict: undefined, message: '', ...seen }],
    })
    const half = fold(both, [of(0, { doing: 'silent' }), of(1, { verdict: 'pulled' })], { began: 1000, ended: 2000 })
    expect(applyLook(withAll(half), here.slice(0, 2), 90_999).skipped).toEqual([])
    expect(applyLook(withAll(half), here.slice(0, 2), 91_000).skipped).toMatchObject([
      { abandoned: 'it accepted no pod' },
    ])
    // Those of another pool, and those that are in trouble themselves, say nothing about it.
    const apart = begin(
      [
        { node: sampleNode('a1'), spares: [] },
        { node: sampleNode('b1'), spares: [] },
      ],
      [image('near')],
    )
    const other = fold(apart, [of(0, { doing: 'silent' }), of(1, { verdict: 'pulled' })], { began: 1000, ended: 2000 })
    expect(applyLook(withAll(other), [sampleNode('a1'), sampleNode('b1')], 900_000).skipped).toEqual([])
    const mute = fold(both, [of(0, { doing: 'silent' }), of(1, { doing: 'silent' })], { began: 1000, ended: 2000 })
    expect(applyLook(withAll(mute), here.slice(0, 2), 900_000).skipped).toEqual([])
    // One that was refused must show that it no longer is.
    const refused = fold(both, [of(0, { verdict: 'denied' }), of(1, { verdict: 'pulled' })], {
      began: 1000,
      ended: 2000,
    })
    const then = fold(refused, [of(0, { doing: 'silent' })], { began: 3000, ended: 4000 })
    expect(applyLook(withAll(then), here.slice(0, 2), 900_000).skipped).toEqual([])
  })

  it('that was refused before says so once it has been silent for half a minute', () => {
    const refused = shown(start(), { verdict: 'denied', message: '401' }, { verdict: 'pulled' })
    const images = [{ container: 'image-0', verdict: undefined, doing: 'silent' as const, message: 'no address.' }]
    const then = fold(refused, [{ index: 0, attempts: 1, images }], { began: 3_600_000, ended: 3_601_000 })
    expect(giveUpTroubled(then, 3_629_999)).toEqual(then)
    // A break of the API server does not make what was heard before newer.
    const { seats, skipped } = giveUpTroubled({ ...then, brokenAt: 3_620_000 }, 3_630_000)
    expect(skipped).toEqual([])
    const abandoned = 'it was refused until 01:00:00 UTC and has accepted no pod since (no address)'
    expect(seats).toMatchObject([{ abandoned, pulls: [{ verdict: 'denied', message: '401' }, { verdict: 'pulled' }] }])
    const left = applyLook(refused, [sampleNode('b1')], 3000).skipped
    expect(left).toMatchObject([{ abandoned: 'it was refused until 00:00:02 UTC and left the cluster' }])
  })
})

describe('nodes that were refused before the API server was lost', () => {
  const refused = shown(start(), { verdict: 'denied', message: '401' }, { verdict: 'pulled' })
  const lost: PullRecord = { ...refused, lostAt: 3_600_000 }
  const why = 'it was refused until 00:00:02 UTC and the API server has not answered since'

  it('are abandoned after half a minute: nobody can tell whether they still are', () => {
    expect(giveUpTroubled(lost, 3_629_999)).toEqual(lost)
    const { seats, skipped } = giveUpTroubled(lost, 3_630_000)
    expect(skipped).toEqual([])
    expect(seats).toEqual(lost.seats.map(seat => ({ ...seat, abandoned: why })))
    expect(giveUpTroubled({ ...refused, lostAt: undefined }, 3_630_000)).toEqual(refused)
  })

  it('were refused until the API server was lost, if they were silent later', () => {
    const silent = { container: 'image-0', verdict: undefined, doing: 'silent' as const, message: '' }
    const then = fold(refused, [{ index: 0, attempts: 1, images: [silent] }], { began: 3_700_000, ended: 3_701_000 })
    const [seat] = giveUpTroubled({ ...then, lostAt: 3_600_000 }, 3_760_000).seats
    expect(seat?.abandoned).toBe('it was refused until 01:00:00 UTC and the API server has not answered since')
  })

  it('are no others: those that pull, have pulled, or have been refused for good', () => {
    const others = [
      shown(start(), { doing: 'pulling' }, { verdict: 'pulled' }),
      shown(start(), { verdict: 'pulled' }, { verdict: 'pulled' }),
      shown(start(), { verdict: 'refused', message: 'quota' }, { verdict: 'refused', message: 'quota' }),
    ]
    for (const record of others) {
      const lost = { ...record, lostAt: 0 }
      expect(giveUpTroubled(lost, 60_000)).toEqual(lost)
    }
  })

  it.each([
    ['denied', 'was refused'],
    ['unreachable', 'could not reach the registry'],
    ['rate-limited', 'was throttled'],
    ['failed', 'failed to pull'],
  ] as const)('say what they were last: %s', (verdict, text) => {
    const record = { ...shown(start(), { verdict, message: 'no' }, { verdict: 'pulled' }), lostAt: 3_600_000 }
    expect(giveUpTroubled(record, 3_700_000).seats[0]?.abandoned).toBe(
      `it ${text} until 00:00:02 UTC and the API server has not answered since`,
    )
  })
})

describe('the pools that should have nodes', () => {
  const awaiting = (record: PullRecord, ...awaited: string[]): PullRecord => ({
    ...record,
    order: { ...record.order, awaited, pools: awaited },
  })

  it('are awaited until one of their nodes joins, which is probed then', () => {
    const record = awaiting(start(), 'a', 'b', 'c')
    expect(listAwaited(record)).toEqual(['b', 'c'])
    const nodes = [...here, sampleNode('b2'), sampleNode('d1')]
    const joined = applyLook(record, nodes, 2000)
    expect(names(joined)).toEqual(['a1', 'b1'])
    expect(joined.late.map(({ name }) => name)).toEqual(['a1', 'a2', 'a3', 'b1', 'b2'])
    expect(listAwaited(joined)).toEqual(['c'])
    // Also if it has been abandoned since.
    const [seat] = joined.seats.slice(1)
    expect(listAwaited({ ...joined, seats: joined.seats.slice(0, 1), skipped: seat ? [seat] : [] })).toEqual(['c'])
    expect(names(applyLook(joined, nodes, 3000))).toEqual(['a1', 'b1'])
  })

  it('are none of those that no node was missing from', () => {
    const joined = applyLook(start(), here, 2000)
    expect([names(joined), joined.late]).toEqual([['a1'], []])
  })
})

describe('the nodes of a later list', () => {
  it('replace a node by its own spares first, then by others of its pool', () => {
    const left = here.slice(1)
    expect(names(applyLook(start('a3'), left, 2000))).toEqual(['a3'])
    expect(names(applyLook(start(), left, 2000))).toEqual(['a2'])
    const unready = sampleNode('a2', { isReady: false })
    expect(names(applyLook(start(), [unready, sampleNode('a3')], 2000))).toEqual(['a3'])
    // The spare left, too.
    expect(names(applyLook(start('a9'), left, 2000))).toEqual(['a2'])
    expect(applyLook(start(), [sampleNode('b1')], 2000).skipped).toHaveLength(1)
  })

  it('omit cordoned ones that joined, with probe-nodes: all', () => {
    const joined = [sampleNode('a1'), sampleNode('a2', { isCordoned: true }), sampleNode('a3')]
    expect(names(applyLook(withAll(start()), joined, 2000))).toEqual(['a1', 'a3'])
  })
})

describe('nodes outside the pools of AKS', () => {
  const flex = (name: string, more = {}) => sampleNode(name, { isFlex: true, ...more })

  it('are skipped with the reason, as a pool or one by one', () => {
    const whole = selectNodes([flex('f1'), flex('f2')], [], 'one-per-pool')
    expect(whole).toMatchObject({
      chosen: [],
      skipped: [
        { pool: 'f', why: 'its nodes are flex nodes, which have no credentials of the cluster for registries' },
      ],
    })
    const down = selectNodes([flex('f1'), sampleNode('f2', { isReady: false })], [], 'one-per-pool')
    expect(down.skipped).toEqual([{ pool: 'f', why: 'no node is ready' }])
    const mixed = selectNodes(
      [sampleNode('a1'), flex('f1', { pool: 'a' }), sampleNode('a2', { isReady: false })],
      [],
      'all',
    )
    expect(mixed.skippedNodes).toEqual([
      { node: 'f1', why: 'it is a flex node, which has no credentials of the cluster for registries' },
      { node: 'a2', why: 'it is not ready' },
    ])
  })

  it('are not left out with another pool of which all are probed', () => {
    const nodes = [
      sampleNode('a1'),
      sampleNode('a2', { isCordoned: true }),
      sampleNode('b1'),
      sampleNode('b2', { isCordoned: true }),
    ]
    expect(selectNodes(nodes, [], 'all').skippedNodes).toEqual(
      ['a2', 'b2'].map(node => ({ node, why: 'it is cordoned' })),
    )
  })
})
