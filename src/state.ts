import type { ActionError } from './errors.js'

export type Mode = 'attach' | 'detach' | 'check'
export type VerifyLevel = 'none' | 'assignment' | 'pull'

/** What is to pull: a cluster, known by the identity that its kubelets pull with. */
export interface Target {
  kind: 'cluster'
  /** Resource ID, as Azure answered it. */
  id: string
  name: string
  location: string
  /** Power state, or the provisioning state while it is not `Succeeded`. */
  state: string
  identity: PullIdentity
}

/** The identity that a target's nodes present to a registry. */
export interface PullIdentity {
  /** What role assignments name; not the client ID, and not the cluster's own (control plane) identity. */
  objectId: string
  clientId: string
  name: string
}

/** Which permissions a registry honours: `RBAC` (Azure's LegacyRegistryPermissions) or `ABAC` (AbacRepositoryPermissions). */
export type RoleAssignmentMode = 'RBAC' | 'ABAC'

export interface Registry {
  /** Resource ID, as Azure answered it. */
  id: string
  name: string
  subscriptionId: string
  /** Asked from Azure, never built from the name: domain name labels add a hash. */
  loginServer: string
  sku: string
  roleAssignmentMode: RoleAssignmentMode
}

export interface RoleAssignment {
  id: string
  scope: string
  principalId: string
  /** Trailing GUID of the role definition, lower case: the rest of its ID varies by tool and level. */
  roleId: string
  /** Limits the assignment to some repositories or to other circumstances. */
  condition?: string
}

/** A role's permissions, as `Microsoft.Authorization/roleDefinitions` has them. */
export interface RoleDefinition {
  /** GUID, lower case. */
  id: string
  name: string
  permissions: Permission[]
}

export interface Permission {
  actions: string[]
  notActions: string[]
  dataActions: string[]
  notDataActions: string[]
}

/** Something that was asked for: found, or why not. */
export type Lookup<T> = { asked: string; found: T } | { asked: string; error: ActionError }

/** One target and one registry, as Azure is now. */
export interface ObservedPair {
  target: Lookup<Target>
  registry: Lookup<Registry>
  /** Assignments at or above the registry that the pull identity holds, itself or through a group. */
  assignments: RoleAssignment[]
  /** Why the assignments are not known. */
  error?: ActionError
}

export interface Observed {
  targets: Lookup<Target>[]
  registries: Lookup<Registry>[]
  /** Every target with every registry, targets first. */
  pairs: ObservedPair[]
  /** The definitions of all roles that occur in the pairs' assignments, by GUID. */
  roles: ReadonlyMap<string, RoleDefinition>
}

export type GrantedBy = 'direct' | 'inherited' | 'group' | 'broader-role'

/** How a pull identity may pull from a registry. */
export interface Access {
  grantedBy: GrantedBy
  assignment: RoleAssignment
  role: string
}

/** A write that the plan asks for. */
export interface Operation {
  operation: 'create-role-assignment'
  target: Target
  registry: Registry
  /** Resource ID to assign at: the registry's. */
  scope: string
  principalId: string
  role: { id: string; name: string }
  /** Name (GUID) of the assignment: the same for the same scope, principal and role. */
  name: string
  reason: string
}

/** A pair with what is to be done about it: nothing, one operation, or an error that forbids it. */
export interface PlannedPair extends ObservedPair {
  access: Access | null
  operation?: Operation
}

export interface Plan {
  pairs: PlannedPair[]
  operations: Operation[]
  findings: Finding[]
}

export type FindingCode = 'EXCESS_ROLE' | 'ROLE_IGNORED_BY_ABAC' | 'CLUSTER_STOPPED'

/** Worth knowing, never a failure by itself. */
export interface Finding {
  code: FindingCode
  severity: 'warning' | 'notice'
  /** Resource ID. */
  subject: string
  message: string
  fix: string
}

/** How an operation ended. */
export interface Outcome {
  operation: Operation
  /** Resource ID of the assignment that holds now; absent after a failure. */
  roleAssignmentId?: string
  /** False when it turned out to exist already. */
  changed: boolean
  /** When Azure had answered, in ms since the epoch. */
  finishedAt: number
  error?: ActionError
}

/** What a wait for an operation's effect found. */
export interface Verification {
  operation: Operation
  verified: VerifyLevel
  /** From the write's answer to the check that passed, in seconds. */
  propagationSeconds?: number
  error?: ActionError
}
