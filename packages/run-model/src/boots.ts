import { canPullInSomeMode, isAtOrAbove, lastSegment, normalizeId, sameId, type RoleAssignment } from 'azure'
import { groupBy, type Result, valuesOf } from 'kernel'
import type { Observed, ObservedPair } from './observed.js'
import type { Boot } from './bystanders.js'

/** The clusters that boot their nodes from a registry, and the identities that must keep their pull role there. */
export interface Boots {
  /** All clusters that pull with an identity, targets or not. */
  of(objectId: string): readonly Boot[]
  /** Those that need, or may need, an assignment to boot. */
  through(assignment: RoleAssignment): Boot[]
  /** Whether a cluster would need, or may need, an assignment to boot if its identity held it. */
  mayNeed(boot: Boot, assignment: RoleAssignment): boolean
  /** The groups through which a cluster pulls from the registry that it boots from, by normalized object ID; or why they are unknown. */
  groupsOf(boot: Boot): Result<ReadonlySet<string>> | undefined
}

/** Finds all clusters that boot from a registry: among the targets, and in `detach` also among the other listed clusters. */
export function readBoots({
  targets,
  pairs,
  bystanders,
  roles,
}: Pick<Observed, 'targets' | 'pairs' | 'roles'> & {
  bystanders?: Pick<NonNullable<Observed['bystanders']>, 'boots' | 'holdings'> | undefined
}): Boots {
  const ofTargets = valuesOf(targets).flatMap(({ id, name, identity, bootstrapRegistryId }): Boot[] =>
    bootstrapRegistryId
      ? [{ cluster: { id, name }, objectId: identity.objectId, registryId: bootstrapRegistryId }]
      : [],
  )
  const boots = [...ofTargets, ...(bystanders?.boots ?? [])]
  const byIdentity = groupBy(boots, ({ objectId }) => normalizeId(objectId))
  const booting = pairs.filter(({ target }) => byIdentity.has(normalizeId(target.identity.objectId)))
  const pairsOf = groupBy(booting, ({ target }) => normalizeId(target.identity.objectId))

  const listHeld = ({ objectId, registryId }: Boot): Result<RoleAssignment[]> | undefined => {
    const isThere = ({ registry }: ObservedPair): boolean => sameId(registry.id, registryId)
    const pair = pairsOf.get(normalizeId(objectId))?.find(isThere)
    if (pair) return { value: [...pair.assignments, ...pair.groupAssignments] }
    return bystanders?.holdings.find(each => sameId(each.objectId, objectId) && sameId(each.registryId, registryId))
      ?.assignments
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
    of: objectId => byIdentity.get(normalizeId(objectId)) ?? [],
    through: assignment =>
      boots.filter(
        boot => isAtOrAbove(assignment.scope, boot.registryId) && isHeld(boot, assignment) && mayPull(assignment),
      ),
    mayNeed: ({ registryId }, assignment) => isAtOrAbove(assignment.scope, registryId) && mayPull(assignment),
    groupsOf: boot => {
      const held = listHeld(boot)
      if (!held || held.error) return held
      const ofGroups = held.value.filter(each => !sameId(each.principalId, boot.objectId) && mayPull(each))
      return { value: new Set(ofGroups.map(({ principalId }) => normalizeId(principalId))) }
    },
  }
}

/** Why a role must stay, for advice without a command to delete it: `aks-blue boots its nodes from contosoacr with it`. */
export function explainBoots(boots: readonly Boot[]): string {
  return [
    ...new Set(
      boots.map(({ cluster, registryId }) => `${cluster.name} boots its nodes from ${lastSegment(registryId)} with it`),
    ),
  ].join(', ')
}
