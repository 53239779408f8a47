import { describe, expect, test } from 'vitest'
import type { ProbeResult, PullResult } from 'kubernetes'
import type { NodePull } from 'run-model'
import { isMisfit } from '../src/nodes.js'
import { pauseAfter, pauseAfterHiccup, pauseBetween } from '../src/pace.js'
import { addSeat, chooseProbes, fold, openPulls, pullsOf, startRecord } from '../src/record.js'
import type { PullOrder, PullRecord, Seat } from '../src/record.js'
import { sampleNode } from '../../../__tests__/support/nodes.js'
import { samplePullOrder } from '../../../__tests__/support/pull-order.js'
import type { PulledImage } from '../src/probe-images.js'
import { sampleImage, samplePull } from './sample-pull.js'

const image = (name: string, more?: Partial<PulledImage>) =>
  sampleImage({ reference: `${name}.azurecr.io/app:1`, registryId: `/${name}`, ...more })
const [near, far] = [image('near'), image('far')]
const chosen = (name: string, ...spares: string[]) => ({
  node: sampleNode(name),
  spares: spares.map(each => sampleNode(each)),
})

const start = (nodes: PullOrder['nodes'], images: PulledImage[], now: number) =>
  startRecord(samplePullOrder({ nodes, images }), now)

/** The record with the finished pulls of a seat. */
function ended(record: PullRecord, index: number, verdict?: NodePull['verdict'], more: object = {}): PullRecord {
  const pulls = record.seats.find(seat => seat.index === index)?.pulls ?? []
  const images = pulls.map((_, at) => ({ container: `image-${at}`, verdict, message: '', ...more }))
  return fold(record, [{ index, attempts: 1, images }], { began: 1000, ended: 2000 })
}

