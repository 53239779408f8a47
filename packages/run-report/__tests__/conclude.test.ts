import { expect, it } from 'vitest'
import { builtInRoles, lastSegment, unknowable, weakest, type Target, type VerifyLevel } from 'azure'
import { ActionError, cancelled } from 'kernel'
import {
  endImage,
  errorOf,
  statusOf,
  type CheckedImage,
  type IdentityState,
  type Inputs,
  type NodePull,
  type Observed,
  type Operation,
  type Outcome,
  type PairResult,
  type PlannedPair,
  type Run,
  type Verification,
} from 'run-model'
import { conclude } from '../src/conclude.js'
import {
  catalogueOf,
  failure,
  forEach,
  heldPair,
  identitiesOf,
  proven,
  pullRun,
} from '../../../__tests__/support/concluding.js'
import { sampleId } from '../../../__tests__/support/drift.js'
import * as sample from '../../../__tests__/support/sample.js'
import { imageOf } from '../../../__tests__/support/verdict.js'

// How a run and its pairs end. The results are in concluded.txt, beside this file, with a line per case: `npx vitest run -u` writes it, and its diff is what
// a review reads.

const { sampleAccess, sampleInputs, sampleLost, sampleOperation, samplePair, sampleRegistry, sampleRun, sampleTarget } =
  sample
type Mode = Inputs['mode']
type Code = ActionError['code']

const nameOf = (id: string | null): string => (id === null ? 'no ID' : lastSegment(id))
const codeOf = ({ code, message }: { code: string; message: string }): string =>
  message === 'no.' || message === cancelled().message ? code : `${code} (${message})`

/** What is known of a pair, apart from what is not. */
function describePair(pair: PairResult): string {
  const { standing, scope, roleAssignmentId, propagationSeconds, pulls } = pair
  const { by, proof, lacks, onlyTo } = standing
  const error = errorOf(standing)
  const isGranted = by !== null || scope !== null || roleAssignmentId !== null
  const said = [
    statusOf(standing),
    isGranted && `${by} ${pair.role} ${nameOf(roleAssignmentId)} at ${nameOf(scope)}`,
    proof !== 'none' && `known by ${proof}`,
    pair.changed && 'changed',
    propagationSeconds !== null && `after ${propagationSeconds} s`,
    pulls.length > 0 && `pulls: ${pulls.map(({ verdict }) => verdict).join(', ')}`,
    ...lacks.map(({ message }) => message),
    onlyTo && `limited to ${onlyTo.join(', ')}`,
    standing.is === 'removed' &&
      standing.left.length > 0 &&
      `left: ${standing.left.map(({ assignment }) => nameOf(assignment.id)).join(', ')}`,
    pair.principalId === null ? 'identity not known' : !pair.identitySeen && 'identity not seen',
    error && codeOf(error),
  ]
  return said.filter(Boolean).join(', ')
}

/** What the outputs of a run are, and why its step fails. */
function outcomeOf(run: Run): string {
  const { attached, ready, drift, changed, verified, errors, unknown } = conclude(run)
  const outputs = Object.entries({ attached, ready, drift, changed }).flatMap(([name, holds]) => (holds ? name : []))
  const parts = [
    `${outputs.join(', ') || 'not attached'} (verified: ${verified})`,
    ...(errors.length > 0 ? [`errors: ${errors.map(codeOf).join(', ')}`] : []),
    ...(unknown.length > 0 ? [`unknown: ${unknown.length}`] : []),
  ]
  return parts.join(' | ')
}

/** How a run ends, in a line, with its pairs. */
const end = (run: Run): string => [outcomeOf(run), ...conclude(run).pairs.map(describePair)].join(' | ')

const digest = `sha256:${'a'.repeat(64)}`
const registry = sampleRegistry()
const target = sampleTarget()
const held = heldPair()
const lacking = samplePair({ operation: sampleOperation() })
const next = sampleTarget('aks-2')
const identity = samplePair({ access: sampleAccess() }, { ...sampleTarget('id-1'), kind: 'kubelet-identity' })
const inMode = (mode: Mode, more: Partial<Inputs> = {}) => ({ inputs: { ...sampleInputs, mode, ...more } })
const unproven = inMode('attach', { verify: 'none' })
const byPull: Verification = { verified: 'pull' }
const byAzure: Verification = { verified: 'assignment' }
/** The registry refuses nodes, or the pulls ended otherwise. */
const endedBy = (code: Code): Verification => {
  const isBeyondRights = code !== 'PULL_DENIED' && code !== 'CLUSTER_NOT_FOUND'
  return { verified: 'none', error: failure(code), ...(isBeyondRights && { isBeyondRights }) }
}
const proving = (...all: [PlannedPair, Verification][]) => ({ verifications: new Map(all) })
const unavailable = failure('AZURE_UNAVAILABLE')

