import { describe, expect, it } from 'vitest'
import { fix, type Finding } from 'kernel'
import type { Drift, Report } from 'report-document'
import type { FormerDrift } from 'drift-issue'
import { createMergeSettler } from '../src/former.js'
import type { Leg } from '../src/read-reports.js'
import { sampleDrift, sampleFormer, sampleGap, sampleId, sampleItem } from '../../../__tests__/support/drift.js'

const subscription = '/subscriptions/00000000-0000-0000-0000-00000000abcd'
/** A job whose report has these lists. */
const jobOf = (lists: Partial<Report>, more: Partial<Leg> = {}): Leg => {
  const report = { searched: [], manifests: [], findings: [], workloads: null, ...lists } as Partial<Report> as Report
  return { name: 'a job', called: 'a job', isPlural: false, where: '', entries: [], report, ...more }
}
const legOf = (searched: string[], more: Partial<Leg> = {}): Leg => jobOf({ searched }, more)
const cluster = sampleFormer(sampleId('AKS-1'))
const image = sampleFormer('contosoacr.azurecr.io/web:1', {
  kind: 'manifest',
  key: 'manifest contosoacr.azurecr.io/web:1',
})
/** A cluster that was checked at the registry of the images. */
const spots: Drift['spots'] = [{ subscription: '', registry: 'contosoacr.azurecr.io', state: 'fine', text: '✓' }]
const dropped = ['dropped', 'fleet', 'no entry of the fleet covers it']

async function settle(former: FormerDrift, legs: Leg[], drift: Partial<Drift> = {}, hasFleet = true) {
  const fate = await createMergeSettler(legs, sampleDrift([], drift), hasFleet)(former)
  return [fate?.kind, fate?.code, fate?.text]
}

describe('a cluster that no report mentions', () => {
  it('is gone if a complete list of its scope lacks it', async () => {
    const text = 'the cluster was deleted: it is not in the list of'
    expect(await settle(cluster, [legOf([subscription])])).toEqual([
      'gone',
      'list',
      `${text} subscription 00000000-0000-0000-0000-00000000abcd`,
    ])
    const group = `${subscription}/resourceGroups/RG-shop/`
    expect(await settle(cluster, [legOf([group])])).toEqual(['gone', 'list', `${text} resource group rg-shop`])
    const others = [`${subscription}/resourceGroups/rg`, subscription.replace('abcd', 'abce')]
    expect(await settle(cluster, [legOf(others)])).toEqual(dropped)
    const identity = sampleId('own', 'rg-shop', 'Microsoft.ManagedIdentity/userAssignedIdentities')
    expect(await settle(sampleFormer(identity), [legOf([subscription])])).toEqual(dropped)
  })

  it('is not gone if it exists, or if the report with the list is incomplete', async () => {
    const fine = [sampleItem(sampleId('aks-1'), { registry: 'otheracr.azurecr.io' })]
    expect(await settle(cluster, [legOf([subscription])], { fine })).toEqual(dropped)
    const cut = legOf([subscription], { problem: 'its file leaves out 4000 pairs' })
    expect(await settle(cluster, [cut], { gaps: [sampleGap('a job: its file leaves out 4000 pairs')] })).toEqual([
      'unseen',
      'report',
      'a job: its file leaves out 4000 pairs',
    ])
  })

  it('is not gone while it is being created or deleted, which the report with the list says', async () => {
    const finding = (code: Finding['code']): Finding => ({
      ...{ code, severity: 'notice', message: '' },
      ...{ subject: sampleId('aks-1').toUpperCase(), fix: fix('') },
    })
    const leave = (code: Finding['code']) => [legOf([]), jobOf({ searched: [subscription], findings: [finding(code)] })]
    const left = async (code: Finding['code']) => (await settle(cluster, leave(code))).slice(0, 3)
    expect(await left('CLUSTER_STOPPED')).toEqual(['unseen', 'CLUSTER_STOPPED', 'the cluster is being deleted'])
    expect(await left('NO_KUBELET_IDENTITY')).toEqual(['unseen', 'NO_KUBELET_IDENTITY', 'the cluster is being created'])
    expect((await settle(cluster, leave('EXCESS_ROLE')))[0]).toBe('gone')
    // Another registry's pair of a cluster that is merely stopped.
    const unknown = [sampleItem(sampleId('aks-1'), { registry: 'otheracr.azurecr.io' })]
    expect(await settle(cluster, leave('CLUSTER_STOPPED'), { unknown })).toEqual(dropped)
  })

  it('is gone if it did not exist, and the fleet no longer names it', async () => {
    const lost = sampleFormer('aks-1', { wasGone: true })
    expect(await settle(lost, [])).toEqual(['gone', 'fleet', 'it did not exist, and the fleet no longer names it'])
  })
})

