import { toFixJson } from 'kernel'
import { expect, it } from 'vitest'
import type { ReportJson } from 'report-document'
import type { FormerDrift } from '../src/former-drift.js'
import { createLeaving } from '../src/leaving.js'
import { catalogueOf } from '../../../__tests__/support/concluding.js'
import { readJson, reportedPair, refusal, type Pair } from '../../../__tests__/support/drift-report.js'
import { sampleFormer, sampleId } from '../../../__tests__/support/drift.js'
import { reportOf } from '../../../__tests__/support/merging.js'
import { sampleRegistry } from '../../../__tests__/support/sample.js'

// Why an item leaves an issue that this run did not see. The answers are in leaving.txt, beside this file, a line per case: `npx vitest run -u` writes it, and
// its diff is what a review reads.

const subscription = '/subscriptions/00000000-0000-0000-0000-00000000abcd'
const searched = [subscription]
const [one, two] = [sampleId('aks-1'), sampleId('aks-2')] as const

const fine = (name: string, more: Partial<Pair> = {}): Pair =>
  reportedPair(name, { status: 'attached', lacks: [], ...more })
/** The report of the job `0a` about these clusters. */
const report = (pairs: Pair[], more: Partial<ReportJson> = {}): ReportJson =>
  reportOf([], { job: '0a', pairs, ...more })

const jobs = ['0a']
const cluster = sampleFormer(one, { jobs })
const ran = sampleFormer('web:1', { kind: 'workload', key: 'running contosoacr web:1', jobs, clusters: [one] })
const manifest = sampleFormer('contosoacr.azurecr.io/web:1', { kind: 'manifest', key: 'manifest x', jobs })

const answer = async (why: Promise<string>): Promise<string> => (await why) || 'stays'
/** Why it leaves after a merge of these reports. */
const merge = (former: FormerDrift, ...reports: ReportJson[]) =>
  answer(createLeaving({ reports: reports.map(readJson) })(former))
/** Why it leaves after a check, to which Azure says that these IDs do not exist. */
const check = (former: FormerDrift, missing: readonly string[], ...reports: ReportJson[]) =>
  answer(createLeaving({ reports: reports.map(readJson), isGone: id => Promise.resolve(missing.includes(id)) })(former))

const others = report([fine('aks-2')], { searched })
const identity = sampleId('id-1', 'rg-shop', 'Microsoft.ManagedIdentity/userAssignedIdentities')
const { id: registryId } = sampleRegistry('otheracr')
const elsewhere = sampleFormer(one, { jobs, registry: 'otheracr.azurecr.io', registryId })
const atAll = report([fine('aks-1', { asked: { target: 'aks-1', registry: '*' } })])
const checked = () => ({
  'check, cluster: Azure has its ID, and the list lacks it': check(cluster, [], others),
  'check, cluster: Azure does not have its ID': check(cluster, [one], others),
  'check, identity: Azure does not have its ID': check(sampleFormer(identity), [identity]),
  'check, cluster: only its name is known': check(sampleFormer('aks-1', { jobs }), ['aks-1'], report([fine('aks-2')])),
  'check, cluster: its registry left the list': check(elsewhere, [], atAll),
  'check, cluster: Azure does not have its registry': check(elsewhere, [registryId], atAll),
  'merge, cluster: its registry left the list': merge(elsewhere, atAll),
})

const list = (more: Partial<ReportJson> = {}) => report([fine('aks-2')], { searched, ...more })
const stopping = {
  code: 'CLUSTER_STOPPED',
  severity: 'notice',
  subject: one.toUpperCase(),
  message: '',
  fix: toFixJson([]),
} as const
const listed = () => ({
  'merge, cluster: the list of its own job lacks it': merge(cluster, list()),
  'merge, cluster: the list of its group lacks it': merge(
    cluster,
    list({ searched: [subscription, `${subscription}/resourceGroups/RG-shop`] }),
  ),
  'merge, cluster: another job has listed': merge(cluster, list({ job: '0b' })),
  'merge, cluster: nobody knows which job has listed': merge(cluster, list({ job: null })),
  'merge, cluster: the list is of another scope': merge(
    cluster,
    list({ searched: [`${subscription}/resourceGroups/rg`] }),
  ),
  'merge, cluster: a filter was used, so nothing counts as searched': merge(cluster, list({ searched: [] })),
  'merge, cluster: the report is not whole': merge(cluster, list({ omitted: {} as ReportJson['omitted'] })),
  'merge, cluster: the check ended early': merge(cluster, list({ error: refusal() })),
  'merge, cluster: the list has it at another registry': merge(cluster, report([fine('AKS-1')], { searched })),
  'merge, cluster: a merged report does not say what its jobs asked': merge(cluster, list({ mode: 'merge' })),
  'merge, cluster: it is being deleted': merge(cluster, list({ findings: [stopping] })),
  'merge, cluster: no job has listed': merge(cluster),
})