const pulls = (): Record<string, string> => ({
  ...forEach<[Mode, Code]>(
    [
      ['attach', 'PULL_DENIED'],
      ['check', 'PULL_DENIED'],
      // The others say nothing about rights, but for a cluster that no longer exists.
      ['check', 'IMAGE_NOT_FOUND'],
      ['check', 'PROBE_FAILED'],
      ['check', 'AZURE_REFUSED'],
      ['check', 'NO_PRIVATE_ENDPOINT'],
      ['check', 'CLUSTER_NOT_FOUND'],
      ['check', 'CLUSTER_STOPPED'],
      ['check', 'AZURE_UNAVAILABLE'],
      ['attach', 'AZURE_UNAVAILABLE'],
      ['check', 'AUTHORIZATION_FAILED'],
      ['attach', 'AUTHORIZATION_FAILED'],
      ['attach', 'PROBE_FAILED'],
      ['attach', 'CANCELLED'],
      ['attach', 'REGISTRY_UNREACHABLE'],
      ['check', 'REGISTRY_UNREACHABLE'],
    ],
    ([mode, code]) => `role held, ${mode}: nodes end with ${code}`,
    ([mode, code]) => end(pullRun(mode, [held], proven(held, endedBy(code)))),
  ),
  ...forEach<[string, PlannedPair, NodePull['verdict'], Mode]>(
    (['denied', 'unreachable'] as const).flatMap(verdict => [
      ['role held', held, verdict, 'check'],
      ['role held', held, verdict, 'attach'],
      ['access unknown', { ...held, unknown: failure('AUTHORIZATION_FAILED') }, verdict, 'check'],
    ]),
    ([what, , verdict, mode]) => `${what}, ${mode}: nodes end with PROBE_FAILED, and the pull of one is ${verdict}`,
    ([, pair, verdict, mode]) => {
      const verification = { ...endedBy('PROBE_FAILED'), ...pulledAs('app:1', verdict) }
      return end(pullRun(mode, [pair], proven(pair, { ...verification, verified: 'none' })))
    },
  ),
  ...forEach<[Mode, Inputs['verify']]>(
    (['attach', 'check', 'detach'] as const).flatMap(mode =>
      (['assignment', 'none'] as const).map((verify): [Mode, Inputs['verify']] => [mode, verify]),
    ),
    ([mode, verify]) => `role held, ${mode}: verify: ${verify}`,
    ([mode, verify]) => end(pullRun(mode, [held], inMode(mode, { verify }))),
  ),
  'role held, attach: the registry refuses one pool, and others pull': end(
    pullRun('attach', [held], proven(held, { ...endedBy('PULL_DENIED'), isBeyondRights: true })),
  ),
  'role held, attach: a node has pulled': end(pullRun('attach', [held], proven(held))),
  'role held, attach: the run failed before the proof; an identity without a cluster needs none': end(
    pullRun('attach', [held, identity], { error: unavailable }),
  ),
  'role held, attach: the run failed after the proof': end(
    pullRun('attach', [held, identity], { error: unavailable, ...proven(held) }),
  ),
  'role held, attach: the run ended without asking nodes': end(pullRun('attach', [held, identity])),
  'role held, attach: the run failed, verify: assignment': end(
    pullRun('attach', [held, identity], { error: unavailable, inputs: sampleInputs }),
  ),
  'role held, check: the run failed before the proof': end(pullRun('check', [held], { error: unavailable })),
  'role held, check: its error says that it differs': end(
    pullRun('check', [{ ...held, error: failure('DRIFT') }], inMode('check')),
  ),
  'role held, check: only another tenant knows': end(
    pullRun('check', [
      { ...held, error: unknowable('Not assignable', { id: '/r', name: 'r' }, { reason: 'it is in another tenant' }) },
    ]),
  ),
  ...forEach<Mode>(
    ['check', 'detach', 'attach'],
    mode => `role held, ${mode}: in doubt${mode === 'attach' ? ', which goes by its writes' : ''}`,
    mode => end(pullRun(mode, [{ ...held, unknown: failure('AUTHORIZATION_FAILED', 'in doubt') }], inMode(mode))),
  ),
})

