import { expect, it } from 'vitest'
import { lastSegment, type Target } from 'azure'
import { ActionError, fix, notice, type Finding, toFixJson } from 'kernel'
import type {
  CheckedImage,
  ClusterWorkloads,
  IdentityState,
  Inputs,
  Observed,
  PlannedPair,
  Run,
  Verification,
} from 'run-model'
import { endImage } from 'run-model'
import { conclude } from '../src/conclude.js'
import { nameElsewhere } from '../src/conclude-images.js'
import { describeWorkloads } from '../src/narration.js'
import { catalogueOf, failure, proven, pullRun } from '../../../__tests__/support/concluding.js'
import * as sample from '../../../__tests__/support/sample.js'
import { imageOf } from '../../../__tests__/support/verdict.js'

// What a run tells beside its pairs: notes, findings, what is unknown, failures. The sentences are in told.txt, beside this file: `npx vitest run -u` writes it,
// and its diff is what a review reads.

const {
  sampleAccess,
  sampleContainer,
  sampleInputs,
  sampleLost,
  sampleOperation,
  samplePair,
  sampleRegistry,
  sampleTarget,
} = sample

/** All that a run tells, a line each. */
function told(run: Run): string[] {
  const { notes, findings, unknown, errors, drift } = conclude(run)
  const nameOf = (subject: string): string => (subject.startsWith('/') ? lastSegment(subject) : subject)
  return [
    ...(drift ? ['drift'] : []),
    ...notes.map(note => `note: ${note}`),
    ...findings.map(
      each =>
        `${each.severity} ${each.code} on ${nameOf(each.subject)}: ${[each.message, ...toFixJson(each.fix).commands].join(' > ')}`,
    ),
    ...unknown.map(
      ({ subject, message, about }) => `unknown${about ? ` (${about})` : ''} ${nameOf(subject)}: ${message}`,
    ),
    ...errors.map(({ code, message }) => `error ${code}: ${message}`),
  ]
}

const observing = (more: Partial<Observed>): Observed => ({
  ...sampleLost(failure('UNEXPECTED')),
  registries: [],
  ...more,
})
const because = (reason: string, code: ActionError['code'] = 'AZURE_UNAVAILABLE') =>
  new ActionError(code, { what: 'It could not be read', why: reason })

const byAccounts = (name: string, serviceAccountPull: NonNullable<Target['serviceAccountPull']>) => ({
  asked: name,
  value: { ...sampleTarget(name), serviceAccountPull },
})

/** Clusters whose identities may be gone, for these reasons, and one that is there. */
const doubted = (
  mode: Inputs['mode'],
  whys: string[],
  { state, verification }: { state?: IdentityState; verification?: Verification } = {},
) => {
  const pairs = whys.map((_, index) => samplePair({ access: sampleAccess() }, sampleTarget(`aks-${index}`)))
  const identities = new Map(
    pairs.map(({ target }, index) => [target, state ?? { state: 'unknown' as const, why: whys[index] ?? '' }]),
  )
  const rest = samplePair({ access: sampleAccess() }, sampleTarget('aks-fine'))
  const [first] = pairs
  const twice = first ? [{ ...first }] : []
  return told(
    pullRun(mode, [...pairs, ...twice, rest], {
      observed: observing({ identities }),
      inputs: { ...sampleInputs, mode },
      ...(first && verification && { verifications: new Map([first, ...twice].map(pair => [pair, verification])) }),
    }),
  )
}

const registry = sampleRegistry()
type Running = CheckedImage<'workload'>
const image = (reference: string, status: Running['status'], more: Partial<Running> = {}): Running => ({
  wantedBy: 'workload',
  registry,
  repository: 'api',
  reference,
  runningDigest: '',
  digest: '',
  status,
  uses: [sampleContainer()],
  ...more,
})
const unread = (reference: string, error: ActionError, more: Partial<Running> = {}) =>
  image(reference, 'unknown', { error, ...more })

