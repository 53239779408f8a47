import { setTimeout } from 'node:timers/promises'
import {
  listCommand,
  aksCommand,
  az,
  formatResourceId,
  inSubscriptionOf,
  normalizeId,
  parseResourceId,
  sameId,
  shell,
} from 'azure'
import type { ResourceId, Target } from 'azure'
import { getResource, isOtherTenant, listResources, resources } from 'azure-clients'
import type { AzureContext, Identity } from 'azure-clients'
import { ActionError, attempt, choices, distinctOf, fix, groupBy, type Fix, type Result, valuesOf } from 'kernel'
import { type IdentityState, type Inputs, type Lookup, type Observed } from 'run-model'

/**
 * Finds out whether the kubelet identities of clusters exist: one may have been deleted, or recreated under the same name with another object ID. Roles of
 * the old one are still listed, but no longer work. Azure Resource Manager shows this without Microsoft Graph, which would need another sign-in: one
 * request per identity, or one list for several in a subscription.
 * @param options.isAgain whether the identities of targets without a cluster were not just read
 * @param options.ahead lists that were requested before the targets were known
 */
export async function lookAtIdentities(
  azure: AzureContext,
  targets: readonly Target[],
  { isAgain = false, ahead }: { isAgain?: boolean; ahead?: ListsAhead<Identity> } = {},
): Promise<Observed['identities']> {
  // Service principals have no resource ID.
  const idOf = ({ kind, id, identity }: Target) => (kind === 'cluster' ? identity.resourceId : isAgain ? id : undefined)
  const asked = targets.flatMap(target => {
    const id = idOf(target)
    return id === undefined ? [] : { target, id: parseResourceId(id) }
  })
  const ids = asked.flatMap(({ id }) => id ?? [])
  const read = await readEach(azure, resources.identity, ids, ahead)
  const answers = new Map(asked.map(({ target, id }) => [target, (id && read.get(keyOf(id))) ?? {}]))
  return new Map(targets.map(target => [target, judge(azure, target, answers.get(target))]))
}

/** @param now the identity with that resource ID, empty if the ID is not one; absent if it was not to be read */
function judge(azure: AzureContext, target: Target, now?: Partial<Result<Identity>>): IdentityState {
  const { value, error } = now ?? {}
  const isReplaced = value && !sameId(value.objectId, target.identity.objectId)
  if (isReplaced || error?.code === 'IDENTITY_NOT_FOUND') return explainDead(target, 'no longer exists', value)
  const unseen = error ? explainUnread(target, error) : now && !value && { why: 'its resource ID is not known' }
  // Azure does not name the tenant of a cluster whose own identity is user-assigned (recorded: aks_get_200_userassigned_controlplane).
  if ([target.tenantId, value?.tenantId].some(tenantId => isOtherTenant(tenantId, azure)))
    return { state: 'foreign', ...(unseen && { why: unseen.why }) }
  return unseen ? { state: 'unknown', ...unseen } : { state: 'alive' }
}

export const keyOf = (id: ResourceId): string => normalizeId(formatResourceId(id))

function explainUnread(target: Target, error: ActionError): Omit<IdentityState, 'state'> & { why: string } {
  if (error.kind === 'forbidden')
    return { why: `no permission to read it (${resources.identity.action})`, isForbidden: true }
  const failure = `Could not check whether the kubelet identity of ${target.name} still exists`
  return { why: error.reason, error: error.with({ failure, subject: target.name, resource: target.id }) }
}

/** Minimum number of resources in a subscription to read them in one list. */
const minTogether = 5

/** How long a list that was requested ahead is waited for once it is needed, in milliseconds: a request for one identity takes longer. */
const aheadMs = 40

