import { armActions } from '../services/arm/actions.js'
import { aksCommand, listCommand } from '../model/az-commands.js'
import { ActionError } from '../model/error.js'
import { fix, type Fix } from '../model/fix.js'
import { memoize } from '../model/memoize.js'
import type { Lookup } from '../model/observed.js'
import { lastSegment, parseResourceId, sameId, type ResourceId } from '../model/resource-id.js'
import type { Target } from '../model/target.js'
import type { ClusterReference, IdReference, Inputs } from '../model/wanted.js'
import { getCluster, listClusters, type Cluster } from '../services/arm/clusters.js'
import { orError, type AzureContext } from '../services/context.js'
import { getIdentity } from '../services/arm/identities.js'
import { findServicePrincipal } from '../services/graph/directory.js'
import { findGap } from './gaps.js'
import { distinct, pickByName } from './lookup.js'

/** The targets that were asked for, and what the list of `*` says besides. */
export interface FoundTargets {
  targets: Lookup<Target>[]
  /** Clusters that `*` leaves out because they are being deleted. */
  leaving: Pick<Cluster, 'id' | 'name'>[]
  /** Scopes whose clusters are all known: one in them that was not found does not exist. Empty except in `check`, which looks for gaps. */
  searched: string[]
}

/** Finds every target that was asked for, each once, with the identity that its nodes pull with. */
export async function findTargets(azure: AzureContext, inputs: Inputs): Promise<FoundTargets> {
  const [clusters, identities] = await Promise.all([
    findClusters(azure, inputs),
    Promise.all(inputs.kubeletIdentities.map(reference => readIdentity(azure, reference))),
  ])
  return { ...clusters, targets: [...clusters.targets, ...distinct(identities)] }
}

async function findClusters(azure: AzureContext, inputs: Inputs): Promise<FoundTargets> {
  const { clusters, subscriptionId } = inputs
  const list: ListClusters = memoize(resourceGroup =>
    orError(listClusters(azure.clients, subscriptionId, resourceGroup, azure.signal)),
  )
  const all = clusters.find(each => each.kind === 'all')
  const [lookups, everything] = await Promise.all([
    Promise.all(clusters.flatMap(each => (each.kind === 'all' ? [] : findCluster(azure, each, inputs, list)))),
    all ? findAll(azure, all, inputs, list) : undefined,
  ])
  const targets = await Promise.all(
    distinct([...(everything?.lookups ?? []), ...lookups]).map(async lookup =>
      'error' in lookup ? lookup : toTarget(azure, lookup.asked, lookup.found),
    ),
  )
  return { targets, leaving: everything?.leaving ?? [], searched: everything?.searched ?? [] }
}

type ListClusters = (resourceGroup: string) => Promise<Cluster[] | ActionError>

type PlaceReference = Extract<ClusterReference, { kind: 'all' }>

/** Every cluster of a resource group or subscription. In `check`, also whether the list has a gap: clusters in it are unknown, not gone. */
async function findAll(
  azure: AzureContext,
  { text: asked, resourceGroup }: PlaceReference,
  { subscriptionId, mode }: Inputs,
  list: ListClusters,
): Promise<Omit<FoundTargets, 'targets'> & { lookups: Lookup<Cluster>[] }> {
  const [listed, gap] = await Promise.all([
    list(resourceGroup),
    mode === 'check' ? findGap(azure, { kind: 'clusters', subscriptionId, resourceGroup, asked }) : undefined,
  ])
  if (listed instanceof ActionError) return { lookups: [{ asked, error: listed }], leaving: [], searched: [] }
  const staying = listed.filter(isStaying)
  const error = gap ?? (staying.length > 0 ? undefined : notFound(asked, resourceGroup, subscriptionId))
  const scope = `/subscriptions/${subscriptionId}${resourceGroup && `/resourceGroups/${resourceGroup}`}`
  return {
    lookups: [...staying.map(found => ({ asked: found.id, found })), ...(error ? [{ asked, error }] : [])],
    leaving: listed.filter(cluster => !isStaying(cluster)),
    searched: mode === 'check' && !gap ? [scope] : [],
  }
}

async function findCluster(
  azure: AzureContext,
  reference: Exclude<ClusterReference, { kind: 'all' }>,
  { subscriptionId, mode }: Inputs,
  list: ListClusters,
): Promise<Lookup<Cluster>> {
  const asked = reference.text
  if (reference.kind === 'id') return readCluster(azure, asked, reference.id)
  const { resourceGroup } = reference
  if (resourceGroup) {
    const type = 'Microsoft.ContainerService/managedClusters'
    return readCluster(azure, asked, { subscriptionId, resourceGroup, type, name: asked })
  }
  const listed = await list(resourceGroup)
  if (listed instanceof ActionError) return { asked, error: listed }
  const called = listed.filter(({ name }) => name.toLowerCase() === asked.toLowerCase())
  if (called.length > 0) return pickByName(asked, 'clusters', called)
  // A list may omit a cluster that exists, which isn't drift.
  const gap =
    mode === 'check' ? await findGap(azure, { kind: 'clusters', subscriptionId, resourceGroup, asked }) : undefined
  return { asked, error: gap ?? notFound(asked, resourceGroup, subscriptionId) }
}

