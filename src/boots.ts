import { canPullInSomeMode, isAtOrAbove, lastSegment, normalizeId, sameId } from 'azure'
import type { Puller, RoleAssignment } from 'azure'
import { groupBy, type Result, type Search, valuesOf } from 'kernel'
import type { Observed, ObservedPair } from 'run-model'

/** A network isolated cluster, with the registry that it boots its nodes from. */
export interface Boot extends Puller {
  bootstrapRegistryId: string
  /** Object ID of the identity that its nodes pull with. */
  objectId: string
}

/** The clusters that pull with an identity, and those that need its pull role to boot their nodes. */
export interface Pullers {
  /** The clusters outside the step that were found to pull with an identity; `errors`: why there may be more. */
  outside(objectId: string): Search<Puller>
  /** All clusters that pull with an identity and boot from a registry, targets or not. */
  boots(objectId: string): readonly Boot[]
  /** Those that need, or may need, an assignment to boot. */
  through(assignment: RoleAssignment): Boot[]
  /** Whether a cluster would need, or may need, an assignment to boot if its identity held it. */
  mayNeed(boot: Boot, assignment: RoleAssignment): boolean
  /** The groups through which a cluster pulls from the registry that it boots from, by normalized object ID; or why they are unknown. */
  groupsOf(boot: Boot): Result<ReadonlySet<string>> | undefined
}

/** Indexes the targets and the other clusters that were found to pull with an identity. */
export function indexPullers({
  targets,
  pairs,
  pullers,
  roles,
  sideEffects,
}: Pick<Observed, 'targets' | 'pairs' | 'pullers' | 'roles'> & {
  sideEffects?: Pick<NonNullable<Observed['sideEffects']>, 'holdings'> | undefined
}): Pullers {
  const found = valuesOf(targets)
  const targetIds = new Set(found.map(({ id }) => normalizeId(id)))
  const others = new Map(
    [...pullers].map(([objectId, { found, errors }]) => [
      objectId,
      { found: found.filter(({ id }) => !targetIds.has(normalizeId(id))), errors },
    ]),
  )
  const boots = [
    ...found.flatMap(target => toBoot(target, target.identity.objectId)),
    ...[...others].flatMap(([objectId, { found }]) => found.flatMap(puller => toBoot(puller, objectId))),
  ]
  const byIdentity = groupBy(boots, ({ objectId }) => normalizeId(objectId))
  const booting = pairs.filter(({ target }) => byIdentity.has(normalizeId(target.identity.objectId)))
  const pairsOf = groupBy(booting, ({ target }) => normalizeId(target.identity.objectId))

  const listHeld = ({ objectId, bootstrapRegistryId }: Boot): Result<RoleAssignment[]> | undefined => {
    const isThere = ({ registry }: ObservedPair): boolean => sameId(registry.id, bootstrapRegistryId)
    const pair = pairsOf.get(normalizeId(objectId))?.find(isThere)
    if (pair) return { value: [...pair.assignments, ...pair.groupAssignments] }
    return sideEffects?.holdings.find(
      each => sameId(each.objectId, objectId) && sameId(each.registryId, bootstrapRegistryId),
    )?.assignments
  }
  const isHeld = ({ objectId }: Boot, { id, principalId }: RoleAssignment): boolean =>
    sameId(principalId, objectId) ||
    (pairsOf.get(normalizeId(objectId)) ?? []).some(({ assignments }) => assignments.some(each => sameId(each.id, id)))
  // The registry's mode can change, and a role that could not be read may be the one that pulls.
  const mayPull = ({ roleId }: RoleAssignment): boolean => {
    const role = roles.get(roleId)
    return !role || canPullInSomeMode(role)
  }
  return {
    outside: objectId => others.get(normalizeId(objectId)) ?? { found: [], errors: [] },
    boots: objectId => byIdentity.get(normalizeId(objectId)) ?? [],
    through: assignment =>
      boots.filter(
        boot =>
          isAtOrAbove(assignment.scope, boot.bootstrapRegistryId) && isHeld(boot, assignment) && mayPull(assignment),
      ),
    mayNeed: (boot, assignment) => isAtOrAbove(assignment.scope, boot.bootstrapRegistryId) && mayPull(assignment),
    groupsOf: boot => {
      const held = listHeld(boot)
      if (!held || held.error) return held
      const ofGroups = held.value.filter(each => !sameId(each.principalId, boot.objectId) && mayPull(each))
      return { value: new Set(ofGroups.map(({ principalId }) => normalizeId(principalId))) }
    },
  }
}

function toBoot({ id, name, bootstrapRegistryId }: Puller, objectId: string): Boot[] {
  return bootstrapRegistryId ? [{ id, name, bootstrapRegistryId, objectId }] : []
}

/** Why a role must stay, for advice without a command to delete it: `aks-blue boots its nodes from contosoacr with it`. */
export function explainBoots(boots: readonly Boot[]): string {
  const clauses = boots.map(
    ({ name, bootstrapRegistryId }) => `${name} boots its nodes from ${lastSegment(bootstrapRegistryId)} with it`,
  )
  return [...new Set(clauses)].join(', ')
}
