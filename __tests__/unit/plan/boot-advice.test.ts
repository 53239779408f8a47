import { describe, expect, it } from 'vitest'
import { repositoryCondition } from 'repository-conditions'
import { aksCommand, builtInRoles, type Puller, type RoleAssignment, type Target } from 'azure'
import { ActionError } from 'kernel'
import type { Observed, ObservedPair } from 'run-model'
import { makePlan } from '../../../src/plan/plan.js'
import {
  hiddenMembers,
  realRegistry,
  realTarget,
  sampleAssignment,
  sampleGroup,
  sampleObserved,
  sampleObservedPair,
  samplePullers,
  sampleSideEffects,
  sampleWish,
  type SideEffects,
} from '../../support/observed.js'
import type { Desired } from '../../../src/plan/context.js'

const { acrPull, repositoryReader } = builtInRoles
const registry = realRegistry()
const elsewhere = realRegistry('bootacr')
const target = realTarget()
const booting: Target = { ...target, bootstrapRegistryId: registry.id.toUpperCase() }
const pull = sampleAssignment(acrPull)
const otherGroup = '99999999-0000-4000-8000-000000000001'
const unread = new ActionError('AUTHORIZATION_FAILED', 'The directory could not be read.')

/** Another cluster, which boots its nodes. */
const blue: Puller = { id: realTarget('aks-blue').id, name: 'aks-blue', bootstrapRegistryId: registry.id }

/** Other clusters pull with an identity, the target's by default. */
const pulledBy = (found: Puller, { objectId } = target.identity) => samplePullers([objectId.toUpperCase(), [found]])

/** The only planned pair of a detach. */
function detach(
  pair: ObservedPair,
  sideEffects: Partial<SideEffects> | undefined,
  desired: Partial<Desired> = {},
  others: Partial<Pick<Observed, 'pullers'>> = {},
) {
  const group = desired.group ? { group: { id: desired.group, members: { error: unread } } } : {}
  const seen = sideEffects && { sideEffects: sampleSideEffects(sideEffects), ...others }
  const [planned] = makePlan(sampleObserved([pair], { ...group, ...seen }), {
    ...sampleWish,
    mode: 'detach',
    ...desired,
  }).pairs
  return { ...planned, kinds: planned?.operations.map(({ operation }) => operation) }
}

const showBoot = (id: string): string => aksCommand('show', id, '--query bootstrapProfile')

describe('a detach from the registry that nodes boot from', () => {
  it('is refused for the cluster itself, with the command that shows its boot registry', () => {
    const { error, kinds } = detach(sampleObservedPair([pull], { target: booting }), {})
    expect(kinds).toEqual([])
    expect(error).toMatchObject({ code: 'BOOTSTRAP_REGISTRY', subject: registry.name })
    expect(error?.fix.commands).toEqual([showBoot(target.id)])
    expect(error?.fix.text).toContain(`let ${target.name} boot`)
    expect(error?.message).toContain(`${target.name} boots its nodes from ${registry.name}:`)
  })

  it('is refused for another cluster with the same identity, which is named', () => {
    const { error, kinds } = detach(sampleObservedPair([pull]), {}, {}, { pullers: pulledBy(blue) })
    expect(kinds).toEqual([])
    expect(error).toMatchObject({ code: 'BOOTSTRAP_REGISTRY', subject: registry.name })
    expect(error?.fix.commands).toEqual([showBoot(blue.id)])
    expect(error?.message).toContain(
      `aks-blue boots its nodes from ${registry.name} with the identity ${target.identity.name}, which ${target.name} also pulls with:`,
    )
    expect(error?.fix.text).toContain('this cluster')
  })

  it('names the identity alone if the target is one', () => {
    const pair = sampleObservedPair([pull], { target: { ...target, kind: 'kubelet-identity' } })
    const { error } = detach(pair, {}, {}, { pullers: pulledBy(blue) })
    expect(error?.message).toContain(`with the identity ${target.identity.name}:`)
    expect(error?.fix.text).toContain('this identity')
  })

  it('names the cluster itself before others that boot with its identity', () => {
    const pairs = [{ ...realTarget('aks-blue'), identity: target.identity }, target].map(each =>
      sampleObservedPair([pull], { target: { ...each, bootstrapRegistryId: registry.id } }),
    )
    const { pairs: planned } = makePlan(sampleObserved(pairs), { ...sampleWish, mode: 'detach' })
    expect(planned.map(({ error }) => error?.fix.commands)).toEqual(pairs.map(each => [showBoot(each.target.id)]))
  })

  it('is no reason to refuse one from other registries, or for other identities', () => {
    const pullers = pulledBy({ ...blue, bootstrapRegistryId: elsewhere.id })
    expect(detach(sampleObservedPair([pull]), {}, {}, { pullers }).error?.code).toBe('SHARED_IDENTITY')
    const ofOthers = { pullers: pulledBy(blue, realTarget('aks-green').identity) }
    const { error, kinds } = detach(sampleObservedPair([pull]), {}, {}, ofOthers)
    expect(error).toBeUndefined()
    expect(kinds).toEqual(['delete-role-assignment'])
  })
})

