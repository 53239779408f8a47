import { expect, it } from 'vitest'
import { lastSegment } from 'azure'
import { ActionError, fix, sayClause, sayOwn, toFixJson } from 'kernel'
import { isHarmless, mergeDrifts, selectUnchecked, type Drift, type DriftItem } from '../src/drift.js'
import { toDrift } from '../src/find-drift.js'
import type { ReportJson } from '../src/report-json.js'
import { catalogueOf, forEach } from '../../../__tests__/support/concluding.js'
import {
  acr,
  driftOf,
  emptyReport,
  readJson,
  refusal,
  reportedPair,
  type Pair,
} from '../../../__tests__/support/drift-report.js'
import {
  roleLack,
  sampleDrift,
  sampleGap,
  sampleId,
  sampleItem,
  sampleUnknown,
} from '../../../__tests__/support/drift.js'

// What a report says of drift. The results are in drift-reading.txt, beside this file: `npx vitest run -u` writes it, and its diff is what a review reads.

type WorkloadJson = NonNullable<ReportJson['workloads']>[number]

/** An item, apart from what is usual. */
function describeItem(item: DriftItem): string {
  const {
    kind,
    name,
    code,
    said: parts,
    registry,
    registryId,
    today,
    onlyTo,
    unproven,
    running,
    clusters = [],
    where,
  } = item
  const uses = running?.uses.map(use => `${use.kind} ${use.namespace}/${use.name}${use.container ? '' : ' (unnamed)'}`)
  const said = [
    `${kind} ${name}${registry && ` on ${registry}`}${registry && !registryId ? ' (no ID)' : ''}, ${code}${sayOwn(parts) && `: ${parts.more ? sayOwn(parts) : sayClause(parts)}`}`,
    today !== 'none' && `access ${today === 'some' ? `only to ${onlyTo.join(', ')}` : today}`,
    unproven && `not proven: ${unproven.join(', ') || 'nothing'}`,
    item.nodes && `nodes: ${JSON.stringify(item.nodes)}`,
    where && `in ${where}`,
    uses && `run by ${uses.join(', ')}`,
    clusters.length > 0 && `on ${clusters.map(id => lastSegment(id)).join(', ')}`,
    parts.quote && `quote: ${parts.quote.text}`,
    item.azure && `Azure: ${item.azure.code}`,
    item.fix && `fix: ${[...toFixJson(item.fix).text.split('\n'), ...toFixJson(item.fix).commands].join(' > ')}`,
  ]
  return said.filter(Boolean).join('; ')
}

function describe({ items, unknown, fine, gaps, unseen, ending = [] }: Drift): string[] {
  return [
    ...items.map(item => `drift: ${describeItem(item)}`),
    ...unknown.map(item => `unknown: ${describeItem(item)}`),
    ...fine.map(item => `fine: ${describeItem(item)}`),
    ...gaps.map(({ message }) => `gap: ${message}`),
    ...unseen.map(({ subject, message }) => `not seen: ${subject}: ${message}`),
    ...ending.map(text => `ending: ${text}`),
  ]
}

const pairWith = (more: Partial<Pair>, ...of: [leg?: string, where?: string]): string[] =>
  describe(driftOf({ pairs: [reportedPair('aks-1', more)] }, ...of))
const good: Partial<Pair> = { status: 'attached', lacks: [] }
const pulls = (...verdicts: string[]) => ({
  pulls: verdicts.map((verdict, at) => ({ node: `n${at}`, verdict })) as Pair['pulls'],
})
const noRegistry = roleLack({ kind: 'registry', role: null, message: 'the registry contosoacr does not exist' })
const keyOf = (more: Partial<Pair>, leg = ''): string =>
  driftOf({ pairs: [reportedPair('aks-1', more)] }, leg)
    .items.map(({ key }) => key.replace(sampleId('aks-1').toLowerCase(), '{its ID}'))
    .join()

const quote = { statement: 'It is refused.', intro: 'The node said:', text: 'no' }
const differs = { ...refusal(), code: 'DRIFT' as const, message: 'AcrPull is ignored.' }
const azure = { status: 404, code: 'ResourceNotFound', message: 'No.', correlationId: 'abc', isForeign: false }

