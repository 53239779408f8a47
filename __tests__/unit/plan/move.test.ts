import { describe, expect, it } from 'vitest'
import { repositoryCondition } from 'repository-conditions'
import { builtInRoles, type RoleAssignment } from 'azure'
import { ActionError } from 'kernel'
import { isGrant, lackOf, type ObservedPair } from 'run-model'
import { makePlan } from '../../../src/plan/plan.js'
import {
  realRegistry,
  realTarget,
  sampleAssignment,
  sampleGroup,
  sampleObserved,
  sampleObservedPair,
  sampleWish,
} from '../../support/observed.js'
import type { Desired } from '../../../src/plan/context.js'

const { acrPull, acrPush, repositoryReader, repositoryWriter } = builtInRoles
const rbac = realRegistry()
const abac = { ...rbac, roleAssignmentMode: 'ABAC' as const }
const [pull, read] = ['AcrPull', 'Container Registry Repository Reader']

/** The pair of a step with `role: both`, in each mode. */
const inRbac = (assignments: RoleAssignment[] = [], more: Partial<ObservedPair> = {}) =>
  sampleObservedPair(assignments, { nextRole: repositoryReader, ...more })
const inAbac = (assignments: RoleAssignment[] = [], more: Partial<ObservedPair> = {}) =>
  sampleObservedPair(assignments, { registry: abac, role: repositoryReader, nextRole: acrPull, ...more })

const planOf = (pair: ObservedPair, desired: Partial<Desired> = {}) =>
  makePlan(sampleObserved([pair]), { ...sampleWish, ...desired })
const planned = (pair: ObservedPair, desired: Partial<Desired> = {}) => planOf(pair, desired).operations.filter(isGrant)
const rolesOf = (pair: ObservedPair, desired: Partial<Desired> = {}) =>
  planned(pair, desired).map(({ role, condition }) => [role.name, ...(condition === undefined ? [] : [condition])])
const limited = repositoryCondition(['team/app'])
const held = (role = acrPull, more: Partial<RoleAssignment> = {}) => sampleAssignment(role, more)
const above = { scope: '/subscriptions/11111111-1111-4111-8111-111111111111' }
const ofGroup = { principalId: sampleGroup, principalType: 'Group' }

describe('role: both', () => {
  it.each<[string, ObservedPair, unknown[]]>([
    ['nothing is held', inRbac(), [[pull], [read]]],
    ['nothing is held, in ABAC mode', inAbac(), [[read], [pull]]],
    ["only today's role is held", inRbac([held()]), [[read]]],
    ["only today's role is held, in ABAC mode", inAbac([held(repositoryReader)]), [[pull]]],
    ['only the other role is held', inRbac([held(repositoryReader)]), [[pull]]],
    ['both are held', inRbac([held(), held(repositoryReader)]), []],
    ['both are held above the registry', inRbac([held(acrPull, above), held(repositoryReader, above)]), []],
    ['the other one is held through a group', inRbac([held(), held(repositoryReader, ofGroup)]), []],
    ['the other one allows more', inRbac([held(), held(repositoryWriter)]), [[read]]],
    ["today's allows more", inRbac([held(acrPush)]), [[pull], [read]]],
    ['the other one is limited', inRbac([held(), held(repositoryReader, { condition: limited })]), [[read, '']]],
  ])('assigns what is missing where %s', (_, pair, expected) => {
    expect(rolesOf(pair)).toEqual(expected)
    expect(rolesOf(pair, { mode: 'check' })).toEqual(expected)
    // The copy of the registry in the other mode must not get out.
    expect(planned(pair).every(({ registry }) => registry === pair.registry)).toBe(true)
  })

  it('limits the repository role alone, whatever the mode', () => {
    const repositories = ['team/app']
    expect(rolesOf(inRbac(), { repositories })).toEqual([[pull], [read, limited]])
    expect(rolesOf(inAbac(), { repositories })).toEqual([[read, limited], [pull]])
    expect(rolesOf(inRbac([held(), held(repositoryReader, { condition: limited })]), { repositories })).toEqual([])
    // In RBAC mode nothing limits AcrPull.
    expect(planOf(inRbac(), { repositories }).findings).toMatchObject([
      { code: 'LIMIT_NOT_IN_FORCE', severity: 'notice', subject: rbac.id },
    ])
    expect(planOf(inAbac(), { repositories }).findings).toEqual([])
  })

  it('gives both roles to the group of the inputs', () => {
    const grouped = inRbac([], { groupAssignments: [held(acrPull, ofGroup)] })
    expect(planned(grouped, { group: sampleGroup })).toMatchObject([
      { principalType: 'Group', principalId: sampleGroup, role: { name: read } },
    ])
    expect(rolesOf(inRbac(), { group: sampleGroup })).toEqual([[pull], [read]])
  })

  it('plans one assignment for clusters that share an identity, and both roles of a new registry', () => {
    const { operations } = makePlan(sampleObserved([inRbac(), inRbac()]), sampleWish)
    expect(operations).toHaveLength(2)
    const missing = inRbac([], { registry: { ...rbac, exists: false } })
    const all = planOf(missing, { createRegistry: { sku: 'Basic', location: 'westeurope' } })
    expect(all.operations.map(({ operation }) => operation)).toEqual([
      'create-registry',
      'create-role-assignment',
      'create-role-assignment',
    ])
  })

  it('says in the plan what the role is for, and what the pair lacks', () => {
    const [operation] = planned(inRbac([held()]))
    expect(operation?.reason).toBe(`${read} is the pull role once contosoacr moves to ABAC`)
    expect(operation && lackOf(operation)).toMatchObject({ kind: 'role', role: read, group: null })
  })

  it('does not take the other role for a mistake', () => {
    expect(planOf(inAbac([held(repositoryReader), held()])).findings).toEqual([])
    const push = planOf(inAbac([held(repositoryReader), held(), held(acrPush)]))
    expect(push.findings.map(({ code }) => code)).toEqual(['ROLE_IGNORED_BY_ABAC'])
  })

  it('keeps the repositories that nodes boot from within the limit after the move', () => {
    const target = { ...realTarget(), bootstrapRegistryId: rbac.id }
    expect(planOf(inRbac([held()], { target }), { repositories: ['team/app'] }).pairs).toMatchObject([
      { error: { code: 'INVALID_INPUT' } },
    ])
  })

  it('deletes both in detach', () => {
    expect(planOf(inRbac([held(), held(repositoryReader)]), { mode: 'detach' }).operations).toHaveLength(2)
  })
})

describe('the other role that a check can not judge', () => {
  const error = new ActionError('AUTHORIZATION_FAILED', 'It could not be read.')
  const unclear = held(repositoryReader, { condition: '(other)' })
  const elsewhere = { ...above, id: 'x', roleId: 'unread' }

  it.each<[string, ObservedPair]>([
    ['its condition is not understood', inRbac([held(), unclear])],
    ['a role could not be read', inRbac([held(), held(acrPush, elsewhere)])],
    ['the registry is of another tenant', inRbac([held()], { isConcealed: true })],
  ])('is unknown, not drift, and today decides on access: %s', (_, pair) => {
    const observed = { ...sampleObserved([pair]), unknownRoles: new Map([['unread', error]]) }
    const plan = makePlan(observed, { ...sampleWish, mode: 'check' })
    expect(plan.operations).toEqual([])
    expect(plan.pairs[0]).toMatchObject({ access: { grantedBy: 'direct' } })
    expect(plan.pairs[0]?.unknown).toBeUndefined()
    expect(plan.unknown).toMatchObject([{ subject: pair.target.id }])
  })
})
