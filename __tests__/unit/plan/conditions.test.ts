import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readRepositoryCondition } from 'repository-conditions'
import { builtInRoles, type RoleAssignment } from 'azure'
import type { ObservedPair, Plan } from 'run-model'
import { makePlan } from '../../../src/plan/plan.js'
import { actions, allows, anyCondition, isIn, names, wantedRepositories } from '../../support/conditions.js'
import {
  realRegistry,
  sampleAssignment,
  sampleObserved,
  sampleObservedPair,
  sampleWish,
} from '../../support/observed.js'
import type { Desired } from '../../../src/plan/context.js'

const { repositoryReader } = builtInRoles
const abac = { ...realRegistry('abacacr'), roleAssignmentMode: 'ABAC' as const }
const above = '/subscriptions/11111111-1111-4111-8111-111111111111'
const readings = [actions.content, actions.metadata]

const held = (condition?: string, more: Partial<RoleAssignment> = {}): RoleAssignment => {
  const scope = more.scope ?? abac.id
  return sampleAssignment(repositoryReader, { scope, ...(condition && { condition }), ...more })
}

const pairOf = (assignments: RoleAssignment[]): ObservedPair =>
  sampleObservedPair(assignments, { registry: abac, role: repositoryReader })

const planFor = (pair: ObservedPair, desired: Partial<Desired>): Plan =>
  makePlan(sampleObserved([pair]), { ...sampleWish, ...desired })

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
})