const broader = { ...sampleAccess(), grantedBy: 'broader-role' as const, role: 'Contributor' }
const withBroader = samplePair({ access: broader, operation: sampleOperation() })
const nextRole = builtInRoles.repositoryReader
const forMove = { ...sampleOperation(), role: nextRole }
const moving: PlannedPair = { ...held, nextRole, operations: [forMove] }
const seen = (pair: PlannedPair, state: IdentityState) => identitiesOf([pair.target, state])
const gone: IdentityState = { state: 'gone', error: failure('PRINCIPAL_NOT_FOUND') }
const doubted: IdentityState = { state: 'unknown', why: 'no answer', error: failure('AUTHORIZATION_FAILED') }
const limited = { ...lacking, limitedTo: ['team/app'] }

const otherwise = (): Record<string, string> => ({
  'role missing, check': end(pullRun('check', [lacking])),
  'role missing, check: only some repositories are reached': end(pullRun('check', [limited])),
  'role missing, attach: only some repositories were reached': end(pullRun('attach', [limited])),
  ...forEach<Inputs['verify']>(
    ['assignment', 'none'],
    verify => `broader role, check: verify: ${verify}`,
    verify => end(pullRun('check', [withBroader], inMode('check', { verify }))),
  ),
  'inherited role, check': end(pullRun('check', [{ ...withBroader, access: { ...broader, grantedBy: 'inherited' } }])),
  'role of the next mode missing, check': end(pullRun('check', [moving], inMode('check'))),
  'role of the next mode missing, check: a node has pulled': end(pullRun('check', [moving], proven(moving))),
  'role of the next mode missing, check: a node was refused': end(
    pullRun('check', [moving], proven(moving, { verified: 'none', error: failure('PULL_DENIED') })),
  ),
  "role of the next mode written, attach: today's assignment is the one that counts": end(
    pullRun('attach', [moving], {
      ...proven(moving),
      outcomes: [{ operation: forMove, changed: true, finishedAt: 1, roleAssignmentId: 'next' }],
    }),
  ),
  ...forEach<Mode>(
    ['check', 'attach', 'detach'],
    mode => `identity gone, ${mode}: whatever has pulled`,
    mode => end(pullRun(mode, [held], { ...seen(held, gone), ...proven(held) })),
  ),
  ...forEach<[Mode, 'assignment' | 'pull']>(
    [
      ['check', 'assignment'],
      ['check', 'pull'],
      ['attach', 'assignment'],
      ['attach', 'pull'],
    ],
    ([mode, verified]) => `identity may be gone, ${mode}: known by ${verified}`,
    ([mode, verified]) => end(pullRun(mode, [held], { ...seen(held, doubted), ...proven(held, { verified }) })),
  ),
  'identity may be gone, check: the run was cancelled before anybody asked': end(
    pullRun('check', [held], { ...seen(held, doubted), ...proven(held, byAzure), error: failure('CANCELLED') }),
  ),
  'identity alive, attach': end(pullRun('attach', [held], { ...seen(held, { state: 'alive' }), ...proven(held) })),
})

const operation = sampleOperation()
const second = sampleOperation(next)
const outcome: Outcome = { operation, roleAssignmentId: 'the-id', changed: true, finishedAt: 1 }
/** An attach that had these operations for its pair, which were done unless `outcomes` says otherwise. */
const written = (operations: Operation[], more: Partial<Run> = {}, pair: Partial<PlannedPair> = {}): string => {
  const wanting = { ...samplePair(), operations, ...pair }
  const outcomes = operations.map(each => ({ ...outcome, operation: each }))
  return end(pullRun('attach', [wanting], { outcomes, ...more }))
}
const provenWrite = (changed: boolean, verification: Verification): string => {
  const wanting = { ...samplePair(), operations: [operation] }
  return end(pullRun('attach', [wanting], { outcomes: [{ ...outcome, changed }], ...proven(wanting, verification) }))
}
const ofGroup: Operation = { ...operation, principalType: 'Group' }
const membership: Operation = { operation: 'add-group-member', target, groupId: 'g', reason: '' }
const groupHas = (...roleIds: string[]): Partial<PlannedPair> => ({
  groupAssignments: roleIds.map(roleId => ({ ...sampleAccess('/subscriptions/s').assignment, id: roleId, roleId })),
})
const creation: Operation = { operation: 'create-registry', reason: '', registry, sku: 'Basic', location: '' }
const created = (exists: boolean, more: Partial<Outcome> = {}): string =>
  end(
    pullRun('attach', [{ ...held, registry: { ...registry, exists }, operations: [creation] }], {
      outcomes: [{ operation: creation, changed: true, finishedAt: 1, ...more }],
    }),
  )
