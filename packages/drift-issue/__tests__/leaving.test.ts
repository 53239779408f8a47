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
const atOther = { loginServer: 'otheracr.azurecr.io', registry: 'otheracr' }
const atAll = report([fine('aks-1', { asked: { target: 'aks-1', registry: '*' } })])
const checked = () => ({
  'check: a cluster stays that Azure has, whatever the list lacks': check(cluster, [], others),
  'check: a cluster leaves that Azure does not have': check(cluster, [one], others),
  'check: an identity leaves that Azure does not have': check(sampleFormer(identity), [identity]),
  'check: a cluster stays of which only the name is known': check(
    sampleFormer('aks-1', { jobs }),
    ['aks-1'],
    report([fine('aks-2')]),
  ),
  'check: a cluster stays whose registry left the list': check(elsewhere, [], atAll),
  'check: a cluster leaves whose registry Azure does not have': check(elsewhere, [registryId], atAll),
  'check: a cluster stays whose registry Azure does not have, while the step still names that': check(
    elsewhere,
    [registryId],
    report([fine('aks-2', atOther)]),
  ),
  'merge: a cluster stays whose registry left the list': merge(elsewhere, atAll),
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
  'merge: a cluster leaves that the list of its own job lacks': merge(cluster, list()),
  'merge: a cluster leaves that the list of its group lacks': merge(
    cluster,
    list({ searched: [subscription, `${subscription}/resourceGroups/RG-shop`] }),
  ),
  'merge: a cluster stays if another job has listed': merge(cluster, list({ job: '0b' })),
  'merge: a cluster stays if nobody knows which job has listed': merge(cluster, list({ job: null })),
  'merge: a cluster stays if the list is of another scope': merge(
    cluster,
    list({ searched: [`${subscription}/resourceGroups/rg`] }),
  ),
  'merge: a cluster stays if a filter was used, so nothing counts as searched': merge(cluster, list({ searched: [] })),
  'merge: a cluster stays if the report is not whole': merge(cluster, list({ omitted: {} as ReportJson['omitted'] })),
  'merge: a cluster stays if the check ended early': merge(cluster, list({ error: refusal() })),
  'merge: a cluster stays that the list has at another registry': merge(cluster, report([fine('AKS-1')], { searched })),
  'merge: a cluster stays if a merged report does not say what its jobs asked': merge(cluster, list({ mode: 'merge' })),
  'merge: a cluster stays that is being deleted': merge(cluster, list({ findings: [stopping] })),
  'merge: a cluster stays if no job has listed': merge(cluster),
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
  'leaves if its job asked the same, and read all of it': [whole],
  'stays if another job asked: the cluster or the namespace left the inputs': [{ ...whole, job: '0b' }],
  'stays if the cluster lost its tag, or is being deleted': [withoutOne],
  'stays if its job left no report': [],
  'stays if the workloads were not checked': [{ ...whole, workloads: null }],
  'stays if the workloads of its cluster were not read': [{ ...whole, workloads: [unread] }],
  'stays if its cluster was not read': [report([fine('aks-1', { status: 'unknown' })], { workloads: [] })],
  'stays if the check of its cluster failed': [report([fine('aks-1', { status: 'failed' })], { workloads: [] })],
  'stays if its registry left the list': [report([fine('aks-1', atOther)], { workloads: [] })],
  'stays if the check ended early': [{ ...whole, error: refusal() }],
}
const running = (): Record<string, Promise<string>> => ({
  ...Object.fromEntries(
    Object.entries(asked).flatMap(([what, reports]) => [
      [`check: an image that ran ${what}`, check(ran, [], ...reports)],
      [`merge: an image that ran ${what}`, merge(ran, ...reports)],
    ]),
  ),
  'check: an image that ran leaves if one of its two clusters does not exist, and the other one was read': check(
    both,
    [two],
    first,
  ),
  'check: an image that ran stays if Azure has each of its clusters, whatever the list lacks': check(both, [], first),
  'check: an image that ran stays if only the first of its clusters was read': check(
    both,
    [],
    report([fine('aks-1'), fine('aks-2', { status: 'unknown' })], { workloads: [] }),
  ),
  'merge: an image that ran leaves if one of its two clusters is not in the list, and the other one was read': merge(
    both,
    first,
  ),
  'merge: an image that ran stays if one of two jobs asked again': merge(byTwo, whole),
  'merge: an image that ran stays if one of two jobs did not read its registry': merge(
    byTwo,
    whole,
    report([fine('aks-1', atOther)], { job: '0b', workloads: [] }),
  ),
  'merge: an image that ran leaves if both jobs asked again': merge(byTwo, whole, { ...whole, job: '0b' }),
  'merge: an image that ran stays if nobody knows which job found it': merge({ ...ran, jobs: [] }, whole),
  'merge: an image that ran stays if nobody knows where': merge({ ...ran, clusters: [] }, whole),
})

const named = () => ({
  'check: an image of manifests leaves if its job has read them, and its registry': check(
    manifest,
    [],
    report([fine('aks-1')]),
  ),
  'check: an image of manifests stays if another job has': check(manifest, [], report([fine('aks-1')], { job: '0b' })),
  'check: an image of manifests stays if its registry was not asked': check(
    manifest,
    [],
    report([fine('aks-1', { loginServer: 'otheracr.azurecr.io' })]),
  ),
  'check: an image of manifests stays if its registry was not read': check(
    manifest,
    [],
    report([fine('aks-1', { status: 'unknown' })]),
  ),
  'check: an image of manifests stays if no cluster was found': check(manifest, [], report([], { searched })),
  'check: an image of the inputs stays': check({ ...manifest, kind: 'input' }, [], report([fine('aks-1')])),
})

it('why an item leaves an issue is in leaving.txt', async () => {
  const answers = Object.entries({ ...checked(), ...listed(), ...running(), ...named() })
  const cases = await Promise.all(answers.map(async ([what, why]) => [what, await why] as const))
  await expect(catalogueOf(Object.fromEntries(cases))).toMatchFileSnapshot('leaving.txt')
})