const pairs = (): Record<string, string | string[]> => ({
  ...Object.fromEntries(
    (['missing', 'failed', 'unknown', 'attached', 'detached'] as const).map(status => [
      `pair: ${status}`,
      pairWith({ status, lacks: [] }),
    ]),
  ),
  'pair: the registry and the role are missing': pairWith({ lacks: [noRegistry, roleLack()] }),
  'pair: its registry was not found': pairWith({ registry: 'nowhere', loginServer: null }),
  'pair: its registry has no login server': pairWith({ loginServer: null }),
  'pair: its error, in another job without the commands': pairWith({ error: refusal() }, 'rg-eu'),
  "pair: its error, with a quote and Azure's answer": pairWith({ error: { ...refusal(), quote, azure } }),
  'pair: a broader role': pairWith({ grantedBy: 'broader-role' }),
  'pair: a broader role, attached': pairWith({ grantedBy: 'broader-role', status: 'attached' }),
  'pair: another role, which differs': pairWith({ grantedBy: 'direct', lacks: [], error: differs }),
  'pair: no role, which differs': pairWith({ lacks: [], error: differs }),
  'pair: another role': pairWith({ grantedBy: 'direct' }),
  'pair: another role, but it was refused': pairWith({ grantedBy: 'direct', error: refusal() }),
  'pair: some repositories': pairWith({ limitedTo: ['team/app'] }),
  'pair: no repositories': pairWith({ limitedTo: [] }),
  'pair: not found, in a job that looked in rg-eu': pairWith({ target: 'aks-1' }, 'rg-eu', 'rg-eu'),
  'pair: not found': pairWith({ target: 'aks-1' }, 'rg-eu'),
  'pair: found, in a job that looked in rg-eu': pairWith({}, 'rg-eu', 'rg-eu'),
  'pair: known by a pull': pairWith({ ...good, verified: 'pull' }),
  'pair: known by Azure': pairWith({ ...good, verified: 'assignment' }),
  'pair: known by Azure, its identity was not seen': pairWith({ ...good, verified: 'assignment', identitySeen: false }),
  'pair: known by Azure, but a node pulled: anybody may': pairWith({
    ...good,
    verified: 'assignment',
    ...pulls('pulled'),
  }),
  'pair: nodes were silent, full or refused': pairWith({ ...good, ...pulls('slow', 'unschedulable', 'denied') }),
  'pair: a node pulled, and two were not asked': pairWith({ ...good, ...pulls('pulled'), unasked: ['n1', 'n2'] }),
  'pair: one of such nodes pulled': pairWith({ ...good, ...pulls('slow', 'unschedulable', 'denied', 'pulled') }),
  'key: found': keyOf({}, 'rg-eu'),
  'key: found in another job, in other letters': keyOf(
    { target: sampleId('AKS-1').toUpperCase(), asked: { target: 'AKS-1', registry: acr } },
    'rg-us',
  ),
  ...forEach(
    ['ContosoAcr', 'contosoacr.azurecr.io', acr],
    registry => `key: without a login server, at ${registry}`,
    registry => keyOf({ registry, loginServer: null }),
  ),
  'key: a name that was not found only has a meaning in its own job': keyOf({ target: 'AKS-1' }, 'rg-eu'),
})

const image: ReportJson['images'][number] = {
  source: 'docker.io/library/nginx:1.27',
  name: 'nginx:1.27',
  image: '',
  digest: null,
  status: 'present',
  registry: acr,
  sizeInBytes: null,
  durationSeconds: null,
  importable: null,
  error: null,
}
const imageWith = (more: Partial<typeof image>): string[] => describe(driftOf({ images: [{ ...image, ...more }] }))
const at = 'contosoacr.azurecr.io/nginx:1.27'
const missing = { status: 'missing' as const, image: at }
const notThere = { ...refusal(), code: 'IMAGE_NOT_FOUND' as const, fix: toFixJson(fix('Attach.')) }
const conflict = { ...refusal(), code: 'IMAGE_CONFLICT' as const, fix: toFixJson(fix('Give another tag.')) }
const manifest = {
  image: 'contosoacr.azurecr.io/shop:v1',
  registry: acr,
  file: 'a.yaml',
  document: 1,
  resource: '',
  field: 'f',
}
const manifestWith = (
  status: ReportJson['manifests'][number]['status'],
  error: ReportJson['manifests'][number]['error'],
  ...nodes: Pair['pulls']
) =>
  describe(
    driftOf({
      pairs: nodes.length > 0 ? [reportedPair('aks-1', { ...good, pulls: nodes })] : [],
      manifests: [{ ...manifest, status, error }],
    }),
  )
