import { ActionError } from './error.js'
import { groupBy } from './lists.js'
import type { Boot, Observed, ObservedPair } from './observed.js'
import { isAtOrAbove, lastSegment, normalizeId, sameId } from './resource-id.js'
import type { RoleAssignment } from './role-assignment.js'
import { canPull } from './roles.js'

/** The clusters that boot their nodes from a registry, by the identity that must keep its pull role there. */
export interface Boots {
  /** All that pull with an identity, whether they are targets or not. */
  of(objectId: string): readonly Boot[]
  /** Those that an assignment lets boot, or may let boot. */
  through(assignment: RoleAssignment): Boot[]
  /** The groups through which a cluster pulls from the registry that it boots from, by normalized object ID; or why they are not known. */
  groupsOf(boot: Boot): ReadonlySet<string> | ActionError | undefined
}

/** Collects all clusters that boot from a registry: the targets, and in `detach` the other clusters that were listed. */
export function readBoots({
  targets,
  pairs,
  bystanders,
  roles,
}: Pick<Observed, 'targets' | 'pairs' | 'roles'> & {
  bystanders?: Pick<NonNullable<Observed['bystanders']>, 'boots' | 'holdings'> | undefined
}): Boots {
  const ofTargets = targets.flatMap((lookup): Boot[] => {
    if (!('found' in lookup) || !lookup.found.bootstrapRegistryId) return []
    const { id, name, identity, bootstrapRegistryId } = lookup.found
    return [{ cluster: { id, name }, objectId: identity.objectId, registryId: bootstrapRegistryId }]
  })
  const boots = [...ofTargets, ...(bystanders?.boots ?? [])]
  const byIdentity = groupBy(boots, ({ objectId }) => normalizeId(objectId))
  const booting = pairs.filter(({ target }) => byIdentity.has(normalizeId(target.identity.objectId)))
  const pairsOf = groupBy(booting, ({ target }) => normalizeId(target.identity.objectId))

  const listHeld = ({ objectId, registryId }: Boot): RoleAssignment[] | ActionError | undefined => {
    const isThere = ({ registry }: ObservedPair): boolean => sameId(registry.id, registryId)
    const pair = pairsOf.get(normalizeId(objectId))?.find(isThere)
    if (pair) return [...pair.assignments, ...pair.groupAssignments]
    return bystanders?.holdings.find(each => sameId(each.objectId, objectId) && sameId(each.registryId, registryId))
      ?.assignments
  }
  const isHeld = ({ objectId }: Boot, { id, principalId }: RoleAssignment): boolean =>
    sameId(principalId, objectId) ||
    (pairsOf.get(normalizeId(objectId)) ?? []).some(({ assignments }) => assignments.some(each => sameId(each.id, id)))
  // The registry's mode can change, and a role that could not be read may be the one that pulls.
  const mayPull = ({ roleId }: RoleAssignment): boolean => {
    const role = roles.get(roleId)
    return !role || canPull(role, 'RBAC') || canPull(role, 'ABAC')
  }
  return {
    of: objectId => byIdentity.get(normalizeId(objectId)) ?? [],
    through: assignment =>
      boots.filter(
        boot => isAtOrAbove(assignment.scope, boot.registryId) && isHeld(boot, assignment) && mayPull(assignment),
      ),
    groupsOf: boot => {
      const held = listHeld(boot)
      if (held === undefined || held instanceof ActionError) return held
      const ofGroups = held.filter(each => !sameId(each.principalId, boot.objectId) && mayPull(each))
      return new Set(ofGroups.map(({ principalId }) => normalizeId(principalId)))
    },
  }
}

/** Why a role must stay, for advice that shows no command to delete it: `aks-blue boots its nodes from contosoacr by it`. */
export function explainBoots(boots: readonly Boot[]): string {
  return [
    ...new Set(
      boots.map(({ cluster, registryId }) => `${cluster.name} boots its nodes from ${lastSegment(registryId)} by it`),
    ),
  ].join(', ')
}
