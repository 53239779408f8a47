import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  builtInRoles,
  canPull,
  isAtOrAbove,
  normalizeId,
  sameId,
  type RoleAssignment,
  type RoleDefinition,
  type Target,
} from 'azure'
import { ActionError, groupBy } from 'kernel'
import type { Observed, ObservedPair } from 'run-model'
import type { Boot } from '../../../src/boots.js'
import { makePlan } from '../../../src/plan/plan.js'
import { findResiduals } from '../../../src/plan/residual.js'
import {
  realRegistry,
  realTarget,
  sampleAssignment,
  sampleObserved,
  sampleObservedPair,
  samplePullers,
  sampleSideEffects,
  sampleWish,
  hiddenMembers,
} from '../../support/observed.js'

const { acrPull, acrPush, acrDelete, repositoryReader } = builtInRoles
const detach = { ...sampleWish, mode: 'detach' as const }
const nothingYet = { outcomes: [], lapses: new Map<never, never>() }
const unreadable: RoleDefinition = { id: 'unreadable', name: 'unreadable', permissions: [] }
const roles = [acrPull, acrPush, acrDelete, repositoryReader, unreadable]
const registries = ['one', 'two', 'three'].map(name => realRegistry(name))
const above = realRegistry().id.replace(/\/providers\/.*$/, '')
const scopes = [
  ...registries.map(({ id }) => id),
  above,
  above.replace(/\/resourceGroups\/.*$/, ''),
  '/providers/Microsoft.Management/managementGroups/contoso',
]
const identities = [0, 1, 2].map(index => realTarget(`identity-${index}`).identity)
const groupIds = [0, 1, 2].map(index => `99999999-0000-4000-8000-00000000000${index}`)

const oneOf = <T>(items: readonly T[]) => fc.constantFrom(...items)
const upperCased = (id: string) => oneOf([id, id.toUpperCase()])
const clusters = fc.array(
  fc.record({
    identity: oneOf(identities),
    boots: fc.option(oneOf(registries.map(({ id }) => id)).chain(upperCased)),
    isTarget: fc.boolean(),
    isIdentity: fc.boolean(),
  }),
  { minLength: 1, maxLength: 5 },
)
const estate = fc.record({
  clusters,
  asked: fc.subarray(registries, { minLength: 1 }),
  assignments: fc.array(
    fc.record({
      holder: oneOf([...identities.map(({ objectId }) => objectId), ...groupIds]),
      scope: oneOf(scopes),
      role: oneOf(roles),
    }),
    { maxLength: 10 },
  ),
  /** Pairs of a member, which may be a group, and its group. */
  members: fc.array(
    fc.record({ member: oneOf([...identities.map(({ objectId }) => objectId), ...groupIds]), group: oneOf(groupIds) }),
    { maxLength: 8 },
  ),
  group: oneOf(['', ...groupIds]),
  /** What could be read: Microsoft Graph, and registries that the step does not name. */
  isReadable: fc.record({
    members: fc.boolean(),
    parents: fc.boolean(),
    ofParents: fc.boolean(),
    holdings: fc.boolean(),
  }),
  /** Whether the memberships are so new that Azure Resource Manager does not count them yet. */
  isNew: fc.boolean(),
})
type Estate = typeof estate extends fc.Arbitrary<infer T> ? T : never

const unread = new ActionError('AUTHORIZATION_FAILED', 'It could not be read.')

/** The groups that something is in, through others too. */
function groupsOf({ members }: Estate, member: string, seen: readonly string[] = []): string[] {
  const direct = members.flatMap(each => (each.member === member && !seen.includes(each.group) ? each.group : []))
  return [...new Set(direct.flatMap(group => [group, ...groupsOf({ members } as Estate, group, [...seen, ...direct])]))]
}

