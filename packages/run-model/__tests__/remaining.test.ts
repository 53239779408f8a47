import { describe, expect, it } from 'vitest'
import { repositoryCondition } from 'repository-conditions'
import { builtInRoles, loginServerOf } from 'azure'
import type { RoleAssignment, RoleDefinition } from 'azure'
import type { Operation, PlannedPair } from '../src/plan.js'
import { findRemaining, listNewOwn } from '../src/remaining.js'
import { realRegistry, realTarget, sampleAssignment } from '../../../__tests__/support/observed.js'
import { sampleGroup, sampleObservedPair } from '../../../__tests__/support/observed.js'

const { acrPull, acrDelete, repositoryReader } = builtInRoles
const roles = new Map(Object.values<RoleDefinition>(builtInRoles).map(role => [role.id, role]))
const target = realTarget()
const registry = { ...realRegistry(), roleAssignmentMode: 'ABAC' as const }

const own = sampleAssignment(acrPull, { id: '/own' })
const ofGroup = sampleAssignment(acrPull, { id: '/group', principalId: sampleGroup.toUpperCase() })

const remove = (assignment: RoleAssignment): Operation => ({
  operation: 'delete-role-assignment',
  target,
  registry,
  reason: '',
  role: 'AcrPull',
  assignment: { ...assignment, id: assignment.id.toUpperCase() },
})

describe('what is left after a detach', () => {
  const left = (
    assignments: RoleAssignment[],
    operations: Operation[] = [],
    repositories: string[] = [],
    pair: Partial<PlannedPair> = {},
  ) =>
    findRemaining({ ...sampleObservedPair(assignments), access: null, operations, ...pair }, roles, repositories).map(
      ({ assignment }) => assignment.id,
    )

  it('is what pulls and was not deleted', () => {
    const never = sampleAssignment(acrDelete, { id: '/never' })
    expect(left([own, ofGroup, never])).toEqual(['/own', '/group'])
    expect(left([own, ofGroup], [remove(own)])).toEqual(['/group'])
  })

  it('of some repositories is what reaches one of them, or may', () => {
    const limited = (id: string, ...repositories: string[]) =>
      sampleAssignment(repositoryReader, { id, condition: repositoryCondition(repositories) })
    const strange = sampleAssignment(repositoryReader, { id: '/strange', condition: 'Exists @Request[a:b]' })
    const some = [limited('/team', 'team/*', 'x'), limited('/shop', 'shop/*'), limited('/ops', 'ops'), strange]
    const abac = { registry, role: repositoryReader }
    expect(left(some, [], ['team/app', 'shop/*'], abac)).toEqual(['/team', '/shop', '/strange'])
    expect(left(some, [], [], abac)).toEqual(['/team', '/shop', '/ops', '/strange'])
  })
})

describe('what a later list shows of a detached pair', () => {
  const at = { registry, role: repositoryReader }
  const limited = sampleAssignment(repositoryReader, { id: '/new', condition: repositoryCondition(['team/*']) })
  it.each([
    ['an assignment that was not there', [], sampleAssignment(acrPull, { id: '/new' }), [], true],
    ['the same as before', [own], { ...own, id: '/OWN' }, [], false],
    ['one that was deleted and made again', [{ ...own, updatedAt: 1 }], { ...own, updatedAt: 2 }, [], true],
    ['an older answer', [{ ...own, updatedAt: 2 }], { ...own, updatedAt: 1 }, [], false],
    ['one of a group', [], ofGroup, [], false],
    ['an inherited one', [], sampleAssignment(acrPull, { scope: registry.id.replace(/\/providers.*/, '') }), [], false],
    ['a role that allows more', [], sampleAssignment(builtInRoles.acrPush), [], false],
    ['one of the repositories', [], limited, ['team/app'], true],
    ['one of other repositories', [], limited, ['shop'], false],
  ])('%s: refutes it or not', (_, assignments, found, repositories, isRefuted) => {
    const pair = { ...sampleObservedPair(assignments), access: null, operations: [], ...at }
    expect(listNewOwn(pair, [found], roles, repositories)).toEqual(isRefuted ? [found] : [])
  })
})

describe('a registry', () => {
  it('has the login server of its regional endpoints', () => {
    const own = ['ContosoACR.azurecr.io', 'contosoacr.westeurope.geo.azurecr.io', 'contoso1-abc2.EastUS.geo.azurecr.us']
    const servers = ['contosoacr.azurecr.io', 'contosoacr.azurecr.io', 'contoso1-abc2.azurecr.us']
    expect(own.map(loginServerOf)).toEqual(servers)
    const regional = 'contosoacr.westeurope.geo.azurecr'
    const others = [`x.${regional}.io`, `${regional}.io.example`, `${regional}.de`]
    expect(others.map(loginServerOf)).toEqual(others)
  })
})
