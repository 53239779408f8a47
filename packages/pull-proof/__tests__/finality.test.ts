import { describe, expect, test } from 'vitest'
import type { NodePull } from 'run-model'
import { blockedMs, isOpen, letInMs } from '../src/finality.js'
import { samplePullOrder } from '../../../__tests__/support/pull-order.js'

const pull = (verdict: NodePull['verdict'], more: Partial<NodePull> = {}): NodePull => ({
  ...{ node: 'n', pool: 'p', os: 'linux', arch: 'amd64', verdict, message: '', cacheMs: 1, attempts: 1 },
  image: { reference: 'contosoacr.azurecr.io/team/app:1', registryId: 'acr', isThere: true, from: '' },
  ...{ startedAt: 0, finishedAt: 1, ...more },
})
const acr = new Set(['acr'])
const open = samplePullOrder()

describe('another attempt', () => {
  const underWay = { pending: { doing: 'pulling', since: 0, message: '' } } as const

  test('is waited for while it is under way, after whatever an earlier one ended with', () => {
    const hour = 3_600_000
    for (const verdict of ['slow', 'denied', 'not-found', 'refused', 'changed'] as const) {
      expect(isOpen(pull(verdict, underWay), open, hour)).toBe(true)
    }
    expect(isOpen(pull('refused'), open, 0)).toBe(false)
  })

  test('after a pull is waited for only until the pod shows what it has pulled', () => {
    expect(isOpen(pull('pulled', underWay), open, letInMs - 1)).toBe(true)
    expect(isOpen(pull('pulled', underWay), open, letInMs)).toBe(false)
    expect(isOpen(pull('pulled'), open, 0)).toBe(false)
  })

  test('at a registry that is out of reach may help for three minutes without a pending change', () => {
    const old = samplePullOrder({ settled: acr, barred: acr })
    for (const more of [{}, underWay]) {
      expect(isOpen(pull('unreachable', more), old, blockedMs - 1)).toBe(true)
      expect(isOpen(pull('unreachable', more), old, blockedMs)).toBe(false)
    }
    // While the role is new, or the registry or the cluster is being changed.
    for (const order of [samplePullOrder({ barred: acr }), samplePullOrder({ settled: acr })])
      expect(isOpen(pull('unreachable'), order, blockedMs)).toBe(true)
    // What the upstream of a cache rule does, no network ends.
    const settled = samplePullOrder({ settled: acr })
    for (const order of [settled, open]) {
      expect(isOpen(pull('unreachable', { cause: 'upstream' }), order, blockedMs - 1)).toBe(true)
      expect(isOpen(pull('unreachable', { cause: 'upstream' }), order, blockedMs)).toBe(false)
    }
    expect(isOpen(pull('unreachable', { cause: 'unavailable' }), settled, blockedMs)).toBe(true)
    // Nobody gets in there, whatever the message is.
    expect(isOpen(pull('unreachable', { cause: 'dns' }), samplePullOrder({ sealed: acr }), 0)).toBe(false)
    // A pull that is merely slow gets the timeout.
    expect(isOpen(pull('slow', underWay), old, blockedMs)).toBe(true)
  })
})