describe('leaving a group', () => {
  const away: Target = { ...target, bootstrapRegistryId: elsewhere.id }
  const group = { group: sampleGroup }
  const heldBy = (principalId: string): RoleAssignment =>
    sampleAssignment(acrPull, { scope: elsewhere.id, principalId, principalType: 'Group' })
  const holding = (...assignments: RoleAssignment[]): Partial<SideEffects> => ({
    holdings: [{ objectId: target.identity.objectId, registryId: elsewhere.id, assignments: { value: assignments } }],
  })
  const leave = (sideEffects?: Partial<SideEffects>, desired: Partial<Desired> = group) =>
    detach(sampleObservedPair([pull], { target: away }), sideEffects, desired)
  const kept = ['delete-role-assignment']
  const left = ['delete-role-assignment', 'remove-group-member']

  it('is refused if nodes boot through it from any registry; the own roles are deleted all the same', () => {
    const { error, kinds } = leave(holding(heldBy(sampleGroup)))
    expect(kinds).toEqual(kept)
    expect(error).toMatchObject({ code: 'BOOTSTRAP_REGISTRY', subject: elsewhere.name })
    expect(error?.fix.commands).toEqual([showBoot(target.id)])
    expect(error?.message).toContain(
      `${target.name} can't leave group ${sampleGroup}: it boots its nodes from ${elsewhere.name}, and pulls there through this group`,
    )
  })

  it('is refused if another cluster with the same identity boots through it', () => {
    const pullers = pulledBy({ ...blue, bootstrapRegistryId: elsewhere.id })
    const held = holding(heldBy(sampleGroup.toUpperCase()))
    const { error, kinds } = detach(sampleObservedPair([pull]), held, group, { pullers })
    // The other cluster would lose the own roles, too.
    expect(kinds).toEqual([])
    expect(error).toMatchObject({ code: 'BOOTSTRAP_REGISTRY', subject: elsewhere.name })
    expect(error?.fix.commands).toEqual([showBoot(blue.id)])
    expect(error?.message).toContain(`aks-blue boots its nodes from ${elsewhere.name} with the same identity, and`)
  })

  it('is refused if a group that the group is in carries the role', () => {
    expect(leave({ ...holding(heldBy(otherGroup)), parents: { value: new Set([otherGroup]) } }).kinds).toEqual(kept)
    // Azure Resource Manager does not yet count the member in the group above.
    const ofParents = { value: [heldBy(otherGroup)] }
    const { error, kinds } = leave({ ...holding(), ofParents })
    expect([kinds, error?.code]).toEqual([kept, 'BOOTSTRAP_REGISTRY'])
    expect(error?.message).toContain('and pulls there through this group')
  })

  it.each<[string, Partial<SideEffects> | undefined, string]>([
    ['the roles there were not read', {}, 'its role assignments there were not read.'],
    [
      'the roles there could not be read',
      { holdings: [{ objectId: target.identity.objectId, registryId: elsewhere.id, assignments: { error: unread } }] },
      unread.message,
    ],
    ['the groups above it could not be read', { ...holding(), parents: { error: unread } }, unread.message],
    [
      'the roles of the groups above it could not be read',
      { ...holding(), ofParents: { error: unread } },
      unread.message,
    ],
  ])('is refused if %s, which the message says', (_, sideEffects, why) => {
    const { error, kinds } = leave(sideEffects)
    expect(kinds).toEqual(kept)
    expect(error).toMatchObject({ code: 'BOOTSTRAP_REGISTRY', subject: elsewhere.name })
    expect(error?.message).toContain(`could not be checked whether it pulls there through this group: ${why}`)
  })

  it('is refused if nothing is known about the groups above it', () => {
    const here = sampleObservedPair([pull], { target: booting })
    const there = sampleObservedPair([], { target: booting, registry: elsewhere })
    const observed = sampleObserved([here, there], { group: { id: sampleGroup, members: { error: unread } } })
    const { pairs } = makePlan(observed, { ...sampleWish, mode: 'detach', ...group })
    expect(pairs[1]?.error).toMatchObject({
      code: 'BOOTSTRAP_REGISTRY',
      subject: lastPart(booting.bootstrapRegistryId),
    })
    expect(pairs[1]?.error?.message).toContain(': its groups were not read.')
  })

  it('is planned if the nodes boot by a role of their own, or through another group', () => {
    const own = sampleAssignment(acrPull, { scope: elsewhere.id })
    for (const sideEffects of [holding(own), holding(own, heldBy(otherGroup))]) {
      const { error, kinds } = leave(sideEffects)
      expect([kinds, error]).toEqual([left, undefined])
    }
    const ofParents = { value: [sampleAssignment(acrPull, { principalId: otherGroup })] }
    expect(leave({ ...holding(own), ofParents }).kinds).toEqual(left)
  })

  it('is not refused where nobody leaves: the step names no group, or the identity is not in it', () => {
    const { error, kinds } = leave({}, { group: '' })
    expect([kinds, error]).toEqual([kept, undefined])
    const pair = sampleObservedPair([pull], { target: away })
    const [planned] = makePlan(
      sampleObserved([pair], {
        group: { id: sampleGroup, members: { value: new Set() } },
        sideEffects: sampleSideEffects(),
      }),
      { ...sampleWish, mode: 'detach', ...group },
    ).pairs
    expect(planned?.error).toBeUndefined()
    const attached = makePlan(sampleObserved([pair], { group: { id: sampleGroup, members: hiddenMembers } }), {
      ...sampleWish,
      ...group,
    })
    expect(attached.pairs[0]?.error).toBeUndefined()
  })
})

