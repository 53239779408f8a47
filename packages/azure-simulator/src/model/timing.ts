/** The delays of the real services, in milliseconds unless named otherwise. Most are 0 by default so that tests are quick. */
export interface Timing {
  /** Added to every request. */
  roundTripMs: number
  /** How long a proxy tries a host that drops its packets before it answers for it (squid `connect_timeout`: a minute). */
  connectTimeoutMs: number
  /** After a role assignment PUT, reads do not show it yet; after a DELETE, lists still do (terraform's azurerm provider polls for both). */
  readAfterWriteMs: number
  /** Age below which Azure Resource Manager does not find a principal (PrincipalNotFound) and Microsoft Graph may not either. */
  directoryReplicationMs: number
  /** From the write of a role assignment until it takes effect in permission checks (documented: up to 10 minutes). */
  propagationMs: number
  /** From a change of group membership until it takes effect in permission checks (documented for managed identities: up to a day). */
  groupPropagationMs: number
  /** From a change of group membership until `assignedTo()` lists what it brings: a guess, because Azure documents no time. */
  groupListingMs: number
  /** From the PUT that creates a registry until it is there; 0 answers the PUT with the finished registry. */
  registryCreationMs: number
  /** From the PUT that updates a cluster until it is Succeeded again (recorded: 81 to 95 s). */
  clusterUpdateMs: number
  /** From the POST that imports an image until it is there; 0 does it before the POST is answered. */
  importMs: number
  /** From the POST that runs a command in a cluster until it runs (10 to 30 s with the real service). */
  runCommandStartMs: number
  /** From a pod's creation until its node begins to pull. */
  podStartMs: number
  /**
   * The CPU time that runc needs to start a sandbox or a container; a limit stretches it (about 35 ms, recorded: with a limit of 10m 3 to 4 s to a
   * refusal and 6 to 7 s to a start; with 500m about 1 s).
   */
  startCpuMs: number
  /** How long a pull takes that nothing stops. */
  pullMs: number
  /** First pause of the kubelet after a failed pull or a crash; it doubles up to thirty times itself (kubelet: 10 s to 5 minutes). */
  kubeletBackoffMs: number
  /** From the end of a node until its pods are garbage (kube-controller-manager: quarantine of 40 s, looked at every 20 s). */
  podCollectionMs: number
  /** How long a kubelet goes on using a credential for a registry that it once got (cloud-provider-azure: 5 minutes). */
  credentialCacheMs: number
  /** Life of Entra access tokens. */
  tokenLifetimeSeconds: number
  /** Life of GitHub's OIDC tokens. */
  idTokenLifetimeSeconds: number
}

/** No delays; token lives as in the real services. */
export const defaultTiming: Readonly<Timing> = {
  roundTripMs: 0,
  connectTimeoutMs: 0,
  readAfterWriteMs: 0,
  directoryReplicationMs: 0,
  propagationMs: 0,
  groupPropagationMs: 0,
  groupListingMs: 0,
  registryCreationMs: 0,
  clusterUpdateMs: 0,
  importMs: 0,
  runCommandStartMs: 0,
  podStartMs: 10,
  startCpuMs: 0,
  pullMs: 10,
  kubeletBackoffMs: 10_000,
  podCollectionMs: 40_000,
  credentialCacheMs: 300_000,
  tokenLifetimeSeconds: 3599,
  idTokenLifetimeSeconds: 300,
}

/** Waits `milliseconds`; at once for 0. */
export async function pause(milliseconds: number): Promise<void> {
  if (milliseconds > 0) await new Promise(resolve => setTimeout(resolve, milliseconds))
}
