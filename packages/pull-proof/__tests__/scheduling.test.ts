import { describe, expect, test } from 'vitest'
import type { Constraints } from 'azure'
import { fits, labelsFor, type NodeTraits } from '../src/nodes.js'

const node = (name: string, more: Partial<NodeTraits> = {}): NodeTraits => {
  const place = { name, os: 'linux', arch: 'amd64', taints: [], ...more }
  const labels = { 'kubernetes.io/os': place.os, 'kubernetes.io/arch': place.arch, ...more.labels }
  return { ...place, labels }
}

const nodes = [
  node('system', { taints: [{ key: 'CriticalAddonsOnly', value: 'true', effect: 'NoSchedule' }] }),
  node('apps', { labels: { tier: 'web', cores: '4' } }),
  node('arm', { arch: 'arm64' }),
  node('win2019', { os: 'windows', labels: { 'node.kubernetes.io/windows-build': '10.0.17763' } }),
  node('win2025', { os: 'windows', labels: { 'node.kubernetes.io/windows-build': '10.0.26100' } }),
  node('gone', { taints: [{ key: 'node.kubernetes.io/unreachable', value: '', effect: 'NoExecute' }] }),
]

const linux = { os: 'linux', arch: 'amd64' }
const nothing: Constraints = { nodeSelector: {}, tolerations: [] }
const term = (key: string, operator: string, ...values: string[]) => ({
  labels: [{ key, operator, values }],
  names: [],
})

const namesFor = (platforms: Parameters<typeof fits>[0]['platforms'], ...constraints: Partial<Constraints>[]) => {
  const image = {
    ...(platforms && { platforms }),
    ...(constraints.length > 0 && { constraints: constraints.map(each => ({ ...nothing, ...each })) }),
  }
  return nodes.filter(each => fits(image, each)).map(({ name }) => name)
}

