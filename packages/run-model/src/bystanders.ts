import type { RoleAssignment, Target } from 'azure'
import type { Result, Search, Unknown } from 'kernel'

/** Clusters and registries outside the step that a `detach` also affects, if the caller can see them. */
export interface Bystanders {
  /** Resource IDs of all registries in the subscriptions; empty if they don't matter or can't be read. */
  registryIds: string[]
  /** Clusters that aren't targets but pull with a target's identity. */
  sharing: { name: string; objectId: string }[]
  /** Clusters that aren't targets and boot their nodes from a registry. */
  boots: Boot[]
  /** Assignments at registries that clusters boot from and that the step doesn't name. */
  holdings: Holding[]
  /** Normalized object IDs of the groups that the group of the inputs is in, through others too; empty if nobody may leave it. */
  parents: Result<ReadonlySet<string>>
  /** The assignments of these groups at or above the registries that a target's nodes boot from. */
  ofParents: Result<RoleAssignment[]>
  /**
   * The other registries at which the group of the inputs, or one that it is in, holds pull roles: names, or scopes that may have some; absent if
   * nobody may leave it.
   */
  carried?: Search<string>
  /** Subscriptions whose clusters could not all be listed, and clusters that could not be read. */
  unknown: Unknown[]
  /** Normalized object IDs of the targets' identities that such clusters may pull with. */
  doubtful: ReadonlySet<string>
}

export type ClusterName = Pick<Target, 'id' | 'name'>

/** A network isolated cluster and the registry that it boots its nodes from. */
export interface Boot {
  cluster: ClusterName
  /** Object ID of the identity that its nodes pull with. */
  objectId: string
  registryId: string
}

/** The assignments at or above a registry of a pull identity, its groups and the group of the inputs. */
export interface Holding {
  objectId: string
  registryId: string
  assignments: Result<RoleAssignment[]>
}
