import {
  isAtOrAbove,
  listCommand,
  normalizeId,
  parseResourceId,
  resourceTypes,
  sameId,
  type ResourceId,
  type Target,
} from 'azure'
import { findRefused, getResource, listResources, namePlace, queryClusterIds, resources, scopeOf } from 'azure-clients'
import type { AzureContext, Cluster } from 'azure-clients'
import { ActionError, briefly, attempt, choices, memoize, type Result } from 'kernel'
import type { Run, EveryReference, Inputs, Lookup } from 'run-model'
import { awaitKubeletIdentity, findPullIdentity, type Waiting } from './identities.js'
import { explainList, findEvery, findGap, nothingListed, type FoundResources } from './lists.js'
import {
  distinctLookups,
  explainMisnamed,
  misnamed,
  nameApart,
  notListed,
  pickOnly,
  refuseLeavingCluster,
  suggest,
  withSuggestion,
} from './named-resources.js'

/** Finds every target of the inputs once, with the identity that its nodes pull with. */
export async function findTargets(
  azure: AzureContext,
  inputs: Inputs,
  waiting: Waiting,
): Promise<FoundResources<Target>> {
  const [clusters, identities] = await Promise.all([
    findClusters(azure, inputs, waiting),
    Promise.all(inputs.kubeletIdentities.map(reference => readIdentity(azure, reference))),
  ])
  return { ...clusters, lookups: [...clusters.lookups, ...nameApart(distinctLookups(identities))] }
}

async function findClusters(azure: AzureContext, inputs: Inputs, waiting: Waiting): Promise<FoundResources<Target>> {
  const { clusters, mode } = inputs
  const reader = createReader(azure, inputs)
  const every = clusters.find(each => each.kind === 'all')
  const [lookups, all] = await Promise.all([
    Promise.all(clusters.flatMap(each => (each.kind === 'all' ? [] : findCluster(azure, each, inputs, reader)))),
    every
      ? findEvery(azure, 'cluster', every, inputs, () => reader.list(every.resourceGroup))
      : { ...nothingListed, lookups: [] },
  ])
  // `check` compares what is there now.
  const mayWait = mode === 'attach' && all.problems.length === 0
  const targets = await Promise.all(
    nameApart(distinctLookups([...all.lookups, ...lookups]), all.leftOut).map(async lookup => {
      if (lookup.error) return lookup
      const { asked, value: cluster } = lookup
      const { value, error } = mayWait ? await awaitKubeletIdentity(azure, cluster, inputs, waiting) : lookup
      return error ? { asked, error } : { asked, ...(await toTarget(azure, value, mode)) }
    }),
  )
  return { ...all, lookups: targets }
}

type Reader = ReturnType<typeof createReader>

/**
 * Reads clusters, each list once, and whether they pull as service accounts, if nodes pull, or in `check`: to assign roles, it doesn't matter. Only preview
 * api-versions return that, so a failure only means that it is unknown.
 */
function createReader(azure: AzureContext, { mode, verify, subscriptionId }: Inputs) {
  const matters = mode === 'check' || (mode === 'attach' && verify === 'pull')
  const withReading = (cluster: Cluster, serviceAccountPull: Cluster['serviceAccountPull']): Cluster =>
    serviceAccountPull ? { ...cluster, serviceAccountPull } : cluster
  return {
    async get(id: ResourceId): Promise<Result<Cluster>> {
      const [cluster, reading] = await Promise.all([
        attempt(getResource(azure, resources.cluster, id)),
        matters ? attempt(getResource(azure, resources.serviceAccountPull, id)) : undefined,
      ])
      return cluster.error ? cluster : { value: withReading(cluster.value, reading) }
    },
    /** The clusters of a resource group or, if that is empty, of the subscription. */
    list: memoize(async (resourceGroup: string): Promise<Result<Cluster[]>> => {
      const [listed, read] = await Promise.all([
        attempt(listResources(azure, resources.cluster, subscriptionId, resourceGroup)),
        matters
          ? attempt(listResources(azure, resources.serviceAccountPull, subscriptionId, resourceGroup))
          : undefined,
      ])
      if (listed.error || !read) return listed
      const byId = new Map(read.value?.map(each => [normalizeId(each.id), each]))
      const readingOf = ({ id }: Cluster): Cluster['serviceAccountPull'] => {
        if (read.error) return read
        const value = byId.get(normalizeId(id))
        return value && { value }
      }
      return { value: listed.value.map(cluster => withReading(cluster, readingOf(cluster))) }
    }),
    /** The clusters that the identity sees in a resource group or subscription, by its scope; none if they can't be listed. */
    listSeen: memoize(async (scope: string): Promise<Cluster[]> => {
      const [, , inSubscription = '', , resourceGroup = ''] = scope.split('/')
      const { value = [] } = await attempt(listResources(azure, resources.cluster, inSubscription, resourceGroup))
      return value
    }),
  }
}

