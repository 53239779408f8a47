import fc from 'fast-check'
import { expect, it } from 'vitest'
import { repositoryCondition } from 'repository-conditions'
import { builtInRoles, lastSegment, type Registry, type RoleAssignment } from 'azure'
import { ActionError, warning, type Finding, toFixJson } from 'kernel'
import type { CheckedImage, NodePull, Operation, PlannedPair, Result, Run, Verification } from 'run-model'
import { conclude } from '../src/conclude.js'
import { sayHeadline } from '../src/headline.js'
import { toTelling } from '../src/telling.js'
import { sayScopes } from '../../../__tests__/support/catalogue.js'
import { catalogueOf } from '../../../__tests__/support/concluding.js'
import {
  sampleInputs,
  sampleLost,
  sampleOperation,
  samplePair,
  sampleRegistry,
  sampleRun,
  sampleTarget,
} from '../../../__tests__/support/sample.js'
import { imageOf } from '../../../__tests__/support/verdict.js'

const reader = builtInRoles.repositoryReader
const registry: Registry = { ...sampleRegistry(), roleAssignmentMode: 'ABAC' }
const digest = `sha256:${'a'.repeat(64)}`

/** An assignment at the registry that is limited to repositories; unlimited without any. */
function grant(principalId: string, ...repositories: string[]): RoleAssignment {
  const id = `${registry.id}/providers/Microsoft.Authorization/roleAssignments/${principalId}-${repositories.join()}`
  const condition = repositories.length > 0 ? { condition: repositoryCondition(repositories) } : {}
  return { id, scope: registry.id, principalId, principalType: 'ServicePrincipal', roleId: reader.id, ...condition }
}

const manifest = (repository: string, at: Registry = registry): CheckedImage<'manifest'> => ({
  wantedBy: 'manifest',
  registry: at,
  repository,
  reference: '1.4',
  status: 'present',
  digest,
  uses: [{ image: `${at.loginServer}/${repository}:1.4`, file: 'a.yaml', document: 1, resource: '', field: 'f' }],
})

const imported = (repository: string): CheckedImage<'input'> => ({
  ...imageOf(digest, 'imported'),
  registry,
  repository,
})

interface World extends Partial<Run> {
  name?: string
  held?: RoleAssignment[]
  ofGroup?: RoleAssignment[]
  operations?: Operation[]
  at?: Registry
  more?: Partial<PlannedPair>
  verification?: Verification
}

/** A pair that counts as attached, by these assignments. */
function pairWith({ name, held = [], ofGroup = [], operations = [], at = registry, more }: World): PlannedPair {
  const [assignment] = [...held, ...ofGroup]
  const access = assignment && { grantedBy: 'direct' as const, role: reader.name, assignment }
  const pair = samplePair({ ...(access && { access }) }, sampleTarget(name), at)
  return { ...pair, role: reader, assignments: held, groupAssignments: ofGroup, operations, ...more }
}

function endOf(images: CheckedImage[], { verification, ...world }: World = {}): Result {
  const pair = pairWith(world)
  const observed = { ...sampleLost(), roles: new Map([[reader.id, reader]]), ...world.observed }
  const verifications = new Map(verification ? [[pair, verification]] : [])
  return conclude(sampleRun([pair], { verifications, images, ...world, observed }))
}

const me = sampleTarget().identity.objectId
const teamA = grant(me, 'team-a/*')
const teamB = manifest('team-b/api')
const chart = { ...teamB, uses: [{ ...teamB.uses[0], pulledBy: 'controller' as const }] } satisfies CheckedImage
const byAzure: Verification = { verified: 'assignment' }

/** Whether a run is ready, and what is told about images that are out of reach. */
function told({ attached, ready, findings, unknown, drift, errors }: Result): string {
  const is = Object.entries({ attached, ready, drift, failed: errors.length > 0 })
  const about = findings.filter(({ code }) => code === 'IMAGE_OUT_OF_REACH')
  return [
    is.flatMap(([name, holds]) => (holds ? name : [])).join(', ') || 'not attached',
    ...about.map(
      ({ code, severity, subject, message }) => `${severity} ${code} on ${lastSegment(subject)}: ${message}`,
    ),
    ...unknown.map(({ subject, message }) => `unknown ${lastSegment(subject)}: ${message}`),
  ].join(' | ')
}
const reach = (images: CheckedImage[], world: World = {}): string => told(endOf(images, world))

