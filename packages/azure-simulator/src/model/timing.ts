/**
 * Delays of the real services in milliseconds, unless the name says otherwise. Most are 0 by default to keep tests
 * fast.
 */
export interface Timing {
  /** Added to every request. */
  roundTripMs: number
  /** How long a proxy tries a host that drops packets before it answers itself (squid `connect_timeout`: a minute). */
  connectTimeoutMs: number
  /**
   * How long reads miss a new role assignment, and lists still show a deleted one (terraform's azurerm provider polls
   * for both).
   */
  readAfterWriteMs: number
  /**
   * Age at which a new principal becomes visible: until then, Azure Resource Manager answers PrincipalNotFound, and
   * Microsoft Graph can miss it too.
   */
  directoryReplicationMs: number
  /** Time from writing a role assignment until permission checks use it (documented: up to 10 minutes). */
  propagationMs: number
  /**
   * Time from a change of group membership until permission checks use it (documented for managed identities: up to a
   * day).
   */
  groupPropagationMs: number
  /** Time from a change of group membership until `assignedTo()` uses it. A guess: Azure documents no time. */
  groupListingMs: number
  /** Time from the PUT until a new registry exists; with 0, the PUT returns the finished registry. */
  registryCreationMs: number
  /** Time from the DELETE until a registry is gone (recorded in 2026: at most 14 s); with 0, it is gone before the DELETE is answered. */
  registryDeletionMs: number
  /** Time from the PUT until a cluster is Succeeded (recorded: 81 to 95 s for an update, 3 to 35 minutes for a creation). */
  clusterUpdateMs: number
  /** Time from a new cluster's Succeeded until AKS updates it by itself (recorded by azure-service-operator: minutes). */
  clusterOwnUpdateAfterMs: number
  /** How long that keeps the cluster Updating; with 0, it doesn't. Assumed to be as long as a requested update. */
  clusterOwnUpdateMs: number
  /** Time from the POST until an imported image exists; with 0, it exists before the POST is answered. */
  importMs: number
  /** Time from the POST until a command runs in the cluster (10 to 30 s in Azure). */
  runCommandStartMs: number
  /** Time from a pod's creation until its node starts to pull. */
  podStartMs: number
  /**
   * CPU time that runc needs to start a sandbox or a container; a CPU limit stretches it (about 35 ms; recorded with a
   * limit of 10m: 3 to 4 s to a refusal and 6 to 7 s to a start; with 500m: about 1 s).
   */
  startCpuMs: number
  /**
   * Time from the end of a pod's last container until the kubelet reports that the pod has ended (recorded: 1 to 2 s).
   */
  podEndMs: number
  /**
   * Time from the end of a pod's first sync until the kubelet writes what came of it: up to a second, because that is how often it asks for changed
   * containers (kubelet `genericPlegRelistPeriod`). Its events are written at once.
   */
  relistMs: number
  /** Duration of a pull that nothing stops. */
  pullMs: number
  /**
   * How long a node tries to connect to a host that drops packets, for each of its credentials in turn (containerd
   * 1.7.24: 30 s; recorded in the cases `bh-drop150` and `bh-blob`).
   */
  dialMs: number
  /**
   * The kubelet's first pause after a failed pull or a crash; it doubles up to thirty times its length (kubelet: 10 s
   * to 5 minutes).
   */
  kubeletBackoffMs: number
  /**
   * Time from a node's removal until its pods are garbage-collected (kube-controller-manager: quarantine of 40 s,
   * checked every 20 s).
   */
  podCollectionMs: number
  /** How long a kubelet reuses a registry credential (cloud-provider-azure: 5 minutes). */
  credentialCacheMs: number
  /** Lifetime of Entra access tokens. */
  tokenLifetimeSeconds: number
  /** Lifetime of GitHub's OIDC tokens. */
  idTokenLifetimeSeconds: number
}

/** No delays; what happens by itself and token lifetimes match the real services. */
export const defaultTiming: Readonly<Timing> = {
  roundTripMs: 0,
  connectTimeoutMs: 0,
  readAfterWriteMs: 0,
  directoryReplicationMs: 0,
  propagationMs: 0,
  groupPropagationMs: 0,
  groupListingMs: 0,
  registryCreationMs: 0,
  registryDeletionMs: 0,
  clusterUpdateMs: 0,
  clusterOwnUpdateAfterMs: 240_000,
  clusterOwnUpdateMs: 90_000,
  importMs: 0,
  runCommandStartMs: 0,
  podStartMs: 10,
  startCpuMs: 0,
  podEndMs: 10,
  relistMs: 0,
  pullMs: 10,
  dialMs: 0,
  kubeletBackoffMs: 10_000,
  podCollectionMs: 40_000,
  credentialCacheMs: 300_000,
  tokenLifetimeSeconds: 3599,
  idTokenLifetimeSeconds: 300,
}

/** Waits `milliseconds`, or not at all for 0. */
export async function pause(milliseconds: number): Promise<void> {
  if (milliseconds > 0) await new Promise(resolve => setTimeout(resolve, milliseconds))
}