type Workloads = NonNullable<Run['workloads']>[number]
const read = (elsewhere: Record<string, number> = {}, more: Partial<ClusterWorkloads> = {}): Workloads => ({
  value: {
    target: sampleTarget(),
    containers: [],
    absent: [],
    empty: [],
    elsewhere: new Map(Object.entries(elsewhere)),
    ...more,
  },
})
const noAnswer: Workloads = { error: because('no answer') }
const shop = { empty: ['shop'] }
const running = (mode: Inputs['mode'], images: Run['images'], workloads: readonly Workloads[] = [read()]) =>
  told(pullRun(mode, [], { images, workloads }))

const stated = [
  image('1', 'moved', { finding: notice('RUNNING_IMAGE_MOVED', registry.id, 'api:1 has moved.', 'Deploy by digest.') }),
  image('2', 'gone', { error: new ActionError('RUNNING_IMAGE_GONE', 'api:2 is gone', { fix: fix('Restore it.') }) }),
  image('3', 'locked', {
    error: new ActionError('AZURE_REFUSED', 'api:3 is locked', { fix: fix('Ask who has locked it.') }),
  }),
  image('4', 'present'),
  unread('5', because('no answer')),
  image('6', 'missing', {
    error: new ActionError(
      'IMAGE_NOT_FOUND',
      '1 pod of 1 deployment on aks-1 waits for api:6, which is not on contosoacr',
    ),
  }),
]
const unreadable = [
  unread('1', because('no answer')),
  unread('2', because('no answer')),
  unread('2', because('no answer'), { runningDigest: 'sha256:b' }),
  unread('3', because('no right', 'AUTHORIZATION_FAILED')),
  unread('4', because('no answer'), { registry: sampleRegistry('baseacr') }),
  image('6', 'unknown'),
]
const clusterOf = (code: ActionError['code'], more: { resource?: string; subject?: string } = {}): Workloads => ({
  error: new ActionError(code, `It is unreadable: ${code}`, more),
})

const lostPairs = (...resources: string[]) =>
  told(
    pullRun('check', [], {
      observed: observing({
        lost: resources.map((resource, index) => ({
          target: sampleTarget(`aks-${index}`),
          registry,
          error: new ActionError('AUTHORIZATION_FAILED', { what: 'Not readable', why: `no ${index}` }, { resource }),
        })),
      }),
    }),
  )

const held = (target = sampleTarget(), at = registry): PlannedPair => samplePair({ access: sampleAccess() }, target, at)
const pulled: Verification = { verified: 'pull' }
const listed: Verification = { verified: 'assignment' }
const refused: Verification = { verified: 'none', error: failure('PULL_DENIED') }

/** What is told of a finding of the plan, if its pairs were verified like that. */
const after = (
  mode: Inputs['mode'],
  [code, severity, subject]: [Finding['code'], Finding['severity'], string],
  ...verified: [PlannedPair, Verification?][]
): string[] => {
  const pairs = verified.map(([pair]) => pair)
  const findings = [{ code, severity, subject, message: 'It is so.', fix: fix('') }]
  const plan = { pairs, operations: [], images: [], findings, unknown: [] }
  const verifications = new Map(verified.flatMap(([pair, how]) => (how ? [[pair, how] as const] : [])))
  return told(pullRun(mode, pairs, { plan, verifications })).filter(line => line.startsWith(severity))
}

const onSealed = ['NO_PRIVATE_ENDPOINT', 'warning', registry.id] as const
const booting: Target = { ...sampleTarget(), bootstrapRegistryId: registry.id.toUpperCase() }
const onBooting = ['BOOTSTRAP_REGISTRY', 'warning', booting.id] as const
const doubtful = ['ROLE_IGNORED_BY_ABAC', 'notice', registry.id] as const
const [second, other] = [held(sampleTarget('aks-2')), held(sampleTarget('aks-3'), sampleRegistry('baseacr'))]

