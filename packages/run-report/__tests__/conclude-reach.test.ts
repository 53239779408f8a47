import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { repositoryCondition } from 'repository-conditions'
import { builtInRoles, type Registry, type RoleAssignment } from 'azure'
import { ActionError, warning } from 'kernel'
import type { CheckedImage, NodePull, Operation, PlannedPair, Result, Run, Verification } from 'run-model'
import { conclude } from '../src/conclude.js'
import { describeVerdict } from '../src/verdict.js'
import { sampleDrift } from '../../../__tests__/support/drift.js'
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

const manifest = (repository: string, at = registry): CheckedImage<'manifest'> => ({
  ...{ wantedBy: 'manifest', registry: at, repository, reference: '1.4', status: 'present', digest },
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

const messagesOf = ({ findings }: Result): string[] =>
  findings.flatMap(({ code, message }) => (code === 'IMAGE_OUT_OF_REACH' ? message : []))

const me = sampleTarget().identity.objectId
const teamA = grant(me, 'team-a/*')

describe('an image outside of what the identity may pull', () => {
  it.each<[string, CheckedImage[]]>([
    ['of manifests', [manifest('team-a/web'), manifest('team-b/api')]],
    ['of images', [{ ...imported('team-b/api'), reference: '1.4' }]],
  ])('%s is a warning that names image and limit, and nothing is ready', (_, images) => {
    const end = endOf(images, { held: [teamA] })
    expect(end).toMatchObject({ attached: true, ready: false, drift: false, errors: [] })
    expect(messagesOf(end)).toEqual([
      'team-b/api:1.4 is outside team-a/*, the only repositories of contosoacr that aks-prod-1 can pull.',
    ])
    expect(end.findings[0]).toMatchObject({ severity: 'warning', subject: registry.id })
    expect(end.findings[0]?.fix.text).toContain('add team-b/api to the input repositories')
    expect(end.unknown).toEqual([])
  })

  it('is told once for all clusters with the same limit', () => {
    const pairs = ['aks-1', 'aks-2'].map(name =>
      pairWith({ name, held: [grant(sampleTarget(name).identity.objectId, 'team-a/web')] }),
    )
    const observed = { ...sampleLost(), roles: new Map([[reader.id, reader]]) }
    const end = conclude(sampleRun(pairs, { observed, images: [manifest('team-b/api'), manifest('team-b/job')] }))
    expect(messagesOf(end)).toEqual([
      'team-b/api:1.4, team-b/job:1.4 are outside team-a/web, the only repository of contosoacr that aks-1, aks-2 can pull.',
    ])
  })

  const group = grant('group-id', 'team-b/*')
  const written = (condition?: string): Operation => ({
    ...sampleOperation(sampleTarget(), registry),
    role: reader,
    ...(condition && { condition }),
  })
  it('stays outside of the limit if only the role after a move to the other mode has none', () => {
    const { acrPull } = builtInRoles
    const forMove: Operation = { ...sampleOperation(sampleTarget(), registry), role: acrPull }
    const more = { nextRole: acrPull }
    const outcomes = [{ operation: forMove, changed: true, finishedAt: 1 }]
    const end = endOf([manifest('team-b/api')], {
      held: [teamA],
      operations: [forMove],
      more,
      outcomes,
      verification: { verified: 'assignment' },
    })
    expect(messagesOf(end)).toHaveLength(1)
    expect(end.ready).toBe(false)
  })

  const join: Operation = { operation: 'add-group-member', target: sampleTarget(), groupId: 'group-id', reason: '' }
  const done = (operation: Operation, error?: ActionError): Pick<Run, 'outcomes'> => ({
    outcomes: [{ operation, changed: true, finishedAt: 1, ...(error && { error }) }],
  })
  const widening = written(repositoryCondition(['team-b/*']))
  const withGroup = { inputs: { ...sampleInputs, group: 'group-id' } }

  it.each<[string, World]>([
    ['a second assignment', { held: [teamA, grant(me, 'team-b/*')] }],
    ['an assignment without a condition', { held: [teamA, grant(me)] }],
    ['one that this run has made', { held: [teamA], operations: [widening], ...done(widening) }],
    ['one without a condition that this run has made', { operations: [written()], ...done(written()) }],
    ['the group of the inputs', { held: [teamA], ofGroup: [group], ...withGroup }],
    [
      'a group that it was added to',
      { held: [teamA], ofGroup: [group], operations: [join], ...withGroup, ...done(join) },
    ],
  ])('is not outside because of %s', (what, world) => {
    const [operation] = world.operations ?? []
    const outcomes = operation ? done(operation).outcomes : []
    const end = endOf([manifest('team-b/api')], { ...world, outcomes, verification: { verified: 'assignment' } })
    expect([messagesOf(end), end.unknown, end.ready], what).toEqual([[], [], true])
  })

  it('stays outside by a group without the membership, and by roles at other registries', () => {
    const other: Registry = { ...registry, ...sampleRegistry('baseacr'), roleAssignmentMode: 'ABAC' }
    const check = { ...sampleInputs, group: 'group-id', mode: 'check' as const, failOnDrift: false }
    const world: World = { held: [teamA], ofGroup: [group], operations: [join], inputs: check }
    const broader = { ...teamA, condition: repositoryCondition(['team-a/*']) }
    const access = { grantedBy: 'broader-role' as const, role: reader.name, assignment: broader }
    expect(messagesOf(endOf([manifest('team-b/api')], { ...world, more: { access } }))).toHaveLength(1)
    expect(messagesOf(endOf([manifest('team-b/api', other)], { held: [teamA] }))).toEqual([])
  })

  it('is not outside once a node has pulled from its repository by its identity', () => {
    const pull: NodePull = {
      ...{ node: 'n', pool: 'p', os: 'linux', arch: 'amd64', verdict: 'pulled', message: '', attempts: 1 },
      ...{ cacheMs: 1, startedAt: 0, finishedAt: 1 },
      image: { reference: `${registry.loginServer}/team-b/api:1.4`, registryId: registry.id, isThere: true, from: '' },
    }
    const reached = (verified: Verification['verified'], more: Partial<NodePull> = {}): boolean => {
      const verification = { verified, pulls: [{ ...pull, ...more }] }
      return messagesOf(endOf([manifest('team-b/api')], { held: [teamA], verification })).length === 0
    }
    expect(reached('pull')).toBe(true)
    expect(reached('assignment')).toBe(false)
    expect(reached('pull', { verdict: 'slow' })).toBe(false)
  })

  it('is told neither of a cluster without access, nor after a detach, nor of other images', () => {
    const missing = { held: [teamA], more: { access: null, operations: [written()] } }
    const inputs = { ...sampleInputs, mode: 'check' as const }
    expect(messagesOf(endOf([manifest('team-b/api')], { ...missing, inputs }))).toEqual([])
    const detach = { ...sampleInputs, mode: 'detach' as const }
    expect(messagesOf(endOf([manifest('team-b/api')], { held: [teamA], inputs: detach }))).toEqual([])
    const pause = { ...imported('attach-acr/pause'), request: { ...imported('x').request, isProbe: true as const } }
    expect(messagesOf(endOf([pause], { held: [teamA] }))).toEqual([])
  })

  it.each<[string, World, string]>([
    ['a condition is not understood', { held: [teamA, { ...grant(me), condition: '@Other' }] }, 'does not understand'],
    ['a role could not be read', unknownRole(), 'could not be read'],
    ['Azure conceals assignments', { held: [teamA], more: { isConcealed: true } }, 'does not list all'],
    ['anyone can pull', { held: [teamA], at: { ...registry, anonymousPull: true } }, 'anyone pull'],
  ])('is unknown if %s, and nothing is ready', (_, world, why) => {
    const end = endOf([manifest('team-b/api', world.at)], world)
    expect(messagesOf(end)).toEqual([])
    const told = end.unknown.filter(({ subject }) => subject.includes('/team-b/api'))
    expect(told).toMatchObject([{ message: expect.stringContaining(why) as string }])
    expect(told[0]?.message).toMatch(/^Could not check whether aks-prod-1 can pull team-b\/api:1\.4 from contosoacr: /)
    expect(end.ready).toBe(false)
  })

  function unknownRole(): World {
    const roleId = 'unknown-role'
    const unknownRoles = new Map([[roleId, new ActionError('AUTHORIZATION_FAILED', 'no')]])
    const roles = new Map([[reader.id, reader]])
    return { held: [teamA, { ...grant(me), roleId }], observed: { ...sampleLost(), roles, unknownRoles } }
  }
})

describe('a stopped cluster', () => {
  const stopped = (name: string, isStopped = true): PlannedPair => {
    const pair = pairWith({ name, held: [grant(me)] })
    return { ...pair, target: { ...pair.target, isStopped } }
  }
  const headlineOf = (run: Run): string => describeVerdict(conclude(run), sampleDrift([]), () => 'contosoacr')

  it.each(['none', 'assignment', 'pull'] as const)('is attached and not ready (verify: %s)', verify => {
    for (const mode of ['attach', 'check'] as const) {
      const pair = stopped('aks-1')
      const verifications = new Map([[pair, { verified: 'assignment' as const }]])
      const end = conclude(sampleRun([pair], { inputs: { ...sampleInputs, mode, verify }, verifications }))
      expect([end.attached, end.ready]).toEqual([true, false])
    }
  })

  it('is what the headline says, not that nodes are refused for some minutes', () => {
    expect(headlineOf(sampleRun([stopped('aks-1')]))).toContain('; aks-1 is stopped: nothing can pull until it runs')
    const [one, two, three] = [stopped('aks-1'), stopped('aks-2'), stopped('aks-3', false)]
    expect(headlineOf(sampleRun([one, two, three]))).toContain('; 2 of 3 clusters are stopped: nothing can pull there')
    expect(headlineOf(sampleRun([one, two]))).toContain(
      '; 2 clusters are stopped: nothing can pull there until they run',
    )
  })
})

describe('a run is not ready', () => {
  const isReady = (more: Partial<Run>, pair = pairWith({ held: [grant(me)] })): boolean =>
    conclude(sampleRun([pair], more)).ready

  it('while a warning is about an image that was asked for', () => {
    const finding = { severity: 'warning' as const, subject: 'x', message: 'm', fix: { text: '', commands: [] } }
    expect(isReady({})).toBe(true)
    expect(isReady({ findings: [{ ...finding, code: 'IMAGE_OUT_OF_REACH' }] })).toBe(false)
    expect(isReady({ findings: [{ ...finding, code: 'IMAGE_NOT_PROBED' }] })).toBe(false)
    expect(isReady({ findings: [{ ...finding, code: 'IMAGE_NOT_PROBED', severity: 'notice' }] })).toBe(true)
    expect(isReady({ findings: [{ ...finding, code: 'EXCESS_ROLE' }] })).toBe(true)
  })

  it('while something in the manifests may be a mistake', () => {
    const manifestDoubts = [{ subject: 'kustomization.yaml', message: 'its images change those of other files' }]
    expect(isReady({ inputs: { ...sampleInputs, manifestDoubts } })).toBe(false)
  })

  it('with a secret that has ended, until a node has pulled', () => {
    const pair = pairWith({ held: [grant(me)] })
    const value = { endsAt: 1, hasEnded: true, haveAllEnded: true, count: 1 }
    const target = { ...pair.target, identity: { ...pair.target.identity, secret: { value } } }
    const ended = { ...pair, target }
    expect(isReady({}, ended)).toBe(false)
    expect(isReady({ verifications: new Map([[ended, { verified: 'pull' as const }]]) }, ended)).toBe(true)
  })
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
