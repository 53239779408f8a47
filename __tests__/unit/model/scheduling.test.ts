import { describe, expect, test } from 'vitest'
import { labelsOf, nodesFor, type Constraints, type Place } from '../../../src/model/scheduling.js'

const node = (name: string, more: Partial<Place> = {}): Place => {
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

const namesFor = (platforms: Parameters<typeof nodesFor>[0]['platforms'], ...constraints: Partial<Constraints>[]) =>
  nodesFor(
    { ...(platforms && { platforms }) },
    constraints.length > 0 ? constraints.map(each => ({ ...nothing, ...each })) : undefined,
    nodes,
  ).map(({ name }) => name)

describe('the nodes for an image', () => {
  test('are those whose platform it has, and all where its platforms are not known', () => {
    expect(namesFor([linux])).toEqual(['system', 'apps', 'gone'])
    expect(namesFor([{ os: 'linux', arch: 'arm64' }])).toEqual(['arm'])
    expect(namesFor(undefined)).toEqual(nodes.map(({ name }) => name))
  })

  test('of Windows are those of its build, and of later ones from Windows Server 2022 on', () => {
    const windows = (osVersion: string) => [{ os: 'windows', arch: 'amd64', osVersion }]
    expect(namesFor(windows('10.0.17763.6893'))).toEqual(['win2019'])
    expect(namesFor(windows('10.0.20348.3207'))).toEqual(['win2025'])
    expect(namesFor([{ os: 'windows', arch: 'amd64' }])).toEqual(['win2019', 'win2025'])
  })

  test('of a workload have no taint that it does not tolerate, what Kubernetes itself says of nodes apart', () => {
    expect(namesFor([linux], {})).toEqual(['apps', 'gone'])
    const critical = { key: 'CriticalAddonsOnly', effect: 'NoSchedule' }
    expect(namesFor([linux], { tolerations: [{ ...critical, operator: 'Exists' }] })).toContain('system')
    expect(namesFor([linux], { tolerations: [{ operator: 'Exists' }] })).toContain('system')
    expect(namesFor([linux], { tolerations: [{ ...critical, value: 'true' }] })).toContain('system')
    expect(namesFor([linux], { tolerations: [{ ...critical, value: 'false' }] })).not.toContain('system')
    expect(namesFor([linux], { tolerations: [{ operator: 'Exists', effect: 'NoExecute' }] })).not.toContain('system')
  })

  test.each<[Partial<Constraints>, string[]]>([
    [{ nodeSelector: { tier: 'web' } }, ['apps']],
    [{ nodeSelector: { 'kubernetes.io/arch': 'arm64' } }, ['arm']],
    [{ nodeSelector: { tier: 'db' } }, []],
    [{ os: 'windows' }, ['win2019', 'win2025']],
    [{ nodeName: 'arm' }, ['arm']],
    [{ nodeAffinity: [term('tier', 'In', 'web', 'api')] }, ['apps']],
    [{ nodeAffinity: [term('tier', 'Exists')] }, ['apps']],
    [{ nodeAffinity: [term('cores', 'Gt', '2')] }, ['apps']],
    [{ nodeAffinity: [term('cores', 'Lt', '4')] }, []],
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

  test('of several workloads are those of each', () => {
    expect(namesFor(undefined, { nodeSelector: { tier: 'web' } }, { nodeName: 'arm' })).toEqual(['apps', 'arm'])
  })

  test('are chosen by labels that can be asked for', () => {
    expect(labelsOf({ ...nothing, nodeSelector: { a: '1' }, nodeAffinity: [term('b', 'Exists')] })).toEqual(['a', 'b'])
  })
})