const lasting = () => ({
  'no private endpoint, but nodes pulled: nothing to say': after('attach', [...onSealed], [held(), pulled]),
  'no private endpoint, and nodes have the role: a warning': after('attach', [...onSealed], [held(), listed]),
  'no private endpoint, nodes pulled from another: a warning': after(
    'attach',
    [...onSealed],
    [held()],
    [other, pulled],
  ),
  'too broad a role stays a warning, whatever was pulled': after(
    'attach',
    ['EXCESS_ROLE', 'warning', registry.id],
    [held(), pulled],
  ),
  "the boot registry's role is there after an attach: nothing to say": after(
    'attach',
    [...onBooting],
    [held(booting), listed],
  ),
  "the boot registry's role in check: a warning": after('check', [...onBooting], [held(booting), listed]),
  'the boot registry refused nodes: a warning': after('attach', [...onBooting], [held(booting), refused]),
  'the role of another than the boot registry: a warning': after(
    'attach',
    [...onBooting],
    [held(booting, sampleRegistry('baseacr')), listed],
  ),
  'a doubtful condition, all clusters pulled: nothing to say': after(
    'attach',
    [...doubtful],
    [held(), pulled],
    [second, pulled],
    [other, listed],
  ),
  'a doubtful condition, all clusters pulled, in check: nothing to say': after(
    'check',
    [...doubtful],
    [held(), pulled],
    [second, pulled],
    [other, listed],
  ),
  'a doubtful condition, one of two clusters pulled: a notice': after(
    'check',
    [...doubtful],
    [held(), listed],
    [second, pulled],
  ),
  'a condition that does not count stays a warning, whatever was pulled': after(
    'attach',
    ['ROLE_IGNORED_BY_ABAC', 'warning', registry.id],
    [held(), pulled],
  ),
})

type Secret = NonNullable<Target['identity']['secret']>
const withSecret = (secret: Secret, how: Verification = listed): string[] => {
  const target = sampleTarget()
  const pair = held({ ...target, identity: { ...target.identity, isApplication: true, secret } })
  return told(pullRun('attach', [pair], proven(pair, how)))
}
const hasEnded = (haveAllEnded: boolean): Secret => ({ value: { endsAt: 1, hasEnded: true, haveAllEnded, count: 2 } })
const secrets = () => ({
  'a secret that has ended: unknown': withSecret(hasEnded(true)),
  'a secret that has ended, but nodes pulled: nothing to say': withSecret(hasEnded(true), pulled),
  'a secret that has ended, and nodes were refused: an error alone': withSecret(hasEnded(true), refused),
  'a secret that has ended beside a valid one: nothing to say': withSecret(hasEnded(false)),
  'a secret that never ends: nothing to say': withSecret({ value: undefined }),
  'a secret of which nobody knows when it ends: a note': withSecret({ error: because('the directory refuses it') }),
})

const changedBy = (mode: Inputs['mode'], changed: boolean): string[] => {
  const operation = sampleOperation()
  const pair = samplePair({ operation })
  return told(pullRun(mode, [pair], { ...proven(pair), outcomes: [{ operation, changed, finishedAt: 1 }] }))
}
const anImage = { ...imageOf(''), notes: ['a note'], present: { kind: 'missing' as const } }