const failedBoth = (one: ActionError, two: ActionError): string =>
  written([operation, second], {
    outcomes: [
      { operation, changed: false, finishedAt: 1, error: one },
      { operation: second, changed: true, finishedAt: 1, error: two },
    ],
  })
const unreadable = (reason: string): ActionError =>
  new ActionError('AZURE_UNAVAILABLE', { what: 'Not readable', why: reason }, { resource: '/r' })
const removal = {
  operation: 'delete-role-assignment',
  target,
  registry,
  role: 'AcrPull',
  reason: 'x',
  assignment: sampleAccess().assignment,
} as const
const detached = (changed: boolean): string => {
  const pair = { ...held, operations: [removal as unknown as Operation] }
  const outcomes = pair.operations.map(each => ({ operation: each, changed, finishedAt: 1 }))
  return end(pullRun('detach', [pair], { outcomes, ...proven(pair, byAzure) }))
}
const inherited = { ...sampleAccess('/subscriptions/s').assignment, principalId: target.identity.objectId }

const writes = (): Record<string, string> => ({
  'write: proven, and when it showed': provenWrite(true, { verified: 'pull', propagationSeconds: 41 }),
  'write: proven, and was there already': provenWrite(false, { verified: 'pull', propagationSeconds: 41 }),
  'write: proven, without a wait': provenWrite(true, byPull),
  ...forEach<Code>(
    ['AZURE_UNAVAILABLE', 'AUTHORIZATION_FAILED', 'PULL_DENIED', 'PROPAGATION_TIMEOUT'],
    code => `write: ${code === 'PROPAGATION_TIMEOUT' ? 'Azure does not report it' : `nodes end with ${code}`}`,
    code =>
      provenWrite(true, code === 'PROPAGATION_TIMEOUT' ? { verified: 'none', error: failure(code) } : endedBy(code)),
  ),
  'write: failed, beside a broader role': written(
    [operation],
    { outcomes: [{ operation, changed: false, finishedAt: 1, error: failure('AUTHORIZATION_FAILED') }] },
    { access: broader },
  ),
  'write: not proven, because the run failed': written([operation], { error: unavailable }),
  'write: not proven, because the run was cancelled': written([operation]),
  'write: verify: none': written([operation], unproven),
  'write: verify: none, and it was there without an ID': written([operation], {
    ...unproven,
    outcomes: [{ operation, changed: false, finishedAt: 1 }],
  }),
  'write: the run failed before it': written([operation], { outcomes: [], error: unavailable }),
  'write: the run was cancelled before it': written([operation], { outcomes: [] }),
  'write: the run was cancelled after the first of two': written([operation, second], {
    ...unproven,
    outcomes: [outcome],
  }),
  'write: two failed': failedBoth(failure('AUTHORIZATION_FAILED', 'a'), failure('SCOPE_LOCKED', 'b')),
  'write: two failed alike at one resource, for two reasons': failedBoth(unreadable('a'), unreadable('b')),
  'write: the role of the group, then a membership': written([ofGroup, membership], unproven),
  'write: a membership, then the role of the group': written([membership, ofGroup], unproven),
  'write: a membership, the group has one role': written([membership], unproven, groupHas('other')),
  'write: a membership, the group has the desired role, too': written(
    [membership],
    unproven,
    groupHas('other', builtInRoles.acrPull.id, 'third'),
  ),
  'write: a membership, the group has other roles': written([membership], unproven, groupHas('other', 'third')),
  'write: a membership, the group has no role': written([membership], unproven),
  'write: the registry was created': created(true),
  'write: the registry was there': created(true, { changed: false }),
  'write: the registry could not be created': created(false, { changed: false, error: failure('AZURE_REFUSED') }),
  'detach: the assignment was deleted': detached(true),
  'detach: the assignment was gone': detached(false),
  'detach: others are left': end(
    pullRun(
      'detach',
      [{ ...samplePair(), assignments: [inherited, { ...inherited, id: '/of-group', principalId: 'g' }] }],
      {
        observed: { ...sampleLost(failure('UNEXPECTED')), roles: new Map([[inherited.roleId, builtInRoles.acrPull]]) },
      },
    ),
  ),
})

