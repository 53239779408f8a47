import { describe, expect, it } from 'vitest'
import { repositoryCondition } from 'repository-conditions'
import { builtInRoles } from 'azure'
import { ActionError } from 'kernel'
import type { PlannedPair } from 'run-model'
import { planAgain } from '../../../src/plan/again.js'
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

const late = new ActionError('PROPAGATION_TIMEOUT', 'late')
const desired: Desired = { ...sampleWish, group: sampleGroup, onTimeout: 'assign-directly' }
const [one, two] = [realTarget(), realTarget('aks-2')]
const group = { group: { id: sampleGroup, members: { value: new Set<string>() } } }

describe('the finding about the latency of a group', () => {
  it('is a notice that nothing needs repair if the identity has the role itself, too', () => {
    const own = sampleObservedPair([sampleAssignment(builtInRoles.acrPull)], { target: one })
    const { findings } = makePlan(sampleObserved([own], group), desired)
    expect(findings).toMatchObject([{ code: 'GROUP_LATENCY', severity: 'notice', subject: one.id }])
    expect(findings[0]?.message).toContain(`${one.name} has the role itself, in addition to the group ${sampleGroup}`)
    expect(findings[0]?.fix.commands).toEqual([])
  })

  it('becomes that notice for a cluster that gets the role directly: others and other findings stay', () => {
    const loose = { ...realRegistry(), adminUserEnabled: true }
    const pairs = [one, two].map(target => sampleObservedPair([], { target, registry: loose }))
    const observed = sampleObserved(pairs, group)
    const before = makePlan(observed, desired)
    expect(before.findings.map(({ code, severity }) => [code, severity])).toEqual([
      ['GROUP_LATENCY', 'warning'],
      ['GROUP_LATENCY', 'warning'],
      ['ADMIN_USER_ENABLED', 'warning'],
    ])
    const [first] = before.pairs as [PlannedPair]
    const verification = { verified: 'none' as const, error: late }
    const after = planAgain(before, new Map([[first, verification]]), observed, desired)
    expect(after.findings.map(({ code, severity, subject }) => [code, severity, subject])).toEqual([
      ['GROUP_LATENCY', 'notice', one.id],
      ['GROUP_LATENCY', 'warning', two.id],
      ['ADMIN_USER_ENABLED', 'warning', loose.id],
    ])
    const idle = planAgain(before, new Map([[first, { verified: 'assignment' as const }]]), observed, desired)
    expect(idle.findings).toEqual(before.findings)
  })

  it('stays a warning if only the role of the group was widened again', () => {
    const abac = { ...realRegistry('abacacr'), roleAssignmentMode: 'ABAC' as const }
    const limited: Desired = { ...desired, repositories: ['team/app'] }
    const pair = sampleObservedPair([], { target: one, registry: abac, role: builtInRoles.repositoryReader })
    const observed = sampleObserved([pair], group)
    const before = makePlan(observed, limited)
    const [first] = before.pairs as [PlannedPair]
    const overtakenBy = sampleAssignment(builtInRoles.repositoryReader, {
      scope: abac.id,
      principalId: sampleGroup,
      principalType: 'Group',
      condition: repositoryCondition(['other/app']),
    })
    const verification = { verified: 'none' as const, error: late, overtakenBy }
    const after = planAgain(before, new Map([[first, verification]]), observed, limited)
    expect(after.pairs[0]?.operations).toHaveLength(first.operations.length + 1)
    expect(after.findings).toEqual(before.findings)
  })
})
