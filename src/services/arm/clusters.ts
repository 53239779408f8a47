import * as managedClusters from '@azure/arm-containerservice/api/managedClusters'
import { type ManagedCluster } from '@azure/arm-containerservice'
import { formatResourceId, lastSegment, type ResourceId } from '../../model/resource-id.js'
import type { ClusterAccess, Target } from '../../model/target.js'
import { armActions } from './actions.js'
import { ask } from './ask.js'
import { scopeOf, toList, toRead } from './attempt.js'
import type { ArmContext } from './clients.js'
import { collect } from './pages.js'

/** The properties of an AKS cluster that the action uses. */
export interface Cluster extends Pick<
  Target,
  'id' | 'name' | 'location' | 'tenantId' | 'controlPlaneObjectId' | 'bootstrapRegistryId' | 'serviceAccountPull'
> {
  provisioningState: string
  powerState: string
  /** Absent while the cluster is created, after an aborted creation, and in service principal clusters (recorded). */
  kubeletIdentity?: { resourceId: string; clientId: string; objectId: string }
  /** Application ID, if the cluster uses a service principal instead of managed identities. */
  servicePrincipalClientId?: string
  /** The resource group in which AKS creates the resources of the nodes. */
  nodeResourceGroup: string
  access: ClusterAccess
  tags?: Readonly<Record<string, string>>
}

/** The properties by which a cluster depends on a role: also known of one that only Azure Resource Graph shows. */
export interface Puller extends Pick<Cluster, 'id' | 'name' | 'servicePrincipalClientId' | 'bootstrapRegistryId'> {
  kubeletIdentity?: { objectId: string }
}

/** @throws ActionError, `CLUSTER_NOT_FOUND` if it does not exist */
export function getCluster({ clients, signal }: ArmContext, id: ResourceId): Promise<Cluster> {
  const asked = toRead(`The cluster ${id.name}`, formatResourceId(id), armActions.readCluster, 'CLUSTER_NOT_FOUND')
  const context = clients.containerService(id.subscriptionId)
  return ask(clients, asked, async () =>
    toCluster(await managedClusters.get(context, id.resourceGroup, id.name, { abortSignal: signal })),
  )
}

/** Lists the clusters of a resource group or, without one, of the subscription. @throws ActionError */
export function listClusters(
  { clients, signal }: ArmContext,
  subscriptionId: string,
  resourceGroup = '',
): Promise<Cluster[]> {
  const asked = toList(
    'The clusters',
    scopeOf(subscriptionId, resourceGroup),
    armActions.readCluster,
    'CLUSTER_NOT_FOUND',
  )
  const context = clients.containerService(subscriptionId)
  return ask(clients, asked, async () => {
    const pages = resourceGroup
      ? managedClusters.listByResourceGroup(context, resourceGroup, { abortSignal: signal })
      : managedClusters.list(context, { abortSignal: signal })
    return collect(pages, toCluster)
  })
}

function toCluster(cluster: ManagedCluster): Cluster {
  const { resourceId, clientId, objectId } = cluster.identityProfile?.kubeletidentity ?? {}
  // Clusters with managed identities have "msi" in place of an application ID.
  const servicePrincipal = cluster.servicePrincipalProfile?.clientId
  const hasManagedIdentity = !/^(none)?$/i.test(cluster.identity?.type ?? '')
  const usesServicePrincipal = servicePrincipal && servicePrincipal.toLowerCase() !== 'msi' && !hasManagedIdentity
  const [userAssigned] = Object.values(cluster.identity?.userAssignedIdentities ?? {})
  const controlPlane = cluster.identity?.principalId ?? userAssigned?.principalId
  return {
    id: cluster.id ?? '',
    name: cluster.name ?? lastSegment(cluster.id ?? ''),
    location: cluster.location,
    provisioningState: cluster.provisioningState ?? '',
    powerState: cluster.powerState?.code ?? '',
    ...(objectId && { kubeletIdentity: { resourceId: resourceId ?? '', clientId: clientId ?? '', objectId } }),
    ...(cluster.identity?.tenantId && { tenantId: cluster.identity.tenantId }),
    ...(controlPlane && { controlPlaneObjectId: controlPlane }),
    ...(usesServicePrincipal && { servicePrincipalClientId: servicePrincipal }),
    nodeResourceGroup: cluster.nodeResourceGroup ?? '',
    ...(cluster.bootstrapProfile?.containerRegistryId && {
      bootstrapRegistryId: cluster.bootstrapProfile.containerRegistryId,
    }),
    access: toAccess(cluster),
    ...(cluster.tags && { tags: cluster.tags }),
  }
}

function toAccess({ apiServerAccessProfile, aadProfile, agentPoolProfiles }: ManagedCluster): ClusterAccess {
  return {
    isPrivate: apiServerAccessProfile?.enablePrivateCluster ?? false,
    authorizedRanges: apiServerAccessProfile?.authorizedIPRanges ?? [],
    runCommandDisabled: apiServerAccessProfile?.disableRunCommand ?? false,
    // Azure/azure-cli `acs/custom.py`: only clusters with managed Entra integration need a token for Run Command.
    usesEntra: aadProfile?.managed ?? false,
    // Null in AKS Automatic.
    pools: (agentPoolProfiles ?? []).map(({ name }) => name),
  }
}
