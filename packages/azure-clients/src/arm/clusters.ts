import type { ManagedCluster } from '@azure/arm-containerservice'
import * as managedClusters from '@azure/arm-containerservice/api/managedClusters'
import {
  formatResourceId,
  lastSegment,
  phaseOf,
  type ClusterAccess,
  type NodeIdentity,
  type Phase,
  type ResourceId,
  type Target,
} from 'azure'
import type { ArmContext } from './context.js'
import { armActions, collect, scopeOf, toList, toRead } from './requests.js'
import { askArm } from './errors.js'

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

/** @throws ActionError, `CLUSTER_NOT_FOUND` if it does not exist */
export function getCluster({ clients, signal }: ArmContext, id: ResourceId): Promise<Cluster> {
  const asked = toRead(`The cluster ${id.name}`, formatResourceId(id), armActions.readCluster, 'CLUSTER_NOT_FOUND')
  const context = clients.containerService(id.subscriptionId)
  return askArm(clients, asked, async () =>
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
  return askArm(clients, asked, async () => {
    const pages = resourceGroup
      ? managedClusters.listByResourceGroup(context, resourceGroup, { abortSignal: signal })
      : managedClusters.list(context, { abortSignal: signal })
    return collect(pages, toCluster)
  })
}

function toCluster(cluster: ManagedCluster): Cluster {
  const [userAssigned] = Object.values(cluster.identity?.userAssignedIdentities ?? {})
  const controlPlane = cluster.identity?.principalId ?? userAssigned?.principalId
  const phase = phaseOf(cluster.provisioningState)
  return {
    id: cluster.id ?? '',
    name: cluster.name ?? lastSegment(cluster.id ?? ''),
    location: cluster.location,
    provisioningState: cluster.provisioningState ?? '',
    ...(phase && { phase }),
    powerState: cluster.powerState?.code ?? '',
    pullsWith: readNodeIdentity(cluster),
    ...(cluster.identity?.tenantId && { tenantId: cluster.identity.tenantId }),
    ...(controlPlane && { controlPlaneObjectId: controlPlane }),
    nodeResourceGroup: cluster.nodeResourceGroup ?? '',
    ...(cluster.bootstrapProfile?.containerRegistryId && {
      bootstrapRegistryId: cluster.bootstrapProfile.containerRegistryId,
    }),
    access: toAccess(cluster),
    ...(cluster.tags && { tags: cluster.tags }),
  }
}

/**
 * In recorded answers of Azure, a cluster with a service principal has no `identity`, `identityProfile` comes 36 to 69 s after the PUT of a new cluster,
 * and only at the end of a move to managed identities (`az aks update --enable-managed-identity`), which takes two minutes or more. Whether
 * `servicePrincipalProfile` keeps the application's ID until then is not known: it was masked.
 */
function readNodeIdentity(cluster: ManagedCluster): NodeIdentity {
  const { resourceId, clientId, objectId } = cluster.identityProfile?.kubeletidentity ?? {}
  if (objectId) return { kind: 'managed-identity', objectId, clientId: clientId ?? '', resourceId: resourceId ?? '' }
  const principal = cluster.servicePrincipalProfile?.clientId ?? ''
  // Clusters with managed identities have "msi" in place of an application ID.
  const application = principal.toLowerCase() === 'msi' ? '' : principal
  const hasManagedIdentity = !/^(none)?$/i.test(cluster.identity?.type ?? '')
  if (application && !hasManagedIdentity) return { kind: 'service-principal', clientId: application }
  const state = cluster.provisioningState ?? ''
  if (phaseOf(state) === 'creating') return { kind: 'creating' }
  const isSettled = /^(succeeded|failed|canceled)$/i.test(state)
  // A cluster that was created with managed identities never had an application.
  return isSettled && !application ? { kind: 'none' } : { kind: 'moving', clientId: application }
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