async function findCluster(
  azure: AzureContext,
  reference: Exclude<Inputs['clusters'][number], EveryReference>,
  { subscriptionId, mode }: Inputs,
  reader: Reader,
): Promise<Lookup<Cluster>> {
  const asked = reference.text
  if (reference.kind === 'id') return { asked, ...(await readCluster(reference.id, reader)) }
  const { resourceGroup } = reference
  const id = { subscriptionId, resourceGroup, type: resourceTypes.cluster, name: asked }
  if (resourceGroup) {
    const read = await readCluster(id, reader)
    const isMissing = read.error?.code === 'CLUSTER_NOT_FOUND' && read.error.detail !== misnamed
    if (!read.error || !isMissing) return { asked, ...read }
    return { asked, error: (await findNamesake(azure, id)) ?? read.error }
  }
  const request = { kind: 'cluster', subscriptionId, resourceGroup, asked } as const
  const listed = await reader.list(resourceGroup)
  if (listed.error) return { asked, error: explainList(azure, listed.error, request) }
  const called = listed.value.filter(({ name }) => name.toLowerCase() === asked.toLowerCase())
  const found = pickOnly(asked, 'cluster', called)
  if (found) return found
  // A list may omit a cluster that exists, which isn't drift.
  const gap = mode === 'check' ? await findGap(azure, request) : undefined
  const names = namesOfClusters(listed.value)
  const isNear = suggest(asked, names) !== ''
  if (gap && !isNear) return { asked, error: gap }
  const namesake = await findNamesake(azure, id)
  if (namesake) return { asked, error: namesake }
  const error = notListed('cluster', `The cluster ${asked} is not in ${namePlace(subscriptionId)}`, {
    subject: asked,
    names,
    fix: briefly(
      'Check the spelling, subscription-id and resource-group.',
      'The existing clusters:',
      listCommand('aks', subscriptionId),
    ),
  })
  return { asked, error: gap ? error.with({ isUnknowable: true }) : error }
}

/** Finds clusters of that name elsewhere, in all subscriptions that the caller can see: only a person knows whether they are meant. */
async function findNamesake(azure: AzureContext, id: ResourceId): Promise<ActionError | undefined> {
  const { subscriptionId, resourceGroup, name } = id
  const { value: all = [] } = await attempt(queryClusterIds(azure, name))
  // The index may still have the one that is gone.
  const others = all.filter(each => !isAtOrAbove(scopeOf(subscriptionId, resourceGroup), each))
  const [first] = others.map(parseResourceId)
  if (!first) return undefined
  const inOther = sameId(first.subscriptionId, subscriptionId) ? '' : ` of subscription ${first.subscriptionId}`
  const where = `${namePlace(first.subscriptionId, first.resourceGroup)}${inOther}`
  const rest = others.length > 1 ? ` and ${others.length - 1} more` : ''
  const message = `No cluster ${name} was found in ${namePlace(subscriptionId, resourceGroup)}, but one in ${where}${rest}`
  const text = `If you mean ${others.length > 1 ? 'one of these' : 'this one'}, give its resource ID as cluster:`
  const advice = choices({ text, block: { language: 'text', lines: others }, commands: [] })
  return new ActionError('CLUSTER_NOT_FOUND', message, { subject: name, detail: misnamed, fix: advice })
}

async function readCluster(id: ResourceId, reader: Reader): Promise<Result<Cluster>> {
  const read = await reader.get(id)
  if (read.error && findRefused(read.error)) {
    const seen = await reader.listSeen(scopeOf(id.subscriptionId))
    return { error: explainMisnamed(read.error, resources.cluster, id, seen) ?? read.error }
  }
  if (read.error?.code !== 'CLUSTER_NOT_FOUND') return read
  const seen = await reader.listSeen(scopeOf(id.subscriptionId, id.resourceGroup))
  return { error: withSuggestion(read.error, suggest(id.name, namesOfClusters(seen))) }
}

function namesOfClusters(seen: readonly { name: string }[]): string[] {
  return seen.map(({ name }) => name)
}

/** A cluster that is being deleted can still be detached, so that nothing is left behind. */
async function toTarget(azure: AzureContext, cluster: Cluster, mode: Run['mode']): Promise<Result<Target>> {
  if (mode !== 'detach' && cluster.phase === 'deleting') return { error: refuseLeavingCluster(cluster) }
  const { provisioningState, powerState, nodeResourceGroup } = cluster
  const found = await findPullIdentity(azure, cluster, mode)
  if (found.error) return found
  const { resourceId = '' } = found.value.identity
  const value: Target = {
    ...cluster,
    ...found.value,
    kind: 'cluster',
    state: provisioningState.toLowerCase() === 'succeeded' ? powerState : provisioningState,
    isStopped: powerState.toLowerCase() === 'stopped',
    ...(nodeResourceGroup && {
      ownsIdentity: sameId(parseResourceId(resourceId)?.resourceGroup ?? '', nodeResourceGroup),
    }),
  }
  return { value }
}

async function readIdentity(
  azure: AzureContext,
  { text: asked, id }: Inputs['kubeletIdentities'][number],
): Promise<Lookup<Target>> {
  const read = await attempt(getResource(azure, resources.identity, id))
  if (read.error) return { asked, error: await explainIdentity(azure, id, read.error) }
  const { objectId, clientId, ...found } = read.value
  const identity = { objectId, clientId, name: found.name }
  return { asked, value: { ...found, kind: 'kubelet-identity', state: '', isStopped: false, identity } }
}

/** Adds the name of the identity that was probably meant, if the signed-in identity sees it. */
async function explainIdentity(azure: AzureContext, id: ResourceId, error: ActionError): Promise<ActionError> {
  if (!findRefused(error) && error.code !== 'IDENTITY_NOT_FOUND') return error
  const { value: seen = [] } = await attempt(listResources(azure, resources.identity, id.subscriptionId))
  if (error.code === 'IDENTITY_NOT_FOUND') return withSuggestion(error, suggest(id.name, namesOfClusters(seen)))
  return explainMisnamed(error, resources.identity, id, seen) ?? error
}