/** What was asked for, and what was found of it, for each pair. */
const rowsOf = (run: Run): string[] =>
  conclude(run).pairs.map(({ asked, targetKind, target: at, registry: on, loginServer, standing }) => {
    const found = at === asked.target ? `no ${targetKind}` : lastSegment(at)
    const place = loginServer ? `${lastSegment(on)} (${loginServer})` : `no registry`
    return `${lastSegment(asked.target)} at ${asked.registry}: ${found} at ${place}, ${[statusOf(standing), errorOf(standing)?.code].filter(Boolean).join(', ')}`
  })
const placed = (): Run => {
  const [a, b] = [sampleTarget('aks-a'), sampleTarget('aks-b')]
  const [near, far] = [sampleRegistry('near'), sampleRegistry('far')]
  const role = builtInRoles.acrPull
  const access = sampleAccess()
  const pairs = [samplePair({ access }, b, near), samplePair({ access }, a, far), samplePair({ access }, a, near)]
  const observed: Observed = {
    ...sampleLost(failure('UNEXPECTED')),
    targets: [
      { asked: 'A', value: a },
      { asked: 'C', error: failure('CLUSTER_NOT_FOUND') },
      { asked: 'B', value: b },
    ],
    registries: [
      { asked: 'Lost', error: failure('REGISTRY_NOT_FOUND') },
      { asked: 'Near', value: { registry: near, role } },
      { asked: 'Far', value: { registry: far, role } },
    ],
    lost: [{ target: b, registry: far, error: failure('AUTHORIZATION_FAILED') }],
  }
  return pullRun('attach', pairs, { observed })
}
const nextId = sampleId('next', 'rg', 'Microsoft.ManagedIdentity/userAssignedIdentities')
const failedWrite = (changed: boolean, ended: ActionError): string =>
  end(
    pullRun('attach', [], {
      observed: sampleLost(unavailable, 'aks-1'),
      outcomes: [
        { operation, changed: true, finishedAt: 1 },
        { operation, changed, finishedAt: 1, error: ended },
      ],
    }),
  )
const unseenPair = [{ target, registry, error: failure('AUTHORIZATION_FAILED', 'not readable') }]

const lost = (): Record<string, string | string[]> => ({
  ...forEach<[Mode, Code]>(
    [
      ['check', 'CLUSTER_NOT_FOUND'],
      ['check', 'REGISTRY_NOT_FOUND'],
      ['check', 'PRINCIPAL_NOT_FOUND'],
      ['check', 'AUTHORIZATION_FAILED'],
      ['check', 'AZURE_UNAVAILABLE'],
      ['check', 'INVALID_INPUT'],
      ['check', 'AMBIGUOUS_NAME'],
      ['check', 'CLUSTER_STOPPED'],
      ['attach', 'CLUSTER_NOT_FOUND'],
      ['attach', 'AUTHORIZATION_FAILED'],
      ['detach', 'AUTHORIZATION_FAILED'],
    ],
    ([mode, code]) => `not found or read, ${mode}: ${code}`,
    ([mode, code]) => end(pullRun(mode, [], { observed: sampleLost(failure(code), 'aks-1') })),
  ),
  'not found or read, check: the role assignments of a pair': end(
    pullRun('check', [], { observed: { ...sampleLost(failure('UNEXPECTED')), lost: unseenPair } }),
  ),
  'not found or read, attach: it is why a write failed that had begun': failedWrite(true, unavailable),
  'not found or read, attach: it is why a write failed that had not begun': failedWrite(false, unavailable),
  'not found or read, attach: a write failed for something else': failedWrite(true, failure('SCOPE_LOCKED')),
  'one pair per target and registry in the order of the inputs, whether found or not': rowsOf(placed()),
  'one pair of a cluster of which nothing can be known, and a registry that was not found': rowsOf(
    sampleRun([], {
      observed: {
        ...sampleLost(failure('UNEXPECTED')),
        targets: [{ asked: 'A', error: unknowable('Not known', { id: '/r', name: 'r' }, { reason: 'no' }) }],
        registries: [{ asked: 'nowhere', error: failure('REGISTRY_NOT_FOUND') }],
      },
    }),
  ),
  'one pair of an identity and a registry that were not found': rowsOf(
    sampleRun([], {
      observed: {
        ...sampleLost(failure('IDENTITY_NOT_FOUND')),
        targets: [{ asked: nextId, error: failure('IDENTITY_NOT_FOUND') }],
        registries: [{ asked: 'nowhere', error: failure('REGISTRY_NOT_FOUND') }],
      },
    }),
  ),
})

