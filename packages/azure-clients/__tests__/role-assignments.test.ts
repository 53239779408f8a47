import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isAssignmentOf, otherRoleAssignmentName, roleAssignmentId, roleAssignmentName } from 'azure'
import { readExistingName } from '../src/arm/role-assignments.js'

const scope =
  '/subscriptions/11111111-2222-4333-8444-555555555555/resourceGroups/rg-shop/providers/Microsoft.ContainerRegistry/registries/contosoacr'
const principalId = '22222222-2222-4333-8444-555555555555'
const roleId = '7f951dda-4ed3-4680-a7ca-43fe172d538d'

describe('the name of a role assignment', () => {
  it('is a version 5 UUID that never changes between releases', () => {
    expect(roleAssignmentName(scope, principalId, roleId)).toBe('489a0305-cddd-5b79-bf97-c614de2e530b')
  })

  it('depends on the exact condition', () => {
    const limited = (condition: string) => roleAssignmentName(scope, principalId, roleId, condition)
    expect(limited('a condition')).toBe('c3869efc-97aa-58ee-ba6d-826e6d364ec4')
    expect(new Set(['', 'a condition', 'A condition', 'another'].map(limited)).size).toBe(4)
  })

  it('has an alternative for when it is taken', () => {
    const name = roleAssignmentName(scope, principalId, roleId)
    expect(otherRoleAssignmentName(name)).toBe('4ca8da44-64ad-5013-9cd2-c70bd9c52703')
    expect(roleAssignmentId(scope, name)).toBe(
      `${scope}/providers/Microsoft.Authorization/roleAssignments/489a0305-cddd-5b79-bf97-c614de2e530b`,
    )
  })

  it('ignores letter case', () => {
    const name = roleAssignmentName(scope, principalId, roleId)
    expect(roleAssignmentName(scope.toUpperCase(), principalId.toUpperCase(), roleId.toUpperCase())).toBe(name)
    expect(roleAssignmentName(`${scope}/`, principalId, roleId)).toBe(name)
    expect(roleAssignmentName(scope.replace('resourceGroups', 'resourcegroups'), principalId, roleId)).toBe(name)
  })

  it('depends on scope, principal and role', () => {
    const three = fc.tuple(fc.uuid(), fc.uuid(), fc.uuid())
    fc.assert(
      fc.property(three, three, (one, other) => {
        fc.pre(one.join() !== other.join())
        expect(roleAssignmentName(...one)).not.toBe(roleAssignmentName(...other))
      }),
    )
    expect(roleAssignmentName('/a', '/b', '/c')).not.toBe(roleAssignmentName('/b', '/a', '/c'))
    const apart = [roleAssignmentName('/x', '/b', '/c'), roleAssignmentName('/a', '/x', '/c')]
    expect(new Set([...apart, roleAssignmentName('/a', '/b', '/x'), roleAssignmentName('/a', '/b', '/c')]).size).toBe(4)
  })
})

describe('an assignment', () => {
  const assignment = { id: 'x', scope, principalId, principalType: 'ServicePrincipal', roleId }

  it('is identified by scope, principal and role', () => {
    const shouted = { scope: scope.toUpperCase(), principalId: principalId.toUpperCase(), roleId }
    expect(isAssignmentOf(assignment, shouted)).toBe(true)
    expect(isAssignmentOf(assignment, { scope: '/', principalId, roleId })).toBe(false)
    expect(isAssignmentOf(assignment, { scope, principalId: roleId, roleId })).toBe(false)
    expect(isAssignmentOf(assignment, { scope, principalId, roleId: principalId })).toBe(false)
  })
})

describe('the name in RoleAssignmentExists', () => {
  it.each([
    'existing role assignment is 716c4d159bc8476da3c16ccb70082517',
    'conflicting role assignment is 716C4D159BC8476DA3C16CCB70082517',
    'existing role assignment is 716c4d15-9bc8-476d-a3c1-6ccb70082517',
  ])('is found in %j', text => {
    expect(readExistingName(`The role assignment already exists. The ID of the ${text}.`)).toBe(
      '716c4d15-9bc8-476d-a3c1-6ccb70082517',
    )
  })

  it('can be missing from messages of older services', () => {
    expect(readExistingName('The role assignment already exists.')).toBeUndefined()
    expect(readExistingName('')).toBeUndefined()
  })
})
