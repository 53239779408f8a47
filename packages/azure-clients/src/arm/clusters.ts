import type { ManagedCluster } from '@azure/arm-containerservice'
import { lastSegment, phaseOf } from 'azure'
import type { ClusterAccess, NodeIdentity, Phase, ServiceAccountPull, Target } from 'azure'
import { present } from 'kernel'

/** The properties of an AKS cluster that the action uses. */
export interface Cluster extends Pick<
  Target,
  'id' | 'name' | 'location' | 'tenantId' | 'controlPlaneObjectId' | 'bootstrapRegistryId' | 'serviceAccountPull'
> {
  provisioningState: string
  /** Set while the cluster is being created or deleted. */
  phase?: Phase
  powerState: string
  pullsWith: NodeIdentity
  /** The resource group in which AKS creates the resources of the nodes. */
  nodeResourceGroup: string
  access: ClusterAccess
  tags?: Readonly<Record<string, string>>
}

export function toCluster(cluster: ManagedCluster): Cluster {
  return {
    id: cluster.id ?? '',
    name: cluster.name ?? lastSegment(cluster.id ?? ''),
    location: cluster.location,
    provisioningState: cluster.provisioningState ?? '',
    powerState: cluster.powerState?.code ?? '',
    pullsWith: readNodeIdentity(cluster),
    nodeResourceGroup: cluster.nodeResourceGroup ?? '',
    access: toAccess(cluster),
    ...present({
      phase: phaseOf(cluster.provisioningState),
      tenantId: cluster.identity?.tenantId || undefined,
      controlPlaneObjectId: controlPlaneOf(cluster) || undefined,
      bootstrapRegistryId: cluster.bootstrapProfile?.containerRegistryId || undefined,
      tags: cluster.tags,
    }),
  }
}

/** The object ID of the cluster's own identity. */
function controlPlaneOf({ identity }: ManagedCluster): string | undefined {
  const [userAssigned] = Object.values(identity?.userAssignedIdentities ?? {})
  return identity?.principalId ?? userAssigned?.principalId
}

/**
 * In recorded answers of Azure, a cluster with a service principal has no `identity`, `identityProfile` comes 36 to 69 s after the PUT of a new cluster,
 * and only at the end of a move to managed identities (`az aks update --enable-managed-identity`), which takes two minutes or more. Whether
 * `servicePrincipalProfile` keeps the application's ID until then is not known: it was masked.
 */
function readNodeIdentity(cluster: ManagedCluster): NodeIdentity {
  const { resourceId, clientId, objectId } = cluster.identityProfile?.kubeletidentity ?? {}
  if (objectId) return { kind: 'managed-identity', objectId, clientId: clientId ?? '', resourceId: resourceId ?? '' }
  const application = applicationOf(cluster)
  if (application && !hasManagedIdentity(cluster)) return { kind: 'service-principal', clientId: application }
  const state = cluster.provisioningState ?? ''
  if (phaseOf(state) === 'creating') return { kind: 'creating' }
  const isSettled = /^(succeeded|failed|canceled)$/i.test(state)
  // A cluster that was created with managed identities never had an application.
  return isSettled && !application ? { kind: 'none' } : { kind: 'moving', clientId: application }
}

/** The application ID of the service principal; empty if there is none. Clusters with managed identities have "msi" in its place. */
function applicationOf({ servicePrincipalProfile }: ManagedCluster): string {
  const principal = servicePrincipalProfile?.clientId ?? ''
  return principal.toLowerCase() === 'msi' ? '' : principal
}

function hasManagedIdentity({ identity }: ManagedCluster): boolean {
  return !/^(none)?$/i.test(identity?.type ?? '')
}

function toAccess({ apiServerAccessProfile, aadProfile, agentPoolProfiles }: ManagedCluster): ClusterAccess {
  return {
    isPrivate: apiServerAccessProfile?.enablePrivateCluster ?? false,
    authorizedRanges: apiServerAccessProfile?.authorizedIPRanges ?? [],
    runCommandDisabled: apiServerAccessProfile?.disableRunCommand ?? false,
    // Azure/azure-cli `acs/custom.py`: only clusters with managed Entra integration need a token for Run Command.
    usesEntra: aadProfile?.managed ?? false,
    ...(aadProfile && { rbac: aadProfile.enableAzureRbac ? ('azure' as const) : ('kubernetes' as const) }),
    // Null in AKS Automatic.
    pools: (agentPoolProfiles ?? []).map(({ name }) => name),
    filledPools: (agentPoolProfiles ?? []).flatMap(({ name, count = 0, powerState }) =>
      count > 0 && powerState?.code !== 'Stopped' ? name : [],
    ),
  }
}

/** What only preview versions return of a cluster. Azure may have null in place of an absent value. */
interface PreviewCluster {
  id: string
  properties?: {
    securityProfile?: { serviceAccountImagePullProfile?: { enabled?: boolean; defaultManagedIdentityId?: string } }
  }
}

/** @returns the cluster's ID, too */
export function toServiceAccountPull({ id, properties }: PreviewCluster): ServiceAccountPull & { id: string } {
  const { enabled, defaultManagedIdentityId } = properties?.securityProfile?.serviceAccountImagePullProfile ?? {}
  return { id, isEnabled: enabled === true, defaultIdentityId: defaultManagedIdentityId ?? '' }
}
