import { describe, expect, test } from 'vitest'
import type { PullResult } from 'kubernetes'
import type { NodePull } from 'run-model'
import { cacheMsOf } from '../src/pace.js'
import { isStale } from '../src/finality.js'
import { fold, openPulls, pullsOf, startRecord, type PullRecord } from '../src/record.js'
import { sampleNode } from '../../../__tests__/support/nodes.js'
import { samplePullOrder } from '../../../__tests__/support/pull-order.js'
import type { ProbeImage } from '../src/probe-images.js'

const image: ProbeImage = { reference: 'near.azurecr.io/app:1', registryId: '/near', isThere: true, from: 'images' }
const settled = new Set(['/near'])
const hour = 3_600_000
const stale = { verdict: 'denied', cause: 'stale-credential', message: 'm' } as const
const role = { verdict: 'denied', cause: 'role', message: 'm' } as const

const nodes = [{ node: sampleNode('a1'), spares: [] }]
const start = (now = 0) => startRecord(samplePullOrder({ nodes, images: [image], settled }), now)

/** The record after these results, one per round; each round takes a second. */
function after(results: readonly Partial<PullResult>[], tries = 1, from = start()): PullRecord {
  return results.reduce<PullRecord>((record, result, index) => {
    const images = [{ container: 'image-0', verdict: undefined, message: '', ...result }]
    return fold(record, [{ index: 0, attempts: tries, images }], { began: index * 1000, ended: index * 1000 + 1000 })
  }, from)
}

const isOpen = (record: PullRecord, now: number): boolean =>
  record.seats.some(seat => openPulls(seat, record, now).length > 0)

const pullOf = (record: PullRecord): NodePull | undefined => pullsOf(record)[0]

describe('a stale credential', () => {
  test('is waited out for an hour, even if no change is pending', () => {
    const record = after(Array.from({ length: 10 }, () => stale))
    expect(isOpen(record, hour - 1)).toBe(true)
    expect(isOpen(record, hour)).toBe(true)
    const late = fold(record, [{ index: 0, attempts: 3, images: [{ container: 'image-0', ...stale }] }], {
      began: hour,
      ended: hour + 1000,
    })
    expect(isOpen(late, hour + 1000)).toBe(false)
    expect(isStale({ ...stale, cacheMs: hour, startedAt: 0 }, hour - 1)).toBe(true)
    expect(isStale({ ...stale, cacheMs: hour, startedAt: 0 }, hour)).toBe(false)
  })

  test('leaves three tries for the role', () => {
    const before = [stale, stale, stale, stale]
    expect(isOpen(after([...before, role, role]), 10_000)).toBe(true)
    expect(isOpen(after([...before, role, role, role]), 10_000)).toBe(false)
    expect(isOpen(after([role, role, role]), 10_000)).toBe(false)
    expect(pullOf(after([...before, role]))).toMatchObject({ attempts: 5, staleAttempts: 4 })
  })

  test('that was reported before an attempt without a result counts, too', () => {
    expect(pullOf(after([stale, { doing: 'starting' }]))).toMatchObject({ attempts: 2, staleAttempts: 1 })
  })
})

describe('a node that began to pull later than others', () => {
  const later = start(2 * hour)

  test('has as much time as they had', () => {
    const refused = after([role, role, role, stale], 1, later)
    expect(isOpen(refused, 3 * hour - 1)).toBe(true)
    const missing = { verdict: 'not-found', message: 'm' } as const
    const [soon, late] = [2 * hour + 299_999, 2 * hour + 300_000]
    expect([soon, late].map(now => isOpen(after([missing], 1, later), now))).toEqual([true, false])
  })

  test('is not refused by a stale credential if it was not refused', () => {
    const at = 3 * hour - 1
    expect(isStale({ ...stale, cacheMs: hour, startedAt: 2 * hour }, at)).toBe(true)
    expect(isStale({ ...stale, cacheMs: hour, verdict: 'failed', startedAt: 2 * hour }, at)).toBe(false)
    expect(isStale({ ...role, cacheMs: hour, startedAt: 2 * hour }, at)).toBe(false)
  })
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
