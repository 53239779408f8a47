import { describe, expect, it } from 'vitest'
import { repositoryCondition } from 'repository-conditions'
import { builtInRoles, type Registry } from 'azure'
import { ActionError } from 'kernel'
import type { Observed, ObservedPair, Plan } from 'run-model'
import { makePlan, planAfterCreation } from '../../../src/plan/plan.js'
import {
  hiddenMembers,
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
const target = realTarget()
const registry = realRegistry()
const abac = { ...realRegistry('abacacr'), roleAssignmentMode: 'ABAC' as const }
const pull = sampleAssignment(acrPull)
const unread = new ActionError('AUTHORIZATION_FAILED', 'It could not be read.')
const above = registry.id.slice(0, registry.id.indexOf('/providers'))

const plan = (pairs: ObservedPair[], desired: Partial<Desired> = {}, more: Partial<Observed> = {}): Plan =>
  makePlan(sampleObserved(pairs, more), { ...sampleWish, ...desired })
const kinds = ({ operations }: Pick<Plan, 'operations'>): string[] => operations.map(({ operation }) => operation)

describe('a role whose definition could not be read', () => {
  const custom = { ...acrPush, id: 'custom', name: 'custom' }
  const unknownRoles = { unknownRoles: new Map([['custom', unread]]) }
  const held = sampleAssignment(custom)

  it('puts in doubt whether a pair without other access lacks it', () => {
    const [pair] = plan([sampleObservedPair([held])], { mode: 'check' }, unknownRoles).pairs
    expect(pair).toMatchObject({ access: null, unknown: unread })
  })

  it('means nothing if the pair has access, if access is by the group, or if the role is another one', () => {
    for (const [assignments, desired, more] of [
      [[pull, held], {}, unknownRoles],
      [[held], { group: sampleGroup }, unknownRoles],
      [[held], {}, { unknownRoles: new Map([['other', unread]]) }],
    ] as const)
      expect(
        plan([sampleObservedPair([...assignments])], { mode: 'check', ...desired }, more).pairs[0],
      ).not.toHaveProperty('unknown')
  })

  it('puts in doubt whether a detach is complete only at the registry itself, where it deletes roles', () => {
    const detach = (assignment = held) =>
      plan([sampleObservedPair([pull, assignment])], { mode: 'detach' }, unknownRoles).pairs[0]
    expect(detach()?.unknown).toBe(unread)
    expect(detach()).toMatchObject({ operations: [{ operation: 'delete-role-assignment', assignment: pull }] })
    expect(detach({ ...held, scope: held.scope.toUpperCase() })?.unknown).toBe(unread)
    expect(detach(sampleAssignment(custom, { scope: above }))).not.toHaveProperty('unknown')
  })
})

describe('a condition that this step does not understand', () => {
  const held = sampleAssignment(repositoryReader, { scope: abac.id, condition: '(other)' })
  const pairAt = (registryOf: Registry = abac, more: Partial<ObservedPair> = {}): ObservedPair =>
    sampleObservedPair([held], { registry: registryOf, role: repositoryReader, ...more })

  it('is reported as unknown for each pair that pulls by a role that allows more', () => {
    const writer = sampleAssignment(repositoryWriter, { scope: abac.id })
    const second = realTarget('aks-second')
    const pairs = [target, second].map(each => {
      const mine = { principalId: each.identity.objectId }
      return pairAt(abac, {
        target: each,
        assignments: [
          { ...writer, ...mine },
          { ...held, ...mine },
        ],
      })
    })
    const made = plan(pairs, { mode: 'check' })
    expect(made.unknown.map(({ subject }) => subject)).toEqual([target.id, second.id])
    expect(made.unknown[0]?.message).toContain(`${target.name} can pull from ${abac.name}`)
    expect(made.pairs.flatMap(({ unknown }) => unknown ?? [])).toEqual([])
    expect(made.pairs.map(({ access }) => access?.grantedBy)).toEqual(['broader-role', 'broader-role'])
  })

  it('of one cluster is reported for each registry, and a failed pair reports nothing', () => {
    const pairs = [abac, { ...abac, id: `${abac.id}2`, name: 'abacacr2' }].map(each => {
      const scope = each.id
      return pairAt(each, {
        assignments: [sampleAssignment(repositoryWriter, { scope }), { ...held, id: `${scope}/held`, scope }],
      })
    })
    expect(plan(pairs, { mode: 'check' }).unknown).toHaveLength(2)
    expect(
      plan(
        pairs,
        { mode: 'check', group: sampleGroup },
        { group: { id: sampleGroup, members: hiddenMembers, error: unread } },
      ).unknown,
    ).toEqual([])
  })
})

describe('a pair that pulls less than the inputs name', () => {
  const limited = sampleAssignment(repositoryReader, {
    scope: abac.id,
    condition: repositoryCondition(['shop/*', 'team/app']),
  })
  const at = (assignments = [limited], repositories: string[] = []) =>
    plan([sampleObservedPair(assignments, { registry: abac, role: repositoryReader })], { mode: 'check', repositories })
      .pairs[0]

  it('says what it pulls already', () => {
    expect(at()?.limitedTo).toEqual(['shop/*', 'team/app'])
    expect(at([limited], ['tools/*'])?.limitedTo).toEqual(['shop/*', 'team/app'])
  })

  it('is not limited if that is enough, if it has nothing, or if its conditions are not all understood', () => {
    const unclear = { ...limited, id: `${limited.id}2`, condition: '(other)' }
    for (const pair of [at([limited], ['shop/api']), at([]), at([limited, unclear])])
      expect(pair).not.toHaveProperty('limitedTo')
  })
})

describe('a role that the mode of the registry ignores', () => {
  const ignored = sampleObservedPair([pull], { registry: { ...abac, id: registry.id }, role: acrPull })

  it('is drift that check can only report', () => {
    const [pair] = plan([ignored], { mode: 'check' }).pairs
    expect(pair).toMatchObject({ operations: [], access: null, error: { code: 'DRIFT', subject: abac.name } })
    expect(pair?.error?.fix.text).not.toBe('')
  })
})

describe('a group whose own groups could not be read', () => {
  it('puts in doubt in check whether it lacks the role, which no job repairs', () => {
    const group = { group: { id: sampleGroup, members: { value: new Set([target.identity.objectId.toLowerCase()]) } } }
    const pair = sampleObservedPair([], { unknownParents: unread })
    const made = plan([pair], { mode: 'check', group: sampleGroup }, group)
    expect(made.operations).toEqual([])
    expect(made.pairs[0]?.unknown).toMatchObject({ code: unread.code, subject: registry.name, resource: registry.id })
    expect(kinds(plan([pair], { group: sampleGroup }, group))).toEqual(['create-role-assignment'])
  })
})

describe('a registry that attach creates', () => {
  const planned = { ...registry, exists: false }

  it('stays planned for its own pairs, once, before their roles', () => {
    const other = realRegistry('otheracr')
    const before = plan([sampleObservedPair([], { registry: planned })])
    expect(kinds(before)).toEqual(['create-registry', 'create-role-assignment'])
    const clusters = [target, realTarget('aks-second')]
    const after = clusters.flatMap(each => [
      sampleObservedPair([], { target: each, registry }),
      sampleObservedPair([], { target: each, registry: other }),
    ])
    const again = planAfterCreation(before, sampleObserved(after), sampleWish)
    expect(again.pairs.map(kinds)).toEqual([
      ['create-registry', 'create-role-assignment'],
      ['create-role-assignment'],
      ['create-registry', 'create-role-assignment'],
      ['create-role-assignment'],
    ])
    expect(kinds(again).filter(kind => kind === 'create-registry')).toHaveLength(1)
    expect(again.operations).toHaveLength(5)
    expect(again.operations[0]).toBe(before.operations[0])
  })

  it('is planned in check for an identity of another tenant, whose role there is not in doubt yet', () => {
    const pair = sampleObservedPair([], { target, registry: planned })
    const foreign = { identities: new Map([[target, { state: 'foreign' as const }]]) }
    const [made] = plan([pair], { mode: 'check' }, foreign).pairs
    expect(made).not.toHaveProperty('unknown')
    expect(made && kinds(made)).toContain('create-registry')
  })
})

it('what could not be observed is unknown in the plan', () => {
  const unknown = [{ subject: above, message: 'Its clusters could not be listed.' }]
  expect(plan([sampleObservedPair([pull])], { mode: 'detach' }, { unknown }).unknown).toEqual(unknown)
})
