import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ClusterNode, Selection } from 'azure'
import { readNodes } from 'kubernetes/src/node-rows.js'
import { leaveUnfit, mayBecomeUsable, selectNodes } from '../src/nodes.js'
import type { PulledImage } from '../src/probe-images.js'
import { sampleNode } from '../../../__tests__/support/nodes.js'
import { sampleRegistry } from '../../../__tests__/support/sample.js'
import { sampleImage } from './sample-pull.js'

/** A node whose name says what is special about it; its first letter is its pool. */
const node = (name: string): ClusterNode =>
  sampleNode(name, {
    pool: name.charAt(0),
    arch: name.includes('arm') ? 'arm64' : 'amd64',
    os: name.includes('win') ? 'windows' : 'linux',
    isReady: !name.includes('down'),
    isCordoned: name.includes('cordoned'),
    isFlex: name.includes('flex'),
    isVirtual: name.includes('virtual'),
    isHosted: name.includes('hosted'),
  })
const select = (names: string, probeNodes: 'one-per-pool' | 'all', ...pools: string[]) =>
  selectNodes(names ? names.split(' ').map(node) : [], pools, probeNodes)

/** The nodes that pull, each with its spares, then what is skipped. */
const shown = ({ chosen, skipped, skippedNodes }: Selection): string[] => [
  ...chosen.map(each => [each.node, ...each.spares].map(({ name }) => name).join(', ')),
  ...skipped.map(({ pool, registry = 'all', why }) => `${pool} for ${registry}: ${why}`),
  ...skippedNodes.map(each => `${each.node}: ${each.why}`),
]

const hosted = 'Azure hosts its nodes, and no other pods run there'
const flex = 'its nodes are flex nodes, which have no credentials of the cluster for registries'

