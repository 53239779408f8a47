import { expect, it } from 'vitest'
import { lastSegment } from 'azure'
import { ActionError, fix, sayClause, sayOwn, toFixJson } from 'kernel'
import { isHarmless, mergeDrifts, selectUnchecked, type Drift, type DriftItem } from '../src/drift.js'
import { toDrift } from '../src/find-drift.js'
import type { ReportJson } from '../src/report-json.js'
import { catalogueOf } from '../../../__tests__/support/concluding.js'
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
  'a pair that is missing: drift': pairWith({ status: 'missing', lacks: [] }),
  'a pair that failed: unknown': pairWith({ status: 'failed', lacks: [] }),
  'a pair that is unknown: unknown': pairWith({ status: 'unknown', lacks: [] }),
  'a pair that is attached: fine': pairWith({ status: 'attached', lacks: [] }),
  'a pair that is detached: fine': pairWith({ status: 'detached', lacks: [] }),
  'a pair without registry and role: drift, for the registry first': pairWith({ lacks: [noRegistry, roleLack()] }),
  'a pair whose registry was not found: drift without an ID': pairWith({ registry: 'nowhere', loginServer: null }),
  'a pair whose registry has no login server: drift, by its name': pairWith({ loginServer: null }),
  'a pair with an error of another job: drift without its commands': pairWith({ error: refusal() }, 'rg-eu'),
  "a pair with a quote and Azure's answer: drift with both": pairWith({ error: { ...refusal(), quote, azure } }),
  'a pair with a broader role: drift with access': pairWith({ grantedBy: 'broader-role' }),
  'a pair with a broader role, attached: drift with access': pairWith({
    grantedBy: 'broader-role',
    status: 'attached',
  }),
  'a pair with another role that differs: drift with access': pairWith({
    grantedBy: 'direct',
    lacks: [],
    error: differs,
  }),
  'a pair without a role that differs: drift without access': pairWith({ lacks: [], error: differs }),
  'a pair with another role: drift with access': pairWith({ grantedBy: 'direct' }),
  'a pair with some repositories: drift with access to those': pairWith({ limitedTo: ['team/app'] }),
  'a pair with a condition for nothing known: drift with access to that': pairWith({ limitedTo: [] }),
  'a pair that was not found, in a job that looked in rg-eu: drift there': pairWith(
    { target: 'aks-1' },
    'rg-eu',
    'rg-eu',
  ),
  'a pair that was not found: drift': pairWith({ target: 'aks-1' }, 'rg-eu'),
  'a pair known by a pull: fine, nothing left to prove': pairWith({ ...good, verified: 'pull' }),
  'a pair known by Azure: fine, a pull not proven': pairWith({ ...good, verified: 'assignment' }),
  'a pair whose identity was not seen: fine, identity and pull not proven': pairWith({
    ...good,
    verified: 'assignment',
    identitySeen: false,
  }),
  'a pair known by Azure whose node pulled, as anybody may: fine': pairWith({
    ...good,
    verified: 'assignment',
    ...pulls('pulled'),
  }),
  'a pair whose nodes were silent, full or refused: fine, a pull not proven': pairWith({
    ...good,
    ...pulls('slow', 'unschedulable', 'denied'),
  }),
  'a pair of which two nodes were not asked: fine, with both left': pairWith({
    ...good,
    ...pulls('pulled'),
    unasked: ['n1', 'n2'],
  }),
  'a pair of which one of such nodes pulled: fine': pairWith({
    ...good,
    ...pulls('slow', 'unschedulable', 'denied', 'pulled'),
  }),
  'the key of a cluster is its ID': keyOf({}, 'rg-eu'),
  'the key of a cluster in another job, in other letters, is its ID': keyOf(
    { target: sampleId('AKS-1').toUpperCase(), asked: { target: 'AKS-1', registry: acr } },
    'rg-us',
  ),
  'the key of a registry without a login server is its name, by its name': keyOf({
    registry: 'ContosoAcr',
    loginServer: null,
  }),
  'the key of a registry without a login server is its name, by its ID': keyOf({ registry: acr, loginServer: null }),
  'the key of a name that was not found has its job': keyOf({ target: 'AKS-1' }, 'rg-eu'),
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
  'if nothing was checked, there is no drift': describe(driftOf({})),
  'a check that ended with an error is a gap': describe(
    driftOf({ error: { ...refusal('AUTHORIZATION_FAILED'), message: 'The subscription is not readable.' } }),
  ),
  'what is unknown is said once, by its pair or image if there is one': describe(
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
  'images that were not compared or failed: unknown': describe(uncompared),
  'only an image that failed fails the check': selectUnchecked(uncompared).map(({ target }) => target),
  'an image whose digest was read: fine': imageWith({ image: at, digest: 'sha256:0a' }),
  'a locked image: drift': imageWith({ status: 'locked', image: at, error: refusal() }),
  'a missing image that attach imports: drift': imageWith({ ...missing, importable: true, error: notThere }),
  'another image, which needs a decision: drift': imageWith({ ...missing, importable: false, error: conflict }),
  'a missing image without an error: drift': imageWith(missing),
  'a missing image in a registry that does not exist yet: drift': imageWith({ status: 'missing', image: null }),
  'a missing image of a manifest: drift': manifestWith('missing', null),
  'a locked image of a manifest: drift': manifestWith('locked', refusal()),
  'a present image of a manifest: fine': manifestWith('present', null),
  'an unread image of a manifest, with an error: unknown': manifestWith('unknown', refusal()),
  'an unread image of a manifest that a node pulled: fine': manifestWith('unknown', null, pulledAs('pulled')),
  'an unread image of a manifest, a node pulled another: unknown': manifestWith(
    'unknown',
    null,
    pulledAs('pulled', 'contosoacr.azurecr.io/shop:v2'),
  ),
  'an unread image of a manifest, nodes silent, full or refused: unknown': manifestWith(
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
  'a running image that is gone: drift': running([row('gone')]),
  'a running image that is missing: drift, pods wait': running([row('missing')]),
  'a running image that is locked: drift': running([row('locked')]),
  'a running image that is present: fine': running([row('present')]),
  'a running image whose tag has moved: fine': running([row('moved')]),
  'an unknown running image has the reason of its registry': running([row('unknown')], noAnswer),
  'an unknown running image has its code': running([row('unknown', { errorCode: 'THROTTLED' })], noAnswer),
  'an unknown running image without a reason says so': running([row('unknown')]),
  'a running image is one for all of its containers, as bad as the worst': running([
    row('present', { name: 'web' }),
    row('gone', { name: 'one' }),
    row('unknown', { name: 'two' }),
    row('gone', { name: 'three', image: 'ContosoAcr.westeurope.geo.azurecr.io/api:1' }),
    row('present', { image: 'contosoacr.azurecr.io/API:1' }),
    row('present', { image: 'contosoacr.azurecr.io/api:2' }),
    row('present', { image: 'otheracr.azurecr.io/api:1' }),
  ]),
  'a running image is drift, whatever other tools leave out': running([
    row('gone', { container: null, runningDigest: null, pods: null }),
    ...(['namespace', 'kind', 'name'] as const).map(name => row('gone', { [name]: null })),
  ]),
  'a running image that is gone has the advice of the step that has looked itself': own(row('gone'), goneItself),
  'clusters whose workloads were not read: unknown, but for a stopped one': running(
    [
      unread('aks-1', { errorCode: 'CLUSTER_UNREACHABLE' }),
      unread('aks-2', { errorCode: 'AUTHORIZATION_FAILED' }),
      unread('aks-3', { errorCode: 'CLUSTER_STOPPED' }),
    ],
    because(sampleId('AKS-1'), 'It does not answer.'),
  ),
  'a cluster whose workloads were not read, without a code: unknown': running([unread('aks-1', {})]),
  'a cluster whose workloads were not read has the advice of the step that has tried': own(
    unread('aks-1', {}),
    refusedItself,
  ),
  'clusters of one name whose workloads were not read have their places': running(
    ['rg-a', 'rg-b'].map(group => unread('aks', { cluster: sampleId('aks', group), errorCode: 'THROTTLED' })),
  ),
})

