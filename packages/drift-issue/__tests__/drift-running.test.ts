import { describe, expect, test } from 'vitest'
import { countDrift, countUnchecked, describeDrift, mergeDrifts, type DriftItem } from 'report-document'
import type { CheckedWorkload } from 'report-document/src/report-json.js'
import { sampleMemory } from '../../../__tests__/support/drift.js'
import { driftOf } from '../../../__tests__/support/drift-report.js'

const clusterId = (name: string): string =>
  `/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/${name}`

const row = (more: Partial<CheckedWorkload> = {}): CheckedWorkload => ({
  cluster: clusterId('aks-1'),
  namespace: 'shop',
  kind: 'Deployment',
  name: 'api',
  container: 'api',
  image: 'contosoacr.azurecr.io/shop/api:1.4',
  runningDigest: `sha256:${'a'.repeat(64)}`,
  registryDigest: null,
  status: 'gone',
  pods: 3,
  ...more,
})

/** The entry of a cluster whose workloads could not be read. */
const unread = row({
  ...{ namespace: null, kind: null, name: null, container: null, image: null },
  ...{ runningDigest: null, status: 'unknown' as const, pods: null },
})

const textOf = ([item]: readonly DriftItem[]): string => (item ? describeDrift(item) : '')

describe('an image that runs and is gone', () => {
  test('is one item, whatever the number of its pods and workloads', () => {
    const { items } = driftOf({ workloads: [row(), row({ container: 'init' }), row({ name: 'web', pods: 1 })] })
    expect(items).toHaveLength(1)
    expect(items[0]).toMatchObject({ kind: 'workload', target: 'shop/api:1.4', registry: 'contosoacr.azurecr.io' })
    expect(textOf(items)).toContain('4 pods of 2 deployments on aks-1 run it')
  })

  test('adds up over the reports of a fleet', () => {
    const second = driftOf({ workloads: [row({ cluster: clusterId('aks-2'), pods: 11 }), row()] }, 'b')
    const { items } = mergeDrifts([driftOf({ workloads: [row()] }, 'a'), second])
    expect(textOf(items)).toContain('14 pods of 2 deployments on 2 clusters run it')
    expect(countDrift({ items, unknown: [], fine: [] })).toBe('1 image that runs is gone')
  })

  test('is worse than another digest of it that is there', () => {
    const drift = driftOf({ workloads: [row({ status: 'present' }), row({ runningDigest: null })] })
    expect([drift.items.length, drift.fine.length]).toEqual([1, 0])
  })

  test('names clusters of one name with their places', () => {
    const other = clusterId('aks-1').replace('/g/', '/h/')
    const drift = driftOf({ workloads: [row(), row({ cluster: other }), unread, { ...unread, cluster: other }] })
    expect(textOf(drift.items)).toContain('Deployment shop/api on aks-1 (g, ')
    expect(textOf(drift.items)).toContain('Deployment shop/api on aks-1 (h, ')
    expect(new Set(drift.unknown.map(({ name }) => name)).size).toBe(2)
  })

  test('is the same drift with another number of pods', () => {
    const [few, many] = [3, 14].map(pods => sampleMemory(driftOf({ workloads: [row({ pods })] })).state)
    expect(few).toBe(many)
  })
})

test('a moved tag is no drift', () => {
  expect(driftOf({ workloads: [row({ status: 'moved' })] })).toMatchObject({ items: [], unknown: [], fine: [{}] })
})

test('what could not be checked is unknown, with the reason that the report has', () => {
  const subject = clusterId('aks-1')
  const { unknown } = driftOf({
    workloads: [row({ status: 'unknown' }), unread],
    unknown: [{ subject, message: 'aks-1 does not answer.', about: 'image' }],
  })
  expect(unknown.map(({ target, message }) => [target, message])).toEqual([
    ['shop/api:1.4', 'the job gave no reason'],
    ['the workloads of aks-1', 'aks-1 does not answer.'],
  ])
  expect(countUnchecked(unknown)).toBe('1 image and the workloads of 1 cluster could not be checked')
  expect(countUnchecked(unknown.slice(1))).toBe('the workloads of aks-1 could not be checked')
})