const manifest = (status: CheckedImage<'manifest'>['status'], error?: ActionError): CheckedImage<'manifest'> => ({
  wantedBy: 'manifest',
  registry,
  repository: 'shop/web',
  reference: 'v1',
  status,
  digest: '',
  uses: [{ image: 'contosoacr.azurecr.io/shop/web:v1', file: 'a.yaml', document: 1, resource: '', field: 'f' }],
  ...(error && { error }),
})
const input = (status: CheckedImage<'input'>['status'], error?: ActionError): CheckedImage<'input'> =>
  endImage(imageOf(''), { status, digest: status === 'imported' ? digest : '', ...(error && { error }) })
const pause = { ...input('unknown'), request: { ...imageOf('').request, isProbe: true as const } }
const withImages = (mode: Mode, ...images: CheckedImage[]): string =>
  outcomeOf(sampleRun([held], { ...inMode(mode), images }))
const pulledAs = (reference: string, verdict: NodePull['verdict'] = 'pulled'): Verification => ({
  verified: 'pull',
  pulls: [{ verdict, digest, image: { reference, registryId: registry.id } }] as unknown as NodePull[],
})
const onlyNodes = (image: CheckedImage, reference: string, verdict?: NodePull['verdict']): string => {
  const other = samplePair({ access: sampleAccess() }, next)
  const verifications = proving(
    [held, pulledAs('contosoacr.azurecr.io/other:1')],
    [other, pulledAs(reference, verdict)],
  )
  return outcomeOf(pullRun('attach', [held, other], { images: [image], ...verifications }))
}
const hidden = <T extends CheckedImage>(image: T): T => ({ ...image, registry: { ...registry, quarantines: true } })
const runningGone = {
  wantedBy: 'workload',
  registry,
  repository: 'api',
  reference: '1',
  runningDigest: digest,
  digest: '',
  status: 'gone',
  uses: [sample.sampleContainer()],
} as CheckedImage<'workload'>