describe('the record of pulls', () => {
  test('starts with the images that fit each node, and omits nodes that fit none', () => {
    const arm = image('arm', { platforms: [{ os: 'linux', arch: 'arm64' }] })
    const b1 = { node: sampleNode('b1', { arch: 'arm64' }), spares: [] }
    const record = start([chosen('a1', 'a2'), b1], [near, arm], 5)
    expect(record).toMatchObject({ skipped: [], nextIndex: 2, hadPods: false })
    const seats = record.seats.map(({ index, node, pulls }) => [index, node.name, ...pulls.map(each => each.image)])
    expect(seats).toEqual([
      [0, 'a1', near],
      [1, 'b1', near, arm],
    ])
    const first = { node: 'a1', pool: 'a', image: near, attempts: 0, startedAt: 5, finishedAt: 5 }
    expect(pullsOf(record)[0]).toEqual(samplePull('slow', first))
    const none = start([], [arm], 5)
    expect(addSeat(none, chosen('c1'), 5)).toBe(none)
  })

  test('keeps the results of each round, and counts the attempts', () => {
    const first = ended(start([chosen('a1'), chosen('b1')], [near, far], 5), 0, 'denied', { message: 'no' })
    expect(first.hadPods).toBe(true)
    expect(first.seats[0]?.pulls).toMatchObject([
      { verdict: 'denied', message: 'no', attempts: 1, startedAt: 5, finishedAt: 2000 },
      { verdict: 'denied', attempts: 1 },
    ])
    expect(first.seats[1]?.pulls).toMatchObject([{ attempts: 0 }, { attempts: 0 }])
    const images = [{ container: 'image-1', verdict: undefined, message: 'x', doing: 'silent' as const }]
    const second = fold(first, [{ index: 0, attempts: 1, images }], { began: 3000, ended: 4000 })
    // The earlier result stays, next to the attempt in progress.
    expect(second.seats[0]?.pulls).toMatchObject([
      { verdict: 'denied', attempts: 1 },
      { verdict: 'denied', message: 'no', attempts: 2, pending: { doing: 'silent', since: 3000, message: 'x' } },
    ])
    expect(second.seats[0]?.pulls[0]).not.toHaveProperty('pending')
    const none = start([chosen('a1')], [near], 5)
    expect(fold(none, [{ index: 0, attempts: 0, images: [] }], { began: 1, ended: 2 }).hadPods).toBe(false)
  })

  describe('names the node that has pulled an image with the same identity', () => {
    const alike = { alike: new Set(['/near']) }
    const begin = (more: Partial<PullOrder>, images = [near, far]) =>
      startRecord(samplePullOrder({ nodes: [chosen('a1'), chosen('b1')], images, ...more }), 5)
    const siblings = (record: PullRecord) => pullsOf(record).map(pull => pull.sibling?.node)
    const inTurn = (more: Partial<PullOrder>, images?: PulledImage[], pulled: object = {}) =>
      ended(ended(begin(more, images), 1, 'denied'), 0, 'pulled', pulled)

    test('for refused ones, in the registry where all may pull what one may', () => {
      expect(siblings(inTurn(alike))).toEqual([undefined, undefined, 'a1', undefined])
      const other = ended(inTurn(alike), 1, 'denied')
      expect(pullsOf(other)[2]).toMatchObject({ attempts: 2, staleAttempts: 1, sibling: { node: 'a1', at: 2000 } })
    })

    test('for ones that are asked later', () => {
      const record = ended(ended(begin(alike), 0, 'pulled'), 1, 'denied')
      expect(pullsOf(record)[2]).toMatchObject({ attempts: 1, staleAttempts: 0, sibling: { node: 'a1' } })
    })

    test('and counts all tries where nothing is under way', () => {
      const [, , pull] = pullsOf(inTurn({ ...alike, settled: new Set(['/near']) }))
      expect(pull).toMatchObject({ attempts: 1, sibling: { node: 'a1' } })
      expect(pull).not.toHaveProperty('staleAttempts')
    })

    test('but not where access comes through a group, by a pull secret, for another image, or for another account', () => {
      const nobody = [undefined, undefined]
      expect(siblings(inTurn({}, [near]))).toEqual(nobody)
      expect(siblings(inTurn(alike, [near], { mayBeBySecret: true }))).toEqual(nobody)
      const two = [near, image('near', { reference: 'near.azurecr.io/other:1' })]
      const record = begin(alike, two)
      const results = (index: number, first: 'pulled' | 'denied', second: 'pulled' | 'denied'): ProbeResult => {
        const images = [first, second].map((verdict, at) => ({ container: `image-${at}`, verdict, message: '' }))
        return { index, attempts: 1, images }
      }
      const time = { began: 1000, ended: 2000 }
      const both = fold(record, [results(0, 'pulled', 'denied'), results(1, 'pulled', 'denied')], time)
      expect(siblings(both)).toEqual([undefined, undefined, undefined, undefined])
      const accounts = begin(alike, [image('near', { account: 'x' }), image('near', { account: 'y' })])
      const ofSeats = [undefined, undefined, 'a1', undefined]
      expect(siblings(ended(ended(accounts, 1, 'denied'), 0, 'pulled'))).toEqual(ofSeats)
    })
  })

  test.each<[NodePull['verdict'], number]>([
    ['denied', 20_000],
    ['unreachable', 90_000],
    ['rate-limited', 90_000],
    ['failed', 90_000],
  ])('keeps that a node reported %s until it has been pulling for %i ms since the event', (verdict, ms) => {
    const before = ended(start([chosen('a1')], [near], 5), 0, verdict, { message: 'no' })
    const after = (endedAt: number, doing: 'pulling' | 'quiet' = 'pulling') => {
      const images = [{ container: 'image-0', verdict: undefined, doing, message: '', since: 40_000 }]
      return pullsOf(fold(before, [{ index: 0, attempts: 1, images }], { began: 10_000, ended: endedAt }))[0]
    }
    const pending = { doing: 'pulling', since: 40_000 }
    expect(after(40_000 + ms - 1)).toMatchObject({ verdict, message: 'no', pending })
    expect(after(40_000 + ms)).toMatchObject({ verdict: 'slow', message: '' })
    expect(after(40_000 + ms, 'quiet')).toMatchObject({ verdict, message: 'no' })
  })

  const inside = (...tries: [attempts: number, PullResult][]): ProbeResult[] =>
    tries.map(([attempts, result]) => ({ index: 0, attempts, images: [result] }))
  const container = 'image-0'
  const pulling = { container, verdict: undefined, doing: 'pulling', message: '', since: 70_000 } as const

  test('keeps a result of an earlier attempt inside the cluster as long', () => {
    const record = start([chosen('a1')], [near], 5)
    const results = inside([1, { container, verdict: 'unreachable', message: 'i/o timeout' }], [1, pulling])
    const after = (endedAt: number) => pullsOf(fold(record, results, { began: 1000, ended: endedAt }))[0]?.verdict
    expect([after(159_999), after(160_000)]).toEqual(['unreachable', 'slow'])
  })

  test('keeps the results of earlier attempts inside the cluster, of which the last one may have just begun', () => {
    const record = start([chosen('a1')], [near], 5)
    const denied = { container, verdict: 'denied', message: '401' } as const
    const quiet = { container, verdict: undefined, doing: 'quiet', message: '' } as const
    const [pull] = pullsOf(fold(record, inside([3, denied], [1, quiet]), { began: 1000, ended: 90_000 }))
    expect(pull).toMatchObject({ verdict: 'denied', message: '401', attempts: 4, pending: { since: 90_000 } })
  })

  test('keeps an image that was pulled before its pod was created again because of others', () => {
    const record = start([chosen('a1')], [near], 5)
    const pulled = { container, verdict: 'pulled', message: '' } as const
    const results = inside([1, pulled], [1, { container, verdict: 'denied', message: '401' }], [1, pulling])
    const [pull] = pullsOf(fold(record, results, { began: 1000, ended: 90_000 }))
    expect(pull).toMatchObject({ verdict: 'pulled', attempts: 1, finishedAt: 90_000 })
    expect(pull).not.toHaveProperty('pending')
  })

  test('keeps the previous result of a pod without news', () => {
    const before = ended(start([chosen('a1')], [near], 5), 0, 'denied')
    const images = [{ container: 'image-0', verdict: undefined, message: '' }]
    const [pull] = pullsOf(fold(before, [{ index: 0, attempts: 0, images }], { began: 3000, ended: 4000 }))
    expect(pull).toEqual({ ...pullsOf(before)[0], finishedAt: 4000 })
  })

  test.each<
    [NodePull['verdict'] | undefined, { cause?: 'gone'; doing?: NonNullable<NodePull['pending']>['doing'] }, boolean]
  >([
    ['unschedulable', {}, true],
    ['failed', { cause: 'gone' }, true],
    [undefined, { doing: 'silent' }, true],
    [undefined, { doing: 'quiet' }, true],
    [undefined, { doing: 'starting' }, false],
    [undefined, { doing: 'pulling' }, false],
    ['denied', {}, false],
  ])('keeps the time since when a node is in trouble: %s %j: %s', (verdict, more, isTroubled) => {
    const once = ended(start([chosen('a1')], [near], 5), 0, verdict, more)
    expect(once.seats[0]?.troubledAt).toBe(isTroubled ? 1000 : undefined)
    const images = [{ container: 'image-0', verdict, message: '', ...more }]
    const again = fold(once, [{ index: 0, attempts: 1, images }], { began: 9000, ended: 9500 })
    expect(again.seats[0]?.troubledAt).toBe(isTroubled ? 1000 : undefined)
    expect(ended(again, 0, 'pulled').seats[0]).not.toHaveProperty('troubledAt')
  })
})