const group = grant('group-id', 'team-b/*')
const written = (condition?: string): ReturnType<typeof sampleOperation> => ({
  ...sampleOperation(sampleTarget(), registry),
  role: reader,
  ...(condition && { condition }),
})
const join: Operation = { operation: 'add-group-member', target: sampleTarget(), groupId: 'group-id', reason: '' }
/** An attach that did this, beside what the identity already held. */
const did = (operation: Operation, world: World): string => {
  const outcomes = [{ operation, changed: true, finishedAt: 1 }]
  return reach([teamB], { operations: [operation], outcomes, verification: byAzure, ...world })
}
const inMode = (mode: 'check' | 'detach') => ({ inputs: { ...sampleInputs, mode, failOnDrift: false } })
const withGroup = { inputs: { ...sampleInputs, group: 'group-id' } }
const { acrPull } = builtInRoles
const broader = { grantedBy: 'broader-role' as const, role: reader.name, assignment: teamA }
const roles = new Map([[reader.id, reader]])
const unknownRoles = new Map([['unknown-role', new ActionError('AUTHORIZATION_FAILED', 'no')]])
const pause = { ...imported('attach-acr/pause'), request: { ...imported('x').request, isProbe: true as const } }

const pulledBy = (verified: Verification['verified'], verdict: NodePull['verdict'] = 'pulled'): World => {
  const image = { reference: `${registry.loginServer}/team-b/api:1.4`, registryId: registry.id }
  const pulls = [{ verdict, image }] as unknown as NodePull[]
  return { held: [teamA], verification: { verified, pulls } }
}
const twoClusters = (): string => {
  const pairs = ['aks-1', 'aks-2'].map(name =>
    pairWith({ name, held: [grant(sampleTarget(name).identity.objectId, 'team-a/web')] }),
  )
  const images = [teamB, manifest('team-b/job')]
  return told(conclude(sampleRun(pairs, { observed: { ...sampleLost(), roles }, images })))
}

const outside = (): Record<string, string | string[]> => ({
  'outside: one of two images of manifests is named': reach([manifest('team-a/web'), teamB], { held: [teamA] }),
  'outside: an image of the input images, too': reach([{ ...imported('team-b/api'), reference: '1.4' }], {
    held: [teamA],
  }),
  'outside: two images of two clusters with the same limit are one warning': twoClusters(),
  'outside: a role that counts only after a move lets nobody reach it': did(
    { ...written(), role: acrPull },
    { held: [teamA], more: { nextRole: acrPull } },
  ),
  'outside: what a group reaches without its member': reach([teamB], {
    held: [teamA],
    ofGroup: [group],
    operations: [join],
    more: { access: broader },
    inputs: { ...withGroup.inputs, mode: 'check', failOnDrift: false },
  }),
  'outside: the advice is to add the repository, or to take another image': endOf([teamB], {
    held: [teamA],
  }).findings.map(({ fix }) => sayScopes([toFixJson(fix).text, ...toFixJson(fix).commands].join(' > '))),
  'inside: what a second assignment reaches': reach([teamB], { held: [teamA, grant(me, 'team-b/*')] }),
  'inside: everything, by an assignment without a condition': reach([teamB], { held: [teamA, grant(me)] }),
  'inside: what an assignment of this run reaches': did(written(repositoryCondition(['team-b/*'])), { held: [teamA] }),
  'inside: everything, by an assignment of this run': did(written(), {}),
  'inside: what the group of the inputs reaches': reach([teamB], { held: [teamA], ofGroup: [group], ...withGroup }),
  'inside: what a group reaches that it was added to': did(join, { held: [teamA], ofGroup: [group], ...withGroup }),
  'inside: what a node has pulled by its identity': reach([teamB], pulledBy('pull')),
  'outside: what a node has pulled, perhaps not by its identity': reach([teamB], pulledBy('assignment')),
  'outside: what a slow node has not pulled': reach([teamB], pulledBy('pull', 'slow')),
  'nothing is said of a cluster without access': reach([teamB], {
    held: [teamA],
    more: { access: null, operations: [written()] },
    ...inMode('check'),
  }),
  'nothing is said after a detach': reach([teamB], { held: [teamA], ...inMode('detach') }),
  'nothing is said of a chart, which no node pulls': reach([chart], { held: [teamA] }),
  'nothing is said of the pause image': reach([pause], { held: [teamA] }),
  'a condition that is not understood: unknown, never ready': reach([teamB], {
    held: [teamA, { ...grant(me), condition: '@Other' }],
  }),
  'a role that could not be read: unknown, never ready': reach([teamB], {
    held: [teamA, { ...grant(me), roleId: 'unknown-role' }],
    observed: { ...sampleLost(), roles, unknownRoles },
  }),
  'assignments that Azure conceals: unknown, never ready': reach([teamB], {
    held: [teamA],
    more: { isConcealed: true },
  }),
  'a registry where anyone can pull: unknown, never ready': reach(
    [manifest('team-b/api', { ...registry, anonymousPull: true })],
    { held: [teamA], at: { ...registry, anonymousPull: true } },
  ),
})

const stopped = (name: string, isStopped = true): PlannedPair => {
  const pair = pairWith({ name, held: [grant(me)] })
  return { ...pair, target: { ...pair.target, isStopped } }
}
const stoppedIn = (mode: 'attach' | 'check', verify: 'none' | 'assignment' | 'pull'): string => {
  const pair = stopped('aks-1')
  const verifications = new Map([[pair, byAzure]])
  return told(conclude(sampleRun([pair], { inputs: { ...sampleInputs, mode, verify }, verifications })))
}
const headlineOf = (...pairs: PlannedPair[]): string =>
  sayHeadline(toTelling(conclude(sampleRun(pairs))), () => 'contosoacr')
