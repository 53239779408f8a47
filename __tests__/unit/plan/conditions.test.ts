import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readRepositoryCondition, repositoryCondition } from 'repository-conditions'
import { builtInRoles, type RoleAssignment } from 'azure'
import type { ObservedPair, Plan } from 'run-model'
import { makePlan } from '../../../src/plan/plan.js'
import { actions, allows, anyCondition, isIn, names, wantedRepositories } from '../../support/conditions.js'
import {
  realRegistry,
  sampleAssignment,
  sampleGroup,
  sampleObserved,
  sampleObservedPair,
  sampleWish,
} from '../../support/observed.js'
import type { Desired } from '../../../src/plan/context.js'

const { acrPull, acrPush, repositoryReader, repositoryWriter } = builtInRoles
const abac = { ...realRegistry('abacacr'), roleAssignmentMode: 'ABAC' as const }
const above = '/subscriptions/11111111-1111-4111-8111-111111111111'
const strange = '(no condition of ours)'
const readings = [actions.content, actions.metadata]

const held = (condition?: string, more: Partial<RoleAssignment> = {}): RoleAssignment => {
  const scope = more.scope ?? abac.id
  return sampleAssignment(repositoryReader, { scope, ...(condition && { condition }), ...more })
}

const pairOf = (assignments: RoleAssignment[], more: Partial<ObservedPair> = {}): ObservedPair =>
  sampleObservedPair(assignments, { registry: abac, role: repositoryReader, ...more })

const planFor = (pair: ObservedPair, desired: Partial<Desired>): Plan =>
  makePlan(
    sampleObserved([pair], { ...(desired.group && { group: { id: desired.group, members: { value: new Set() } } }) }),
    {
      ...sampleWish,
      ...desired,
    },
  )

describe('the condition that attach writes', () => {
  it('allows everything that the assignments allowed, and the repositories of the step', () => {
    fc.assert(
      fc.property(anyCondition, fc.option(anyCondition), wantedRepositories, (own, inherited, repositories) => {
        const before = [held(own), ...(inherited ? [held(inherited, { scope: above })] : [])]
        const { operations, pairs } = planFor(pairOf(before), { repositories })
        const [operation] = operations
        const [pair] = pairs
        const can = (conditions: (string | undefined)[], action: string, repository: string): boolean =>
          conditions.some(condition => !condition || allows(condition, action, repository))
        const conditionsBefore = before.map(({ condition }) => condition)
        if (!operation) {
          // Either all is there, by Azure's own judgement, or the assignment at the registry is not understood.
          if (!pair?.error) {
            const missing = names.filter(
              each => isIn(each, repositories) && !can(conditionsBefore, actions.content, each),
            )
            expect(missing).toEqual([])
          } else
            expect([pair.error.code, readRepositoryCondition(own).isWhole]).toEqual(['CONDITION_NOT_UNDERSTOOD', false])
          return
        }
        expect(operation).toMatchObject({ operation: 'update-role-assignment', replaces: before[0] })
        const written = 'condition' in operation ? operation.condition : undefined
        const isKept = [own, own.slice(0, -2)].some(text => written?.includes(text))
        expect(isKept).toBe(true)
        for (const action of Object.values(actions)) {
          const isRead = readings.includes(action)
          const expected = names.filter(each => can([own], action, each) || (isRead && isIn(each, repositories)))
          expect([action, names.filter(each => can([written], action, each))]).toEqual([action, expected])
        }
      }),
      { numRuns: 200 },
    )
  })

  it('is not written if it would be too long', () => {
    const many = Array.from({ length: 100 }, (_, index) => `team/application-${index}`)
    const fresh = planFor(pairOf([]), { repositories: many }).pairs[0]
    expect(fresh?.error).toMatchObject({ code: 'INVALID_INPUT', subject: 'abacacr', fix: { commands: [] } })
    expect(fresh?.error?.message).toMatch(/would be \d+ bytes long with the input repositories; Azure allows 8192\.$/)
    const narrow = held(repositoryCondition(['team/app']))
    const wider = planFor(pairOf([narrow]), { repositories: many }).pairs[0]
    expect(wider?.error?.message).toContain(`The role assignment ${narrow.id} was left as it is.`)
    expect(wider?.error?.fix.commands).toEqual([expect.stringContaining(`'${narrow.id}?`)])
  })
})