/** What `detach` would have observed there, and the truth that it is held to. */
function observeEstate(made: Estate) {
  const held = made.assignments.map(({ holder, scope, role }, index): RoleAssignment => {
    const id = `${scope}/providers/Microsoft.Authorization/roleAssignments/${index}`
    return sampleAssignment(role, { id, scope, principalId: holder })
  })
  const heldAt = (objectId: string, registryId: string) =>
    held.filter(
      ({ principalId, scope }) =>
        isAtOrAbove(scope, registryId) &&
        [objectId, ...(made.isNew ? [] : groupsOf(made, objectId))].includes(principalId),
    )
  const ofGroup = (registryId: string) =>
    held.filter(({ principalId, scope }) => principalId === made.group && isAtOrAbove(scope, registryId))
  const all = made.clusters.map(({ identity, boots, isTarget, isIdentity }, index) => {
    const target: Target = {
      ...realTarget(`aks-${index}`),
      identity,
      ...(isIdentity ? { kind: 'kubelet-identity' as const } : boots && { bootstrapRegistryId: boots }),
    }
    return { target, isTarget: isTarget || index === 0 }
  })
  const targets = all.flatMap(({ target, isTarget }) => (isTarget ? target : []))
  const boots = all.flatMap(({ target: { id, name, identity, bootstrapRegistryId } }): Boot[] =>
    bootstrapRegistryId ? [{ id, name, objectId: identity.objectId, bootstrapRegistryId }] : [],
  )
  const outside = groupBy(
    all.flatMap(({ target, isTarget }) => (isTarget || target.kind !== 'cluster' ? [] : target)),
    ({ identity }) => identity.objectId,
  )
  const pairs = targets.flatMap(target =>
    made.asked.map((registry): ObservedPair => ({
      ...sampleObservedPair(heldAt(target.identity.objectId, registry.id), { target, registry }),
      groupAssignments: ofGroup(registry.id),
    })),
  )
  const sideEffects = sampleSideEffects({
    holdings: boots.map(({ objectId, bootstrapRegistryId: registryId }) => ({
      objectId,
      registryId,
      assignments: made.isReadable.holdings
        ? { value: [...heldAt(objectId, registryId), ...ofGroup(registryId)] }
        : { error: unread },
    })),
    parents: made.isReadable.parents ? { value: new Set(groupsOf(made, made.group)) } : { error: unread },
    ofParents:
      made.isReadable.parents && !made.isReadable.ofParents
        ? { error: unread }
        : {
            value: held.filter(
              each => made.isReadable.parents && groupsOf(made, made.group).includes(each.principalId),
            ),
          },
  })
  const inGroup = identities.flatMap(({ objectId }) => (groupsOf(made, objectId).includes(made.group) ? objectId : []))
  const known = sampleObserved([]).roles
  const observed: Observed = sampleObserved(pairs, {
    pullers: samplePullers(...outside),
    sideEffects,
    roles: known,
    unknownRoles: new Map([[unreadable.id, unread]]),
    ...(made.group && {
      group: { id: made.group, members: made.isReadable.members ? { value: new Set(inGroup) } : hiddenMembers },
    }),
  })
  const mayPull = ({ roleId }: RoleAssignment): boolean => {
    const role = known.get(roleId)
    return !role || canPull(role, 'RBAC') || canPull(role, 'ABAC')
  }
  /** The clusters that boot by something that an identity holds itself or through groups. */
  const bootsBy = (objectId: string, holders: string[], scoped?: string) =>
    boots.filter(
      boot =>
        boot.objectId === objectId &&
        held.some(
          assignment =>
            mayPull(assignment) &&
            holders.includes(assignment.principalId) &&
            isAtOrAbove(assignment.scope, boot.bootstrapRegistryId) &&
            (scoped === undefined || assignment.id === scoped),
        ),
    )
  return { observed, boots, bootsBy, held, desired: { ...detach, group: made.group } }
}

/** Whether a cluster outside the step pulls with the identity of a target. */
const isShared = ({ pullers }: Observed, { identity }: Target): boolean =>
  (pullers.get(normalizeId(identity.objectId))?.found.length ?? 0) > 0

