import { describe, expect, it } from 'vitest'
import type { ProbeResult, PullResult } from 'kubernetes'
import type { NodePull } from 'run-model'
import { fold, pullsOf, startRecord, type PullOrder } from '../src/record.js'
import { sampleNode } from '../../../__tests__/support/nodes.js'
import { samplePullOrder } from '../../../__tests__/support/pull-order.js'

const image = { reference: 'contosoacr.azurecr.io/app:1', registryId: '/r', isThere: true, from: 'images' } as const
const container = 'image-0'
const digest = `sha256:${'a'.repeat(64)}`

/** What a node has pulled after these rounds: the number of attempts, the time when the round began and ended, and what was seen. */
function after(
  rounds: readonly [attempts: number, began: number, ended: number, seen: Omit<PullResult, 'container'>][],
  order: Partial<PullOrder> = {},
): NodePull {
  const nodes = [{ node: sampleNode('a1'), spares: [] }]
  const record = startRecord(samplePullOrder({ nodes, images: [image], ...order }), 5)
  const end = rounds.reduce((grown, [attempts, began, ended, seen]) => {
    const result: ProbeResult = { index: 0, attempts, images: [{ container, ...seen }] }
    return fold(grown, [result], { began, ended })
  }, record)
  const [pull] = pullsOf(end)
  if (!pull) throw new Error('it has no pull')
  return pull
}

/** The same after rounds of a second each, the first of which began after a second. */
const inTurn = (...rounds: [attempts: number, seen: Omit<PullResult, 'container'>][]): NodePull =>
  after(rounds.map(([attempts, seen], at) => [attempts, 1000 * (at + 1), 1000 * (at + 2), seen]))

const denied = { verdict: 'denied', message: '401' } as const
const pulled = { verdict: 'pulled', message: '' } as const
const node = { node: 'a1', pool: 'a', os: 'linux', arch: 'amd64', image, cacheMs: 3_600_000, startedAt: 5 }

describe('a pull', () => {
  it('has the digest that the node reports, how it got the layers, and whose secrets may have helped', () => {
    const seen = { ...pulled, digest, layers: 'fetched', mayBeBySecret: true } as const
    expect(after([[1, 1000, 2000, seen]])).toEqual({ ...node, ...seen, attempts: 1, finishedAt: 2000 })
    expect(after([[1, 1000, 2000, pulled]])).toEqual({ ...node, ...pulled, attempts: 1, finishedAt: 2000 })
  })

  it('keeps the first refusal of a registry, whatever comes later', () => {
    const unplaced = { verdict: 'unschedulable', message: 'no CPU' } as const
    const gone = { verdict: 'failed', cause: 'gone', message: 'the pod is gone' } as const
    const timeout = { verdict: 'unreachable', message: 'i/o timeout' } as const
    const end = inTurn([1, unplaced], [1, gone], [1, denied], [1, timeout], [1, pulled])
    expect(end).toEqual({ ...node, ...pulled, attempts: 5, finishedAt: 6000, firstRefusal: '401' })
    expect(inTurn([1, unplaced], [1, gone], [1, pulled])).not.toHaveProperty('firstRefusal')
  })

  it('does not count the attempts before a refusal by address: they met another problem', () => {
    const byAddress = { verdict: 'denied', cause: 'firewall', message: '403' } as const
    const timeout = { verdict: 'unreachable', message: 'i/o timeout' } as const
    const twice = inTurn([2, timeout], [1, byAddress], [1, byAddress])
    expect(twice).toMatchObject({ cause: 'firewall', attempts: 4, staleAttempts: 2 })
    expect(after([[1, 2000, 3000, byAddress]])).not.toHaveProperty('staleAttempts')
    expect(after([[2, 2000, 3000, denied]])).not.toHaveProperty('staleAttempts')
  })

  it('has three tries for its role besides those with a stale credential, also if the next try has no result yet', () => {
    const stale = { ...denied, cause: 'stale-credential' } as const
    const role = { ...denied, cause: 'role' } as const
    const starting = { verdict: undefined, doing: 'starting', message: '' } as const
    expect(inTurn([4, stale], [1, role])).toMatchObject({ attempts: 5, staleAttempts: 4 })
    expect(inTurn([1, stale], [1, starting])).toMatchObject({ attempts: 2, staleAttempts: 1 })
    expect(inTurn([3, role], [1, stale])).toMatchObject({ attempts: 4, staleAttempts: 4 })
    // By then, no node keeps one from before.
    expect(after([[3, 3_700_000, 3_701_000, stale]])).not.toHaveProperty('staleAttempts')
  })

  it('is refused because of the secret of an application, which is not exchanged for a credential that could be old', () => {
    const stale = { ...denied, cause: 'stale-credential' } as const
    expect(after([[1, 1000, 2000, stale]])).toMatchObject({ cause: 'stale-credential', staleAttempts: 1 })
    const bySecret = after([[1, 1000, 2000, stale]], { offer: 'secret' })
    const ended = { attempts: 1, finishedAt: 2000, firstRefusal: '401' }
    expect(bySecret).toEqual({ ...node, ...denied, ...ended, cause: 'secret' })
    const byAddress = { ...denied, cause: 'firewall' } as const
    expect(after([[1, 1000, 2000, byAddress]], { offer: 'secret' }).cause).toBe('firewall')
  })
})