describe('a condition that is not understood', () => {
  it.each([[['team/app']], [[]]])('is refused by attach, and not deleted by its advice, for %j', repositories => {
    const { operations, pairs } = planFor(pairOf([held(strange)]), { repositories })
    expect(operations).toEqual([])
    expect(pairs[0]).toMatchObject({ access: null, error: { code: 'CONDITION_NOT_UNDERSTOOD', subject: 'abacacr' } })
    expect(pairs[0]?.error?.message).toContain(
      'Container Registry Repository Reader on abacacr for aks-prod-1 was left as it is',
    )
    expect(pairs[0]?.error?.fix.commands).toEqual([`az rest --method get --url '${held().id}?api-version=2022-04-01'`])
  })

  it.each([[['team/app']], [[]]])('is a doubt in check, and no drift, for %j', repositories => {
    const { operations, pairs, unknown } = planFor(pairOf([held(strange)]), { repositories, mode: 'check' })
    expect(operations).toEqual([])
    expect(pairs[0]).toMatchObject({ access: null, unknown: { code: 'CONDITION_NOT_UNDERSTOOD', subject: 'abacacr' } })
    expect(pairs[0]).not.toHaveProperty('error')
    expect(pairs[0]).not.toHaveProperty('limitedTo')
    // The pair says it.
    expect(unknown).toEqual([])
  })

  it('makes unknown what would otherwise be missing', () => {
    const narrow = held(repositoryCondition(['team/app']))
    const pair = pairOf([narrow, held(strange, { scope: above })])
    const check = planFor(pair, { repositories: ['shop/*'], mode: 'check' })
    expect(check.operations).toEqual([])
    expect(check.pairs[0]?.unknown?.message).toContain(`the role assignment at ${above}`)
    expect(check.pairs[0]).not.toHaveProperty('limitedTo')
    const attach = planFor(pair, { repositories: ['shop/*'] })
    expect(attach.operations).toMatchObject([
      {
        operation: 'update-role-assignment',
        replaces: narrow,
        reason: 'its role is known to allow only team/app, not shop/*',
      },
    ])
  })

  it('does not matter if other assignments are enough', () => {
    const pair = pairOf([held(strange), held(undefined, { scope: above })])
    for (const mode of ['check', 'attach'] as const) {
      const { operations, pairs, unknown } = planFor(pair, { mode })
      expect([operations, unknown]).toEqual([[], []])
      expect(pairs[0]).toMatchObject({ access: { grantedBy: 'inherited' } })
      expect(pairs[0]).not.toHaveProperty('unknown')
    }
  })

  it('above the registry is left as it is, and another assignment is added', () => {
    expect(planFor(pairOf([held(strange, { scope: above })]), {}).operations).toMatchObject([
      { operation: 'create-role-assignment', reason: 'its role has a condition that this step does not understand' },
    ])
  })

  it('of a broader role makes it unknown whether the pull role is needed', () => {
    const writer = sampleAssignment(repositoryWriter, { scope: above, condition: strange })
    expect(planFor(pairOf([writer]), { mode: 'check' }).pairs[0]).toHaveProperty('unknown')
    expect(planFor(pairOf([writer]), {}).operations).toMatchObject([{ operation: 'create-role-assignment' }])
  })

  it('is any condition at a registry in RBAC mode', () => {
    for (const condition of [strange, repositoryCondition(['team/app'])]) {
      const pair = sampleObservedPair([sampleAssignment(acrPull, { condition })])
      expect(planFor(pair, { mode: 'check' }).pairs[0]).toHaveProperty('unknown')
      const [refused] = planFor(pair, {}).pairs
      expect(refused?.error?.fix.text).toContain('contosoacr is in RBAC mode')
    }
    const push = sampleAssignment(acrPush, { scope: above })
    const both = sampleObservedPair([sampleAssignment(acrPull, { condition: strange }), push])
    expect(planFor(both, { mode: 'check' }).pairs[0]).toMatchObject({ access: { grantedBy: 'broader-role' } })
  })

  it("also puts a group's role in doubt, unless the membership is missing", () => {
    const ofGroup = held(strange, { principalId: sampleGroup, principalType: 'Group' })
    const desired = { group: sampleGroup, mode: 'check' as const }
    const member = planFor(pairOf([ofGroup], { groupAssignments: [ofGroup] }), desired)
    expect(member.operations).toEqual([])
    expect(member.pairs[0]?.unknown?.message).toContain(`the role assignment of group ${sampleGroup} at ${abac.id}`)
    const stranger = planFor(pairOf([], { groupAssignments: [ofGroup] }), desired)
    expect(stranger.operations).toMatchObject([{ operation: 'add-group-member' }])
    expect(stranger.pairs[0]).not.toHaveProperty('unknown')
    expect(stranger.unknown).toHaveLength(1)
    const refused = planFor(pairOf([ofGroup], { groupAssignments: [ofGroup] }), { group: sampleGroup })
    expect(refused.pairs[0]?.error?.message).toContain(`for group ${sampleGroup} was left as it is`)
  })

  it('does not hide that the registry is missing', () => {
    const registry = { ...abac, exists: false }
    const { operations, pairs } = planFor(pairOf([held(strange, { scope: above })], { registry }), { mode: 'check' })
    expect(operations).toMatchObject([{ operation: 'create-registry' }])
    expect(pairs[0]).not.toHaveProperty('unknown')
  })
})

describe('a condition that allows nothing', () => {
  it('is described as such, and widened', () => {
    const none = repositoryCondition(['team']).replace("StringEqualsIgnoreCase 'team'", "StringEquals 'Team'")
    const { operations, pairs } = planFor(pairOf([held(none)]), { repositories: ['team'] })
    expect(operations).toMatchObject([
      {
        operation: 'update-role-assignment',
        unreached: 'team',
        reason: 'the condition of its role allows no repository',
      },
    ])
    expect(pairs[0]).not.toHaveProperty('limitedTo')
  })
})