const pulledAs = (verdict: string, reference = manifest.image) =>
  ({ node: 'n0', verdict, image: reference }) as unknown as Pair['pulls'][number]
const uncompared = driftOf({
  images: [image, { ...image, name: 'redis:7', status: 'failed', error: refusal('AUTHORIZATION_FAILED') }],
})

const others = (): Record<string, string | string[]> => ({
  'nothing was checked': describe(driftOf({})),
  'the check ended with an error': describe(
    driftOf({ error: { ...refusal('AUTHORIZATION_FAILED'), message: 'The subscription is not readable.' } }),
  ),
  'something unknown, beside a pair and an image that say it themselves': describe(
    driftOf({
      unknown: [
        { subject: 'a role', message: 'The role could not be read.', about: null },
        { subject: 'aks-1', message: 'It is refused.', about: 'pair' },
        { subject: at, message: 'It could not be read.', about: 'image' },
      ],
      pairs: [reportedPair('aks-1', { status: 'unknown', error: refusal() })],
      images: [{ ...image, image: at }],
    }),
  ),
  'image: one not compared, one that failed': describe(uncompared),
  'image: of these, a failure is': selectUnchecked(uncompared).map(({ target }) => target),
  'image: its digest was read': imageWith({ image: at, digest: 'sha256:0a' }),
  'image: locked': imageWith({ status: 'locked', image: at, error: refusal() }),
  'image: missing, and attach imports it': imageWith({ ...missing, importable: true, error: notThere }),
  'image: another one, which needs a decision': imageWith({ ...missing, importable: false, error: conflict }),
  'image: another one, in a report that was cut and so has no advice': imageWith({
    ...missing,
    importable: false,
    error: { ...conflict, fix: toFixJson(fix('')) },
  }),
  'image: missing, without an error': imageWith(missing),
  'image: missing, in a registry that does not exist yet': imageWith({ status: 'missing', image: null }),
  'manifest: an image is missing, which attach never pushes': manifestWith('missing', {
    ...refusal(),
    code: 'IMAGE_NOT_FOUND',
  }),
  'manifest: an image is missing, without an error': manifestWith('missing', null),
  'manifest: an image is locked': manifestWith('locked', refusal()),
  'manifest: an image is present': manifestWith('present', null),
  'manifest: not read, with an error': manifestWith('unknown', refusal()),
  'manifest: not read, but a node pulled it': manifestWith('unknown', null, pulledAs('pulled')),
  'manifest: not read, and a node pulled another': manifestWith(
    'unknown',
    null,
    pulledAs('pulled', 'contosoacr.azurecr.io/shop:v2'),
  ),
  'manifest: not read, and nodes were silent, full or refused': manifestWith(
    'unknown',
    null,
    ...['slow', 'unschedulable', 'denied'].map(verdict => pulledAs(verdict)),
  ),
})

/** A container of a deployment in aks-1. */
const row = (status: WorkloadJson['status'], more: Partial<WorkloadJson> = {}): WorkloadJson => ({
  cluster: sampleId('aks-1'),
  namespace: 'shop',
  kind: 'Deployment',
  name: 'api',
  container: 'api',
  pods: 2,
  image: 'contosoacr.azurecr.io/api:1',
  runningDigest: 'sha256:a',
  registryDigest: null,
  status,
  ...more,
})
/** The row of a cluster whose workloads could not be read. */
const unread = (name: string, more: Partial<WorkloadJson>): WorkloadJson => ({
  ...row('unknown', { cluster: sampleId(name), namespace: null, kind: null, name: null, container: null }),
  image: null,
  pods: null,
  runningDigest: null,
  ...more,
})
const running = (workloads: readonly WorkloadJson[], unknown: ReportJson['unknown'] = []): string[] =>
  describe(driftOf({ pairs: [reportedPair('aks-1', good)], workloads: [...workloads], unknown })).filter(
    line => !line.startsWith('fine: pair') && !line.startsWith('not seen'),
  )
