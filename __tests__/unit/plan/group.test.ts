import { describe, expect, it } from 'vitest'
import { repositoryCondition } from 'repository-conditions'
import { builtInRoles } from 'azure'
import { ActionError } from 'kernel'
import type { ObservedPair, Observed } from 'run-model'
import { makePlan } from '../../../src/plan/plan.js'
import {
  hiddenMembers,
  realRegistry,
  realTarget,
  sampleAssignment,
  sampleGroup,
  sampleObserved,
  sampleObservedPair,
  sampleWish,
} from '../../support/observed.js'

const { acrPull, acrPush, repositoryReader } = builtInRoles
const target = realTarget()
const { objectId } = target.identity
const attach = { ...sampleWish, group: sampleGroup }
const check = { ...attach, mode: 'check' as const }
const ofGroup = sampleAssignment(acrPull, { principalId: sampleGroup, principalType: 'Group' })
const members = { value: new Set([objectId.toLowerCase()]) }
const unread = new ActionError('AZURE_UNAVAILABLE', 'Microsoft Graph does not answer.')

const planWith = (
  group: Partial<NonNullable<Observed['group']>> | undefined,
  desired = attach,
  pair: ObservedPair = sampleObservedPair([], { groupAssignments: [ofGroup] }),
) =>
  makePlan(sampleObserved([pair], group && { group: { id: sampleGroup, members: hiddenMembers, ...group } }), desired)
const kinds = (plan: ReturnType<typeof planWith>): string[] => plan.operations.map(({ operation }) => operation)

describe('the group of the inputs', () => {
  it('gets the role, and the pull identity becomes a member', () => {
    const plan = planWith({ members: { value: new Set() } }, attach, sampleObservedPair())
    expect(plan.operations).toMatchObject([
      {
        operation: 'create-role-assignment',
        principalId: sampleGroup,
        principalType: 'Group',
        reason: 'the group has no pull role at the registry or above it',
      },
      { operation: 'add-group-member', target, groupId: sampleGroup, reason: 'the pull identity is not in the group' },
    ])
  })

  it("gets no second role, regardless of the identity's own roles", () => {
    const pair = sampleObservedPair([sampleAssignment(acrPull)], { groupAssignments: [ofGroup] })
    expect(kinds(planWith({ members: { value: new Set() } }, attach, pair))).toEqual(['add-group-member'])
  })

  it('gets the pull role in addition to a broader one, and a wider one instead of a limited one', () => {
    const broad = sampleAssignment(acrPush, { principalId: sampleGroup })
    expect(kinds(planWith({ members }, attach, sampleObservedPair([], { groupAssignments: [broad] })))).toEqual([
      'create-role-assignment',
    ])
    const abac = { ...realRegistry('abacacr'), roleAssignmentMode: 'ABAC' as const }
    const narrow = sampleAssignment(repositoryReader, {
      scope: abac.id,
      principalId: sampleGroup,
      condition: repositoryCondition(['team/app']),
    })
    const pair = sampleObservedPair([], { registry: abac, role: repositoryReader, groupAssignments: [narrow] })
    expect(planWith({ members }, attach, pair).operations).toMatchObject([
      { operation: 'update-role-assignment', replaces: narrow, condition: '' },
    ])
  })

  it('that does not exist fails every pair, and nothing is written', () => {
    const error = new ActionError('PRINCIPAL_NOT_FOUND', 'There is no such group.')
    const plan = planWith({ error })
    expect(plan.operations).toEqual([])
    expect(plan.pairs).toMatchObject([{ error, access: null, operations: [], target }])
  })
})

describe('membership', () => {
  it.each([
    ['Microsoft Graph lists it', { members }, undefined],
    ['Azure counts it', {}, [ofGroup]],
    ['Azure counts it, which Graph does not list yet', { members: { value: new Set<string>() } }, [ofGroup]],
  ])('is known where %s', (_, group, assignments) => {
    const pair = sampleObservedPair(assignments ?? [], { groupAssignments: [ofGroup] })
    expect(planWith(group, attach, pair).operations).toEqual([])
    expect(planWith(group, check, pair)).toMatchObject({ operations: [], unknown: [] })
  })

  it('does not exist if Microsoft Graph does not list it', () => {
    expect(kinds(planWith({ members: { value: new Set() } }, check))).toEqual(['add-group-member'])
  })

  it('does not exist if only Azure Resource Manager can be asked and does not show it', () => {
    const plan = planWith({}, attach)
    expect(plan.operations).toMatchObject([{ reason: 'the pull identity is not in the group' }])
  })

  it("is planned if it is unknown, which isn't drift", () => {
    const pair = sampleObservedPair([], { groupAssignments: [ofGroup], isOwnOnly: true })
    expect(planWith({}, attach, pair).operations).toMatchObject([
      { operation: 'add-group-member', reason: 'the pull identity is not known to be in the group' },
    ])
    const plan = planWith({}, check, pair)
    expect(plan.operations).toEqual([])
    expect(plan.unknown).toEqual([
      {
        subject: target.id,
        message: `Could not check whether aks-prod-1 is in group ${sampleGroup}: the signed-in identity has no permission to read groups in Microsoft Graph.`,
      },
    ])
  })

  it('is unknown if Microsoft Graph did not answer this time, whatever Azure Resource Manager shows', () => {
    expect(planWith({ members: { error: unread } }, attach).operations).toMatchObject([
      { reason: 'the pull identity is not known to be in the group' },
    ])
    const plan = planWith({ members: { error: unread } }, check)
    expect(plan.operations).toEqual([])
    expect(plan.unknown).toMatchObject([
      { message: expect.stringMatching(/: Microsoft Graph does not answer\.$/) as string },
    ])
    expect(plan.pairs).toMatchObject([{ unknown: unread }])
  })

  it('is in doubt even if the pair pulls without the group', () => {
    const own = sampleObservedPair([sampleAssignment(acrPull)], { groupAssignments: [ofGroup] })
    expect(planWith({ members: { error: unread } }, check, own).pairs).toMatchObject([{ unknown: unread }])
  })

  it('puts nothing in doubt if the pair lacks the role anyway, or attach adds it', () => {
    expect(planWith({ members: { error: unread } }, check, sampleObservedPair()).pairs[0]).not.toHaveProperty('unknown')
    expect(planWith({ members: { error: unread } }, attach).pairs[0]).not.toHaveProperty('unknown')
    expect(planWith({ members }, check).pairs[0]).not.toHaveProperty('unknown')
  })

  it('that is unknown is reported in the same words for several registries, and not for failed pairs', () => {
    const pairs = [realRegistry(), realRegistry('otheracr')].map(registry =>
      sampleObservedPair([], { registry, groupAssignments: [ofGroup], isOwnOnly: true }),
    )
    const group = { id: sampleGroup, members: hiddenMembers }
    const { unknown } = makePlan(sampleObserved(pairs, { group }), check)
    expect(new Set(unknown.map(({ message }) => message)).size).toBe(1)
    const error = new ActionError('PRINCIPAL_NOT_FOUND', 'There is no such group.')
    expect(makePlan(sampleObserved(pairs, { group: { ...group, error } }), check).unknown).toEqual([])
  })

  it('does not exist without a group', () => {
    const plan = planWith(undefined, { ...check, group: '' })
    expect(plan.unknown).toEqual([])
    expect(kinds(plan)).toEqual(['create-role-assignment'])
    expect(kinds(planWith(undefined, attach))).toEqual(['add-group-member'])
  })
})
