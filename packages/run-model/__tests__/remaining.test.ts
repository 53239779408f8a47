import { describe, expect, it } from 'vitest'
import { repositoryCondition } from 'repository-conditions'
import { builtInRoles, describeIgnored, isSameLabel, labelOf, loginServerOf } from 'azure'
import type { RoleAssignment, RoleDefinition } from 'azure'
import type { Operation, PlannedPair } from '../src/plan.js'
import { findNewOwn, findRemaining } from '../src/remaining.js'
import {
  realRegistry,
  realTarget,
  sampleAssignment,
  sampleGroup,
  sampleObservedPair,
} from '../../../__tests__/support/observed.js'

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
    expect(findNewOwn(pair, [found], roles, repositories)).toBe(isRefuted ? found : undefined)
  })
})

describe('a registry', () => {
  it.each([
    ['ContosoACR.azurecr.io', 'contosoacr.azurecr.io'],
    ['contosoacr.westeurope.geo.azurecr.io', 'contosoacr.azurecr.io'],
    ['contoso1-abc2.EastUS.geo.azurecr.us', 'contoso1-abc2.azurecr.us'],
    ['x.contosoacr.westeurope.geo.azurecr.io', 'x.contosoacr.westeurope.geo.azurecr.io'],
    ['contosoacr.westeurope.geo.azurecr.io.example', 'contosoacr.westeurope.geo.azurecr.io.example'],
    ['contosoacr.westeurope.geo.azurecr.de', 'contosoacr.westeurope.geo.azurecr.de'],
  ])('at %s has the login server %s', (host, loginServer) => {
    expect(loginServerOf(host)).toBe(loginServer)
  })

  it.each([
    ['contosoacr', 'contosoacr.azurecr.io', true],
    [registry.id, 'ContosoACR.westeurope.geo.azurecr.io', true],
    ['contosoacr', 'contosoacr-a1b2.azurecr.io', true],
    ['contosoacr-a1b2.azurecr.io', 'contosoacr-a1b2.azurecr.io', true],
    ['contosoacr-a1b2.azurecr.io', 'contosoacr-c3d4.azurecr.io', false],
    ['contosoacr', 'fabrikam.azurecr.io', false],
    ['contosoacr', 'contosoacr2-a1b2.azurecr.io', false],
  ])('named %s can be the one named %s: %s', (one, other, expected) => {
    expect(isSameLabel(labelOf(one), labelOf(other))).toBe(expected)
    expect(isSameLabel(labelOf(other), labelOf(one))).toBe(expected)
  })

  it('that ignores a role comes with the role to use instead', () => {
    expect(describeIgnored(acrPull, registry)).toEqual({
      said: { what: 'AcrPull does not allow pulling from contosoacr, which is in ABAC mode' },
      advice: [{ text: 'Use role: auto, which assigns Container Registry Repository Reader there.', commands: [] }],
    })
  })
})
