import { describe, expect, it } from 'vitest'
import type { Finding } from 'kernel'
import { fix } from 'kernel'
import type { Report } from 'report-document'
import type { FormerDrift } from '../src/former-drift.js'
import { createLeaving } from '../src/leaving.js'
import { reportedPair, refusal, type Pair } from '../../../__tests__/support/drift-report.js'
import { sampleFormer, sampleId } from '../../../__tests__/support/drift.js'
import { reportOf } from '../../../__tests__/support/merging.js'
import { sampleRegistry } from '../../../__tests__/support/sample.js'

const subscription = '/subscriptions/00000000-0000-0000-0000-00000000abcd'
const [one, two] = [sampleId('aks-1'), sampleId('aks-2')] as const

const fine = (name: string, more: Partial<Pair> = {}): Pair =>
  reportedPair(name, { status: 'attached', lacks: [], ...more })

/** The report of the job `0a` about these clusters. */
const report = (pairs: Pair[], more: Partial<Report> = {}): Report => reportOf([], { job: '0a', pairs, ...more })

const jobs = ['0a']
const cluster = sampleFormer(one, { jobs })
const ran = sampleFormer('web:1', { kind: 'workload', key: 'running contosoacr web:1', jobs, clusters: [one] })
const named = sampleFormer('contosoacr.azurecr.io/web:1', { kind: 'manifest', key: 'manifest x', jobs })

/** Why it leaves after a check, to which Azure says that these IDs do not exist; after a merge without them. */
const leave = (former: FormerDrift, reports: Report[], missing?: readonly string[]): Promise<string> =>
  createLeaving({ reports, ...(missing && { isGone: id => Promise.resolve(missing.includes(id)) }) })(former)

const deleted = 'the cluster was deleted'

describe('a cluster that a check did not see', () => {
  it('leaves only if Azure says that its ID does not exist, whatever is in the list', async () => {
    const lists = [report([fine('aks-2')], { searched: [subscription] })]
    expect(await leave(cluster, lists, [])).toBe('')
    expect(await leave(cluster, lists, [one])).toBe(deleted)
    const id = sampleId('id-1', 'rg-shop', 'Microsoft.ManagedIdentity/userAssignedIdentities')
    expect(await leave(sampleFormer(id), [], [id])).toBe('the identity was deleted')
  })

  it('stays if only its name is known', async () => {
    expect(await leave(sampleFormer('aks-1', { jobs }), [report([fine('aks-2')])], ['aks-1'])).toBe('')
  })

  it('leaves if its registry does not exist, and stays if that has only left the list', async () => {
    const { id } = sampleRegistry('otheracr')
    const former = sampleFormer(one, { jobs, registry: 'otheracr.azurecr.io', registryId: id })
    const reports = [report([fine('aks-1', { asked: { target: 'aks-1', registry: '*' } })])]
    expect(await leave(former, reports, [])).toBe('')
    expect(await leave(former, reports, [id])).toBe('its registry was deleted')
    expect(await leave(former, reports)).toBe('')
  })
})

describe('a cluster that no report of a merge mentions', () => {
  const list = (more: Partial<Report> = {}) => report([fine('aks-2')], { searched: [subscription], ...more })

  it('leaves if the complete list of its own job lacks it', async () => {
    expect(await leave(cluster, [list()])).toBe(
      `${deleted}: it is not in the list of ${'subscription'} ${subscription.split('/')[2]}`,
    )
    const group = `${subscription}/resourceGroups/RG-shop`
    expect(await leave(cluster, [list({ searched: [subscription, group] })])).toContain(
      'list of resource group rg-shop',
    )
  })

  it.each<[string, Report[]]>([
    ['another job has listed', [list({ job: '0b' })]],
    ['nobody knows which job has listed', [list({ job: null })]],
    ['the list is of another scope', [list({ searched: [`${subscription}/resourceGroups/rg`] })]],
    ['a filter was used, so nothing counts as searched', [list({ searched: [] })]],
    ['the report is not whole', [list({ omitted: {} as Report['omitted'] })]],
    ['the check ended early', [list({ error: refusal() })]],
    ['the list has it at another registry', [report([fine('AKS-1')], { searched: [subscription] })]],
    ['a merged report does not say what its jobs asked', [list({ mode: 'merge' })]],
    [
      'it is being deleted',
      [
        list({
          findings: [
            {
              code: 'CLUSTER_STOPPED',
              severity: 'notice',
              subject: one.toUpperCase(),
              message: '',
              fix: fix(''),
            } satisfies Finding,
          ],
        }),
      ],
    ],
    ['no job has listed', []],
  ])('stays if %s', async (_, reports) => {
    expect(await leave(cluster, reports)).toBe('')
  })
})

