import type { Result } from 'kernel'
import { normalizeId } from './resource-id.js'

/** A cluster, or an identity for a future cluster to pull with. */
export interface Target {
  kind: 'cluster' | 'kubelet-identity'
  /** Resource ID, in Azure's spelling. */
  id: string
  name: string
  location: string
  /** Power state of a cluster, or its provisioning state if that is not `Succeeded`. */
  state: string
  /** Whether the cluster's nodes are off. */
  isStopped: boolean
  identity: PullIdentity
  /** Whether the cluster moves from the service principal in `identity` to managed identities, or the move was interrupted. */
  isMoving?: boolean
  /** Tenant of the pull identity, if Azure reports it. */
  tenantId?: string
  /** Object ID of the cluster's own (control plane) identity, which does not pull. */
  controlPlaneObjectId?: string
  /** How to reach the nodes of a cluster. */
  access?: ClusterAccess
  /** Resource ID of the registry that a network isolated cluster boots its nodes from. */
  bootstrapRegistryId?: string
  /** Whether nodes pull as service accounts, or why that could not be read; absent if it doesn't matter to the step. */
  serviceAccountPull?: Result<ServiceAccountPull>
  /** Whether AKS created the pull identity for this cluster only; otherwise other clusters may use it, too. */
  ownsIdentity?: boolean
}

/** What happens to a cluster or registry whose nodes or images can't be relied on yet, or no longer. */
export type Phase = 'creating' | 'deleting'

/** The phase in Azure's provisioning state; undefined if the resource neither comes nor goes. */
export function phaseOf(provisioningState?: string | null): Phase | undefined {
  return (['creating', 'deleting'] as const).find(phase => phase === provisioningState?.toLowerCase())
}

export function describePhase(phase: Phase): string {
  return phase === 'creating' ? 'created' : 'deleted'
}

/**
 * A cluster's setting that new nodes pull each pod's images with the identity of the pod's service account instead of the pull identity (preview;
 * `securityProfile.serviceAccountImagePullProfile`).
 */
export interface ServiceAccountPull {
  isEnabled: boolean
  /** Resource ID of the identity that pulls for pods whose service account names none; empty if they pull anonymously. */
  defaultIdentityId: string
}

/**
 * What the nodes of a target offer to a registry:
 * - `exchange`: a token of the kubelet identity, which the registry exchanges for a credential.
 * - `secret`: ID and secret of the cluster's application, which go to the registry as they are (cloud-provider-azure
 *   `pkg/credentialprovider/azure_credentials.go`, `GetCredentials` without `UseManagedIdentityExtension`).
 * - `service-account`: a token of the identity of the pod's service account, exchanged as well.
 * - `none`: nothing for pods whose service account names no identity; for the others, as `service-account`.
 */
export function offerOf({
  identity,
  serviceAccountPull,
}: Pick<Target, 'identity' | 'serviceAccountPull'>): 'exchange' | 'secret' | 'service-account' | 'none' {
  const { isEnabled, defaultIdentityId } = serviceAccountPull?.value ?? {}
  if (isEnabled) return defaultIdentityId ? 'service-account' : 'none'
  return identity.isApplication ? 'secret' : 'exchange'
}

/** Whether the cluster is known to pull as service accounts. */
export function pullsAsServiceAccounts(target: Parameters<typeof offerOf>[0]): boolean {
  return ['service-account', 'none'].includes(offerOf(target))
}

/** How to reach a cluster's API server and its nodes, from Azure Resource Manager. */
export interface ClusterAccess {
  /** Whether the API server has no public address. */
  isPrivate: boolean
  /** Address ranges (CIDR) that the API server accepts; empty for all. */
  authorizedRanges: string[]
  runCommandDisabled: boolean
  /** Whether users sign in to the API server with Microsoft Entra ID. */
  usesEntra: boolean
  /** Whose roles count inside the cluster, with Microsoft Entra ID: Azure's, or those of Kubernetes. */
  rbac?: 'azure' | 'kubernetes'
  /** Names of the agent pools, including empty ones. */
  pools: string[]
  /** Those that should have nodes: their count is above 0, and they are not stopped. */
  filledPools: string[]
}

/**
 * What the nodes of a cluster pull with, as far as Azure reports it:
 * - `managed-identity`: the kubelet identity.
 * - `service-principal`: the application of an old cluster.
 * - `moving`: still the application, whatever became of the move to managed identities; `clientId` is empty if Azure no longer reports it.
 * - `creating`: nothing yet.
 * - `none`: the cluster has none and gets none without help.
 */
export type NodeIdentity =
  | ({ kind: 'managed-identity' } & Record<'objectId' | 'clientId' | 'resourceId', string>)
  | { kind: 'service-principal' | 'moving'; clientId: string }
  | { kind: 'creating' | 'none' }

/** The identity that a target's nodes pull with. */
interface PullIdentity {
  /** The principal in role assignments; neither the client ID nor the cluster's own identity. */
  objectId: string
  clientId: string
  name: string
  /** Resource ID, if it is a managed identity. */
  resourceId?: string
  /** Set if it is an application, with whose secret the nodes pull. */
  isApplication?: true
  /**
   * The secret of the application that needs attention, or why the secrets could not be read: when it ends, in milliseconds since the epoch; whether it has,
   * and whether all have; and how many there are. The value is undefined if none does.
   */
  secret?: Result<{ endsAt: number; hasEnded: boolean; haveAllEnded: boolean; count: number } | undefined>
}

/** A cluster, as one of those that pull with an identity. */
export type Puller = Pick<Target, 'id' | 'name' | 'bootstrapRegistryId'>

/**
 * The object ID of the identity that nodes pull with; empty if it is not known. Of an application Azure reports the client ID only.
 * @param applications object IDs of applications, by normalized client ID
 */
export function principalOf(by: NodeIdentity, applications: ReadonlyMap<string, string>): string {
  if (by.kind === 'managed-identity') return by.objectId
  return 'clientId' in by ? (applications.get(normalizeId(by.clientId)) ?? '') : ''
}
