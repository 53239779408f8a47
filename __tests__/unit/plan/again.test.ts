import { describe, expect, it } from 'vitest'
import { repositoryCondition } from 'repository-conditions'
import { builtInRoles } from 'azure'
import { ActionError } from 'kernel'
import type { NodePull, Plan, PlannedPair, Verification } from 'run-model'
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

const { acrPull, repositoryReader } = builtInRoles
const late = new ActionError('PROPAGATION_TIMEOUT', 'late')
const denied = new ActionError('PULL_DENIED', 'denied')
const { objectId } = realTarget().identity

function firstOf({ pairs: [pair] }: Plan): PlannedPair {
  if (!pair) throw new Error('the plan has no pair')
  return pair
}

describe('a group that did not take effect in time', () => {
  const desired: Desired = { ...sampleWish, group: sampleGroup, onTimeout: 'assign-directly' }
  const observed = sampleObserved([sampleObservedPair(), sampleObservedPair([], { target: realTarget('aks-2') })], {
    group: { id: sampleGroup, members: { value: new Set() } },
  })
  const before = makePlan(observed, desired)
  const again = (verification: Verification, more: Partial<Desired> = {}, plan = before): Plan =>
    planAgain(plan, new Map([[firstOf(plan), verification]]), observed, { ...desired, ...more })
  const pull = (verdict: NodePull['verdict']) => ({ verdict }) as NodePull

  it('is joined by a direct assignment of that pair; the others stay the same', () => {
    const plan = again({ verified: 'none', error: late })
    expect(plan.pairs[0]?.operations).toEqual([
      ...(before.pairs[0]?.operations ?? []),
      expect.objectContaining({
        operation: 'create-role-assignment',
        principalId: objectId,
        principalType: 'ServicePrincipal',
        reason: 'the group did not take effect in time; the identity stays a member',
      }),
    ])
    expect(plan.pairs[1]).toBe(before.pairs[1])
    expect(plan.operations).toEqual([...new Set(plan.pairs.flatMap(({ operations }) => operations))])
    expect(plan.operations).toHaveLength(before.operations.length + 1)
  })

  it('is joined by a direct assignment if a node was refused', () => {
    const pulls = [pull('pulled'), pull('denied')]
    expect(again({ verified: 'none', error: denied, pulls }).pairs[0]).not.toBe(before.pairs[0])
  })

  it.each<[string, Verification, Partial<Desired>]>([
    ['it took effect', { verified: 'assignment' }, {}],
    ['it took effect, though a node was refused once', { verified: 'pull', pulls: [pull('denied')] }, {}],
    ['another thing failed', { verified: 'none', error: denied }, {}],
    ['no node was refused', { verified: 'none', error: denied, pulls: [pull('unreachable')] }, {}],
    [
      'a node offered a stale credential',
      { verified: 'none', error: denied, pulls: [{ ...pull('denied'), cause: 'stale-credential' }] },
      {},
    ],
    ['that is not asked for', { verified: 'none', error: late }, { onTimeout: 'fail' }],
    ['nothing may be written', { verified: 'none', error: late }, { mode: 'check' }],
    ['access is taken away', { verified: 'none', error: late }, { mode: 'detach' }],
  ])('is not joined where %s', (_, verification, more) => {
    expect(again(verification, more).pairs).toEqual(before.pairs)
    expect(again(verification, more).pairs[0]).toBe(before.pairs[0])
  })

  it('needs no direct assignment if one for everything exists, which is not narrowed', () => {
    const held = sampleAssignment(acrPull)
    const direct = sampleObserved([sampleObservedPair([held])], {
      group: { id: sampleGroup, members: { value: new Set() } },
    })
    const plan = makePlan(direct, desired)
    const verified = new Map([[firstOf(plan), { verified: 'none' as const, error: late }]])
    expect(planAgain(plan, verified, direct, desired).pairs[0]).toBe(plan.pairs[0])
  })

  it('gets one direct assignment', () => {
    const second = again({ verified: 'none', error: late })
    expect(again({ verified: 'none', error: late }, {}, second).pairs[0]).toBe(second.pairs[0])
  })

  it('does not change pairs that were not verified', () => {
    expect(planAgain(before, new Map(), observed, desired).pairs).toEqual(before.pairs)
  })
})