const cases = () => ({
  'service accounts that could not be read are said once for each reason': told(
    pullRun('attach', [], {
      observed: observing({
        targets: [
          ...['no answer', 'refused', 'no answer'].map((reason, index) =>
            byAccounts(`aks-${index}`, { error: because(reason) }),
          ),
          byAccounts('aks-8', { value: { isEnabled: true, defaultIdentityId: '' } }),
          { asked: 'aks-9', value: sampleTarget('aks-9') },
        ],
      }),
    }),
  ),
  'an identity that may be gone is said once, for two registries': doubted('attach', ['no right']),
  'identities that may be gone are said once for each reason': doubted('attach', ['no right', 'no answer', 'no right']),
  'no identities, nothing to say': doubted('attach', []),
  'an identity that the directory has shown is not in doubt': doubted('attach', ['no right'], {
    state: { state: 'alive' },
  }),
  'a check says nothing of doubts: its pairs are unknown': doubted('check', ['no right']),
  'an identity that has pulled is not in doubt': doubted('attach', ['no right'], {
    verification: { verified: 'pull' },
  }),
  'an identity that has failed is an error, and no doubt': doubted('attach', ['no right'], {
    verification: { verified: 'none', error: failure('PULL_DENIED') },
  }),
  'a detach says that nodes keep their tokens': changedBy('detach', true),
  'a detach that deleted nothing says nothing': changedBy('detach', false),
  'a detach says which clusters it could not see, once for each reason': told(
    pullRun('detach', [], {
      observed: observing({
        pullers: new Map([
          ['a', { found: [], errors: [], unseen: [because('no answer'), because('refused')] }],
          ['b', { found: [], errors: [], unseen: [because('no answer')] }],
          ['c', { found: [], errors: [] }],
        ]),
      }),
    }),
  ),
  'an attach says nothing of tokens': changedBy('attach', true),
  'role definitions that could not be read are unknown, each once': told(
    pullRun('check', [], {
      observed: observing({
        unknownRoles: new Map([
          ['a', new ActionError('AUTHORIZATION_FAILED', 'role a is not readable', { subject: 'role a' })],
          ['b', failure('AUTHORIZATION_FAILED', 'role b is not readable')],
          ['c', failure('AUTHORIZATION_FAILED', 'role b is not readable')],
        ]),
      }),
    }),
  ),
  'the notes of an imported image are said': told(
    pullRun('attach', [], { images: [endImage(anImage, { status: 'imported' })] }),
  ),
  'no running images, nothing to say': running('attach', []),
  'without the input workloads, running images are no matter': told(
    pullRun('attach', [], { images: [image('1', 'present')] }),
  ),
  'running images in attach: a warning or a note, never drift': running('attach', stated),
  'running images in check: gone, missing or locked is drift': running('check', stated),
  'a moved tag in check is a notice, no drift': running('check', stated.slice(0, 1)),
  'unread running images in check: an error for each registry and reason': running('check', unreadable),
  'an unread running image in attach: unknown, no error': running('attach', unreadable.slice(0, 1)),
  'clusters whose workloads could not be read: unknown, a warning only without rights': running(
    'attach',
    [],
    [
      read(),
      clusterOf('CLUSTER_UNREACHABLE', { resource: sampleTarget().id, subject: 'aks-1' }),
      clusterOf('CLUSTER_STOPPED', { resource: sampleTarget().id }),
      clusterOf('AUTHORIZATION_FAILED', { subject: 'aks-2' }),
      clusterOf('AZURE_UNAVAILABLE'),
    ],
  ),
  'the log counts a pod with two containers once, and says what could not be read': describeWorkloads([
    read(
      { 'docker.io': 2 },
      {
        containers: [{ pods: 3 }, { pods: 3, container: 'sidecar' }, { name: 'web', pods: 1 }].map(sampleContainer),
        absent: ['nowhere'],
      },
    ),
    clusterOf('AUTHORIZATION_FAILED', { subject: 'aks-2' }),
  ]),
  'the log says that no cluster could be read': describeWorkloads([
    clusterOf('AUTHORIZATION_FAILED', { subject: 'aks-2' }),
  ]),
  'a namespace without pods, or that does not exist, is a warning': running(
    'check',
    [],
    [read({}, { empty: ['shop', 'web'], absent: ['web'] })],
  ),
  'a namespace without pods on two clusters is one warning': running('check', [], [read({}, shop), read({}, shop)]),
  'a namespace with pods on another cluster is no warning': running('check', [], [read({}, shop), read()]),
  'a namespace that an unread cluster may have is no warning': running('check', [], [read({}, shop), noAnswer]),
  'one failure at one resource: one pair unknown, one error': lostPairs('/r', '/r'),
  'one failure at two resources: each unknown, each an error': lostPairs('/r', '/s'),
  'one failure without a resource: one pair unknown, one error': lostPairs('', ''),
  'a registry that could not be read: unknown, and an error': told(
    pullRun('check', [], {
      observed: {
        ...sampleLost(),
        targets: [{ asked: 'aks-1', value: sampleTarget() }],
        registries: [{ asked: 'contosoacr', error: failure('AZURE_UNAVAILABLE') }],
      },
    }),
  ),
  'of other registries, the most of one cluster counts, because several can use the same': nameElsewhere(
    [{ 'docker.io': 2, 'quay.io': 1 }, { 'docker.io': 5 }, { 'docker.io': 3 }].map(each => ({
      elsewhere: new Map(Object.entries(each)),
    })),
  ),
})

it('what a run tells is in told.txt', async () => {
  await expect(catalogueOf({ ...cases(), ...lasting(), ...secrets() })).toMatchFileSnapshot('told.txt')
})
