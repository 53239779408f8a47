import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readNodes } from '../../../src/services/kubernetes/cluster-text.js'
import { type ClusterNode } from '../../../src/model/node.js'
import { selectNodes } from '../../../src/verify/nodes.js'

const node = (pool: string, more: Partial<ClusterNode> = {}): ClusterNode => ({
  name: `aks-${pool}-${Math.random()}`,
  pool,
  os: 'linux',
  arch: 'amd64',
  isReady: true,
  isCordoned: false,
  isVirtual: false,
  ...more,
})

describe('the nodes that pull', () => {
  test('are one ready node of each Linux pool, and the others are spares', () => {
    const [down, first, second] = [node('system', { isReady: false }), node('system'), node('system')]
    const arm = node('arm', { arch: 'arm64' })
    const { chosen, skipped } = selectNodes([down, first, second, arm], [], 'one-per-pool')
    expect(chosen).toEqual([
      { node: first, spares: [second] },
      { node: arm, spares: [] },
    ])
    expect(skipped).toEqual([])
  })

  test('are not cordoned where there is a choice', () => {
    const [cordoned, free] = [node('a', { isCordoned: true }), node('a')]
    expect(selectNodes([cordoned, free], [], 'one-per-pool').chosen[0]).toEqual({ node: free, spares: [cordoned] })
    expect(selectNodes([cordoned], [], 'one-per-pool').chosen).toHaveLength(1)
  })

  test('leave out Windows, empty, virtual and dead pools, and say so', () => {
    const pools = [
      { name: 'win', os: 'Windows', count: 0 },
      { name: 'empty', os: 'Linux', count: 0 },
    ]
    const nodes = [node('win2', { os: 'windows' }), node('aci', { isVirtual: true }), node('dead', { isReady: false })]
    const { chosen, skipped } = selectNodes(nodes, pools, 'all')
    expect(chosen).toEqual([])
    expect(skipped).toEqual([
      { pool: 'win', why: 'Windows' },
      { pool: 'empty', why: 'no nodes' },
      { pool: 'win2', why: 'Windows' },
      { pool: 'aci', why: 'virtual nodes, where no kubelet pulls' },
      { pool: 'dead', why: 'no node is ready' },
    ])
  })

  test('are, whatever there is, Linux and ready, and every pool is chosen from or skipped', () => {
    const anyNode = fc.record({
      pool: fc.constantFrom('a', 'b', 'c'),
      os: fc.constantFrom('linux', 'windows'),
      isReady: fc.boolean(),
      isVirtual: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(anyNode), fc.constantFrom('one-per-pool' as const, 'all' as const), (given, wanted) => {
        const nodes = given.map(({ pool, ...more }) => node(pool, more))
        const { chosen, skipped } = selectNodes(nodes, [], wanted)
        const usable = nodes.filter(({ os, isReady, isVirtual }) => os === 'linux' && isReady && !isVirtual)
        const pools = new Set(chosen.map(each => each.node.pool))
        expect(usable).toEqual(expect.arrayContaining(chosen.map(each => each.node)))
        expect(chosen).toHaveLength(wanted === 'all' ? usable.length : new Set(usable.map(({ pool }) => pool)).size)
        expect(new Set([...pools, ...skipped.map(({ pool }) => pool)])).toEqual(new Set(nodes.map(({ pool }) => pool)))
      }),
    )
  })
})

test('nodes are read from lines, whichever tool made their pool', () => {
  const labels = [
    { 'kubernetes.azure.com/agentpool': 'system', 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'arm64' },
    { 'karpenter.sh/nodepool': 'default' },
    { type: 'virtual-kubelet' },
  ]
  const ready = JSON.stringify([{ type: 'Ready', status: 'True' }])
  const text = labels.map((each, index) => `node\tn${index}\t${JSON.stringify(each)}\ttrue\t${ready}\n`).join('')
  expect(readNodes(`noise\n${text}pod\tx\n`)).toMatchObject([
    { name: 'n0', pool: 'system', arch: 'arm64', isReady: true, isCordoned: true, isVirtual: false },
    { name: 'n1', pool: 'default', arch: 'amd64' },
    { name: 'n2', pool: 'without a pool', isVirtual: true },
  ])
  expect(readNodes('node\tn\t\t\t\n')).toMatchObject([{ name: 'n', isReady: false, isCordoned: false }])
})