describe('an assignment whose condition another job has changed', () => {
  const abac = { ...realRegistry('abacacr'), roleAssignmentMode: 'ABAC' as const }
  const desired: Desired = { ...sampleWish, repositories: ['team/app'] }
  const observed = sampleObserved([sampleObservedPair([], { registry: abac, role: repositoryReader })])
  const before = makePlan(observed, desired)
  const theirs = (condition: string, principalId = objectId) =>
    sampleAssignment(repositoryReader, { scope: abac.id, principalId, condition })
  const again = (plan: Plan, overtakenBy = theirs(repositoryCondition(['other/app']))): Plan =>
    planAgain(plan, new Map([[firstOf(plan), { verified: 'none', error: late, overtakenBy }]]), observed, desired)

  it('is widened by the repositories of this step', () => {
    const plan = again(before)
    expect(plan.pairs[0]?.operations.at(-1)).toMatchObject({
      operation: 'update-role-assignment',
      principalId: objectId,
      principalType: 'ServicePrincipal',
      condition: repositoryCondition(['other/app', 'team/app']),
      reason: 'another job has changed its condition',
    })
    expect(plan.operations).toHaveLength(2)
  })

  it('is written at most five times, including the first write', () => {
    let plan = before
    for (let round = 0; round < 8; round += 1) plan = again(plan, theirs(repositoryCondition([`other/app${round}`])))
    expect(plan.operations).toHaveLength(5)
  })

  it("is not changed if its condition can't be read or its principal is another one", () => {
    expect(again(before, theirs('(no condition of ours)')).pairs[0]).toBe(before.pairs[0])
    const other = theirs(repositoryCondition(['other/app']), 'someone-else')
    expect(again(before, other).pairs[0]).toBe(before.pairs[0])
  })

  it('is widened once for two pairs with one identity', () => {
    const pairs = [realTarget(), { ...realTarget('aks-twin'), identity: realTarget().identity }].map(target =>
      sampleObservedPair([], { target, registry: abac, role: repositoryReader }),
    )
    const both = sampleObserved(pairs)
    const plan = makePlan(both, desired)
    const overtakenBy = theirs(repositoryCondition(['other/app']))
    const found = new Map(plan.pairs.map(pair => [pair, { verified: 'none' as const, error: late, overtakenBy }]))
    expect(planAgain(plan, found, both, desired).operations).toHaveLength(2)
  })

  it('is widened at its own registry, even if another one was changed, too', () => {
    const registries = [abac, { ...abac, id: `${abac.id}2`, name: 'abacacr2' }]
    const both = sampleObserved(
      registries.map(registry => sampleObservedPair([], { registry, role: repositoryReader })),
    )
    const plan = makePlan(both, desired)
    const found = new Map(
      plan.pairs.map((pair, index) => {
        const condition = repositoryCondition([`other/app${index}`])
        const overtakenBy = sampleAssignment(repositoryReader, { scope: pair.registry.id, condition })
        return [pair, { verified: 'none' as const, error: late, overtakenBy }]
      }),
    )
    expect(planAgain(plan, found, both, desired).pairs.map(({ operations }) => operations.at(-1))).toMatchObject([
      { scope: abac.id, condition: repositoryCondition(['other/app0', 'team/app']) },
      { scope: `${abac.id}2`, condition: repositoryCondition(['other/app1', 'team/app']) },
    ])
  })

  it('does not lead to a direct assignment instead of a group', () => {
    const grouped: Desired = { ...sampleWish, group: sampleGroup, onTimeout: 'assign-directly' }
    const world = sampleObserved([sampleObservedPair()], { group: { id: sampleGroup, members: { value: new Set() } } })
    const plan = makePlan(world, grouped)
    const overtakenBy = sampleAssignment(acrPull, { condition: 'x' })
    const found = new Map(plan.pairs.map(pair => [pair, { verified: 'none' as const, error: late, overtakenBy }]))
    expect(planAgain(plan, found, world, grouped).pairs[0]).toBe(plan.pairs[0])
  })
})