/** Lists of identities that were requested side by side with the clusters that pull with them, which saves a round trip. */
interface ListsAhead<T> {
  /** The identity, if the list of its subscription has it and comes in time. */
  find(id: ResourceId): Promise<T | undefined>
  /** The whole list of a subscription; undefined if it was not requested ahead. */
  of(subscriptionId: string): Promise<ReadonlyMap<string, T>> | undefined
  /** Ends the requests that are still under way: nobody waits for them. */
  end(): void
}

/** Reads the identities of targets as soon as these are known; the identities of their subscriptions are listed meanwhile. */
export async function observeIdentities(
  azure: AzureContext,
  finding: Promise<readonly Lookup<Target>[]>,
  inputs: Inputs,
): Promise<Observed['identities']> {
  // Whether an identity exists does not matter to what is taken from it.
  if (inputs.mode === 'detach') return new Map(valuesOf(await finding).map(target => [target, judge(azure, target)]))
  const ahead = listAhead(azure, inputs)
  try {
    return await lookAtIdentities(azure, valuesOf(await finding), { ahead })
  } finally {
    ahead.end()
  }
}

/** Lists the identities in the subscriptions of the clusters in the inputs. A list proves that an identity is there; that it is not, only a request for it does. */
function listAhead(azure: AzureContext, { clusters, subscriptionId }: Inputs): ListsAhead<Identity> {
  const ending = new AbortController()
  const asker = { ...azure, signal: AbortSignal.any([azure.signal, ending.signal]) }
  const places = clusters.map(each => normalizeId(each.kind === 'id' ? each.id.subscriptionId : subscriptionId))
  const lists = new Map([...new Set(places)].map(place => [place, listBy(asker, resources.identity, place)]))
  // A cancellation shows where it is awaited.
  for (const each of lists.values()) each.catch(() => undefined)
  return {
    find: async id => {
      const all = lists.get(normalizeId(id.subscriptionId))
      const found = all && (await Promise.race([all, setTimeout(aheadMs, undefined, { ref: false })]))
      return found?.get(keyOf(id))
    },
    of: subscriptionId => lists.get(normalizeId(subscriptionId)),
    end: () => {
      ending.abort()
    },
  }
}

/** A kind of resources that can be read one by one, and listed. */
type Readable<T> = Parameters<typeof getResource<T>>[1] & Parameters<typeof listResources<T>>[1]

/** Reads each resource once, many of a subscription in one list. @returns by `keyOf` */
export async function readEach<T extends { id: string }>(
  azure: AzureContext,
  kind: Readable<T>,
  ids: readonly ResourceId[],
  ahead?: ListsAhead<T>,
): Promise<ReadonlyMap<string, Result<T>>> {
  const listed = new Map<string, Result<T>>()
  const find = async (id: ResourceId): Promise<void> => {
    const value = await ahead?.find(id)
    if (value) listed.set(keyOf(id), { value })
  }
  const distinct = distinctOf(ids, keyOf)
  await Promise.all(distinct.map(find))
  const open = distinct.filter(id => !listed.has(keyOf(id)))
  const bySubscription = groupBy(open, ({ subscriptionId }) => subscriptionId.toLowerCase())
  const readOne = async (id: ResourceId): Promise<Result<T>> => attempt(getResource(azure, kind, id))
  /** Lists omit unreadable resources as well as deleted ones, so those that are not listed are requested themselves. */
  const readTogether = async ([subscriptionId, together]: [string, ResourceId[]]): Promise<void> => {
    const isMany = together.length >= minTogether
    const found = isMany ? await (ahead?.of(subscriptionId) ?? listBy(azure, kind, subscriptionId)) : undefined
    for (const id of together) {
      const value = found?.get(keyOf(id))
      if (value) listed.set(keyOf(id), { value })
    }
    const [first, ...others] = together.filter(id => !listed.has(keyOf(id)))
    if (!first) return
    const tried = found && (await readOne(first))
    // Without read access to any of them so far, there is most likely none to the rest, which can be hundreds.
    const refused = tried?.error?.kind === 'forbidden' && others.length === together.length - 1 ? tried : undefined
    const read = async (id: ResourceId): Promise<void> => {
      listed.set(keyOf(id), refused ?? (await readOne(id)))
    }
    if (tried) listed.set(keyOf(first), tried)
    await Promise.all((tried ? others : [first, ...others]).map(read))
  }
  await Promise.all([...bySubscription].map(readTogether))
  return listed
}

