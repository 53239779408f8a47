import { aksCommand, listCommand, parseResourceId, resourceTypes, sameId, type ResourceId, type Target } from 'azure'
import { armActions, getCluster, listClusters, namePlace, type AzureContext, type Cluster } from 'azure-clients'
import { ActionError, attempt, fix, memoize, type Result } from 'kernel'
import type { EveryReference, Filter, Inputs, Lookup, Mode } from 'run-model'
import { findEvery, nothingListed, type Found } from './every.js'
import { explainList, findGap } from './gaps.js'
import { createClusterNames, suggest, toSentence, type ListClusterNames, withSuggestion } from './suggestions.js'
import { createServiceAccountReader, type ServiceAccountReader, withReading } from './service-account-pull.js'
import { awaitKubeletIdentity, findPullIdentity, readIdentity, type Waiting } from './identities.js'
import { distinct, nameApart, pickOnly } from './named-resources.js'

/** Finds every target of the inputs once, with the identity that its nodes pull with. */
export async function findTargets(azure: AzureContext, inputs: Inputs, waiting: Waiting): Promise<Found<Target>> {
  const [clusters, identities] = await Promise.all([
    findClusters(azure, inputs, waiting),
    Promise.all(inputs.kubeletIdentities.map(reference => readIdentity(azure, reference))),
  ])
  return { ...clusters, lookups: [...clusters.lookups, ...nameApart(distinct(identities))] }
}

async function findClusters(azure: AzureContext, inputs: Inputs, waiting: Waiting): Promise<Found<Target>> {
  const { clusters, subscriptionId, mode } = inputs
  const accounts = createServiceAccountReader(azure, inputs)
  const list: ListClusters = memoize(resourceGroup =>
    accounts.complete(resourceGroup, attempt(listClusters(azure, subscriptionId, resourceGroup))),
  )
  const readers = { list, accounts, listNames: createClusterNames(azure) }
  const every = clusters.find(each => each.kind === 'all')
  const listingOf = ({ text, resourceGroup, filters }: EveryReference) => ({
    kind: 'clusters' as const,
    list: () => list(resourceGroup),
    explainNone: () => notFound(text, resourceGroup, subscriptionId, { filters }),
  })
  const [lookups, all] = await Promise.all([
    Promise.all(clusters.flatMap(each => (each.kind === 'all' ? [] : findCluster(azure, each, inputs, readers)))),
    every ? findEvery(azure, every, inputs, listingOf(every)) : { ...nothingListed, lookups: [] },
  ])
  // `check` compares what is there now.
  const mayWait = mode === 'attach' && all.problems.length === 0
  const targets = await Promise.all(
    nameApart(distinct([...all.lookups, ...lookups]), all.leftOut).map(async lookup => {
      if (lookup.error) return lookup
      const { asked, value: cluster } = lookup
      const { value, error } = mayWait ? await awaitKubeletIdentity(azure, cluster, inputs, waiting) : lookup
      return error ? { asked, error } : toTarget(azure, asked, value, mode)
    }),
  )
  return { ...all, lookups: targets }
}

interface Readers {
  list: ListClusters
  accounts: ServiceAccountReader
  listNames: ListClusterNames
}

type ListClusters = (resourceGroup: string) => Promise<Result<Cluster[]>>

async function findCluster(
  azure: AzureContext,
  reference: Exclude<Inputs['clusters'][number], EveryReference>,
  { subscriptionId, mode }: Inputs,
  readers: Readers,
): Promise<Lookup<Cluster>> {
  const asked = reference.text
  if (reference.kind === 'id') return readCluster(azure, asked, reference.id, readers)
  const { resourceGroup } = reference
  if (resourceGroup) {
    const id = { subscriptionId, resourceGroup, type: resourceTypes.cluster, name: asked }
    return readCluster(azure, asked, id, readers)
  }
  const listed = await readers.list(resourceGroup)
  const request = { kind: 'clusters', subscriptionId, resourceGroup, asked } as const
  if (listed.error) return { asked, error: explainList(azure, listed.error, request) }
  const found = pickOnly(
    asked,
    'clusters',
    listed.value.filter(({ name }) => name.toLowerCase() === asked.toLowerCase()),
  )
  if (found) return found
  // A list may omit a cluster that exists, which isn't drift.
  const gap = mode === 'check' ? await findGap(azure, request) : undefined
  const names = listed.value.map(({ name }) => name)
  return { asked, error: gap ?? notFound(asked, resourceGroup, subscriptionId, { names }) }
}

