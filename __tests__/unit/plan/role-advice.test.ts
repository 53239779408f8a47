import { describe, expect, it } from 'vitest'
import { builtInRoles, showAssignmentCommand } from 'azure'
import type { Plan, Observed, ObservedPair } from 'run-model'
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
const registry = realRegistry()
const target = realTarget()
const above = registry.id.slice(0, registry.id.indexOf('/providers'))
const roles = new Map([acrPull, acrPush, repositoryReader, repositoryWriter].map(each => [each.id, each]))

/** The findings about roles in a plan for these pairs. */
function findRoles(
  pairs: ObservedPair[],
  desired: Partial<Desired> = {},
  more: Partial<Observed> = {},
): Plan['findings'][number][] {
  const { findings } = makePlan(sampleObserved(pairs, { roles, ...more }), { ...sampleWish, ...desired })
  return findings.filter(({ code }) => code === 'EXCESS_ROLE' || code === 'ROLE_IGNORED_BY_ABAC')
}

/** The only finding about the roles of one pair. */
function findRole(pair: ObservedPair, desired: Partial<Desired> = {}, more: Partial<Observed> = {}) {
  const findings = findRoles([pair], desired, more)
  expect(findings).toHaveLength(1)
  return findings[0]
}

describe('a role that allows more than pulling', () => {
  const push = sampleAssignment(acrPush)
  const pull = sampleAssignment(acrPull)

  it('of a group is reported with the group of the inputs, although the identity has enough itself', () => {
    const ofGroup = sampleAssignment(acrPush, { principalId: sampleGroup, principalType: 'Group' })
    expect(findRoles([sampleObservedPair([pull, ofGroup])])).toEqual([])
    expect(findRoles([sampleObservedPair([sampleAssignment(acrPull, { scope: above }), ofGroup])])).toEqual([])
    expect(findRoles([sampleObservedPair([pull, ofGroup])], { group: sampleGroup })).toHaveLength(1)
    expect(findRoles([sampleObservedPair([push, ofGroup])])).toHaveLength(2)
  })

  it('of an identity of another tenant is not deleted: it is shown', () => {
    for (const [held, more] of [
      [{ ...push, delegatedTo: target.id }, {}],
      [push, { identities: new Map([[target, { state: 'foreign' as const }]]) }],
    ] as const)
      expect(findRole(sampleObservedPair([pull, held], { target }), {}, more)?.fix.commands).toEqual([
        showAssignmentCommand(push.id),
      ])
  })

  it('is no finding if it is unknown, or allows no more than the pull role', () => {
    const unknown = sampleAssignment({ ...acrPush, id: 'unknown' })
    const twin = { ...acrPull, id: 'twin', name: 'Twin' }
    expect(findRoles([sampleObservedPair([pull, unknown])])).toEqual([])
    expect(
      findRoles([sampleObservedPair([pull, sampleAssignment(twin)])], {}, { roles: new Map(roles).set('twin', twin) }),
    ).toEqual([])
  })
})

describe('a role that the mode of the registry ignores', () => {
  it('is no finding in RBAC mode, where the other mode has roles of its own', () => {
    expect(findRoles([sampleObservedPair([sampleAssignment(acrPull), sampleAssignment(repositoryReader)])])).toEqual([])
  })
})