/** The resources of a subscription that can be read, by `keyOf`; none if they can't be listed. */
async function listBy<T extends { id: string }>(
  azure: AzureContext,
  kind: Readable<T>,
  subscriptionId: string,
): Promise<ReadonlyMap<string, T>> {
  const { value = [] } = await attempt(listResources(azure, kind, subscriptionId))
  return new Map(value.map(each => [normalizeId(each.id), each]))
}

/**
 * Why nobody can pull with the identity of a target any more.
 * @param what happened to it, as a predicate: `no longer exists`
 * @param now the identity that was created again with its resource ID
 */
export function explainDead(target: Target, what: string, now?: Identity): IdentityState {
  const { kind, id, name, identity } = target
  const { objectId } = identity
  const recreated = `with the object ID ${objectId}, which ${what}: the identity was recreated and has the object ID ${now?.objectId ?? ''} (client ID ${now?.clientId ?? ''})`
  const [message, advice] =
    kind === 'kubelet-identity'
      ? [
          `${name}, which had the object ID ${objectId}, ${now ? `was recreated, with the object ID ${now.objectId}` : what}: no cluster can pull by the roles of the old object ID.`,
          fix(
            'Run the step again once the identity exists: it uses the current object ID, which this command shows:',
            az`identity show --ids ${id} --query principalId ${inSubscriptionOf(id)}`,
          ),
        ]
      : [
          `${name} pulls as ${identity.name} ${now ? recreated : `(object ID ${objectId}), which ${what}`}. Its nodes can't pull, whatever roles the old object ID has.`,
          adviseOn(target, { isRecreated: now !== undefined }),
        ]
  const error = new ActionError('PRINCIPAL_NOT_FOUND', message, { subject: name, resource: id, fix: advice })
  return { state: now ? 'replaced' : 'gone', error }
}

/** AKS repairs an identity that it created. One that was given to the cluster has to be given again: the nodes are configured with its client ID. */
function adviseOn({ id, name, identity, ownsIdentity }: Target, { isRecreated }: { isRecreated: boolean }): Fix {
  const { resourceId = '' } = identity
  const current = {
    text: "The cluster's current kubelet identity:",
    commands: [aksCommand('show', id, '--query identityProfile.kubeletidentity')],
  }
  if (ownsIdentity !== false) {
    return choices(current, {
      text: 'An update without changes lets AKS repair an identity that it created itself, which can recreate nodes:',
      commands: [aksCommand('update', id, '--yes')],
      caution: 'Disruptive: an update that can recreate nodes',
    })
  }
  const creation = {
    text: `Create the identity again. Its object ID will be another one, so ${name} has to be given it again afterwards:`,
    commands: [createIdentityCommand(resourceId)],
  }
  return choices(...(isRecreated ? [current] : [creation]), {
    text: `Assign the identity ${isRecreated ? 'as it is now' : 'to the cluster'}, then run this step with mode: attach, which assigns it the pull role. The control plane identity needs Managed Identity Operator on it:`,
    commands: [aksCommand('update', id, shell`--assign-kubelet-identity ${resourceId} --yes`)],
    caution: 'Disruptive: reimages all nodes',
  })
}

/** Creates a user-assigned identity with that resource ID. */
export function createIdentityCommand(identityId: string): string {
  const id = parseResourceId(identityId)
  if (!id) return listCommand('identity', '')
  return az`identity create --subscription ${id.subscriptionId} --resource-group ${id.resourceGroup} --name ${id.name}`
}
