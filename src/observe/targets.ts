import { aksCommand } from '../model/az-commands.js'
import { ActionError, isAbort } from '../model/error.js'
import { memoize } from '../model/memoize.js'
import type { Lookup } from '../model/observed.js'
import { formatResourceId, lastSegment, type ResourceId } from '../model/resource-id.js'
import type { Target } from '../model/target.js'
import type { ClusterReference, IdReference, Inputs } from '../model/wanted.js'
import { getCluster, listClusters, type Cluster } from '../services/arm/clusters.js'
import { attempt, type AzureContext } from '../services/context.js'
import { getIdentity } from '../services/arm/identities.js'
import { findServicePrincipal } from '../services/graph/directory.js'
import { explainGraph } from '../services/graph/errors.js'
import { distinct, listing, pickByName } from './lookup.js'

/** Finds every target that was asked for, each once, with the identity that its nodes pull with. */
export async function findTargets(azure: AzureContext, inputs: Inputs): Promise<Lookup<Target>[]> {
  const [clusters, identities] = await Promise.all([
    findClusters(azure, inputs),
    Promise.all(inputs.kubeletIdentities.map(reference => readIdentity(azure, reference))),
  ])
  return [...clusters, ...distinct(identities)]
}

async function findClusters(azure: AzureContext, { clusters, subscriptionId }: Inputs): Promise<Lookup<Target>[]> {
  const list: ListClusters = memoize(resourceGroup =>
    attempt(
      listClusters(azure.clients, subscriptionId, resourceGroup, azure.signal),
      listing(azure, 'clusters', subscriptionId, resourceGroup),
    ),
  )
  const lookups = await Promise.all(clusters.map(reference => findCluster(azure, reference, subscriptionId, list)))
  return Promise.all(
    distinct(lookups.flat()).map(async lookup =>
      'error' in lookup ? lookup : toTarget(azure, lookup.asked, lookup.found),
    ),
  )
}

type ListClusters = (resourceGroup: string) => Promise<Cluster[] | ActionError>

async function findCluster(
  azure: AzureContext,
  reference: ClusterReference,
  subscriptionId: string,
  list: ListClusters,
): Promise<Lookup<Cluster>[]> {
  const asked = reference.text
  if (reference.kind === 'id') return [await readCluster(azure, asked, reference.id)]
  const { resourceGroup } = reference
  if (reference.kind === 'name' && resourceGroup) {
    const type = 'Microsoft.ContainerService/managedClusters'
    return [await readCluster(azure, asked, { subscriptionId, resourceGroup, type, name: reference.text })]
  }
  const listed = await list(resourceGroup)
  if (listed instanceof ActionError) return [{ asked, error: listed }]
  if (reference.kind === 'all' && listed.length > 0) return listed.map(found => ({ asked: found.id, found }))
  const called = listed.filter(({ name }) => name.toLowerCase() === asked.toLowerCase())
  if (called.length > 0) return [pickByName(asked, 'clusters', called)]
  const where = resourceGroup ? `resource group ${resourceGroup}` : `subscription ${subscriptionId}`
  const what = reference.kind === 'all' ? 'There is no cluster in' : `The cluster ${asked} is not in`
  const error = new ActionError('CLUSTER_NOT_FOUND', `${what} ${where}, or the signed-in identity may not see it.`, {
    subject: asked === '*' ? where : asked,
    fix: `Check the spelling, subscription-id and resource-group. What there is:\n  az aks list --subscription ${subscriptionId} --query "[].id" --output tsv`,
  })
  return [{ asked, error }]
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

async function toTarget(azure: AzureContext, asked: string, cluster: Cluster): Promise<Lookup<Target>> {
  const { id, name, location, provisioningState, powerState, controlPlaneObjectId, tenantId, access } = cluster
  const identity = await findPullIdentity(azure, cluster)
  if (identity instanceof ActionError) return { asked, error: identity }
  const found: Target = {
    kind: 'cluster',
    id,
    name,
    location,
    state: provisioningState === 'Succeeded' ? powerState : provisioningState,
    isStopped: powerState.toLowerCase() === 'stopped',
    identity,
    access,
    ...(tenantId && { tenantId }),
    ...(controlPlaneObjectId && { controlPlaneObjectId }),
  }
  return { asked, found }
}

async function findPullIdentity(azure: AzureContext, cluster: Cluster): Promise<Target['identity'] | ActionError> {
  const { id, name, provisioningState, kubeletIdentity, servicePrincipalClientId: clientId } = cluster
  if (kubeletIdentity) {
    const { objectId, clientId, resourceId } = kubeletIdentity
    return { objectId, clientId, name: lastSegment(resourceId) }
  }
  if (clientId) return findClusterServicePrincipal(azure, cluster, clientId)
  return new ActionError(
    'NO_KUBELET_IDENTITY',
    `${name} has no kubelet identity (provisioning state: ${provisioningState || 'unknown'}).`,
    {
      subject: name,
      fix:
        'A cluster gets it while it is created. Wait until that is done, or repair a creation that failed:\n' +
        `  ${aksCommand('wait', id, '--created')}\n  ${aksCommand('update', id)}\n` +
        'To give access before a cluster exists, create its identity first and name it in kubelet-identity.',
    },
  )
}

/** Clusters of old use an application: role assignments want the object ID of its service principal, which only Microsoft Graph knows. */
async function findClusterServicePrincipal(
  azure: AzureContext,
  { name, id }: Cluster,
  clientId: string,
): Promise<Target['identity'] | ActionError> {
  const failure = `The service principal ${clientId}, with which ${name} pulls, could not be looked up`
  try {
    const objectId = await findServicePrincipal(azure.clients, clientId, azure.signal)
    if (objectId) return { objectId, clientId, name: `service principal …${clientId.slice(-4)}` }
    return new ActionError(
      'IDENTITY_NOT_FOUND',
      `${failure}: the tenant has no service principal of that application.`,
      {
        subject: name,
        fix: `The cluster can't pull either. Give it a new one, or managed identities:\n  ${aksCommand('update', id, '--enable-managed-identity')}`,
      },
    )
  } catch (error) {
    if (isAbort(error)) throw error
    return explainGraph(error, {
      failure,
      subject: name,
      caller: azure.caller,
      refused: 'AUTHORIZATION_FAILED',
      needs: 'the application permission Application.Read.All',
      command: `az ad sp show --id ${clientId} --query id --output tsv`,
    })
  }
}

async function readIdentity(azure: AzureContext, { text: asked, id }: IdReference): Promise<Lookup<Target>> {
  const found = await attempt(getIdentity(azure.clients, id, azure.signal), {
    failure: `The user-assigned identity ${id.name} could not be read`,
    subject: id.name,
    scope: formatResourceId(id),
    action: 'Microsoft.ManagedIdentity/userAssignedIdentities/read',
    notFound: 'IDENTITY_NOT_FOUND',
    caller: azure.caller,
  })
  if (found instanceof ActionError) return { asked, error: found }
  const { id: identityId, name, location, objectId, clientId, tenantId } = found
  return {
    asked,
    found: {
      kind: 'kubelet-identity',
      id: identityId,
      name,
      location,
      state: '',
      isStopped: false,
      tenantId,
      identity: { objectId, clientId, name },
    },
  }
}
