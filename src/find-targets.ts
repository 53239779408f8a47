import { getCluster, listClusters, type Cluster } from './azure/clusters.js'
import { formatResourceId, lastSegment, type ResourceId } from './azure/resource-id.js'
import { ActionError } from './errors.js'
import type { ClusterReference, Inputs } from './inputs.js'
import { attempt, distinct, listing, pickByName, type AzureContext } from './lookup.js'
import { memoize } from './memoize.js'
import type { Lookup, Target } from './state.js'

/** Finds every cluster that was asked for, each once, with the identity that its nodes pull with. */
export async function findTargets(
  azure: AzureContext,
  { clusters, subscriptionId }: Inputs,
): Promise<Lookup<Target>[]> {
  const list = memoize(resourceGroup =>
    attempt(
      listClusters(azure.clients, subscriptionId, resourceGroup, azure.signal),
      listing(azure, 'clusters', subscriptionId, resourceGroup),
    ),
  )
  const lookups = await Promise.all(clusters.map(reference => findClusters(azure, reference, subscriptionId, list)))
  return distinct(lookups.flat()).map(lookup => ('error' in lookup ? lookup : toTarget(lookup.asked, lookup.found)))
}

type ListClusters = (resourceGroup: string) => Promise<Cluster[] | ActionError>

async function findClusters(
  azure: AzureContext,
  reference: ClusterReference,
  subscriptionId: string,
  list: ListClusters,
): Promise<Lookup<Cluster>[]> {
  const asked = reference.text
  if (reference.kind === 'id') return [await readCluster(azure, asked, reference.id)]
  const { resourceGroup } = reference
  if (reference.kind === 'name' && resourceGroup) {
    return [
      await readCluster(azure, asked, {
        subscriptionId,
        resourceGroup,
        type: 'Microsoft.ContainerService/managedClusters',
        name: reference.text,
      }),
    ]
  }
  const listed = await list(resourceGroup)
  if (listed instanceof ActionError) return [{ asked, error: listed }]
  if (reference.kind === 'name') return [pickByName(asked, 'cluster', listed, subscriptionId)]
  if (listed.length > 0) return listed.map(found => ({ asked: found.id, found }))
  const where = resourceGroup ? `resource group ${resourceGroup}` : `subscription ${subscriptionId}`
  return [
    {
      asked,
      error: new ActionError('CLUSTER_NOT_FOUND', `There is no cluster in ${where}.`, {
        subject: where,
        fix: 'Check subscription-id and resource-group.',
      }),
    },
  ]
}

async function readCluster(azure: AzureContext, asked: string, id: ResourceId): Promise<Lookup<Cluster>> {
  const found = await attempt(getCluster(azure.clients, id, azure.signal), {
    failure: `The cluster ${id.name} could not be read`,
    subject: id.name,
    scope: formatResourceId(id),
    action: 'Microsoft.ContainerService/managedClusters/read',
    notFound: 'CLUSTER_NOT_FOUND',
    caller: azure.caller,
  })
  return found instanceof ActionError ? { asked, error: found } : { asked, found }
}

function toTarget(asked: string, cluster: Cluster): Lookup<Target> {
  const { id, name, location, provisioningState, powerState, kubeletIdentity } = cluster
  if (!kubeletIdentity) return { asked, error: noKubeletIdentity(cluster) }
  return {
    asked,
    found: {
      kind: 'cluster',
      id,
      name,
      location,
      state: provisioningState === 'Succeeded' ? powerState : provisioningState,
      identity: {
        objectId: kubeletIdentity.objectId,
        clientId: kubeletIdentity.clientId,
        name: lastSegment(kubeletIdentity.resourceId),
      },
    },
  }
}

function noKubeletIdentity({ id, name, provisioningState, servicePrincipalClientId }: Cluster): ActionError {
  if (servicePrincipalClientId) {
    return new ActionError(
      'NO_KUBELET_IDENTITY',
      `${name} pulls with the service principal ${servicePrincipalClientId}, not with a kubelet identity; this version does not support that yet.`,
      {
        subject: name,
        fix: `Move the cluster to managed identities:\n  az aks update --ids ${id} --enable-managed-identity`,
      },
    )
  }
  return new ActionError(
    'NO_KUBELET_IDENTITY',
    `${name} has no kubelet identity (provisioning state ${provisioningState}).`,
    {
      subject: name,
      fix: `A cluster gets it while it is created. Wait until that is done, or repair a failed creation:\n  az aks wait --ids ${id} --created\n  az aks update --ids ${id}`,
    },
  )
}