describe('the nodes that pull', () => {
  test.each<[nodes: string, probeNodes: 'one-per-pool' | 'all', expected: string[]]>([
    ['a-down a1 a2 b-arm', 'one-per-pool', ['a1, a2', 'b-arm']],
    ['a-cordoned a1 b-cordoned', 'one-per-pool', ['a1, a-cordoned', 'b-cordoned']],
    ['a1 a2', 'all', ['a1', 'a2']],
    ['a-cordoned a1 b-cordoned', 'all', ['a1', 'b-cordoned', 'a-cordoned: it is cordoned']],
    ['a1 a-cordoned b1 b-cordoned', 'all', ['a1', 'b1', 'a-cordoned: it is cordoned', 'b-cordoned: it is cordoned']],
    ['a1 a-down', 'all', ['a1', 'a-down: it is not ready']],
    ['a1 a-hosted-down', 'all', ['a1', 'a-hosted-down: Azure hosts it']],
    ['a1 a-virtual', 'all', ['a1', 'a-virtual: it is a virtual node, and no kubelet pulls there']],
    ['a1 a-flex', 'all', ['a1', 'a-flex: it is a flex node, which has no credentials of the cluster for registries']],
    ['w-win', 'all', ['w-win']],
    ['', 'all', []],
    ['a-virtual', 'all', ['a for all: its nodes are virtual, and no kubelet pulls there']],
    ['a-down', 'all', ['a for all: no node is ready']],
    ['a-hosted', 'all', [`a for all: ${hosted}`]],
    ['f-flex1 f-flex2', 'one-per-pool', [`f for all: ${flex}`]],
    ['f-flex f-down', 'one-per-pool', ['f for all: no node is ready']],
  ])('of %s with probe-nodes: %s', (nodes, probeNodes, expected) => {
    expect(shown(select(nodes, probeNodes))).toEqual(expected)
  })

  test('are none in an empty pool', () => {
    expect(select('', 'all', 'empty').skipped).toEqual([{ pool: 'empty', why: 'no nodes', isEmpty: true }])
  })

  test('can be there later, unless they are virtual or hosted', () => {
    expect(['a-down', 'a-virtual', 'a-hosted'].map(name => mayBecomeUsable(node(name)))).toEqual([true, false, false])
  })

  describe('take turns in a check', () => {
    const names = Array.from({ length: 30 }, (_, at) => `n${String(at).padStart(2, '0')}`)
    const pool = names.map(name => sampleNode(name, { pool: 'a' })).reverse()
    const onDay = (day?: number, nodes = pool) => selectNodes(nodes, [], 'one-per-pool', day).chosen[0]
    const nameOn = (day?: number): string => onDay(day)?.node.name ?? ''

    test('so that a month has seen a pool of thirty, and each day another node', () => {
      const month = Array.from({ length: 30 }, (_, at) => nameOn(20_790 + at))
      expect([...month].sort()).toEqual(names)
      expect(nameOn(20_790 + 30)).toBe(month[1])
    })

    // By day alone, a run every week has asked one node of seven forever, and one every third day two of six.
    test.each([1, 2, 3, 5, 7, 14])('so that runs every %i days see every node of a pool of any size', days => {
      for (let size = 1; size <= 30; size += 1) {
        const nodes = Array.from({ length: size }, (_, at) => sampleNode(`n${at}`, { pool: 'a' }))
        const seen = new Set<string | undefined>()
        for (let run = 0; run < size * size && seen.size < size; run += 1)
          seen.add(onDay(20_788 + run * days, nodes)?.node.name)
        expect(seen.size).toBe(size)
      }
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

  test('are always ready, and every pool has a chosen node or is skipped', () => {
    const anyNode = fc.record({
      pool: fc.constantFrom('a', 'b', 'c'),
      os: fc.constantFrom('linux', 'windows'),
      isReady: fc.boolean(),
      isVirtual: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(anyNode), fc.constantFrom('one-per-pool' as const, 'all' as const), (given, probeNodes) => {
        const nodes = given.map(({ pool, ...more }) => sampleNode(`aks-${pool}-${Math.random()}`, { pool, ...more }))
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

describe('the nodes that images fit', () => {
  const [registry, base] = [sampleRegistry(), { id: '/base', name: 'baseacr' }]
  const image = sampleImage
  const ofBase = (more?: Partial<PulledImage>) => image({ registryId: '/BASE', ...more })
  const [amd, arm] = [{ platforms: [{ os: 'linux', arch: 'amd64' }] }, { platforms: [{ os: 'linux', arch: 'arm64' }] }]
  const onSsd = { constraints: [{ nodeSelector: { disk: 'ssd' }, tolerations: [] }] }
  const unbuilt = 'no image to pull is built for its nodes'
  const unbuiltThere = `b for baseacr: ${unbuilt}`
  const unwanted = ['a', 'b'].map(pool => `${pool} for baseacr: no workload with an image to pull can run on its nodes`)
  const neither =
    "each image to pull has another platform than its nodes (linux/arm64), or belongs to a workload that can't run on them"

  test.each<[why: string, nodes: string, images: PulledImage[], expected: string[]]>([
    ['a spare of the pool', 'a1 a-arm b1', [image(arm)], ['a-arm', `b for all: ${unbuilt} (linux/amd64)`]],
    ['one of several images', 'a1 a-arm b1', [image(arm), image()], ['a1, a-arm', 'b1']],
    ['a second one for another registry', 'a1 a-arm a3', [image(amd), ofBase(arm)], ['a1, a3', 'a-arm']],
    ['all registries', 'a1 b-arm', [image(), ofBase()], ['a1', 'b-arm']],
    ['not the platform of one', 'a1 b-arm', [image(), ofBase(amd)], ['a1', 'b-arm', `${unbuiltThere} (linux/arm64)`]],
    ['not the workloads of one', 'a1 b1', [image(), ofBase(onSsd)], ['a1', 'b1', ...unwanted]],
    ['neither', 'a1 b-arm', [image(), ofBase(onSsd), ofBase(amd)], ['a1', 'b-arm', `b for baseacr: ${neither}`]],
  ])('are %s', (_, nodes, images, expected) => {
    expect(shown(leaveUnfit(select(nodes, 'one-per-pool'), images, [registry, base]))).toEqual(expected)
  })

  test('of Windows are told by their build, and pools without nodes stay skipped', () => {
    const windows = sampleNode('w1', { os: 'windows', labels: { 'node.kubernetes.io/windows-build': '10.0.26100' } })
    const onWindows = leaveUnfit(selectNodes([windows], ['empty'], 'all'), [ofBase(amd)], [base])
    expect(shown(onWindows)).toEqual(['empty for all: no nodes', `w for all: ${unbuilt} (windows/amd64 10.0.26100)`])
  })
})

test('nodes are read from lines, whichever tool created their pool', () => {
  const lines = [
    'node\tn0\tTrue\tcordoned\tsku=gpu:NoSchedule x=:NoExecute \tkubernetes.azure.com/agentpool=system kubernetes.azure.com/node-image-version=AKSUbuntu-2204-202607.20.0 kubernetes.azure.com/os-sku=Ubuntu kubernetes.io/os=linux kubernetes.io/arch=arm64 \t.',
    'node\tn1\tTrue\t\t\tkarpenter.sh/nodepool=default agentpool=x \t.',
    'node\tn2\tUnknown\t\t\ttype=virtual-kubelet \t.',
    'node\tn3\tTrue\t\t\tvirtualization=virtualnode2 \t.',
    'node\taks-hostedpool-1\tTrue\t\t\t\t.',
    'node\tn5\tTrue\t\tcut',
  ]
  expect(readNodes(`noise\n${lines.join('\n')}\npod\tx\n`)).toMatchObject([
    {
      name: 'n0',
      pool: 'system',
      system: 'AKSUbuntu-2204-202607.20.0, Ubuntu',
      arch: 'arm64',
      isReady: true,
      isCordoned: true,
      isVirtual: false,
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