describe('a limit at the registry that nodes boot from', () => {
  const abac = { ...realRegistry('abacacr'), roleAssignmentMode: 'ABAC' as const }
  const isolated: Target = { ...target, bootstrapRegistryId: abac.id.toUpperCase() }
  const limit = (repositories: string[], assignments: RoleAssignment[] = [], from: Target = isolated) => {
    const pair = sampleObservedPair(assignments, { target: from, registry: abac, role: repositoryReader })
    return makePlan(sampleObserved([pair]), { ...sampleWish, repositories }).pairs[0]
  }
  const held = (condition?: string): RoleAssignment =>
    sampleAssignment(repositoryReader, { scope: abac.id, ...(condition && { condition }) })

  it('is refused if it leaves out the repositories that the nodes need', () => {
    for (const assignments of [[], [held(repositoryCondition(['shop/*']))]]) {
      const pair = limit(['shop/*'], assignments)
      expect(pair?.operations).toEqual([])
      expect(pair?.error).toMatchObject({ code: 'INVALID_INPUT', subject: abac.name })
      expect(pair?.error?.message).toContain(`nodes of ${target.name} boot from on ${abac.name}`)
      expect(pair?.error?.fix.commands).toEqual([])
      expect(pair?.error?.fix.text).toContain('aks-managed-repository/*')
    }
  })

  it('is fine with these repositories, without a limit, and at any other registry', () => {
    for (const pair of [
      limit(['shop/*', 'aks-managed-repository/*']),
      limit([]),
      limit(['shop/*'], [], { ...target, bootstrapRegistryId: elsewhere.id }),
      limit(['shop/*'], [], target),
    ]) {
      expect(pair?.error).toBeUndefined()
      expect(pair?.operations).toHaveLength(1)
    }
  })

  it('is fine if the nodes have that access already, or may have it', () => {
    expect(limit(['shop/*'], [held(repositoryCondition(['aks-managed-repository/*']))])?.error).toBeUndefined()
    const unclear = "@Environment[UtcNow] DateTimeLessThan '2030-01-01T00:00:00.0Z'"
    expect(limit(['shop/*'], [held(unclear)])?.error?.code).not.toBe('INVALID_INPUT')
  })
})

function lastPart(id = ''): string {
  return id.slice(id.lastIndexOf('/') + 1)
}
