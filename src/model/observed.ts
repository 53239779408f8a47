import type { ActionError } from './error.js'
import type { ObservedImage } from './image.js'
import type { Registry, RegistryWithRole } from './registry.js'
import type { Unknown } from './finding.js'
import { sameId } from './resource-id.js'
import type { RoleAssignment } from './role-assignment.js'
import type { RoleDefinition } from './roles.js'
import type { Target } from './target.js'
import type { ProbeName } from './wanted.js'

/**
 * Whether Azure Resource Manager counts a pair's pull identity as a member of a group, itself or through nested ones: it lists what a member
 * holds through it. Undefined when the pair's role assignments tell nothing.
 */
export function isCounted(
  {
    assignments,
    groupsKnown,
    groupAssignments,
  }: Pick<ObservedPair, 'assignments' | 'groupsKnown' | 'groupAssignments'>,
  groupId: string,
): boolean | undefined {
  if (assignments.some(({ principalId }) => sameId(principalId, groupId))) return true
  return groupsKnown && groupAssignments.length > 0 ? false : undefined
}

/** An image of the input `probe-image` with a registry that it is pulled from. */
export interface PlacedProbe {
  name: ProbeName
  registry: Registry
  /** Whether the runner has found it there. */
  isThere: boolean
}

/** Something that was asked for: found, or why not. */
export type Lookup<T> = { asked: string; found: T } | { asked: string; error: ActionError }

/** A Microsoft Entra group that is to hold the role. */
export interface ObservedGroup {
  id: string
  /** Object IDs, lower case, of all members, nested groups' members too; undefined when Microsoft Graph may not or could not be asked. */
  members: ReadonlySet<string> | undefined
  /** Why Microsoft Graph could not be asked this time; absent where the caller may not ask it at all. */
  unread?: ActionError
  /** Set when the tenant has no such group. */
  error?: ActionError
}

/** Clusters and registries that a `detach` also affects, as far as the caller can see them. */
export interface Bystanders {
  /** Resource IDs of all registries of the subscriptions; empty where that does not matter or may not be read. */
  registryIds: string[]
  /** Clusters that pull with the identity of a target and are no targets themselves. */
  sharing: { name: string; objectId: string }[]
  /** Clusters that are no targets and boot their nodes from a registry. */
  boots: Boot[]
  /** The assignments at those of these registries that matter and that the step doesn't name. */
  holdings: Holding[]
  /** The groups, by normalized object ID, that the wanted group is in; only groups that let nodes boot were asked about. */
  parents: ReadonlySet<string> | ActionError
  /** Subscriptions whose clusters could not all be listed. */
  unknown: Unknown[]
}

/** A network isolated cluster, with the registry that it boots its nodes from. */
export interface Boot {
  cluster: Pick<Target, 'id' | 'name'>
  /** Object ID of the identity that its nodes pull with. */
  objectId: string
  registryId: string
}

/** The assignments of a pull identity (its own and those of its groups) and of the wanted group, at or above a registry; or why they could not be read. */
export interface Holding {
  objectId: string
  registryId: string
  assignments: RoleAssignment[] | ActionError
}

/** A target and a registry that were found, as Azure is now. */
export interface ObservedPair {
  target: Target
  registry: Registry
  /** The role that is wanted at the registry. */
  role: RoleDefinition
  /** Assignments at or above the registry that the pull identity holds, itself or through a group. */
  assignments: RoleAssignment[]
  /** Whether those held through groups are all among them. */
  groupsKnown: boolean
  /** Assignments at or above the registry that the wanted group holds; empty when no group is wanted. */
  groupAssignments: RoleAssignment[]
}

/** A target and a registry that were found, where the role assignments could not be read. */
export interface UnreadPair {
  target: Target
  registry: Registry
  error: ActionError
}

export interface Observed {
  targets: Lookup<Target>[]
  /** Clusters that are being deleted, which `*` leaves out. */
  leaving: { id: string; name: string }[]
  /** Scopes whose clusters are all known: a cluster in one of them that is not a target does not exist, or is being deleted. */
  searched: string[]
  registries: Lookup<RegistryWithRole>[]
  /** Every found target with every found registry, targets first, as far as they could be read. */
  pairs: ObservedPair[]
  unread: UnreadPair[]
  /** Everything that is assigned at a registry or above it, by its normalized ID, where that was read. */
  everyone: ReadonlyMap<string, RoleAssignment[]>
  /** The definitions of all roles that occur, by GUID. */
  roles: ReadonlyMap<string, RoleDefinition>
  /** Why the definitions of the others could not be read, by GUID. */
  unreadRoles: ReadonlyMap<string, ActionError>
  group?: ObservedGroup
  /** In `detach`, who else loses access by it. */
  bystanders?: Bystanders
  images: ObservedImage[]
  probes: PlacedProbe[]
}
