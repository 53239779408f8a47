/** A cluster, or an identity that a future cluster will pull with. */
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
  /** Of a cluster, what decides how its nodes are reached. */
  access?: ClusterAccess
  /** Resource ID of the registry that a network isolated cluster boots its nodes from. */
  bootstrapRegistryId?: string
  /** Whether nodes pull with the identities of pods' service accounts instead of the pull identity. */
  pullsAsServiceAccounts?: boolean
  /** Whether AKS has made the pull identity for this cluster alone; else other clusters may use it too. */
  ownsIdentity?: boolean
}

/** What Azure Resource Manager says about reaching a cluster's API server and its nodes. */
export interface ClusterAccess {
  /** Whether the API server has no public address. */
  isPrivate: boolean
  /** Addresses (CIDR) that the API server lets in; empty when it lets in all. */
  authorizedRanges: string[]
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
interface PullIdentity {
  /** What role assignments name; not the client ID, and not the cluster's own identity. */
  objectId: string
  clientId: string
  name: string
  /** Resource ID, of a managed identity. */
  resourceId?: string
}

/** Whether an ID is that of a user-assigned identity, which is a target of its own before its cluster exists. */
export function isIdentityId(id: string): boolean {
  return /\/providers\/Microsoft\.ManagedIdentity\/userAssignedIdentities\//i.test(id)
}