describe('a try that has not ended', () => {
  const doing = (doing: 'pulling' | 'stuck' | 'starting', since?: number, message: string = doing) => ({
    verdict: undefined,
    doing,
    message,
    ...(since !== undefined && { since }),
  })

  it('is pulling since the node said so, or since its pod was created', () => {
    const pendingOf = (...rounds: Parameters<typeof after>[0]) => after(rounds).pending
    const first = [1, 1000, 9000, doing('pulling', 3000)] as const
    expect(pendingOf([...first])).toEqual({ doing: 'pulling', since: 3000, message: 'pulling' })
    expect(pendingOf([1, 1000, 9000, doing('pulling')])).toMatchObject({ since: 1000 })
    // The node says it again when another container pulls.
    expect(pendingOf([...first], [0, 10_000, 11_000, doing('pulling', 8000)])).toMatchObject({ since: 3000 })
    expect(pendingOf([...first], [1, 10_000, 11_000, doing('pulling', 10_500)])).toMatchObject({ since: 10_500 })
    // What it did before is something else.
    const started = [1, 1000, 2000, doing('starting')] as const
    expect(pendingOf([...started], [0, 3000, 9000, doing('pulling', 8000)])).toMatchObject({ since: 8000 })
    expect(pendingOf([...first], [0, 10_000, 11_000, doing('starting', 8000)])).toMatchObject({ since: 3000 })
  })

  it('ends the wait if a container that the cluster added is stuck for a minute', () => {
    const first = [1, 1000, 9000, doing('stuck', 5000, 'ErrImagePull istio-proxy')] as const
    expect(after([[...first]])).toMatchObject({ verdict: 'slow', pending: { doing: 'stuck', since: 5000 } })
    const later = (ended: number, since?: number) =>
      after([[...first], [0, 9000, ended, doing('stuck', since, 'ErrImagePull istio-proxy')]])
    expect(later(64_999)).toMatchObject({ verdict: 'slow', pending: { since: 5000 } })
    expect(later(64_999, 9000)).toMatchObject({ pending: { since: 5000 } })
    const changed = { verdict: 'changed', message: 'ErrImagePull istio-proxy', attempts: 1, finishedAt: 65_000 }
    expect(later(65_000, 9000)).toEqual({ ...node, ...changed })
    // Since when is not known: since it was seen.
    expect(after([[1, 1000, 90_000, doing('stuck')]])).toMatchObject({ verdict: 'slow', pending: { since: 90_000 } })
    // Pulling for as long is no reason.
    expect(after([[...first], [0, 9000, 90_000, doing('pulling', 9000)]])).toMatchObject({ verdict: 'slow' })
  })
})