describe('a pull', () => {
  test('is not tried if its registry finally refused another one, unless the image merely does not fit', () => {
    const nodes = [chosen('a1'), chosen('b1')]
    const openOn = (record: PullRecord): unknown[] =>
      record.seats.slice(1).flatMap(seat => openPulls(seat, record, 1000).map(pull => pull.image.registryId))
    const record = ended(start(nodes, [near, far], 0), 0, 'changed')
    expect(openOn(record)).toEqual([])
    const [one, ...others] = record.seats
    expect(openOn({ ...record, seats: [{ ...one, pulls: one?.pulls.slice(0, 1) } as Seat, ...others] })).toEqual([
      '/far',
    ])
    expect(openOn(ended(start(nodes, [near], 0), 0, 'not-found', { cause: 'platform' }))).toEqual(['/near'])
    expect(openOn(ended(start(nodes, [near], 0), 0, 'pulled'))).toEqual(['/near'])
  })
})

describe('the probes of a round', () => {
  const record = start([chosen('a1'), chosen('a2'), chosen('b1')], [near, far], 0)
  const probesOf = (some: PullRecord, everyone: boolean) => {
    const { probes, scouts } = chooseProbes(some, 1000, everyone)
    return {
      asked: probes.map(({ node, images }) => `${node.name} ${images.map(({ container }) => container).join()}`),
      scouts,
    }
  }

  test('are all, or one per pool and registry plus those that are still pulling', () => {
    expect(probesOf(record, true)).toEqual({
      asked: ['a1 image-0,image-1', 'a2 image-0,image-1', 'b1 image-0,image-1'],
      scouts: [0, 2],
    })
    expect(probesOf(record, false).asked).toEqual(['a1 image-0,image-1', 'b1 image-0,image-1'])
    expect(probesOf(ended(record, 1, undefined, { doing: 'quiet' }), false).asked).toContain('a2 image-0,image-1')
    expect(probesOf(ended(record, 1, 'denied'), false).asked).not.toContain('a2 image-0,image-1')
    expect(probesOf(ended(record, 0, 'pulled'), false)).toEqual({
      asked: ['a2 image-0,image-1', 'b1 image-0,image-1'],
      scouts: [1, 2],
    })
  })

  test('are part of those that are worth an attempt, unless they have all of their images', () => {
    const isPart = (some: PullRecord, everyone: boolean) => chooseProbes(some, 1000, everyone).isPart
    expect([isPart(record, true), isPart(record, false)]).toEqual([false, true])
    expect(isPart(ended(record, 1, 'pulled'), false)).toBe(false)
  })

  test('keep a pod that has pulled until its status shows what, and ask others meanwhile', () => {
    const early = ended(record, 0, 'pulled', { doing: 'starting' })
    expect(early.seats[0]?.pulls[0]).toMatchObject({ verdict: 'pulled', pending: { doing: 'starting', since: 2000 } })
    expect(probesOf(early, false)).toEqual({
      asked: ['a1 image-0,image-1', 'a2 image-0,image-1', 'b1 image-0,image-1'],
      scouts: [1, 2],
    })
    // Its node says nothing new.
    expect(ended(early, 0, undefined, { doing: 'quiet' }).seats[0]?.pulls[0]).toMatchObject({ verdict: 'pulled' })
    const late = ended(early, 0, 'pulled', { digest: 'sha256:0a' })
    expect(late.seats[0]?.pulls[0]).toMatchObject({ verdict: 'pulled', digest: 'sha256:0a' })
    expect(late.seats[0]?.pulls[0]).not.toHaveProperty('pending')
    expect(probesOf(late, false).scouts).toEqual([1, 2])
  })
})

