import { normalizeId, subscriptionsOf, type Target } from 'azure'
import type { AzureContext, Puller } from 'azure-clients'
import { groupBy, type ActionError, type Unknown } from 'kernel'
import type { Bystanders, Inputs } from 'run-model'
import { findGap } from './gaps.js'
import { createClusterLists, findPullersElsewhere } from './pullers.js'

interface Others extends Pick<Bystanders, 'unknown' | 'doubtful'> {
  found: Puller[]
}

/** Finds the clusters that may share an identity with a target: those in its subscription and in the identity's, and others that pull with it. */
export async function findOthers(
  azure: AzureContext,
  targets: readonly Target[],
  { subscriptionId }: Inputs,
): Promise<Others> {
  const placed = targets.flatMap(({ kind, id, identity, ownsIdentity }) => {
    // Clusters that use a given identity are most likely in the step's subscription, if it has one.
    const own = kind === 'cluster' || subscriptionId === '' ? [] : [normalizeId(subscriptionId)]
    return [...new Set([...subscriptionsOf([id, identity.resourceId ?? '']), ...own])].map(at => ({
      at,
      identity,
      ownsIdentity: ownsIdentity === true,
    }))
  })
  const list = createClusterLists(azure)
  const listed = [...groupBy(placed, ({ at }) => at)].map(async ([at, all]) => {
    const sharing = selectShareable(all)
    const [{ found, errors }, gap] = await Promise.all([
      list(at),
      sharing.length > 0
        ? findGap(azure, { kind: 'clusters', subscriptionId: at, resourceGroup: '', asked: '*' })
        : undefined,
    ])
    const [error = gap] = errors
    return { found, unlisted: error ? [{ sharing, error }] : [] }
  })
  const shareable = selectShareable(placed)
  const identities = [...new Set(placed.flatMap(({ identity }) => [identity.objectId, identity.clientId]))]
  const places = { listed: new Set(placed.map(({ at }) => at)), list, isThorough: shareable.length > 0 }
  const [elsewhere, ...here] = await Promise.all([findPullersElsewhere(azure, identities, places), ...listed])
  const unlisted = [
    ...here.flatMap(each => each.unlisted),
    ...elsewhere.errors.map(error => ({ sharing: shareable, error })),
  ].filter(({ sharing }) => sharing.length > 0)
  return {
    found: [...here.flatMap(({ found }) => found), ...elsewhere.found],
    unknown: unlisted.map(describeUnlisted),
    doubtful: new Set(unlisted.flatMap(({ sharing }) => sharing.map(({ identity }) => normalizeId(identity.objectId)))),
  }
}

/** An identity that AKS made is hardly ever given to another cluster: one that can be seen counts, and nothing is said of others. */
function selectShareable<T extends { ownsIdentity: boolean }>(all: readonly T[]): T[] {
  return all.filter(({ ownsIdentity }) => !ownsIdentity)
}

function describeUnlisted(unlisted: { sharing: readonly Pick<Target, 'identity'>[]; error: ActionError }): Unknown {
  const { sharing, error } = unlisted
  const names = [...new Set(sharing.map(({ identity }) => identity.name))].join(', ')
  const message = `Could not check whether other clusters pull, or boot their nodes, with ${names}: ${error.message}`
  return { subject: error.resource ?? '/subscriptions', message }
}