describe('an image that ran, and that no workload runs any more', () => {
  const whole = report([fine('aks-1'), fine('aks-2')], { workloads: [] })
  const unread = { cluster: one, namespace: null, kind: null, name: null, container: null, image: null } as const
  const rows = [{ ...unread, runningDigest: null, registryDigest: null, status: 'unknown' as const, pods: null }]

  it('leaves if its job asked the same, and read all of it', async () => {
    expect(await leave(ran, [whole], [])).toBe('no workload runs it any more')
    expect(await leave(ran, [whole])).toBe('no workload runs it any more')
    // A cluster on which it ran, and that does not exist, runs nothing.
    const both = { ...ran, clusters: [one, two] }
    const first = report([fine('aks-1')], { workloads: [], searched: [subscription] })
    expect(await leave(both, [first], [two])).toBe('no workload runs it any more')
    expect(await leave(both, [first])).toBe('no workload runs it any more')
  })

  it.each<[string, Report[]]>([
    ['the cluster left the inputs, or the namespace did: another question', [{ ...whole, job: '0b' }]],
    ['the cluster lost its tag', [report([fine('aks-2')], { workloads: [] })]],
    ['the entry left the fleet, or its job left no report', []],
    ['the cluster is being deleted, so * leaves it out', [report([fine('aks-2')], { workloads: [] })]],
    ['the workloads were not checked', [{ ...whole, workloads: null }]],
    ['the workloads of its cluster could not be read', [{ ...whole, workloads: rows }]],
    ['its cluster could not be read', [report([fine('aks-1', { status: 'unknown' })], { workloads: [] })]],
    [
      'its registry left the list',
      [report([fine('aks-1', { loginServer: 'otheracr.azurecr.io', registry: 'otheracr' })], { workloads: [] })],
    ],
    ['the check ended early', [{ ...whole, error: refusal() }]],
  ])('stays if %s', async (_, reports) => {
    expect(await leave(ran, reports, [])).toBe('')
    expect(await leave(ran, reports)).toBe('')
  })

  it('stays until all jobs that have found it have asked again', async () => {
    const found = { ...ran, jobs: ['0a', '0b'] }
    expect(await leave(found, [whole])).toBe('')
    expect(await leave(found, [whole, { ...whole, job: '0b' }])).not.toBe('')
    expect(await leave({ ...ran, jobs: [] }, [whole])).toBe('')
    expect(await leave({ ...ran, clusters: [] }, [whole])).toBe('')
  })
})

describe('an image that manifests named', () => {
  it('leaves if its job has read the same manifests again, and its registry', async () => {
    expect(await leave(named, [report([fine('aks-1')])], [])).toBe('the manifests no longer name it')
    for (const other of [
      report([fine('aks-1')], { job: '0b' }),
      report([fine('aks-1', { loginServer: 'otheracr.azurecr.io' })]),
      report([fine('aks-1', { status: 'unknown' })]),
      report([], { searched: [subscription] }),
    ])
      expect(await leave(named, [other], [])).toBe('')
    expect(await leave({ ...named, kind: 'input' }, [report([fine('aks-1')])], [])).toBe('')
  })
})