const whole = report([fine('aks-1'), fine('aks-2')], { workloads: [] })
const withoutOne = report([fine('aks-2')], { workloads: [] })
const first = report([fine('aks-1')], { workloads: [], searched })
const unread: NonNullable<ReportJson['workloads']>[number] = {
  cluster: one,
  namespace: null,
  kind: null,
  name: null,
  container: null,
  image: null,
  runningDigest: null,
  registryDigest: null,
  status: 'unknown',
  pods: null,
}
const both = { ...ran, clusters: [one, two] }
const byTwo = { ...ran, jobs: ['0a', '0b'] }
const asked: Record<string, ReportJson[]> = {
  'its job asked the same, and read all of it': [whole],
  'another job asked: the cluster or the namespace left the inputs': [{ ...whole, job: '0b' }],
  'the cluster lost its tag, or is being deleted': [withoutOne],
  'its job left no report': [],
  'the workloads were not checked': [{ ...whole, workloads: null }],
  'the workloads of its cluster were not read': [{ ...whole, workloads: [unread] }],
  'its cluster was not read': [report([fine('aks-1', { status: 'unknown' })], { workloads: [] })],
  'its registry left the list': [
    report([fine('aks-1', { loginServer: 'otheracr.azurecr.io', registry: 'otheracr' })], { workloads: [] }),
  ],
  'the check ended early': [{ ...whole, error: refusal() }],
}
const running = (): Record<string, Promise<string>> => ({
  ...Object.fromEntries(
    Object.entries(asked).flatMap(([what, reports]) => [
      [`check, image that ran: ${what}`, check(ran, [], ...reports)],
      [`merge, image that ran: ${what}`, merge(ran, ...reports)],
    ]),
  ),
  'check, image that ran on two clusters: one of them does not exist': check(both, [two], first),
  'merge, image that ran on two clusters: one of them is not in the list': merge(both, first),
  'merge, image that ran, found by two jobs: one asked again': merge(byTwo, whole),
  'merge, image that ran, found by two jobs: both asked again': merge(byTwo, whole, { ...whole, job: '0b' }),
  'merge, image that ran: nobody knows which job found it': merge({ ...ran, jobs: [] }, whole),
  'merge, image that ran: nobody knows where': merge({ ...ran, clusters: [] }, whole),
})

const named = () => ({
  'check, image of manifests: its job has read them, and its registry': check(manifest, [], report([fine('aks-1')])),
  'check, image of manifests: another job has': check(manifest, [], report([fine('aks-1')], { job: '0b' })),
  'check, image of manifests: at another registry': check(
    manifest,
    [],
    report([fine('aks-1', { loginServer: 'otheracr.azurecr.io' })]),
  ),
  'check, image of manifests: its registry was not read': check(
    manifest,
    [],
    report([fine('aks-1', { status: 'unknown' })]),
  ),
  'check, image of manifests: no cluster was found': check(manifest, [], report([], { searched })),
  'check, image of the inputs': check({ ...manifest, kind: 'input' }, [], report([fine('aks-1')])),
})

it('why an item leaves an issue is in leaving.txt', async () => {
  const answers = Object.entries({ ...checked(), ...listed(), ...running(), ...named() })
  const cases = await Promise.all(answers.map(async ([what, why]) => [what, await why] as const))
  await expect(catalogueOf(Object.fromEntries(cases))).toMatchFileSnapshot('leaving.txt')
})
