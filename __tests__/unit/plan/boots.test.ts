import { describe, expect, it } from 'vitest'
import { builtInRoles, type RoleAssignment } from 'azure'
import { ActionError } from 'kernel'
import type { SideEffects } from '../../support/observed.js'
import { explainBoots, indexPullers, type Boot, type Pullers } from '../../../src/boots.js'
import {
  realRegistry,
  realTarget,
  sampleAssignment,
  sampleGroup,
  sampleObserved,
  sampleObservedPair,
  samplePullers,
} from '../../support/observed.js'

const { acrPull, acrDelete, repositoryReader } = builtInRoles
const [boot, shop] = [realRegistry('bootacr'), realRegistry('shopacr')]
const target = { ...realTarget('aks-boot'), bootstrapRegistryId: boot.id.toUpperCase() }
const { objectId } = target.identity
const above = boot.id.replace(/\/providers.*/, '')

/** An assignment at the registry that the cluster boots from, to its identity by default. */
const held = (more: Partial<RoleAssignment> = {}, role = acrPull) =>
  sampleAssignment(role, { scope: boot.id, principalId: objectId, id: '/1', ...more })

const ofGroup = held({ principalId: sampleGroup, id: '/2' })

/** The clusters that boot, with the assignments of the pair of the target and its registry. */
function read(assignments: RoleAssignment[], more: Partial<Parameters<typeof indexPullers>[0]> = {}): Pullers {
  const pairs = [shop, boot].map(registry =>
    sampleObservedPair(registry === boot ? assignments : [], { target, registry }),
  )
  const others = sampleObservedPair([held({ id: '/9', principalId: 'other' })], {
    target: realTarget('aks-2'),
    registry: shop,
  })
  return indexPullers({ ...sampleObserved([...pairs, others]), ...more })
}

const only = (pullers: Pullers): Boot => {
  const [first] = pullers.boots(objectId)
  if (!first) throw new Error('nothing boots')
  return first
}

describe('the clusters that boot from a registry', () => {
  const other: Boot = { id: '/aks-3', name: 'aks-3', objectId: objectId.toUpperCase(), bootstrapRegistryId: shop.id }

  it('are found by the identity that they pull with, targets or not', () => {
    expect(read([]).boots(objectId.toUpperCase())).toEqual([
      { id: target.id, name: 'aks-boot', objectId, bootstrapRegistryId: target.bootstrapRegistryId },
    ])
    // A search finds the target, too.
    const both = read([], { pullers: samplePullers([objectId, [{ ...target, id: target.id.toUpperCase() }, other]]) })
    expect(both.boots(objectId).map(({ name }) => name)).toEqual(['aks-boot', 'aks-3'])
    expect(read([]).boots(realTarget('aks-2').identity.objectId)).toEqual([])
  })

  it.each<[string, RoleAssignment, boolean]>([
    ['its own at the registry', held(), true],
    ['its own above the registry', held({ scope: above }), true],
    ["its group's, through which it pulls", ofGroup, true],
    ['its own with a role that could not be read', held({ roleId: 'unread' }), true],
    ['its own with a role for the other mode, which can be switched', held({}, repositoryReader), true],
    ['its own at another registry', held({ scope: shop.id }), false],
    ["another identity's", held({ principalId: 'other', id: '/3' }), false],
    ['its own with a role that never pulls', held({}, acrDelete), false],
  ])('may need an assignment: %s: %s', (_, assignment, expected) => {
    const boots = read([held({ id: '/8', principalId: 'someone' }), ofGroup])
    expect(boots.through(assignment).map(({ name }) => name)).toEqual(expected ? ['aks-boot'] : [])
  })

  it('may need an assignment of another identity if theirs held it', () => {
    const boots = read([])
    const theirs = held({ principalId: 'other' })
    expect(boots.through(theirs)).toEqual([])
    expect(boots.mayNeed(only(boots), theirs)).toBe(true)
    expect(boots.mayNeed(only(boots), { ...theirs, scope: shop.id })).toBe(false)
    expect(boots.mayNeed(only(boots), { ...theirs, roleId: acrDelete.id })).toBe(false)
  })

  it('are named in advice, each once', () => {
    const some = [other, { ...other, bootstrapRegistryId: boot.id }, other]
    expect(explainBoots(some)).toBe(
      'aks-3 boots its nodes from shopacr with it, aks-3 boots its nodes from bootacr with it',
    )
  })
})

describe('the clusters outside the step that pull with an identity', () => {
  const error = new ActionError('AUTHORIZATION_FAILED', 'no')
  const [two, three] = [realTarget('aks-3'), realTarget('aks-4')]
  const pullers = read([], { pullers: samplePullers([objectId, [target, two, three], [error]]) })

  it('are all that were found, without targets, and why there may be more', () => {
    expect(pullers.outside(objectId.toUpperCase())).toEqual({ found: [two, three], errors: [error] })
    expect(pullers.outside('nobody')).toEqual({ found: [], errors: [] })
  })
})

describe('the groups through which a cluster pulls what it boots from', () => {
  const groupsIn = (boots: Pullers, of = only(boots)) => boots.groupsOf(of)
  const third = realRegistry('third')
  const other: Boot = { id: '/aks-3', name: 'aks-3', objectId, bootstrapRegistryId: third.id }
  type Holding = SideEffects['holdings'][number]
  const holding = (registryId: string, assignments: Holding['assignments'], holder = objectId): Holding => ({
    objectId: holder,
    registryId,
    assignments,
  })

  it('are those of its pull roles, not of its own ones', () => {
    const never = held({ principalId: 'deleters', id: '/4' }, acrDelete)
    expect(groupsIn(read([held(), ofGroup, never]))).toEqual({ value: new Set([sampleGroup]) })
  })

  it('include the group of the inputs', () => {
    const pair = sampleObservedPair([held()], {
      target,
      registry: boot,
      groupAssignments: [held({ principalId: 'GROUP', id: '/5' })],
    })
    expect(groupsIn(indexPullers(sampleObserved([pair])))).toEqual({ value: new Set(['group']) })
  })

  it('are read from elsewhere if the step does not name the registry, or are unknown', () => {
    const theirs = held({ principalId: 'theirs', id: '/6' })
    const holdings = [
      holding(shop.id, { value: [held({ principalId: 'wrong', id: '/7' })] }),
      holding(third.id, { value: [held({ principalId: 'wrong', id: '/7' })] }, 'someone'),
      holding(third.id.toUpperCase(), { value: [theirs] }, objectId.toUpperCase()),
    ]
    expect(groupsIn(read([], { sideEffects: { holdings } }), other)).toEqual({
      value: new Set(['theirs']),
    })
    const stranger = { ...other, objectId: 'stranger' }
    expect(groupsIn(read([], { sideEffects: { holdings } }), stranger)).toBeUndefined()
    expect(groupsIn(read([]), other)).toBeUndefined()
    const error = new ActionError('AUTHORIZATION_FAILED', 'no')
    expect(groupsIn(read([], { sideEffects: { holdings: [holding(third.id, { error })] } }), other)).toEqual({ error })
  })
})