describe('the nodes for an image', () => {
  test('are those whose platform it has, and all if its platforms are unknown', () => {
    expect(namesFor([linux])).toEqual(['system', 'apps', 'gone'])
    expect(namesFor([{ os: 'linux', arch: 'arm64' }])).toEqual(['arm'])
    expect(namesFor(undefined)).toEqual(nodes.map(({ name }) => name))
  })

  test('of a workload have no taint that it does not tolerate, except those of Kubernetes itself', () => {
    expect(namesFor([linux], {})).toEqual(['apps', 'gone'])
    expect(namesFor([linux], { tolerations: [{ operator: 'Exists' }] })).toContain('system')
  })

  test.each<[Partial<Constraints>, string[]]>([
    [{ nodeSelector: { tier: 'web' } }, ['apps']],
    [{ nodeSelector: { 'kubernetes.io/arch': 'arm64' } }, ['arm']],
    [{ nodeSelector: { tier: 'db' } }, []],
    [{ os: 'windows' }, ['win2019', 'win2025']],
    [{ nodeName: 'arm' }, ['arm']],
    [
      { nodeAffinity: [term('tier', 'DoesNotExist'), term('tier', 'NotIn', 'db')] },
      ['apps', 'arm', 'win2019', 'win2025', 'gone'],
    ],
    [{ nodeAffinity: [{ labels: [], names: [{ key: 'metadata.name', operator: 'In', values: ['arm'] }] }] }, ['arm']],
    [{ nodeAffinity: [] }, []],
    [{ nodeAffinity: [{ labels: [], names: [] }] }, []],
  ])('are those that %j allows', (constraints, expected) => {
    expect(namesFor(undefined, constraints)).toEqual(expected)
  })

  const only = node('only', {
    taints: [{ key: 'dedicated', value: 'gpu', effect: 'NoSchedule' }],
    labels: { cores: '4', 'node.kubernetes.io/windows-build': '10.0.20348' },
  })
  const isFor = (constraints: Partial<Constraints>, place = only) =>
    fits({ constraints: [{ ...nothing, ...constraints }] }, place)
  const free = { ...only, taints: [] }

  /** Which of these hold for a label, each an operator with its value. */
  const holding = (label: string, texts: string) =>
    texts.split(', ').filter(text => {
      const [operator = '', ...values] = text.split(' ')
      return isFor({ nodeAffinity: [term(label, operator, ...values)] }, free)
    })

  test('are found by the operators of Kubernetes, with a label that is 4 and with none', () => {
    const all = 'In 4, In 5, NotIn 4, NotIn 5, Exists, DoesNotExist, Gt 3, Gt 4, Lt 5, Lt 4, Near 4'
    expect(holding('cores', all)).toEqual(['In 4', 'NotIn 5', 'Exists', 'Gt 3', 'Lt 5'])
    expect(holding('none', 'In 0, NotIn 0, Exists 0, DoesNotExist 0, Gt 0, Lt 0')).toEqual([
      'NotIn 0',
      'DoesNotExist 0',
    ])
  })

  test('meet both labels and names of a term', () => {
    const both = (name: string, cores: string) => ({
      labels: [{ key: 'cores', operator: 'In', values: [cores] }],
      names: [{ key: 'metadata.name', operator: 'In', values: [name] }],
    })
    const held = [both('only', '4'), both('other', '4'), both('only', '5')].map(each =>
      isFor({ nodeAffinity: [each] }, free),
    )
    expect(held).toEqual([true, false, false])
  })

  test('meet all labels of a term and of a node selector, and have no taint that is not tolerated', () => {
    const labels = [...term('cores', 'In', '4').labels, ...term('tier', 'Exists').labels]
    expect(isFor({ nodeAffinity: [{ labels, names: [] }] }, free)).toBe(false)
    expect(isFor({ nodeSelector: { cores: '4', tier: 'web' } }, free)).toBe(false)
    const taints = [...only.taints, { key: 'spot', value: 'true', effect: 'NoSchedule' }]
    expect(isFor({ tolerations: [{ key: 'spot', operator: 'Exists' }] }, { ...free, taints })).toBe(false)
  })

  test.each<[Constraints['tolerations'], boolean]>([
    [[], false],
    [[{ key: 'dedicated', value: 'gpu' }], true],
    [[{ key: 'dedicated', value: 'gpu', operator: 'Equal', effect: 'NoSchedule' }], true],
    [[{ key: 'dedicated', operator: 'Exists' }], true],
    [[{ key: 'dedicated', operator: 'Exists', effect: 'NoExecute' }], false],
    [[{ key: 'other', operator: 'Exists' }], false],
    [[{ key: 'dedicated', value: 'cpu' }], false],
    [[{ key: 'dedicated' }], false],
    [[{ value: 'gpu' }], false],
    [[{ operator: 'Exists' }], true],
    [[{ key: 'other' }, { operator: 'Exists' }], true],
  ])('with a taint are for a workload that tolerates it: %j is %j', (tolerations, expected) => {
    expect(isFor({ tolerations })).toBe(expected)
  })

  test('with a taint of Kubernetes itself, or one that only prefers, are for every workload', () => {
    const taints = ['dedicated NoSchedule', 'dedicated NoExecute', 'my.node.kubernetes.io/x NoSchedule']
    const harmless = ['dedicated PreferNoSchedule', 'node.kubernetes.io/not-ready NoExecute']
    const cloud = 'node.cloudprovider.kubernetes.io/uninitialized NoSchedule'
    const accepted = [...taints, ...harmless, cloud].filter(text => {
      const [key = '', effect = ''] = text.split(' ')
      return isFor({}, { ...only, taints: [{ key, value: '', effect }] })
    })
    expect(accepted).toEqual([...harmless, cloud])
  })

  test('of Windows run images of their build, and from 2022 on older ones', () => {
    const runs = (osVersion: string, ...builds: string[]) =>
      builds.filter(build => {
        const place = node('win', { os: 'windows', labels: { 'node.kubernetes.io/windows-build': build } })
        return fits({ platforms: [linux, { os: 'windows', arch: 'amd64', osVersion }] }, place)
      })
    expect(runs('10.0.20348.1', '10.0.20348', '10.0.26100')).toHaveLength(2)
    expect(runs('10.0.26100.1', '10.0.20348')).toEqual([])
    expect(runs('10.0.17763.1', '10.0.20348', '10.0.17763', '')).toEqual(['10.0.17763', ''])
    expect(runs('10.0.20347.1', '10.0.26100')).toEqual([])
    expect(runs('10.0.203.1', '10.0.20348')).toEqual([])
    expect(runs('', '10.0.20348')).toHaveLength(1)
    expect(runs('v10.0.17763.1', '10.0.20348')).toHaveLength(1)
    expect(runs('10.11.17763.1', '10.11.17763', '10.11.17764')).toEqual(['10.11.17763'])
  })

  test('of Linux are chosen by system and architecture alone', () => {
    const platforms = [{ os: 'linux', arch: 'amd64', osVersion: '10.0.17763.1' }]
    expect(fits({ platforms }, free)).toBe(true)
    expect(fits({ platforms }, { ...free, arch: 'arm64' })).toBe(false)
  })

  test('of several workloads are those of each', () => {
    expect(namesFor(undefined, { nodeSelector: { tier: 'web' } }, { nodeName: 'arm' })).toEqual(['apps', 'arm'])
  })

  test('are chosen by labels that can be requested', () => {
    const labelsOf = (constraints: Constraints): string[] =>
      labelsFor([{ reference: 'x', registryId: 'x', from: 'x', isThere: true, constraints: [constraints] }])
    expect(labelsOf({ ...nothing, nodeSelector: { a: '1' }, nodeAffinity: [term('b', 'Exists')] })).toEqual(['a', 'b'])
    expect(labelsOf(nothing)).toEqual([])
  })
})