const notReady: [string, CheckedImage][] = [
  ['missing', input('missing', failure('IMAGE_NOT_FOUND'))],
  ['locked', input('locked', failure('AZURE_REFUSED'))],
  ['unknown', input('unknown', failure('AZURE_UNAVAILABLE'))],
  ['missing, of a manifest', manifest('missing', failure('IMAGE_NOT_FOUND'))],
  ['locked, of a manifest', manifest('locked', failure('AZURE_REFUSED'))],
  ['unknown, of a manifest', manifest('unknown', failure('AZURE_UNAVAILABLE'))],
]
const images = (): Record<string, string> => ({
  ...forEach(
    notReady,
    ([what]) => `image, attach: ${what}`,
    ([, image]) => withImages('attach', image),
  ),
  ...forEach(
    notReady,
    ([what]) => `image, check: ${what}`,
    ([, image]) => withImages('check', image),
  ),
  'image, attach: imported': withImages('attach', { ...input('imported'), changed: true }),
  'image, attach: imported before': withImages('attach', input('imported')),
  'image, attach: present, but not compared': withImages('attach', input('present')),
  'image, attach: failed': withImages('attach', input('failed', failure('IMPORT_FAILED'))),
  'image, attach: the pause image is unknown': withImages('attach', pause),
  'image, attach: present, of a manifest': withImages('attach', manifest('present')),
  'image, attach: what runs is gone, but a deployment may replace it': withImages('attach', runningGone),
  'image, attach: unknown, a node of another cluster pulled it': onlyNodes(
    input('unknown'),
    'contosoacr.azurecr.io/team/app:v1',
  ),
  'image, attach: unknown, nodes pulled others': onlyNodes(input('unknown'), 'contosoacr.azurecr.io/team/app:v2'),
  'image, attach: of a manifest, a node of another cluster pulled it': onlyNodes(
    manifest('unknown'),
    'contosoacr.azurecr.io/shop/web:v1',
  ),
  'image, attach: of a manifest, a node was refused': onlyNodes(
    manifest('unknown'),
    'contosoacr.azurecr.io/shop/web:v1',
    'denied',
  ),
  'image, attach: of a manifest, nodes pulled others': onlyNodes(
    manifest('unknown'),
    'contosoacr.azurecr.io/shop/web:v2',
  ),
  'image, attach: of a manifest, missing, whatever nodes pulled': onlyNodes(
    manifest('missing'),
    'contosoacr.azurecr.io/shop/web:v1',
  ),
  ...forEach<[string, CheckedImage, string]>(
    [
      ['of a manifest, not pulled', hidden(manifest('present')), 'other:1'],
      ['of a manifest, pulled', hidden(manifest('present')), 'shop/web:v1'],
      ['of images, not pulled', hidden(input('imported')), 'other:1'],
      ['of images, pulled by its tag', hidden(input('imported')), 'team/app:v1'],
      ['of images, another repository was pulled that has its digest', hidden(input('imported')), 'team/copy:v1'],
      ['of images, refused', hidden({ ...input('imported'), digest: '' }), 'team/app:v1 denied'],
      ['the pause image, not pulled', hidden({ ...pause, status: 'present' }), 'other:1'],
    ],
    ([what]) => `image, attach: in a registry with a quarantine, ${what}`,
    ([, image, pulled]) => {
      const [name = '', verdict] = pulled.split(' ') as [string, NodePull['verdict']?]
      return onlyNodes(image, `contosoacr.azurecr.io/${name}`, verdict)
    },
  ),
  ...forEach<Mode>(
    ['attach', 'check'],
    mode => `image, ${mode}: in a registry with a quarantine, of a manifest, without pulls`,
    mode => withImages(mode, hidden(manifest('present'))),
  ),
  ...forEach<[Mode, CheckedImage<'manifest'>['unserved']]>(
    [
      ['attach', { host: 'contosoacr.eastus.geo.azurecr.io' }],
      ['check', { host: 'contosoacr.eastus.geo.azurecr.io' }],
      ['check', { host: 'contosoacr.eastus.geo.azurecr.io', why: 'no answer' }],
    ],
    ([mode, host]) => `image, ${mode}: at a regional endpoint that is ${host?.why ? 'not known' : 'not enabled'}`,
    ([mode, unserved]) => withImages(mode, { ...manifest('present'), ...(unserved && { unserved }) }),
  ),
  'image, attach: at a regional endpoint that is not known, but a node has pulled it': onlyNodes(
    { ...manifest('present'), unserved: { host: 'contosoacr.eastus.geo.azurecr.io', why: 'no answer' } },
    'contosoacr.azurecr.io/shop/web:v1',
  ),
  'image, check: three of manifests, two say the same': withImages(
    'check',
    ...['No.', 'No.', 'Neither.'].map(message => manifest('unknown', failure('AZURE_UNAVAILABLE', message))),
  ),
})

const sealed = { ...sampleRegistry('sealedacr'), isSealed: true as const }
const closed = samplePair({ access: sampleAccess(sealed.id) }, target, sealed)
const withSealed = (...pulled: PlannedPair[]): string => {
  const registries = [registry, sealed].map(each => ({
    asked: each.name,
    value: { registry: each, role: builtInRoles.acrPull },
  }))
  const observed = { ...sampleLost(failure('UNEXPECTED')), registries }
  return outcomeOf(
    sampleRun([held, closed], {
      observed,
      ...proving(...pulled.map((pair): [PlannedPair, Verification] => [pair, byPull])),
    }),
  )
}
const withoutPlan: Observed = { ...sampleLost(failure('UNEXPECTED')), targets: [{ asked: target.name, value: target }] }
const ready = (): Record<string, string> => ({
  'ready: access holds': outcomeOf(sampleRun([held])),
  'ready: of one of two': outcomeOf(sampleRun([held, samplePair({ operation: second })], inMode('check'))),
  'ready: nothing was found': outcomeOf(sampleRun([])),
  'ready: the run failed': outcomeOf(sampleRun([held], { error: unavailable })),
  'ready: it was cancelled before it planned': outcomeOf(
    pullRun('attach', [], { error: failure('CANCELLED'), observed: withoutPlan }),
  ),
  'ready: verify: pull, attach, by pull': outcomeOf(pullRun('attach', [held], proven(held))),
  'ready: verify: pull, attach, by assignment': outcomeOf(pullRun('attach', [held], proven(held, byAzure))),
  'ready: verify: pull, check, by assignment': outcomeOf(pullRun('check', [held], proven(held, byAzure))),
  'ready: verify: pull, beside an identity without nodes': outcomeOf(
    pullRun('attach', [held, identity], proving([held, byPull], [identity, byAzure])),
  ),
  ...forEach<[string, PlannedPair, Partial<Run>]>(
    [
      ['a broader role', withBroader, {}],
      ['no role', lacking, {}],
      ['a missing image', held, { images: [input('missing')] }],
    ],
    ([what]) => `ready: drift does not fail the step: ${what}`,
    ([, pair, more]) => outcomeOf(sampleRun([pair], { ...inMode('check', { failOnDrift: false }), ...more })),
  ),
  'ready: a registry that nobody can reach, beside another': withSealed(),
  'ready: a registry that nobody can reach, but a node has pulled from it': withSealed(closed),
  'ready: a registry that nobody can reach, and a node has pulled from the other': withSealed(held),
})

