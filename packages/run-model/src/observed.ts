import type {
  ObservedImage,
  Phase,
  Puller,
  Registry,
  RegistryWithRole,
  RoleAssignment,
  RoleDefinition,
  Target,
} from 'azure'
import type { ActionError, Finding, Result, Search, Unknown } from 'kernel'
import type { CheckedImage } from './checked-image.js'

/** Whether the pull identity of a target exists: Azure Resource Manager shows it, or else the directory. */
export interface IdentityState {
  /**
   * `gone`: it was deleted; `replaced`: it was recreated with another object ID; `foreign`: it belongs to another tenant than the step is signed in to,
   * and only the directory of that tenant knows it.
   */
  state: 'alive' | 'gone' | 'replaced' | 'unknown' | 'foreign'
  /** Why it was not seen, as a clause: always if `unknown`, and if a `foreign` one could not be read. */
  why?: string
  /** Set if the signed-in identity has no right to read it. The set-up gives none: AKS makes it in another resource group, and anew with each cluster. */
  isForbidden?: true
  /** Why nobody can pull with it, if `gone` or `replaced`. If `unknown`: set if Azure failed to answer, so that the next run may see it. */
  error?: ActionError
}

/** Why nobody can pull with an identity: it no longer exists, or not with that object ID. */
export function explainLost({ state, error }: IdentityState = { state: 'alive' }): ActionError | undefined {
  return state === 'gone' || state === 'replaced' ? error : undefined
}

/** The note that the kubelet identities of some clusters may no longer exist; none without clusters. */
export function noteUnseenIdentities([first, ...others]: readonly { name: string }[], why: string): string[] {
  if (!first) return []
  const ofClusters = others.length > 0 ? `each of ${others.length + 1} clusters` : first.name
  return [`could not check whether the kubelet identity of ${ofClusters} still exists: ${why}`]
}

/** A resource of the inputs, or why it was not found. `asked` is what the user wrote. */
export type Lookup<T> = Result<T> & { readonly asked: string }

/** The current state of a target and a registry. */
export interface ObservedPair {
  target: Target
  registry: Registry
  /** The role to assign at the registry. */
  role: RoleDefinition
  /** With `role: both`, the role that counts after the registry's move to the other mode. Access is not judged by it. */
  nextRole?: RoleDefinition
  /** The pull identity's assignments at or above the registry, its own and those of its groups. */
  assignments: RoleAssignment[]
  /** Set if those of its groups were not read, because they could change nothing. */
  isOwnOnly?: boolean
  /**
   * Assignments at or above the registry of the group of the inputs and, if its own are not enough, those of the groups that it is in; empty if there is
   * no group.
   */
  groupAssignments: RoleAssignment[]
  /** Why it is unknown whether the group of the inputs has the role through a group that it is in. */
  unknownParents?: ActionError
  /** Whether the registry belongs to another tenant, or may, so that Azure possibly omits role assignments from its lists. */
  isConcealed?: boolean
}

export interface Observed {
  targets: Lookup<Target>[]
  /** Resources that are being created or deleted, so that `*` leaves them out. */
  leftOut: { kind: 'cluster' | 'registry'; id: string; name: string; phase: Phase }[]
  /** Scopes whose clusters are all known: any other cluster in them doesn't exist or is being deleted. */
  searched: string[]
  /** Each with the role to assign; `found` is set if only the role can't be used or read. */
  registries: (Lookup<RegistryWithRole> & { readonly found?: Registry })[]
  /** Findings about the inputs themselves. */
  findings: Finding[]
  /** Everything about the inputs themselves that could not be checked. */
  unknown: Unknown[]
  /** Every found target with every found registry, targets first, if they could be read. */
  pairs: ObservedPair[]
  /** Pairs whose role assignments could not be read, or whose target has a deleted identity. */
  lost: (Pick<ObservedPair, 'target' | 'registry'> & { error: ActionError })[]
  /** In `detach` only of targets with an identity of another tenant: whether an identity exists does not matter there. */
  identities: ReadonlyMap<Target, IdentityState>
  /**
   * Only in `detach`: the clusters that can be seen and pull with an identity that it would take a role from, targets included, by the normalized object
   * ID; `errors`: why there may be more; `unseen` instead, if AKS made the identity, so that these are no doubt.
   */
  pullers: ReadonlyMap<string, Search<Puller> & { unseen?: readonly ActionError[] }>
  /** Everyone's assignments at or above a registry, by its normalized ID, if they were read. */
  everyone: ReadonlyMap<string, RoleAssignment[]>
  /** The definitions of all assigned roles, by GUID. */
  roles: ReadonlyMap<string, RoleDefinition>
  /** Why the other definitions are unknown, by GUID. */
  unknownRoles: ReadonlyMap<string, ActionError>
  /** The Microsoft Entra group of the inputs. */
  group?: {
    id: string
    /** Normalized object IDs of all members, including nested groups' members; or why they are unknown. */
    members: Result<ReadonlySet<string>>
    /** Set if the tenant has no such group. */
    error?: ActionError
  }
  images: ObservedImage[]
  /** The images of the input `probe-image`, once for each registry to pull them from. */
  probes: CheckedImage<'probe'>[]
}