function notFound(
  asked: string,
  resourceGroup: string,
  subscriptionId: string,
  { filters = [], names = [] }: { filters?: readonly Filter[]; names?: readonly string[] },
): ActionError {
  const where = namePlace(subscriptionId, resourceGroup)
  const isFiltered = filters.length > 0
  const what =
    asked === '*'
      ? `There is no cluster${isFiltered ? ' that passes the filters' : ''} in`
      : `The cluster ${asked} is not in`
  const unseen = `or the signed-in identity has no permission to read it (${armActions.readCluster})`
  return new ActionError('CLUSTER_NOT_FOUND', `${what} ${where}, ${unseen}.${toSentence(suggest(asked, names))}`, {
    subject: asked === '*' ? where : asked,
    fix: fix(
      'Check the spelling, subscription-id and resource-group. The existing clusters:',
      listCommand('aks', subscriptionId),
    ),
  })
}

async function readCluster(
  azure: AzureContext,
  asked: string,
  id: ResourceId,
  { accounts, listNames }: Readers,
): Promise<Lookup<Cluster>> {
  const [read, reading] = await Promise.all([attempt(getCluster(azure, id)), accounts.of(id)])
  if (read.error?.code === 'CLUSTER_NOT_FOUND')
    return { asked, error: withSuggestion(read.error, suggest(id.name, await listNames(id))) }
  return { asked, ...(read.error ? read : { value: withReading(read.value, reading) }) }
}

/** A cluster that is being deleted can still be detached, so that nothing is left behind. */
async function toTarget(azure: AzureContext, asked: string, cluster: Cluster, mode: Mode): Promise<Lookup<Target>> {
  if (mode !== 'detach' && cluster.phase === 'deleting') return { asked, error: refuseLeavingCluster(cluster) }
  const { id, name, location, provisioningState, powerState, controlPlaneObjectId, tenantId, access } = cluster
  const { bootstrapRegistryId, serviceAccountPull, nodeResourceGroup } = cluster
  const { value: found, error } = await findPullIdentity(azure, cluster)
  if (error) return { asked, error }
  const { identity } = found
  const value: Target = {
    kind: 'cluster',
    id,
    name,
    location,
    state: provisioningState.toLowerCase() === 'succeeded' ? powerState : provisioningState,
    isStopped: powerState.toLowerCase() === 'stopped',
    ...found,
    access,
    ...(bootstrapRegistryId && { bootstrapRegistryId }),
    ...(serviceAccountPull && { serviceAccountPull }),
    ...(nodeResourceGroup && {
      ownsIdentity: sameId(parseResourceId(identity.resourceId ?? '')?.resourceGroup ?? '', nodeResourceGroup),
    }),
    ...(tenantId && { tenantId }),
    ...(controlPlaneObjectId && { controlPlaneObjectId }),
  }
  return { asked, value }
}

/** Its nodes are going, and with them what the step would grant, verify or report. */
export function refuseLeavingCluster({ id, name }: Pick<Cluster, 'id' | 'name'>): ActionError {
  return new ActionError('CLUSTER_STOPPED', `${name} is being deleted, so its nodes can't be relied on to pull.`, {
    subject: name,
    resource: id,
    fix: fix(
      'Take it out of the inputs. If it is created again, run this step after that: it will pull with another identity. Its current state:',
      aksCommand('show', id, '--query provisioningState'),
    ),
  })
}