function notFound(asked: string, resourceGroup: string, subscriptionId: string): ActionError {
  const where = resourceGroup ? `resource group ${resourceGroup}` : `subscription ${subscriptionId}`
  const what = asked === '*' ? 'There is no cluster in' : `The cluster ${asked} is not in`
  const unseen = `or the signed-in identity may not see it (${armActions.readCluster.action})`
  return new ActionError('CLUSTER_NOT_FOUND', `${what} ${where}, ${unseen}.`, {
    subject: asked === '*' ? where : asked,
    fix: fix(
      'Check the spelling, subscription-id and resource-group. The clusters that exist:',
      listCommand('aks', subscriptionId),
    ),
  })
}

function isStaying({ provisioningState }: Cluster): boolean {
  return provisioningState.toLowerCase() !== 'deleting'
}

async function readCluster(azure: AzureContext, asked: string, id: ResourceId): Promise<Lookup<Cluster>> {
  const found = await orError(getCluster(azure.clients, id, azure.signal))
  return found instanceof ActionError ? { asked, error: found } : { asked, found }
}

async function toTarget(azure: AzureContext, asked: string, cluster: Cluster): Promise<Lookup<Target>> {
  const { id, name, location, provisioningState, powerState, controlPlaneObjectId, tenantId, access } = cluster
  const { bootstrapRegistryId, pullsAsServiceAccounts, nodeResourceGroup } = cluster
  const identity = await findPullIdentity(azure, cluster)
  if (identity instanceof ActionError) return { asked, error: identity }
  const found: Target = {
    kind: 'cluster',
    id,
    name,
    location,
    state: provisioningState.toLowerCase() === 'succeeded' ? powerState : provisioningState,
    isStopped: powerState.toLowerCase() === 'stopped',
    identity,
    access,
    ...(bootstrapRegistryId && { bootstrapRegistryId }),
    pullsAsServiceAccounts,
    ...(nodeResourceGroup && {
      ownsIdentity: sameId(parseResourceId(identity.resourceId ?? '')?.resourceGroup ?? '', nodeResourceGroup),
    }),
    ...(tenantId && { tenantId }),
    ...(controlPlaneObjectId && { controlPlaneObjectId }),
  }
  return { asked, found }
}

async function findPullIdentity(azure: AzureContext, cluster: Cluster): Promise<Target['identity'] | ActionError> {
  const { id, name, provisioningState, kubeletIdentity, servicePrincipalClientId: clientId } = cluster
  if (kubeletIdentity) {
    const { objectId, clientId, resourceId } = kubeletIdentity
    return { objectId, clientId, name: lastSegment(resourceId), resourceId }
  }
  if (clientId) return findClusterServicePrincipal(azure, cluster, clientId)
  return new ActionError(
    'NO_KUBELET_IDENTITY',
    `${name} has no kubelet identity (provisioning state: ${provisioningState || 'unknown'}).`,
    {
      subject: name,
      resource: id,
      fix: adviseOnCreation(id, provisioningState),
    },
  )
}

function adviseOnCreation(id: string, provisioningState: string): Fix {
  const early = 'To give access before a cluster exists, create its identity first and name it in kubelet-identity. '
  return provisioningState === 'Creating'
    ? fix(
        `${early}A cluster gets its own while it is created. Wait until that is done:`,
        aksCommand('wait', id, '--created'),
      )
    : fix(
        `${early}A cluster gets its kubelet identity while it is created, and this one was not created that far: create it again. What it has:`,
        aksCommand('show', id, '--query "{state: provisioningState, identity: identityProfile}"'),
      )
}

/** Old clusters pull as an application: role assignments need the object ID of its service principal, which only Microsoft Graph knows. */
async function findClusterServicePrincipal(
  azure: AzureContext,
  { name, id }: Cluster,
  clientId: string,
): Promise<Target['identity'] | ActionError> {
  const objectId = await orError(findServicePrincipal(azure.clients, clientId, name, azure.signal))
  if (objectId instanceof ActionError) return objectId
  if (objectId) return { objectId, clientId, name: `service principal …${clientId.slice(-4)}` }
  return new ActionError(
    'IDENTITY_NOT_FOUND',
    `The service principal ${clientId}, with which ${name} pulls, could not be found: the tenant has no service principal of that application.`,
    {
      subject: name,
      resource: id,
      fix: fix(
        "The cluster can't pull either. Give it a new one, or managed identities, for which its nodes have to be upgraded later:",
        aksCommand('update', id, '--enable-managed-identity'),
      ),
    },
  )
}

async function readIdentity(azure: AzureContext, { text: asked, id }: IdReference): Promise<Lookup<Target>> {
  const found = await orError(getIdentity(azure.clients, id, azure.signal))
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