const readyWith = (more: Partial<Run>, pair = pairWith({ held: [grant(me)] })): string =>
  told(conclude(sampleRun([pair], more)))
const withFinding = (code: Finding['code'], severity: Finding['severity'] = 'warning'): string =>
  readyWith({ findings: [{ code, severity, subject: 'x', message: 'm', fix: [] }] })
const withSecret = (...verified: Verification[]): string => {
  const pair = pairWith({ held: [grant(me)] })
  const value = { endsAt: 1, hasEnded: true, haveAllEnded: true, count: 1 }
  const ended = { ...pair, target: { ...pair.target, identity: { ...pair.target.identity, secret: { value } } } }
  return readyWith({ verifications: new Map(verified.map(each => [ended, each])) }, ended)
}

const notReady = (): Record<string, string> => ({
  'a stopped cluster is never ready: attach, verify: none': stoppedIn('attach', 'none'),
  'a stopped cluster is never ready: attach, verify: assignment': stoppedIn('attach', 'assignment'),
  'a stopped cluster is never ready: attach, verify: pull': stoppedIn('attach', 'pull'),
  'a stopped cluster is never ready: check': stoppedIn('check', 'assignment'),
  'the headline names one stopped cluster': headlineOf(stopped('aks-1')),
  'the headline counts two stopped clusters of three': headlineOf(
    stopped('aks-1'),
    stopped('aks-2'),
    stopped('aks-3', false),
  ),
  'the headline counts two stopped clusters of two': headlineOf(stopped('aks-1'), stopped('aks-2')),
  'the warning that an image is out of reach: never ready': withFinding('IMAGE_OUT_OF_REACH'),
  'the warning that an image was not probed: never ready': withFinding('IMAGE_NOT_PROBED'),
  'the notice that an image was not probed: ready': withFinding('IMAGE_NOT_PROBED', 'notice'),
  'the warning of too broad a role: ready': withFinding('EXCESS_ROLE'),
  'manifests that may be a mistake: never ready': readyWith({
    inputs: { ...sampleInputs, manifestDoubts: [{ subject: 'kustomization.yaml', message: 'its images change' }] },
  }),
  'a secret that has ended: never ready': withSecret(),
  'a secret that has ended, but a node has pulled: ready': withSecret({ verified: 'pull' }),
})

it('what is out of reach, and what else keeps a run from being ready, is in reach.txt', async () => {
  await expect(catalogueOf({ ...outside(), ...notReady() })).toMatchFileSnapshot('reach.txt')
})

it('whatever the world, a run is ready only if the cluster runs, and each image is there and within reach of its grants', () => {
  const world = fc.record({
    mode: fc.constantFrom('attach' as const, 'check' as const),
    verify: fc.constantFrom('none' as const, 'assignment' as const),
    failOnDrift: fc.boolean(),
    isStopped: fc.boolean(),
    limits: fc.array(fc.constantFrom('a/*', 'b/*', 'c/app', '*'), { minLength: 1, maxLength: 3 }),
    uses: fc.array(
      fc.record({
        repository: fc.constantFrom('a/app', 'b/app', 'c/app', 'c/app/x'),
        status: fc.constantFrom(
          'present' as const,
          'present' as const,
          'missing' as const,
          'locked' as const,
          'unknown' as const,
        ),
        isInput: fc.boolean(),
      }),
      { maxLength: 3 },
    ),
    isElsewhere: fc.boolean(),
  })
  const allows = (limit: string, repository: string): boolean =>
    limit === repository || (limit.endsWith('*') && repository.startsWith(limit.slice(0, -1)))
  let ready = 0
  fc.assert(
    fc.property(world, ({ mode, verify, failOnDrift, isStopped, limits, uses, isElsewhere }) => {
      const held = limits.map(limit => (limit === '*' ? grant(me) : grant(me, limit)))
      const images = uses.map(({ repository, status, isInput }) =>
        isInput ? { ...imageOf(digest, status), registry, repository } : { ...manifest(repository), status },
      )
      const elsewhere = warning('IMAGE_OUT_OF_REACH', 'other.azurecr.io', 'It is elsewhere.', 'List it.')
      const end = endOf(images, {
        held,
        inputs: { ...sampleInputs, mode, verify, failOnDrift },
        more: { target: { ...sampleTarget(), isStopped } },
        findings: isElsewhere ? [elsewhere] : [],
      })
      const canPull = uses.every(
        ({ repository, status }) => status === 'present' && limits.some(limit => allows(limit, repository)),
      )
      expect(end.ready).toBe(canPull && !isStopped && !isElsewhere)
      expect(end.attached).toBe(true)
      if (end.ready) ready += 1
    }),
    { numRuns: 500 },
  )
  expect(ready).toBeGreaterThan(20)
})