const ended = (of: Operation, code: Code): Outcome => ({
  operation: of,
  changed: false,
  finishedAt: 1,
  error: failure(code, `${code} happened`),
})
const planned = (...states: [Target, IdentityState][]): string => {
  const [own, other] = [sampleOperation(), sampleOperation(next)]
  const shared: Operation = { ...sampleOperation(), principalType: 'Group', principalId: 'group' }
  const pairs = [
    { ...samplePair({}, target), operations: [shared, own] },
    { ...samplePair({}, next), operations: [shared, other] },
  ]
  const names = new Map([
    [own.principalId, 'its own role'],
    [other.principalId, "the other's role"],
  ])
  const { operations } = conclude(pullRun('check', pairs, identitiesOf(...states)))
  const ids = operations.map(each => ('principalId' in each ? each.principalId : ''))
  return [...new Set(ids.map(id => names.get(id) ?? `the role of the ${id}`))].join(', ')
}
const levelOf = (...all: VerifyLevel[]): string => weakest(all)
const [one, two, three] = ['1', '2', '3'].map(last => `00000000-0000-0000-0000-00000000000${last}`) as [
  string,
  string,
  string,
]
const moved = <T extends { id: string }>(resource: T, subscription: string): T => ({
  ...resource,
  id: resource.id.replace('/subscriptions/s', `/subscriptions/${subscription}`),
})
const elsewhere = samplePair({ access: sampleAccess() }, moved(target, one), moved(registry, two))
const subscriptionsOf = (pairs: PlannedPair[], subscriptionId: string, observed?: Observed): string => {
  const subscriptions = [
    { id: one, name: 'Contoso lab' },
    { id: '00000000-0000-0000-0000-000000000009', name: 'Others' },
  ]
  const run = pullRun('attach', pairs, {
    inputs: { ...sampleInputs, subscriptionId },
    subscriptions,
    ...(observed && { observed }),
  })
  return conclude(run)
    .subscriptions.map(({ id, name }) => [`…${id.slice(-1)}`, name].filter(Boolean).join(' '))
    .join(', ')
}

const rest = (): Record<string, string> => ({
  'errors: of the run, of manifests, of pairs, of images and of operations, in this order': end(
    sampleRun([{ ...lacking, operations: [operation, second] }], {
      error: failure('CANCELLED', 'It was cancelled'),
      images: [
        input('failed', failure('IMPORT_FAILED', 'It was not imported')),
        manifest('missing', failure('IMAGE_NOT_FOUND', 'It is not there')),
      ],
      outcomes: [ended(operation, 'AUTHORIZATION_FAILED'), ended(second, 'THROTTLED')],
    }),
  ),
  'plan: both identities exist': planned([next, { state: 'alive' }]),
  'plan: one identity is gone': planned([target, gone]),
  'plan: nothing was planned': `${conclude(pullRun('check', [], identitiesOf([target, gone]))).operations.length} operations`,
  'level: of no pair': levelOf(),
  'level: of a pull': levelOf('pull'),
  'level: of a pull and an assignment': levelOf('pull', 'assignment'),
  'level: of all three': levelOf('assignment', 'none', 'pull'),
  'subscriptions: of cluster …1, registry …2 and input …3': subscriptionsOf([elsewhere], three.toUpperCase()),
  'subscriptions: of cluster …1, registry …2 and input …2': subscriptionsOf([elsewhere], two),
  'subscriptions: of nothing': subscriptionsOf([], ''),
  'subscriptions: of a resource ID …1 that was not found': subscriptionsOf(
    [],
    '',
    sampleLost(failure('CLUSTER_NOT_FOUND'), elsewhere.target.id),
  ),
})

it('what a run concludes is in concluded.txt', async () => {
  const cases = { ...pulls(), ...otherwise(), ...writes(), ...lost(), ...images(), ...ready(), ...rest() }
  await expect(catalogueOf(cases)).toMatchFileSnapshot('concluded.txt')
})
