import type { PullOrder } from 'pull-proof/src/record.js'

/** An order in which everything may still change for a refused node. */
export function samplePullOrder(more: Partial<PullOrder> = {}): PullOrder {
  return {
    nodes: [],
    images: [],
    probeNodes: 'one-per-pool',
    day: undefined,
    pools: [],
    awaited: [],
    settled: new Set(),
    barred: new Set(),
    sealed: new Set(),
    alike: new Set(),
    outside: new Set(),
    offer: 'exchange',
    isFresh: false,
    mayDropAccounts: false,
    labels: [],
    isInside: false,
    capacity: 100,
    deadline: Infinity,
    ...more,
  }
}
