import type { ActionError } from './error.js'
import type { ObservedImage } from './image.js'
import type { RegistryWithRole } from './registry.js'
import { sameId } from './resource-id.js'
import type { RoleAssignment } from './role-assignment.js'
import type { RoleDefinition } from './roles.js'
import type { Target } from './target.js'

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

/** Something that was asked for: found, or why not. */
export type Lookup<T> = { asked: string; found: T } | { asked: string; error: ActionError }

/** A Microsoft Entra group that is to hold the role. */
export interface ObservedGroup {
  id: string
  /** Object IDs, lower case, of all members, nested groups' members too; undefined when Microsoft Graph may not be asked. */
  members: ReadonlySet<string> | undefined
  /** Set when the tenant has no such group. */
  error?: ActionError
}

/** One target and one registry, as Azure is now. */
export interface ObservedPair {
  target: Lookup<Target>
  registry: Lookup<RegistryWithRole>
  /** Assignments at or above the registry that the pull identity holds, itself or through a group. */
  assignments: RoleAssignment[]
  /** Whether those held through groups are all among them. */
  groupsKnown: boolean
  /** Assignments at or above the registry that the wanted group holds; empty when no group is wanted. */
  groupAssignments: RoleAssignment[]
  /** Why the pair can't be planned. */
  error?: ActionError
}

export interface Observed {
  targets: Lookup<Target>[]
  registries: Lookup<RegistryWithRole>[]
  /** Every target with every registry, targets first. */
  pairs: ObservedPair[]
  /** Everything that is assigned at a registry or above it, by its normalized ID, where that was read. */
  everyone: ReadonlyMap<string, RoleAssignment[]>
  /** The definitions of all roles that occur, by GUID. */
  roles: ReadonlyMap<string, RoleDefinition>
  group?: ObservedGroup
  images: ObservedImage[]
  /** What could not be looked at. */
  notes: string[]
}