describe('the pace', () => {
  const waited = (elapsedMs: number, isSettled = false) => ({ elapsedMs, isSettled })
  const pull = (verdict: NodePull['verdict'], isPending = false) =>
    ({ verdict, ...(isPending && { pending: {} }) }) as NodePull

  test.each([
    [0, false, 300],
    [62_500, false, 500],
    [100_000, false, 2000],
    [10_000_000, false, 60_000],
    [0, true, 8000],
    [300_000, true, 10_000],
  ])('after %i ms, settled %s, is %i ms', (elapsedMs, isSettled, ms) => {
    expect(pauseBetween(waited(elapsedMs, isSettled), 0.5)).toBeCloseTo(ms)
  })

  test('varies randomly by a tenth', () => {
    expect(pauseBetween(waited(0), 0)).toBeCloseTo(270)
    expect(pauseBetween(waited(0), 1)).toBeCloseTo(330)
    expect(pauseAfterHiccup(0, 0)).toBeCloseTo(900)
    expect(pauseAfterHiccup(0, 1)).toBeCloseTo(1100)
  })

  test('is zero while all are pulling, and longer if all are throttled', () => {
    expect(pauseAfter([pull('slow', true), pull('denied', true)], waited(0), 0.5)).toBe(0)
    expect(pauseAfter([pull('slow', true), pull('slow')], waited(0), 0.5)).toBeCloseTo(300)
    expect(pauseAfter([pull('slow', true), pull('denied')], waited(0), 0.5)).toBeCloseTo(300)
    expect(pauseAfter([pull('rate-limited'), pull('rate-limited')], waited(0), 0.5)).toBe(15_000)
    expect(pauseAfter([pull('rate-limited'), pull('denied')], waited(0), 0.5)).toBeCloseTo(300)
    expect(pauseAfter([pull('rate-limited')], waited(1_000_000), 0.5)).toBeCloseTo(38_000)
  })

  test.each([
    [0, 1000],
    [50_000, 2000],
    [10_000_000, 15_000],
  ])('after a hiccup of %i ms is %i ms', (lastedMs, ms) => {
    expect(pauseAfterHiccup(lastedMs, 0.5)).toBeCloseTo(ms)
  })
})

test("a node that does not fit an image isn't a problem unless a workload runs the image there", () => {
  const misfit = { cause: 'platform', image: near } as NodePull
  const constraints = [{ nodeSelector: { tier: 'web' }, tolerations: [] }]
  const pulls = [misfit, { ...misfit, image: { ...near, constraints } }, { ...misfit, cause: 'dns' as const }]
  expect(pulls.map(isMisfit)).toEqual([true, false, false])
})
