import { toFixJson } from 'kernel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { repositoryCondition } from 'repository-conditions'
import { builtInRoles, showAssignmentCommand, type RoleDefinition } from 'azure'
import { makePlan } from '../../../src/plan/plan.js'
import { findResiduals } from '../../../src/plan/residual.js'
import {
  realRegistry,
  realTarget,
  sampleAssignment,
  sampleGroup,
  sampleObserved,
  sampleObservedPair,
  sampleWish,
} from '../../support/observed.js'

const target = realTarget()
const roles = Object.values<RoleDefinition>(builtInRoles)
const codes = ['EXCESS_ROLE', 'ROLE_IGNORED_BY_ABAC', 'LIMIT_NOT_IN_FORCE', 'RESIDUAL_ACCESS']

const grant = fc.record({
  role: fc.constantFrom(...roles),
  principalId: fc.constantFrom(target.identity.objectId, sampleGroup),
  isAbove: fc.boolean(),
  limit: fc.option(fc.constantFrom(['team/app'], ['team/*'])),
})

describe('advice about the roles that somebody holds', () => {
  it('shows the assignment, and never changes or deletes it', () => {
    fc.assert(
      fc.property(
        fc.array(grant, { minLength: 1, maxLength: 5 }),
        fc.constantFrom('RBAC' as const, 'ABAC' as const),
        fc.constantFrom('check' as const, 'attach' as const, 'detach' as const),
        fc.constantFrom<string[]>([], ['team/app']),
        (grants, roleAssignmentMode, mode, repositories) => {
          const registry = { ...realRegistry(), roleAssignmentMode }
          const held = grants.map(({ role, principalId, isAbove, limit }, index) =>
            sampleAssignment(role, {
              id: `${registry.id}/providers/Microsoft.Authorization/roleAssignments/${index}`,
              principalId,
              principalType: principalId === sampleGroup ? 'Group' : 'ServicePrincipal',
              scope: isAbove ? registry.id.slice(0, registry.id.indexOf('/providers')) : registry.id,
              ...(limit && { condition: repositoryCondition(limit) }),
            }),
          )
          const role = roleAssignmentMode === 'ABAC' ? builtInRoles.repositoryReader : builtInRoles.acrPull
          const pair = sampleObservedPair(held, { target, registry, role })
          const observed = sampleObserved([pair], { roles: new Map(roles.map(each => [each.id, each])) })
          const wish = { ...sampleWish, mode, repositories }
          const plan = makePlan(observed, wish)
          const found = [...plan.findings, ...findResiduals(observed, plan.pairs, wish)]
          const shown = held.map(({ id }) => showAssignmentCommand(id))
          for (const { fix } of found.filter(each => codes.includes(each.code)))
            expect(toFixJson(fix).commands.filter(command => !shown.includes(command))).toEqual([])
        },
      ),
    )
  })
})
