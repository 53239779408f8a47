import type { ActionError } from './errors.js'
import type { ObservedImage, PlannedImage } from './images.js'

export type Mode = 'attach' | 'detach' | 'check'
export type VerifyLevel = 'none' | 'assignment' | 'pull'

/** What is to pull: a cluster, or an identity that a cluster to come will pull with. */
export interface Target {
  kind: 'cluster' | 'kubelet-identity'
  /** Resource ID, as Azure answered it. */
  id: string
  name: string
  location: string
  /** Power state of a cluster, or its provisioning state while that is not `Succeeded`. */
  state: string
  /** Whether a cluster's nodes are off. */
  isStopped: boolean
  identity: PullIdentity
  /** Tenant of the pull identity, where Azure says it. */
  tenantId?: string
  /** The cluster's own (control plane) identity, which does not pull. */
  controlPlaneObjectId?: string
  /** Of a cluster: what decides on the way to its nodes. */
  access?: ClusterAccess
}

/** What Azure Resource Manager says about reaching a cluster's API server and its nodes. */
export interface ClusterAccess {
  /** Whether the API server has no public address. */
  isPrivate: boolean
  runCommandDisabled: boolean
  /** Whether Microsoft Entra ID signs in to the API server. */
  usesEntra: boolean
  pools: AgentPool[]
}

/** An agent pool, as Azure Resource Manager has it. */
export interface AgentPool {
  name: string
  /** `Linux`, `Windows`. */
  os: string
  count: number
}

/** The identity that a target's nodes present to a registry. */
export interface PullIdentity {
  /** What role assignments name; not the client ID, and not the cluster's own identity. */
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
  /** Asked from Azure, never built from the name: domain name labels add a hash. Empty until the registry exists. */
  loginServer: string
  sku: string
  roleAssignmentMode: RoleAssignmentMode
  adminUserEnabled: boolean
  publicNetworkAccess: boolean
  /** Whether only listed addresses are let in. */
  firewall: boolean
  /** Whether tokens for Azure Resource Manager are accepted besides those for the registry. */
  armTokensAccepted: boolean
  /** False for one that the plan creates. */
  exists: boolean
}

export type PrincipalType = 'ServicePrincipal' | 'Group'

export interface RoleAssignment {
  /** Resource ID. */
  id: string
  scope: string
  principalId: string
  /** `User`, `Group`, `ServicePrincipal`, … as Azure answered it. */
  principalType: string
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

/** A registry with the role that is wanted there. */
export interface RegistryWithRole {
  registry: Registry
  role: RoleDefinition
}

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

export type GrantedBy = 'direct' | 'inherited' | 'group' | 'broader-role'

/** How a pull identity may pull from a registry. */
export interface Access {
  grantedBy: GrantedBy
  assignment: RoleAssignment
  role: string
}

/** A write that the plan asks for, with why. */
export type Operation = CreateRegistry | Assignment

/** A write that gives access or takes it away. */
export type Assignment = { reason: string } & (
  | CreateRoleAssignment
  | {
      operation: 'delete-role-assignment'
      target: Target
      registry: Registry
      assignment: RoleAssignment
      role: string
    }
  | { operation: 'add-group-member' | 'remove-group-member'; target: Target; groupId: string }
)

export interface CreateRegistry {
  operation: 'create-registry'
  reason: string
  registry: Registry
  sku: string
  /** Empty for that of its resource group. */
  location: string
}

export interface CreateRoleAssignment {
  operation: 'create-role-assignment' | 'update-role-assignment'
  /** The first target that wants it; a group's assignment serves several. */
  target: Target
  registry: Registry
  /** Resource ID to assign at: the registry's. */
  scope: string
  principalId: string
  principalType: PrincipalType
  role: { id: string; name: string }
  /** Name (GUID) of the assignment: the same for the same scope, principal and role. */
  name: string
  condition?: string
}

/** A pair with what is to be done about it. */
export interface PlannedPair extends ObservedPair {
  access: Access | null
  /** What the pair needs, in this order; an operation may serve several pairs. */
  operations: Operation[]
}

export interface Plan {
  /** What could not be planned for want of knowledge. */
  notes: string[]
  pairs: PlannedPair[]
  /** Every operation once. */
  operations: Operation[]
  images: PlannedImage[]
  findings: Finding[]
}

export type FindingCode =
  | 'GROUP_LATENCY'
  | 'EXCESS_ROLE'
  | 'ROLE_IGNORED_BY_ABAC'
  | 'RESIDUAL_ACCESS'
  | 'ORPHANED_ASSIGNMENT'
  | 'PUBLIC_ACCESS_DISABLED'
  | 'FIREWALL'
  | 'ARM_AUDIENCE_DISABLED'
  | 'ADMIN_USER_ENABLED'
  | 'CLUSTER_STOPPED'
  | 'WRONG_IDENTITY_GRANTED'
  | 'POOL_SKIPPED'

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
  /** Resource ID of the assignment that holds now. */
  roleAssignmentId?: string
  /** False when it turned out to be so already. */
  changed: boolean
  /** When Azure had answered, in ms since the epoch. */
  finishedAt: number
  error?: ActionError
}

/** What a wait for a pair's grant (or its end) found. */
export interface Verification {
  verified: VerifyLevel
  /** From the write's answer to the check that passed, in seconds. */
  propagationSeconds?: number
  /** What the nodes pulled, where they were asked to. */
  pulls?: NodePull[]
  error?: ActionError
}

/** What came of a pull; `slow` has not ended, `failed` has for a reason that is not known. */
export type PullVerdict =
  'pulled' | 'denied' | 'not-found' | 'unreachable' | 'rate-limited' | 'unschedulable' | 'refused' | 'slow' | 'failed'

/** How the pull of one image on one node ended. */
export interface NodePull {
  node: string
  pool: string
  arch: string
  image: ProbeImage
  verdict: PullVerdict
  /** What kubelet, containerd or Kubernetes said; empty for a pull that succeeded. */
  message: string
  attempts: number
  /** Milliseconds since the epoch. */
  startedAt: number
  finishedAt: number
}

/** An image that nodes are to pull. */
export interface ProbeImage {
  /** With login server: `contosoacr.azurecr.io/nginx:v1`. */
  reference: string
  registryId: string
  /** What named it: an input, or file, document and field of a manifest. */
  from: string
}