const because = (subject: string, message: string): ReportJson['unknown'] => [{ subject, message, about: null }]
const noAnswer = because(acr.toUpperCase(), 'Could not check 1 image that runs on contosoacr: no answer.')
/** What the step says that has looked itself. */
const own = (workload: WorkloadJson, error: ActionError): string[] => {
  const { workloads, ...report } = readJson({ ...emptyReport(), job: null, workloads: [workload] })
  const rows = workloads?.map(each => ({ ...each, error })) ?? null
  return describe(toDrift({ ...report, workloads: rows }, ''))
}
const goneItself = new ActionError('RUNNING_IMAGE_GONE', 'It is gone', { fix: fix('Restore it:', 'az acr import') })
const refusedItself = new ActionError(
  'CLUSTER_UNREACHABLE',
  { what: 'It refuses', quote: { by: 'It said:', text: '403' } },
  { fix: fix('Look:', 'az') },
)

const workloads = (): Record<string, string[]> => ({
  'running: gone': running([row('gone')]),
  'running: missing, so pods wait': running([row('missing')]),
  'running: locked': running([row('locked')]),
  'running: present': running([row('present')]),
  'running: moved': running([row('moved')]),
  'running: unknown, with the reason of its registry': running([row('unknown')], noAnswer),
  'running: unknown, with a code': running([row('unknown', { errorCode: 'THROTTLED' })], noAnswer),
  'running: unknown, without a reason': running([row('unknown')]),
  'running: one for all of its containers, as bad as the worst, and others by other names': running([
    row('present', { name: 'web' }),
    row('gone', { name: 'one' }),
    row('unknown', { name: 'two' }),
    row('gone', { name: 'three', image: 'ContosoAcr.westeurope.geo.azurecr.io/api:1' }),
    row('present', { image: 'contosoacr.azurecr.io/API:1' }),
    row('present', { image: 'contosoacr.azurecr.io/api:2' }),
    row('present', { image: 'otheracr.azurecr.io/api:1' }),
  ]),
  'running: gone, and other tools leave out its container, or its namespace, kind or name': running([
    row('gone', { container: null, runningDigest: null, pods: null }),
    ...(['namespace', 'kind', 'name'] as const).map(name => row('gone', { [name]: null })),
  ]),
  'running: gone, said by the step that has looked itself': own(row('gone'), goneItself),
  'running: three clusters that were not read, one of them is stopped': running(
    [
      unread('aks-1', { errorCode: 'CLUSTER_UNREACHABLE' }),
      unread('aks-2', { errorCode: 'AUTHORIZATION_FAILED' }),
      unread('aks-3', { errorCode: 'CLUSTER_STOPPED' }),
    ],
    because(sampleId('AKS-1'), 'It does not answer.'),
  ),
  'running: a cluster that was not read, without a code': running([unread('aks-1', {})]),
  'running: a cluster that was not read, said by the step that has tried': own(unread('aks-1', {}), refusedItself),
  'running: two clusters of one name that were not read': running(
    ['rg-a', 'rg-b'].map(group => unread('aks', { cluster: sampleId('aks', group), errorCode: 'THROTTLED' })),
  ),
})

const goneIn = (name: string, pods: number): Drift =>
  driftOf({ workloads: [row('gone', { cluster: sampleId(name), pods })] }, name)
const jobOf = (more: Partial<Pair>, leg: string): Drift => driftOf({ pairs: [reportedPair('aks-1', more)] }, leg)
const lacking = (message: string): Drift =>
  driftOf({ pairs: [reportedPair('aks-1', { lacks: [roleLack({ message })] })] })