describe('a detach', () => {
  it('never removes the role that a cluster boots with, whichever target, identity or group it belongs to', () => {
    fc.assert(
      fc.property(estate, made => {
        const { observed, bootsBy, desired } = observeEstate(made)
        for (const operation of makePlan(observed, desired).operations) {
          if (operation.operation === 'delete-role-assignment') {
            const { id, principalId } = operation.assignment
            expect(bootsBy(principalId, [principalId], id)).toEqual([])
          } else {
            const { objectId } = 'target' in operation ? operation.target.identity : { objectId: '' }
            expect(operation.operation).toBe('remove-group-member')
            // A removal is also planned if the membership is unknown; an identity outside the group loses nothing by it.
            const isIn = groupsOf(made, objectId).includes(made.group)
            expect(isIn ? bootsBy(objectId, [made.group, ...groupsOf(made, made.group)]) : []).toEqual([])
          }
        }
      }),
      { numRuns: 300 },
    )
  })

  it('does not advise to remove it either', () => {
    fc.assert(
      fc.property(estate, made => {
        const { observed, bootsBy, held, desired } = observeEstate(made)
        const { pairs } = makePlan(observed, desired)
        for (const { fix } of findResiduals(observed, pairs, nothingYet, desired)) {
          for (const command of fix.commands) {
            const [, groupId = '', member = ''] = /--group (\S+) --member-id (\S+)/.exec(command) ?? []
            if (groupId) expect(bootsBy(member, [groupId, ...groupsOf(made, groupId)])).toEqual([])
            for (const { id, principalId } of held.filter(each => command.includes(` ${each.id}`)))
              expect(bootsBy(principalId, [principalId], id)).toEqual([])
          }
        }
      }),
      { numRuns: 300 },
    )
  })

  it('never takes a role or a membership from an identity that another cluster pulls with', () => {
    fc.assert(
      fc.property(estate, made => {
        const { observed, desired } = observeEstate(made)
        for (const operation of makePlan(observed, desired).operations)
          if ('target' in operation) expect(isShared(observed, operation.target)).toBe(false)
      }),
      { numRuns: 300 },
    )
  })

  it('does everything else: an identity that only targets pull with, and none boots with, is detached', () => {
    fc.assert(
      fc.property(estate, made => {
        const { observed, boots, desired } = observeEstate(made)
        const { pairs } = makePlan(observed, desired)
        const others = pairs.filter(
          ({ target }) =>
            !isShared(observed, target) && !boots.some(({ objectId }) => sameId(objectId, target.identity.objectId)),
        )
        expect(others.flatMap(({ error }) => error ?? [])).toEqual([])
        const isOther = ({ target }: ObservedPair): boolean => others.some(other => other.target === target)
        const { group, roles: known, unknownRoles, sideEffects } = observed
        const nobody = sideEffects && { sideEffects: { ...sideEffects, holdings: [] } }
        const pullers = new Map(
          [...observed.pullers].filter(([id]) => others.some(({ target }) => sameId(target.identity.objectId, id))),
        )
        const about = { roles: known, unknownRoles, pullers, ...nobody, ...(group && { group }) }
        const alone = sampleObserved(observed.pairs.filter(isOther), about)
        const operationsOf = (some: typeof pairs) => some.map(({ operations }) => operations)
        expect(operationsOf(others)).toEqual(operationsOf(makePlan(alone, desired).pairs))
        // Without a group, only the registry itself is refused.
        for (const { error, registry } of desired.group ? [] : pairs) {
          if (error?.code === 'BOOTSTRAP_REGISTRY')
            expect(boots.some(({ bootstrapRegistryId }) => sameId(bootstrapRegistryId, registry.id))).toBe(true)
        }
      }),
      { numRuns: 300 },
    )
  })
})

describe('an attach', () => {
  const [one = realRegistry()] = registries
  const target = { ...realTarget(), bootstrapRegistryId: one.id.toUpperCase() }
  const attach = (pair: Partial<ObservedPair>, repositories: string[]) =>
    makePlan(sampleObserved([{ ...sampleObservedPair([]), target, registry: one, ...pair }]), {
      ...sampleWish,
      repositories,
    }).pairs[0]?.error

  it('does not advise to delete a limited assignment that nodes boot with', () => {
    const condition = "@Environment[UtcNow] DateTimeLessThan '2030-01-01T00:00:00.0Z'"
    const held = sampleAssignment(acrPull, { scope: one.id, condition })
    const both = ['team/app', 'aks-managed-repository/*']
    const error = attach({ assignments: [held] }, both)
    expect(error?.code).toBe('CONDITION_NOT_UNDERSTOOD')
    expect(error?.fix.commands).toHaveLength(1)
    expect(error?.fix.commands.join()).not.toMatch(/delete/i)
  })

  it('does not advise to delete the role of a group that nodes boot through', () => {
    const held = sampleAssignment(acrPush, { scope: above, principalId: groupIds[0] ?? '' })
    const commandsOf = (more: Partial<Target>) => {
      const pair = { ...sampleObservedPair([held], { registry: realRegistry() }), target: { ...target, ...more } }
      return makePlan(sampleObserved([pair]), sampleWish).findings.flatMap(({ code, fix }) =>
        code === 'EXCESS_ROLE' ? [fix.commands.length] : [],
      )
    }
    expect(commandsOf({})).toEqual([0])
    expect(commandsOf({ bootstrapRegistryId: '' })).toEqual([1])
  })
})
