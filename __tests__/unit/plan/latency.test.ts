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
  sampleSideEffects,
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

describe('the reason to leave a group', () => {
  const carried = (found: string[], errors: ActionError[] = [], parents = true) => {
    const unread = new ActionError('AUTHORIZATION_FAILED', 'It could not be read.')
    const sideEffects = sampleSideEffects({
      parents: parents ? { value: new Set<string>() } : { error: unread },
      carried: { found, errors },
    })
    const leaving = { ...desired, mode: 'detach' as const }
    const pairs = [one, { ...two, identity: one.identity }].map(target => sampleObservedPair([], { target }))
    const members = { value: new Set([one.identity.objectId.toLowerCase()]) }
    const { operations } = makePlan(
      sampleObserved(pairs, { group: { id: sampleGroup, members }, sideEffects }),
      leaving,
    )
    // One membership, whatever clusters pull with the identity.
    expect(operations).toHaveLength(1)
    return operations[0]?.reason ?? ''
  }

  it('names where access is lost by it', () => {
    const reason = carried(['oneacr', 'twoacr'])
    expect(reason).toContain('from oneacr, twoacr through the group')
    expect(reason.split('; ')).toHaveLength(2)
  })

  it('says what is not known about it', () => {
    const unread = new ActionError('AUTHORIZATION_FAILED', 'It could not be read.')
    expect(carried([]).split('; ')).toHaveLength(1)
    expect(carried([], [unread])).toContain('could not all be listed')
    expect(carried([], [], false)).toContain('could not be read')
    expect(carried([], [unread], false).split('; ')).toHaveLength(3)
  })
})