const goneIn = (name: string, pods: number): Drift =>
  driftOf({ workloads: [row('gone', { cluster: sampleId(name), pods })] }, name)
const jobOf = (more: Partial<Pair>, leg: string): Drift => driftOf({ pairs: [reportedPair('aks-1', more)] }, leg)
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
  'a merge has each once, and the gaps of each report': describe(
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
  'a merge has the worst first': describe(mergeDrifts([sampleDrift(unsorted)])),
  'a merge has the worst of the unknown first': describe(mergeDrifts([sampleDrift([], { unknown: unsorted })])),
  'a merge has an image that two clusters run once, with both': describe(
    mergeDrifts([goneIn('aks-1', 2), goneIn('aks-2', 1), goneIn('AKS-1', 2)]),
  ),
  'a merge has the nodes that two jobs asked': describe(
    mergeDrifts([nodesOf(['n1'], ['n2', 'n3']), nodesOf(['n2'], ['n1', 'n3'])]),
  ),
  'a merge has a node refused that any job saw refused': describe(
    mergeDrifts([nodesOf(['n1', 'n2'], []), nodesOf(['n2'], null, ['n1'])]),
  ),
  'a merge has a pair once that two jobs call differently': describe(
    mergeDrifts([jobOf({}, 'one'), jobOf({ asked: { target: sampleId('aks-1'), registry: acr } }, 'two')]),
  ),
  'a merge has a name that two jobs did not find twice': describe(
    mergeDrifts(['one', 'two'].map(leg => jobOf({ target: 'aks-1' }, leg))),
  ),
  'a merge tells tags of other letter case apart': describe(
    mergeDrifts([driftOf({ images: ['app:rc', 'app:RC'].map(name => ({ ...image, ...missing, name })) })]),
  ),
  'a secret that ends is said once, and no other warning': describe(ending),
  'a secret that ends is said once for three jobs': describe(
    mergeDrifts([ending, driftOf({}), driftOf({ findings: [warned(first)] })]),
  ),
  'only access by a broader role or otherwise is harmless': todays.filter(today =>
    isHarmless(sampleItem('a', { today })),
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
