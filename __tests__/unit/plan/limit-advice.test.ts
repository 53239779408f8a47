import { describe, expect, it } from 'vitest'
import { repositoryCondition } from 'repository-conditions'
import { builtInRoles, type Puller, type RoleAssignment, type Target } from 'azure'
import { ActionError, fix, type Search } from 'kernel'
import { makePlan } from '../../../src/plan/plan.js'
import {
  realRegistry,
  realTarget,
  sampleAssignment,
  sampleGroup,
  sampleObserved,
  sampleObservedPair,
  samplePullers,
  sampleWish,
} from '../../support/observed.js'

const { repositoryReader, repositoryWriter } = builtInRoles
const abac = { ...realRegistry(), roleAssignmentMode: 'ABAC' as const }
const own: Target = { ...realTarget(), ownsIdentity: true }
const limited = sampleAssignment(repositoryReader, { condition: repositoryCondition(['shop/*']) })

interface Options {
  target?: Target
  pulledBy?: Search<Puller>
  repositories?: string[]
  groupAssignments?: RoleAssignment[]
}

/** What the commands do that the only finding about a limit advises. */
function adviceFor(assignments: RoleAssignment[], options: Options = {}) {
  const { target = own, pulledBy, repositories = ['shop/*'], groupAssignments = [] } = options
  const pair = sampleObservedPair(assignments, { target, registry: abac, role: repositoryReader, groupAssignments })
  const group = groupAssignments.length > 0 ? sampleGroup : ''
  const roles = new Map([repositoryReader, repositoryWriter].map(role => [role.id, role]))
  const observed = sampleObserved([pair], {
    roles,
    ...(pulledBy && { pullers: samplePullers([target.identity.objectId, pulledBy.found, pulledBy.errors]) }),
  })
  const { findings } = makePlan(observed, { ...sampleWish, repositories, group })
  const limits = findings.filter(({ code }) => code === 'LIMIT_NOT_IN_FORCE')
  expect(limits).toHaveLength(1)
  return limits.flatMap(({ fix }) => fix.commands).map(doing)
}

function doing(command: string): string {
  if (command.includes('role assignment delete')) return 'delete'
  if (/--method put/i.test(command)) return 'limit'
  if (command.includes('group member list')) return 'members'
  if (/az (aks|acr) list|az graph query/.test(command)) return 'list'
  return command.includes('delete') ? command : 'show'
}

describe('the advice for a limit that is not in force', () => {
  it('limits the assignment of the desired role in place', () => {
    expect(adviceFor([sampleAssignment(repositoryReader)])).toEqual(['limit'])
  })

  it('deletes the assignment of another role only if the listed repositories stay allowed without it', () => {
    expect(adviceFor([sampleAssignment(repositoryWriter), limited])).toEqual(['delete'])
    expect(adviceFor([sampleAssignment(repositoryWriter)])).toEqual(['show'])
  })

  it('changes nothing that others may use: a group, an inherited assignment, or an identity of more clusters', () => {
    const ofGroup = sampleAssignment(repositoryReader, { principalId: sampleGroup, principalType: 'Group' })
    expect(adviceFor([], { groupAssignments: [ofGroup] })).toEqual(['show', 'members'])
    const subscription = /^\/subscriptions\/[^/]+/.exec(abac.id)?.[0] ?? ''
    expect(adviceFor([sampleAssignment(repositoryReader, { scope: subscription })])).toEqual(['show', 'list'])
    expect(adviceFor([sampleAssignment(repositoryReader)], { target: realTarget() })).toEqual(['show', 'list'])
    const root = { scope: '/providers/Microsoft.Management/managementGroups/all' }
    expect(adviceFor([sampleAssignment(repositoryReader, root)])).toEqual(['show'])
  })

  it('changes nothing if another cluster pulls with the identity that AKS made, or if that is not known', () => {
    const held = [sampleAssignment(repositoryReader)]
    const looks = ['show', 'list']
    const refused = new ActionError('AUTHORIZATION_FAILED', 'No.', { fix: fix('') })
    expect(adviceFor(held, { pulledBy: { found: [own, realTarget('aks-2')], errors: [] } })).toEqual(looks)
    expect(adviceFor(held, { pulledBy: { found: [own], errors: [refused] } })).toEqual(looks)
    expect(adviceFor(held, { pulledBy: { found: [own], errors: [] } })).toEqual(['limit'])
    expect(adviceFor(held, { pulledBy: { found: [{ ...own, id: own.id.toUpperCase() }], errors: [] } })).toEqual([
      'limit',
    ])
  })

  it('changes nothing of an identity of another tenant', () => {
    expect(adviceFor([sampleAssignment(repositoryReader, { delegatedTo: own.id })])).toEqual(['show'])
  })

  it('changes nothing if the condition would be too long for Azure', () => {
    const repositories = Array.from({ length: 200 }, (_, index) => `shop/a-long-name-of-a-repository-${index}`)
    expect(adviceFor([sampleAssignment(repositoryReader)], { repositories })).toEqual(['show'])
  })
})
