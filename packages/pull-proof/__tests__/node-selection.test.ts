import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ClusterNode } from 'azure'
import { readNodes } from 'kubernetes/src/node-rows.js'
import { selectNodes } from '../src/nodes.js'
import { sampleNode } from '../../../__tests__/support/nodes.js'

const node = (pool: string, more: Partial<ClusterNode> = {}): ClusterNode =>
  sampleNode(`aks-${pool}-${Math.random()}`, { pool, ...more })

describe('the nodes that pull', () => {
  test('are one ready node per pool, and the others are spares', () => {
    const [down, first, second] = [node('system', { isReady: false }), node('system'), node('system')]
    const arm = node('arm', { arch: 'arm64' })
    const { chosen, skipped } = selectNodes([down, first, second, arm], [], 'one-per-pool')
    expect(chosen).toEqual([
      { node: first, spares: [second] },
      { node: arm, spares: [] },
    ])
    expect(skipped).toEqual([])
  })

  test('are uncordoned if there is a choice', () => {
    const [cordoned, free] = [node('a', { isCordoned: true }), node('a')]
    expect(selectNodes([cordoned, free], [], 'one-per-pool').chosen[0]).toEqual({ node: free, spares: [cordoned] })
    expect(selectNodes([cordoned], [], 'one-per-pool').chosen).toHaveLength(1)
  })

  describe('take turns in a check', () => {
    const names = Array.from({ length: 30 }, (_, at) => `n${String(at).padStart(2, '0')}`)
    const pool = names.map(name => sampleNode(name, { pool: 'a' })).reverse()
    const onDay = (day?: number, nodes = pool) => selectNodes(nodes, [], 'one-per-pool', day).chosen[0]
    const nameOn = (day?: number): string => onDay(day)?.node.name ?? ''

    test('so that a month has seen a pool of thirty, and each day another node', () => {
      const month = Array.from({ length: 30 }, (_, at) => nameOn(20_788 + at))
      expect([...month].sort()).toEqual(names)
      expect(nameOn(20_788 + 30)).toBe(month[0])
    })

    test('with the others as spares in the same order, and cordoned ones last', () => {
      const nodes = ['c', 'a', 'd', 'b'].map(name => sampleNode(name, { pool: 'x', isCordoned: name === 'a' }))
      const { node: first, spares = [], turn } = onDay(1, nodes) ?? {}
      expect([first, ...spares].map(each => each?.name)).toEqual(['c', 'd', 'b', 'a'])
      expect(turn).toEqual({ number: 2, of: 3 })
      expect(onDay(1, nodes.slice(0, 1))).not.toHaveProperty('turn')
    })

    test('but not without a day: a deployment that is run again asks the same node', () => {
      expect(nameOn()).toBe('n29')
    })
  })

  test('skip empty, virtual, hosted and dead pools, with the reason', () => {
    const pools = ['empty']
    const windows = node('win', { os: 'windows' })
    const nodes = [
      windows,
      node('aci', { isVirtual: true }),
      node('dead', { isReady: false }),
      node('hosted', { isHosted: true }),
    ]
    const { chosen, skipped } = selectNodes(nodes, pools, 'all')
    expect(chosen).toEqual([{ node: windows, spares: [] }])
    expect(skipped).toEqual([
      { pool: 'empty', why: 'no nodes', isEmpty: true },
      { pool: 'aci', why: 'its nodes are virtual, and no kubelet pulls there' },
      { pool: 'dead', why: 'no node is ready' },
      { pool: 'hosted', why: 'Azure hosts its nodes, and no other pods run there' },
    ])
  })

  test('are always ready, and every pool has a chosen node or is skipped', () => {
    const anyNode = fc.record({
      pool: fc.constantFrom('a', 'b', 'c'),
      os: fc.constantFrom('linux', 'windows'),
      isReady: fc.boolean(),
      isVirtual: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(anyNode), fc.constantFrom('one-per-pool' as const, 'all' as const), (given, probeNodes) => {
        const nodes = given.map(({ pool, ...more }) => node(pool, more))
        const { chosen, skipped } = selectNodes(nodes, [], probeNodes)
        const usable = nodes.filter(({ isReady, isVirtual }) => isReady && !isVirtual)
        const pools = new Set(chosen.map(each => each.node.pool))
        expect(usable).toEqual(expect.arrayContaining(chosen.map(each => each.node)))
        expect(chosen).toHaveLength(probeNodes === 'all' ? usable.length : new Set(usable.map(({ pool }) => pool)).size)
        expect(new Set([...pools, ...skipped.map(({ pool }) => pool)])).toEqual(new Set(nodes.map(({ pool }) => pool)))
      }),
    )
  })
})

test('nodes are read from lines, whichever tool created their pool', () => {
  const lines = [
    'node\tn0\tTrue\tcordoned\tsku=gpu:NoSchedule x=:NoExecute \tkubernetes.azure.com/agentpool=system kubernetes.io/os=linux kubernetes.io/arch=arm64 \t.',
    'node\tn1\tTrue\t\t\tkarpenter.sh/nodepool=default agentpool=x \t.',
    'node\tn2\tUnknown\t\t\ttype=virtual-kubelet \t.',
    'node\tn3\tTrue\t\t\tvirtualization=virtualnode2 \t.',
    'node\taks-hostedpool-1\tTrue\t\t\t\t.',
    'node\tn5\tTrue\t\tcut',
  ]
  expect(readNodes(`noise\n${lines.join('\n')}\npod\tx\n`)).toMatchObject([
    {
      ...{ name: 'n0', pool: 'system', arch: 'arm64', isReady: true, isCordoned: true, isVirtual: false },
      taints: [
        { key: 'sku', value: 'gpu', effect: 'NoSchedule' },
        { key: 'x', value: '', effect: 'NoExecute' },
      ],
    },
    { name: 'n1', pool: 'default', arch: 'amd64', isCordoned: false },
    { name: 'n2', pool: 'without a pool', isVirtual: true, isReady: false },
    { name: 'n3', isVirtual: true },
    { name: 'aks-hostedpool-1', isHosted: true },
  ])
})

test('nodes without labels are classified by their names and taints', () => {
  const row = (name: string, taints = '') => `node\t${name}\tTrue\t\t${taints}\t\t.`
  const lines = [
    row('aks-apps-12345678-vmss00000a'),
    row('machine-1'),
    row('virtual-node-aci-linux', 'virtual-kubelet.io/provider=azure:NoSchedule '),
    row('hosted', 'CriticalAddonsOnly=true:NoSchedule kubernetes.azure.com/hostedvm=true:NoSchedule '),
  ]
  expect(readNodes(lines.join('\n')).map(({ pool, isVirtual, isHosted }) => [pool, isVirtual, isHosted])).toEqual([
    ['apps', false, false],
    ['without a pool', false, false],
    ['without a pool', true, false],
    ['without a pool', false, true],
  ])
})
