import { describe, expect, it } from 'vitest'
import { repositoryCondition } from 'repository-conditions'
import { findAccess, listExcess, reachOf, reachTogether } from '../src/access.js'
import type { RoleAssignment } from '../src/role-assignment.js'
import { builtInRoles, listRepositoryActions, type RoleDefinition } from '../src/roles.js'
import { realRegistry, realTarget, sampleAssignment, sampleGroup } from '../../../__tests__/support/observed.js'

const { acrPull, acrPush, reader, repositoryReader, repositoryWriter } = builtInRoles
const roles = new Map(Object.values<RoleDefinition>(builtInRoles).map(role => [role.id, role]))
const target = realTarget()
const rbac = realRegistry()
const abac = { ...rbac, roleAssignmentMode: 'ABAC' as const }
const above = rbac.id.replace(/\/providers.*/, '')

/** An assignment of the repository role, limited to these repositories. */
const limited = (id: string, repositories: string[], more: Partial<RoleAssignment> = {}) =>
  sampleAssignment(repositoryReader, { id, condition: repositoryCondition(repositories), ...more })

describe('the access of a target', () => {
  const find = (assignments: RoleAssignment[], role: RoleDefinition = acrPull) =>
    findAccess(target, rbac, assignments, { roles, grant: { role, repositories: [] } })
  const direct = sampleAssignment(acrPull)
  const shouted = { ...direct, scope: rbac.id.toUpperCase(), principalId: direct.principalId.toUpperCase() }
  const inherited = sampleAssignment(acrPull, { scope: above })
  const ofGroup = sampleAssignment(acrPull, { principalId: sampleGroup })
  const broader = sampleAssignment(reader)

  it.each([
    ['direct', [broader, ofGroup, inherited, direct], direct],
    ['direct', [inherited, shouted], shouted],
    ['inherited', [broader, ofGroup, inherited], inherited],
    ['group', [broader, ofGroup], ofGroup],
    ['broader-role', [broader], broader],
  ])('is the best that it has: %s', (grantedBy, assignments, assignment) => {
    expect(find(assignments)).toMatchObject({ grantedBy, assignment })
  })

  it('is none without a role that pulls in this mode', () => {
    expect(find([])).toBeNull()
    expect(find([sampleAssignment(repositoryReader), sampleAssignment(acrPull, { roleId: 'unread' })])).toBeNull()
  })

  it('by the desired role is not by a broader one, whatever the desired role allows', () => {
    expect(find([sampleAssignment(acrPush)], acrPush)?.grantedBy).toBe('direct')
    expect(find([sampleAssignment(acrPush)], acrPull)?.grantedBy).toBe('broader-role')
  })

  describe('to some repositories', () => {
    const findSome = (assignments: RoleAssignment[], ...repositories: string[]) =>
      findAccess(target, abac, assignments, { roles, grant: { role: repositoryReader, repositories } })
    const half = limited('half', ['team/a'])
    const whole = limited('whole', ['team/*'])
    const groupHalf = limited('group', ['team/b'], { principalId: sampleGroup })

    it('adds up, and is then of the worst kind that it needs', () => {
      expect(findSome([half, groupHalf], 'team/a')).toMatchObject({ grantedBy: 'direct', assignment: half })
      const byGroup = { grantedBy: 'group', assignment: groupHalf }
      expect(findSome([half, groupHalf], 'team/a', 'team/b')).toMatchObject(byGroup)
      expect(findSome([half, groupHalf], 'team/a', 'team/c')).toBeNull()
    })

    it('is shown by the assignment that is enough by itself', () => {
      expect(findSome([half, whole], 'team/a', 'team/b')?.assignment).toBe(whole)
      const two = [half, limited('b', ['team/b'])]
      expect(findSome(two, 'team/a', 'team/b')?.assignment).toBe(half)
    })
  })
})

describe('the repositories that an assignment reaches', () => {
  const ofOtherVersion = limited('x', ['team/*'], { conditionVersion: '1.0' })
  it.each([
    ['all without a condition', sampleAssignment(acrPull), abac, ['*'], true],
    ['those of its condition', limited('x', ['team/*']), abac, ['team/*'], true],
    // It does not evaluate conditions on data.
    ['unknown ones in RBAC mode', limited('x', ['team/*']), rbac, [], false],
    ['unknown ones by a condition of another version', ofOtherVersion, abac, [], false],
  ])('are %s', (_, assignment, registry, patterns, isWhole) => {
    expect(reachOf(assignment, registry)).toEqual({ patterns, isWhole })
  })

  const grant = { role: repositoryReader, repositories: ['team/*'] }
  const strange = sampleAssignment(repositoryReader, { id: 'strange', condition: 'Exists @Request[a:b]' })

  it('are unclear only if what is known is not enough', () => {
    expect(reachTogether([limited('x', ['team/*']), strange], grant, abac)).toEqual({ isEnough: true })
    expect(reachTogether([limited('x', ['team/a']), strange], grant, abac).unclear).toBe(strange)
    expect(reachTogether([limited('x', ['team/a'])], grant, abac).unclear).toBeUndefined()
  })

  it('limit the target if some of them are missing', () => {
    const limitOf = (...held: RoleAssignment[]) => reachTogether(held, grant, abac).limit
    expect(limitOf(limited('x', ['team/a']), limited('y', ['b']))).toEqual(['team/a', 'b'])
    expect(limitOf(limited('x', ['team/*']))).toBeUndefined()
    expect(limitOf(strange)).toBeUndefined()
  })
})

describe('the repositories that are allowed although they are not desired', () => {
  const desired = (role: RoleDefinition, ...repositories: string[]) => ({ role, repositories })
  const excess = (assignment: RoleAssignment, grant: ReturnType<typeof desired>, assigned?: RoleDefinition) =>
    listExcess(assignment, grant, abac, assigned)
  const onReading = limited('x', ['team/*', 'shop/*', 'ops'])
  const onContent = sampleAssignment(repositoryReader, {
    condition: repositoryCondition(['team/*'], listRepositoryActions(repositoryReader).slice(0, 1)),
  })

  it('are named once each, unless everything is desired', () => {
    expect(excess(onReading, desired(repositoryReader, 'team/*', 'ops'), repositoryReader)).toEqual(['shop/*'])
    expect(excess(onReading, desired(repositoryReader), repositoryReader)).toEqual([])
  })

  it('are not those whose metadata alone can be read', () => {
    expect(excess(onContent, desired(repositoryReader, 'team/*'), repositoryReader)).toEqual([])
  })

  it('are those that can be written to as well, if both roles allow that', () => {
    const onTeam = limited('x', ['team/*'], { roleId: repositoryWriter.id })
    expect(excess(onTeam, desired(repositoryWriter, 'team/*'), repositoryWriter)).toEqual(['*'])
    expect(excess(onTeam, desired(repositoryWriter, 'team/*'), repositoryReader)).toEqual([])
    expect(excess(onTeam, desired(repositoryReader, 'team/*'), repositoryWriter)).toEqual([])
    expect(excess(onTeam, desired(repositoryWriter, 'team/*'))).toEqual([])
  })
})