const warned = (message: string, code: 'SECRET_EXPIRES' | 'EXCESS_ROLE' = 'SECRET_EXPIRES') => ({
  code,
  severity: 'warning' as const,
  subject: 'aks-1',
  message,
  fix: toFixJson(fix('')),
})
const [first, second] = ['The secret of aks-1 ends.', 'The secret of aks-2 ends.'] as const
const ending = driftOf({ findings: [warned(first), warned('Too much.', 'EXCESS_ROLE'), warned(second)] })
const unsorted = [
  sampleItem('x', { kind: 'input', code: 'IMAGE_CONFLICT' }),
  sampleItem('harmless', { today: 'otherwise' }),
  sampleItem('aks-1'),
  sampleItem('gone', { code: 'CLUSTER_NOT_FOUND' }),
  sampleItem('an image that is missing', { kind: 'input' }),
]
const todays = ['by-broader-role', 'otherwise', 'none', 'some'] as const

const nodesOf = (pulled: string[], left: string[] | null, refused: string[] = []): Drift =>
  sampleDrift([], { fine: [sampleItem('aks-1', { nodes: { pulled, refused, left } })] })
const merged = (): Record<string, string | string[]> => ({
  'merged: each once, plus the gaps of each report': describe(
    mergeDrifts([
      sampleDrift([sampleItem('aks-1')], { gaps: [sampleGap('a: no')], unseen: [sampleUnknown('a role')] }),
      sampleDrift([sampleItem('aks-1'), sampleItem('aks-2')], {
        gaps: [sampleGap('b: no')],
        unseen: ['a role', 'another'].map(role => sampleUnknown(role)),
        fine: [sampleItem('aks-3'), sampleItem('aks-3')],
        unknown: [sampleItem('aks-4'), sampleItem('aks-4')],
      }),
    ]),
  ),
  'merged: the worst first': describe(mergeDrifts([sampleDrift(unsorted)])),
  'merged: the worst first, of the unknown': describe(mergeDrifts([sampleDrift([], { unknown: unsorted })])),
  'merged: an image that is gone, run by two clusters in three jobs': describe(
    mergeDrifts([goneIn('aks-1', 2), goneIn('aks-2', 1), goneIn('AKS-1', 2)]),
  ),
  'merged: an image that is gone, in the only job': describe(mergeDrifts([goneIn('aks-1', 2)])),
  'merged: a pair of three jobs, once': describe(
    mergeDrifts(['a is missing', 'b is missing', 'c is missing'].map(lacking)),
  ),
  'merged: a pair of which two jobs asked two nodes': describe(
    mergeDrifts([nodesOf(['n1'], ['n2', 'n3']), nodesOf(['n2'], ['n1', 'n3'])]),
  ),
  'merged: a pair of which one job saw a node refused, and does not know all': describe(
    mergeDrifts([nodesOf(['n1', 'n2'], []), nodesOf(['n2'], null, ['n1'])]),
  ),
  'merged: a pair that two jobs call by its name and by its ID': describe(
    mergeDrifts([jobOf({}, 'one'), jobOf({ asked: { target: sampleId('aks-1'), registry: acr } }, 'two')]),
  ),
  'merged: a name that two jobs did not find': describe(
    mergeDrifts(['one', 'two'].map(leg => jobOf({ target: 'aks-1' }, leg))),
  ),
  'merged: two images whose tags differ by letter case': describe(
    mergeDrifts([driftOf({ images: ['app:rc', 'app:RC'].map(name => ({ ...image, ...missing, name })) })]),
  ),
  'secrets that end': describe(ending),
  'secrets that end, in three jobs': describe(
    mergeDrifts([ending, driftOf({}), driftOf({ findings: [warned(first)] })]),
  ),
  ...forEach(
    todays,
    today => `harmless: access ${today}`,
    today => String(isHarmless(sampleItem('a', { today }))),
  ),
})

it('the drift of a report is in drift-reading.txt', async () => {
  await expect(catalogueOf({ ...pairs(), ...others(), ...workloads(), ...merged() })).toMatchFileSnapshot(
    'drift-reading.txt',
  )
})

it('drift without secrets that end does not speak of them', () => {
  for (const drift of [driftOf({}), mergeDrifts([driftOf({})])]) expect(drift).not.toHaveProperty('ending')
})
