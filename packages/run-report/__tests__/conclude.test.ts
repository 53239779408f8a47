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

const usual = 'direct AcrPull 1 at contosoacr'
/** What is known of a pair, apart from what is not. */
function describePair(pair: PairResult): string {
  const { standing, scope, roleAssignmentId, propagationSeconds, pulls } = pair
  const { by, proof, lacks, onlyTo } = standing
  const error = errorOf(standing)
  const isGranted = by !== null || scope !== null || roleAssignmentId !== null
  const said = [
    statusOf(standing),
    isGranted && `${by} ${pair.role} ${nameOf(roleAssignmentId)} at ${nameOf(scope)}`.replace(usual, 'by AcrPull'),
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
const endIn =
  (mode: Mode) =>
  (pairs: PlannedPair[], more: Partial<Run> = {}) =>
    end(pullRun(mode, pairs, more))
const [attach, check, detach] = [endIn('attach'), endIn('check'), endIn('detach')]

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

const refused: Verification = { ...endedBy('PULL_DENIED'), isBeyondRights: true }
const inDoubt = { ...held, unknown: failure('AUTHORIZATION_FAILED', 'in doubt') }
const foreign = unknowable('Not assignable', { id: '/r', name: 'r' }, { reason: 'it is in another tenant' })

const pulls = (): Record<string, string> => ({
  ...forEach<[Code, Mode, string]>(
    [
      ['PULL_DENIED', 'attach', 'failed, without access'],
      ['PULL_DENIED', 'check', 'drift, without access'],
      // The others say nothing about rights, but for a cluster that no longer exists.
      ['IMAGE_NOT_FOUND', 'check', 'drift, with access'],
      ['PROBE_FAILED', 'check', 'unknown, with access'],
      ['AZURE_REFUSED', 'check', 'drift, with access'],
      ['NO_PRIVATE_ENDPOINT', 'check', 'drift, with access'],
      ['CLUSTER_NOT_FOUND', 'check', 'drift, without access'],
      ['CLUSTER_STOPPED', 'check', 'failed, with access'],
      ['AZURE_UNAVAILABLE', 'check', 'unknown, with access'],
      ['AZURE_UNAVAILABLE', 'attach', 'failed, with access'],
      ['AUTHORIZATION_FAILED', 'check', 'unknown, with access'],
      ['AUTHORIZATION_FAILED', 'attach', 'failed, with access'],
      ['PROBE_FAILED', 'attach', 'failed, with access'],
      ['CANCELLED', 'attach', 'failed, with access'],
      ['REGISTRY_UNREACHABLE', 'attach', 'failed, with access'],
      ['REGISTRY_UNREACHABLE', 'check', 'failed, with access'],
    ],
    ([code, mode, then]) => `nodes end with ${code}, ${mode}: ${then}`,
    ([code, mode]) => endIn(mode)([held], proven(held, endedBy(code))),
  ),
  ...forEach<[NodePull['verdict'], Mode, string, PlannedPair?]>(
    [
      ['denied', 'check', 'drift, with access'],
      ['denied', 'attach', 'failed, with access'],
      ['denied', 'check', 'drift, although access is unknown', inDoubt],
      ['unreachable', 'check', 'unknown, with access'],
      ['unreachable', 'attach', 'failed, with access'],
      ['unreachable', 'check', 'unknown, as access is', inDoubt],
    ],
    ([verdict, mode, then]) => `nodes end with PROBE_FAILED, one pull is ${verdict}, ${mode}: ${then}`,
    ([verdict, mode, , pair = held]) =>
      endIn(mode)(
        [pair],
        proven(pair, { ...endedBy('PROBE_FAILED'), ...pulledAs('app:1', verdict), verified: 'none' }),
      ),
  ),
  ...forEach<[Mode, Inputs['verify']]>(
    (['attach', 'check', 'detach'] as const).flatMap(mode =>
      (['assignment', 'none'] as const).map((verify): [Mode, Inputs['verify']] => [mode, verify]),
    ),
    ([mode, verify]) =>
      `role held, ${mode}, verify: ${verify}: ${mode === 'detach' ? 'detached' : 'attached'}, and no more proven than asked`,
    ([mode, verify]) => endIn(mode)([held], inMode(mode, { verify })),
  ),
  'the registry refuses one pool, and others pull: failed, with access': attach([held], proven(held, refused)),
  'a node has pulled: attached, by pull': attach([held], proven(held)),
  'the run failed before the proof: failed, but for an identity without a cluster': attach([held, identity], {
    error: unavailable,
  }),
  'the run failed after the proof: attached, and not ready': attach([held, identity], {
    error: unavailable,
    ...proven(held),
  }),
  'the run ended without asking nodes: attached, and not ready': attach([held, identity]),
  'the run failed, verify: assignment: attached, and not ready': attach([held, identity], {
    error: unavailable,
    inputs: sampleInputs,
  }),
  'the run failed before the proof, check: unknown, with access': check([held], { error: unavailable }),
  'a pair differs, check: drift, with access': check([{ ...held, error: failure('DRIFT') }], inMode('check')),
  'only another tenant knows of a pair, check: unknown, without access': check([{ ...held, error: foreign }]),
  'access in doubt, check: unknown, without access': check([inDoubt], inMode('check')),
  'access in doubt, detach: unknown': detach([inDoubt], inMode('detach')),
  'access in doubt, attach: its writes decide': attach([inDoubt], inMode('attach')),
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
  'a missing role, check: drift, without access': check([lacking]),
  'a role for some repositories, check: drift, without access': check([limited]),
  'a role for some repositories, attach: failed, without access': attach([limited]),
  'a broader role, check: drift, with access': check([withBroader], inMode('check')),
  'a broader role, check, verify: none: drift, with access': check([withBroader], inMode('check', { verify: 'none' })),
  'an inherited role, check: drift, with access': check([
    { ...withBroader, access: { ...broader, grantedBy: 'inherited' } },
  ]),
  'the role of the next mode missing, check: drift, with access': check([moving], inMode('check')),
  'the role of the next mode missing, a node has pulled, check: drift, with access': check([moving], proven(moving)),
  'the role of the next mode missing, a node was refused, check: drift, without access': check(
    [moving],
    proven(moving, { verified: 'none', error: failure('PULL_DENIED') }),
  ),
  "the role of the next mode written: today's assignment is the one that counts": attach([moving], {
    ...proven(moving),
    outcomes: [{ operation: forMove, changed: true, finishedAt: 1, roleAssignmentId: 'next' }],
  }),
  'an identity that is gone, check: drift, whatever has pulled': check([held], {
    ...seen(held, gone),
    ...proven(held),
  }),
  'an identity that is gone, attach: failed, whatever has pulled': attach([held], {
    ...seen(held, gone),
    ...proven(held),
  }),
  'an identity that is gone, detach: detached': detach([held], { ...seen(held, gone), ...proven(held) }),
  ...forEach<[Mode, 'assignment' | 'pull', string]>(
    [
      ['check', 'assignment', 'unknown'],
      ['check', 'pull', 'attached, ready'],
      ['attach', 'assignment', 'attached, not ready'],
      ['attach', 'pull', 'attached, ready'],
    ],
    ([mode, verified, then]) => `an identity that may be gone, known by ${verified}, ${mode}: ${then}`,
    ([mode, verified]) => endIn(mode)([held], { ...seen(held, doubted), ...proven(held, { verified }) }),
  ),
  'an identity that may be gone, cancelled before anybody asked, check: attached, not ready': check([held], {
    ...seen(held, doubted),
    ...proven(held, byAzure),
    error: failure('CANCELLED'),
  }),
  'an identity that is alive: attached': attach([held], { ...seen(held, { state: 'alive' }), ...proven(held) }),
})

const operation = sampleOperation()
const second = sampleOperation(next)
const outcome: Outcome = { operation, roleAssignmentId: 'the-id', changed: true, finishedAt: 1 }
/** An attach that had these operations for its pair, which were done unless `outcomes` says otherwise. */
const written = (operations: Operation[], more: Partial<Run> = {}, pair: Partial<PlannedPair> = {}): string => {
  const wanting = { ...samplePair(), operations, ...pair }
  const outcomes = operations.map(each => ({ ...outcome, operation: each }))
  return attach([wanting], { outcomes, ...more })
}
const provenWrite = (changed: boolean, verification: Verification): string => {
  const wanting = { ...samplePair(), operations: [operation] }
  return attach([wanting], { outcomes: [{ ...outcome, changed }], ...proven(wanting, verification) })
}
const ofGroup: Operation = { ...operation, principalType: 'Group' }
const membership: Operation = { operation: 'add-group-member', target, groupId: 'g', reason: '' }
const groupHas = (...roleIds: string[]): Partial<PlannedPair> => ({
  groupAssignments: roleIds.map(roleId => ({ ...sampleAccess('/subscriptions/s').assignment, id: roleId, roleId })),
})
const creation: Operation = { operation: 'create-registry', reason: '', registry, sku: 'Basic', location: '' }
const created = (exists: boolean, more: Partial<Outcome> = {}): string =>
  attach([{ ...held, registry: { ...registry, exists }, operations: [creation] }], {
    outcomes: [{ operation: creation, changed: true, finishedAt: 1, ...more }],
  })
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
  return detach([pair], { outcomes, ...proven(pair, byAzure) })
}
const inherited = { ...sampleAccess('/subscriptions/s').assignment, principalId: target.identity.objectId }

const ofBoth = [inherited, { ...inherited, id: '/of-group', principalId: 'g' }]
const known = { ...sampleLost(failure('UNEXPECTED')), roles: new Map([[inherited.roleId, builtInRoles.acrPull]]) }
const late: Verification = { verified: 'none', error: failure('PROPAGATION_TIMEOUT') }
const failedBeside = [{ operation, changed: false, finishedAt: 1, error: failure('AUTHORIZATION_FAILED') }]

const writes = (): Record<string, string> => ({
  'a write that is proven: attached, with when it showed': provenWrite(true, {
    verified: 'pull',
    propagationSeconds: 41,
  }),
  'a write that was there already: unchanged, without a wait': provenWrite(false, {
    verified: 'pull',
    propagationSeconds: 41,
  }),
  'a write that is proven at once: without a wait': provenWrite(true, byPull),
  'a write, nodes end with AZURE_UNAVAILABLE: failed, with access': provenWrite(true, endedBy('AZURE_UNAVAILABLE')),
  'a write, nodes end with AUTHORIZATION_FAILED: failed, with access': provenWrite(
    true,
    endedBy('AUTHORIZATION_FAILED'),
  ),
  'a write, nodes end with PULL_DENIED: failed, without access': provenWrite(true, endedBy('PULL_DENIED')),
  'a write that Azure does not report: failed, without access': provenWrite(true, late),
  'a write that failed beside a broader role: failed, with access': written(
    [operation],
    { outcomes: failedBeside },
    { access: broader },
  ),
  'a write that is not proven, because the run failed: failed': written([operation], { error: unavailable }),
  'a write that is not proven, because the run was cancelled: failed': written([operation]),
  'a write, verify: none: attached, not proven': written([operation], unproven),
  'a write that was there without an ID, verify: none: attached': written([operation], {
    ...unproven,
    outcomes: [{ operation, changed: false, finishedAt: 1 }],
  }),
  'the run failed before a write: failed': written([operation], { outcomes: [], error: unavailable }),
  'the run was cancelled before a write: failed': written([operation], { outcomes: [] }),
  'the run was cancelled after the first of two writes: failed, changed': written([operation, second], {
    ...unproven,
    outcomes: [outcome],
  }),
  'two writes that failed: both errors': failedBoth(failure('AUTHORIZATION_FAILED', 'a'), failure('SCOPE_LOCKED', 'b')),
  'two writes that failed alike at one resource: one error': failedBoth(unreadable('a'), unreadable('b')),
  'the role of the group, then a membership: by the group, with the ID': written([ofGroup, membership], unproven),
  'a membership, then the role of the group: by the group, with the ID': written([membership, ofGroup], unproven),
  'a membership in a group with one role: by that role': written([membership], unproven, groupHas('other')),
  'a membership in a group with several roles: by the desired one': written(
    [membership],
    unproven,
    groupHas('other', builtInRoles.acrPull.id, 'third'),
  ),
  'a membership in a group with other roles: by the first': written([membership], unproven, groupHas('other', 'third')),
  'a membership in a group without a role: by none': written([membership], unproven),
  'a registry that was created: changed': created(true),
  'a registry that was there: unchanged': created(true, { changed: false }),
  'a registry that could not be created: failed': created(false, { changed: false, error: failure('AZURE_REFUSED') }),
  'an assignment that was deleted: detached, changed': detached(true),
  'an assignment that was gone: detached, unchanged': detached(false),
  'a detach that leaves others: detached, with what is left': detach([{ ...samplePair(), assignments: ofBoth }], {
    observed: known,
  }),
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
  attach([], {
    observed: sampleLost(unavailable, 'aks-1'),
    outcomes: [
      { operation, changed: true, finishedAt: 1 },
      { operation, changed, finishedAt: 1, error: ended },
    ],
  })
const observing = (more: Partial<Observed>, code: Code = 'UNEXPECTED') => ({
  observed: { ...sampleLost(failure(code)), ...more },
})
const nowhere = [{ asked: 'nowhere', error: failure('REGISTRY_NOT_FOUND') }]

const lost = (): Record<string, string | string[]> => ({
  ...forEach<[Code, Mode, string]>(
    [
      ['CLUSTER_NOT_FOUND', 'check', 'drift'],
      ['REGISTRY_NOT_FOUND', 'check', 'drift'],
      ['PRINCIPAL_NOT_FOUND', 'check', 'drift'],
      ['AUTHORIZATION_FAILED', 'check', 'unknown'],
      ['AZURE_UNAVAILABLE', 'check', 'unknown'],
      ['INVALID_INPUT', 'check', 'failed'],
      ['AMBIGUOUS_NAME', 'check', 'failed'],
      ['CLUSTER_STOPPED', 'check', 'failed'],
      ['CLUSTER_NOT_FOUND', 'attach', 'failed'],
      ['AUTHORIZATION_FAILED', 'attach', 'failed'],
      ['AUTHORIZATION_FAILED', 'detach', 'failed'],
    ],
    ([code, mode, then]) => `a cluster ended with ${code}, ${mode}: ${then}`,
    ([code, mode]) => endIn(mode)([], { observed: sampleLost(failure(code), 'aks-1') }),
  ),
  'role assignments that could not be read, check: unknown': check(
    [],
    observing({ lost: [{ target, registry, error: failure('AUTHORIZATION_FAILED', 'not readable') }] }),
  ),
  'a lost cluster is why a write failed that had begun: one error, changed': failedWrite(true, unavailable),
  'a lost cluster is why a write failed that had not begun: one error': failedWrite(false, unavailable),
  'a write failed for something else than a lost cluster: both errors': failedWrite(true, failure('SCOPE_LOCKED')),
  'a pair per target and registry in the order of the inputs, whether found or not': rowsOf(placed()).join(' | '),
  'a pair of a cluster of which nothing can be known, at a lost registry: lost': rowsOf(
    sampleRun([], observing({ targets: [{ asked: 'A', error: foreign }], registries: nowhere })),
  ),
  'a pair of a lost identity at a lost registry: lost': rowsOf(
    sampleRun(
      [],
      observing(
        { targets: [{ asked: nextId, error: failure('IDENTITY_NOT_FOUND') }], registries: nowhere },
        'IDENTITY_NOT_FOUND',
      ),
    ),
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
/** One cluster's nodes have pulled something else; the other one's ended so with this. */
const onlyNodes = (image: CheckedImage, pulled: string, verdict?: NodePull['verdict']): string => {
  const other = samplePair({ access: sampleAccess() }, next)
  const [own, all] = ['other:1', pulled].map(each => `contosoacr.azurecr.io/${each}`) as [string, string]
  const verifications = proving([held, pulledAs(own)], [other, pulledAs(all, verdict)])
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
const [input0, manifest0] = [input('unknown'), manifest('unknown')]
const atEast = { host: 'contosoacr.eastus.geo.azurecr.io' }
const openly = { ...manifest('present'), unserved: { ...atEast, why: 'no answer' } }
const no = (message: string) => manifest('unknown', failure('AZURE_UNAVAILABLE', message))
const images = (): Record<string, string> => ({
  ...forEach(
    notReady,
    ([what]) => `image that is ${what}, attach: an error, never ready`,
    ([, image]) => withImages('attach', image),
  ),
  ...forEach(
    notReady,
    ([what]) => `image that is ${what}, check: ${what.startsWith('unknown') ? 'an error' : 'drift'}, never ready`,
    ([, image]) => withImages('check', image),
  ),
  'image that was imported: ready, changed': withImages('attach', { ...input('imported'), changed: true }),
  'image that was imported before: ready, unchanged': withImages('attach', input('imported')),
  'image that is present, but not compared: ready, and unknown': withImages('attach', input('present')),
  'image that failed: an error, never ready': withImages('attach', input('failed', failure('IMPORT_FAILED'))),
  'pause image that is unknown: ready': withImages('attach', pause),
  'image of a manifest that is present: ready': withImages('attach', manifest('present')),
  'image that runs and is gone: ready, because a deployment may replace it': withImages('attach', runningGone),
  'unknown image, a node of another cluster pulled it: ready': onlyNodes(input0, 'team/app:v1'),
  'unknown image, nodes pulled others: never ready': onlyNodes(input0, 'team/app:v2'),
  'unknown image of a manifest, a node of another cluster pulled it: ready': onlyNodes(manifest0, 'shop/web:v1'),
  'unknown image of a manifest, a node was refused: never ready': onlyNodes(manifest0, 'shop/web:v1', 'denied'),
  'unknown image of a manifest, nodes pulled others: never ready': onlyNodes(manifest0, 'shop/web:v2'),
  'missing image of a manifest: never ready, whatever nodes pulled': onlyNodes(manifest('missing'), 'shop/web:v1'),
  ...forEach<[string, CheckedImage, string]>(
    [
      ['of a manifest, not pulled: never ready', hidden(manifest('present')), 'other:1'],
      ['of a manifest, pulled: ready', hidden(manifest('present')), 'shop/web:v1'],
      ['of images, not pulled: never ready', hidden(input('imported')), 'other:1'],
      ['of images, pulled by its tag: ready', hidden(input('imported')), 'team/app:v1'],
      ['of images, another repository pulled with its digest: never ready', hidden(input('imported')), 'team/copy:v1'],
      ['of images, refused: never ready', hidden({ ...input('imported'), digest: '' }), 'team/app:v1 denied'],
      ['the pause image, not pulled: ready', hidden({ ...pause, status: 'present' }), 'other:1'],
    ],
    ([what]) => `quarantine, ${what}`,
    ([, image, pulled]) => {
      const [name = '', verdict] = pulled.split(' ') as [string, NodePull['verdict']?]
      return onlyNodes(image, name, verdict)
    },
  ),
  ...forEach<Mode>(
    ['attach', 'check'],
    mode => `quarantine, of a manifest, without pulls, ${mode}: never ready`,
    mode => withImages(mode, hidden(manifest('present'))),
  ),
  ...forEach<Mode>(
    ['attach', 'check'],
    mode => `regional endpoint that is not enabled, ${mode}: never ready`,
    mode => withImages(mode, { ...manifest('present'), unserved: atEast }),
  ),
  'regional endpoint that is not known, check: unknown, never ready': withImages('check', openly),
  'regional endpoint that is not known, but a node has pulled: ready': onlyNodes(openly, 'shop/web:v1'),
  'three unknown images of manifests, two alike: two errors': withImages(
    'check',
    ...['No.', 'No.', 'Neither.'].map(no),
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
const afterPull = (mode: Mode, verification?: Verification) =>
  outcomeOf(pullRun(mode, [held], proven(held, verification)))
const tolerant = inMode('check', { failOnDrift: false })
const ready = (): Record<string, string> => ({
  'access holds: ready': outcomeOf(sampleRun([held])),
  'access of one of two: not ready': outcomeOf(sampleRun([held, samplePair({ operation: second })], inMode('check'))),
  'nothing was found: not ready': outcomeOf(sampleRun([])),
  'the run failed: not ready': outcomeOf(sampleRun([held], { error: unavailable })),
  'cancelled before it planned: neither attached nor ready': outcomeOf(
    pullRun('attach', [], { error: failure('CANCELLED'), observed: withoutPlan }),
  ),
  'verify: pull, attach, by pull: ready': afterPull('attach'),
  'verify: pull, attach, by assignment: not ready': afterPull('attach', byAzure),
  'verify: pull, check, by assignment: not ready': afterPull('check', byAzure),
  'verify: pull, an identity without nodes: needs no pull': outcomeOf(
    pullRun('attach', [held, identity], proving([held, byPull], [identity, byAzure])),
  ),
  'fail-on-drift: false, a broader role: ready': outcomeOf(sampleRun([withBroader], tolerant)),
  'fail-on-drift: false, no role: not ready': outcomeOf(sampleRun([lacking], tolerant)),
  'fail-on-drift: false, a missing image: not ready': outcomeOf(
    sampleRun([held], { ...tolerant, images: [input('missing')] }),
  ),
  'a registry that nobody can reach, beside another: not ready': withSealed(),
  'a registry that nobody can reach, but a node has pulled from it: ready': withSealed(closed),
  'a registry that nobody can reach, and a node has pulled from the other: not ready': withSealed(held),
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
  'errors are of the run, of manifests, of pairs, of images and of operations, in this order': end(
    sampleRun([{ ...lacking, operations: [operation, second] }], {
      error: failure('CANCELLED', 'It was cancelled'),
      images: [
        input('failed', failure('IMPORT_FAILED', 'It was not imported')),
        manifest('missing', failure('IMAGE_NOT_FOUND', 'It is not there')),
      ],
      outcomes: [ended(operation, 'AUTHORIZATION_FAILED'), ended(second, 'THROTTLED')],
    }),
  ),
  'plan, both identities exist: a role for each': planned([next, { state: 'alive' }]),
  'plan, one identity is gone: no role for it': planned([target, gone]),
  'plan, nothing was planned: no operation': `${conclude(pullRun('check', [], identitiesOf([target, gone]))).operations.length} operations`,
  'level of no pair: none': levelOf(),
  'level of a pull: pull': levelOf('pull'),
  'level of a pull and an assignment: the weaker one': levelOf('pull', 'assignment'),
  'level of all three: the weakest': levelOf('assignment', 'none', 'pull'),
  'subscriptions of cluster …1, registry …2 and input …3: each, by name if known': subscriptionsOf(
    [elsewhere],
    three.toUpperCase(),
  ),
  'subscriptions of cluster …1, registry …2 and input …2: each once': subscriptionsOf([elsewhere], two),
  'subscriptions of nothing: none': subscriptionsOf([], ''),
  'subscriptions of a resource ID …1 that was not found: its own': subscriptionsOf(
    [],
    '',
    sampleLost(failure('CLUSTER_NOT_FOUND'), elsewhere.target.id),
  ),
})

it('what a run concludes is in concluded.txt', async () => {
  const cases = { ...pulls(), ...otherwise(), ...writes(), ...lost(), ...images(), ...ready(), ...rest() }
  await expect(catalogueOf(cases)).toMatchFileSnapshot('concluded.txt')
})