describe('an item that no report mentions', () => {
  it('is unknown if a job left no report, or if a list has a gap', async () => {
    const blind = ['rg-eu: no report', 'rg-us: no report', 'rg-in: no report'].map(sampleGap)
    expect(await settle(cluster, [], { gaps: blind })).toEqual([
      'unseen',
      'report',
      'rg-eu: no report; 2 more jobs left no complete report',
    ])
    const gap = { code: 'AUTHORIZATION_FAILED', message: "Can't tell what exists" }
    for (const item of [sampleItem('*', gap), sampleItem('aks-2', { ...gap, registry: '*' })])
      expect(await settle(cluster, [], { unknown: [item] })).toEqual(['unseen', gap.code, gap.message])
    // Another cluster that could not be checked at its registry.
    expect(await settle(cluster, [], { unknown: [sampleItem('aks-2', gap)] })).toEqual(dropped)
    expect(await settle(cluster, [], {}, false)).toEqual(['unseen', 'reports', 'no report covers it'])
  })

  it('is gone if no manifest names it any more, unless its registry was not or could not be checked', async () => {
    const gone = ['gone', 'manifests', 'the manifests no longer name it']
    expect(await settle(image, [legOf([])], { spots })).toEqual(gone)
    // No cluster is left there, but the entry still names the registry.
    expect(await settle(image, [legOf([], { entries: [{ registry: 'ContosoAcr' }] })])).toEqual(gone)
    expect(await settle(image, [legOf([], { entries: [{ registry: 'otheracr' }] })])).toEqual(dropped)
    expect(await settle({ ...image, kind: 'input', key: 'web:1 contosoacr' }, [], { spots })).toEqual(dropped)
    const unread = (registry: string) => [sampleItem('aks-1', { registry, message: 'No.' })]
    expect(await settle(image, [], { unknown: unread('contosoacr') })).toEqual(['unseen', 'missing', 'No.'])
    expect((await settle(image, [], { unknown: unread('otheracr'), spots }))[0]).toBe('gone')
  })
})

describe('an image that ran, and that no report mentions', () => {
  const ran = { ...image, kind: 'workload' as const, key: 'running contosoacr web:1' }
  type Rows = Report['workloads']
  const row = (more: Partial<NonNullable<Rows>[number]> = {}): NonNullable<Rows>[number] => ({
    ...{ cluster: sampleId('aks-1'), namespace: 'shop', kind: 'Deployment', name: 'api', container: 'api' },
    ...{ image: 'contosoacr.azurecr.io/api:2', runningDigest: null, registryDigest: null, status: 'present', pods: 1 },
    ...more,
  })
  const unread = row({ cluster: sampleId('aks-2'), image: null, status: 'unknown' })
  const unwatched = 'not every report is of a step with the input workloads'

  it.each<[string, Rows[], string[]]>([
    ['nothing runs it', [[row()], []], ['gone', 'workloads', 'no workload runs it any more']],
    ['no job has checked workloads', [], ['unseen', 'workloads', unwatched]],
    ['one job has not checked workloads', [[row()], null], ['unseen', 'workloads', unwatched]],
    [
      'one cluster could not be read',
      [[row()], [row(), unread]],
      ['unseen', 'workloads', 'the workloads of aks-2 could not be read'],
    ],
  ])('is gone only if every cluster was read: %s', async (_, rows, fate) => {
    const legs = rows.map(workloads => jobOf({ workloads }))
    expect(await settle(ran, legs, { spots })).toEqual(fate)
  })

  it('is no longer checked if no entry covers its registry', async () => {
    expect(await settle(ran, [jobOf({ workloads: [row()] })])).toEqual(dropped)
  })
})
