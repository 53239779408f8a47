import { listCommand, parseResourceId, resourceTypes, sameId, type Registry } from 'azure'
import { getResource, listSubscriptionIdsOnce, queryRegistries, resources, type AzureContext } from 'azure-clients'
import { briefly, attempt, distinctOf, fix, isAbort, memoize, valuesOf } from 'kernel'
import type { ActionError, Result } from 'kernel'
import type { Inputs, Lookup } from 'run-model'
import { explainList, findGap } from './lists.js'
import { notListed, pickOnly, suggest } from './named-resources.js'

/** Lists the registries of a subscription, once. */
export type ListRegistries = (subscriptionId: string) => Promise<Result<Registry[]>>

/** Marks the error of a registry that was looked for in no subscription, because none is visible. */
export const noSubscription = 'no subscription'

/**
 * Searches all subscriptions that the caller can see, by Azure Resource Graph and, if that finds nothing that exists, by listing each.
 * @param names names and login servers
 */
export async function findRegistriesElsewhere(
  azure: AzureContext,
  names: string[],
  inputs: Inputs,
  list: ListRegistries,
): Promise<Lookup<Registry>[]> {
  const indexed = await queryRegistries(azure, names).catch((error: unknown) => {
    if (isAbort(error)) throw error
    return [] // denied or unavailable: the subscriptions are listed instead
  })
  const read = memoize(async (id: string) => {
    const parsed = parseResourceId(id)
    return parsed && attempt(getResource(azure, resources.registry, parsed))
  })
  return Promise.all(
    names.map(async asked => {
      const ids = indexed.filter(registry => isCalled(registry, asked)).map(({ id }) => id)
      const registries = (await Promise.all(ids.map(read))).filter(each => each !== undefined)
      const found = pickRegistry(asked, valuesOf(registries))
      if (found) return found
      const listed = await findByListing(azure, asked, inputs, list)
      // The index may still list deleted registries, but one that could not be read may exist.
      const unread = findRefusal(registries)
      return listed.error && unread ? { asked, error: unread } : listed
    }),
  )
}

/** Finds the error of a registry that may exist but could not be read. */
function findRefusal(read: readonly Result<Registry>[]): ActionError | undefined {
  return read.find(({ error }) => error && error.code !== 'REGISTRY_NOT_FOUND')?.error
}

async function findByListing(
  azure: AzureContext,
  asked: string,
  { subscriptionId: searched, mode }: Inputs,
  list: ListRegistries,
): Promise<Lookup<Registry>> {
  const visible = await listSubscriptionIdsOnce(azure)
  const subscriptions = (visible.value ?? []).filter(id => !sameId(id, searched))
  const lists = await Promise.all(subscriptions.map(list))
  const found = pickRegistry(asked, valuesOf(lists).flat())
  if (found) return found
  // A registry is only known to be missing if every list could be read. In `attach`, unreadable subscriptions that the inputs don't name count as read,
  // because the step can't use their registries anyway.
  const own: Result<Registry[]> = searched ? await list(searched) : { value: [] }
  const places = [searched, searched, ...subscriptions]
  const refused = [own, visible, ...lists].map(({ error }, index) => ({ error, at: places[index] ?? '' }))
  const unread = refused.find(
    ({ error }, index) => error && (error.code !== 'AUTHORIZATION_FAILED' || index === 0 || mode === 'check'),
  )
  if (unread?.error) return { asked, error: explainList(azure, unread.error, listing(unread.at, asked)) }
  const names = namesLike(asked, valuesOf([own, ...lists]).flat())
  return { asked, error: notFound(asked, searched ? [searched, ...subscriptions] : subscriptions, names) }
}

/** The names of registries or, if a login server is asked for, their login servers. */
function namesLike(asked: string, registries: readonly Registry[]): string[] {
  return registries.map(({ name, loginServer }) => (asked.includes('.') ? loginServer : name))
}

/** The list of a subscription's registries that lacks one. */
function listing(subscriptionId: string, asked: string) {
  return { kind: 'registry', subscriptionId, resourceGroup: '', asked } as const
}

function notFound(asked: string, subscriptions: string[], names: string[]): ActionError {
  const [first = '', ...others] = subscriptions
  const which = subscriptions.length <= 5 ? ` (${subscriptions.join(', ')})` : ''
  const where =
    first && others.length === 0
      ? `subscription ${first}`
      : `any of the ${subscriptions.length} subscriptions that the signed-in identity can see${which}`
  const about = { subject: asked, names }
  const what = `The registry ${asked} is not in ${where}`
  if (!first) {
    const advice =
      'The signed-in identity sees no subscription. Give the resource ID of the registry, and assign the identity a role there. The subscriptions that you can see yourself:'
    return notListed('registry', what, { ...about, detail: noSubscription, fix: fix(advice, listCommand('acr', '')) })
  }
  // A command for each of hundreds of subscriptions would bury the first ones.
  const commands = subscriptions.slice(0, 5).map(id => listCommand('acr', id))
  const advice = briefly('Check the spelling, or give the resource ID.', 'The existing registries:', ...commands)
  return notListed('registry', what, { ...about, fix: advice })
}

/**
 * A registry that isn't found may still exist: lists omit what the caller has no permission to read, or are refused, and a request for the registry itself
 * tells. So it is requested by ID in the resource groups of the step's clusters, unless a similar name shows that this one is probably a typo. In `check`,
 * where a missing registry is drift, a typo doesn't count, and the lists of the subscriptions are also checked for gaps, as it may be in another group.
 */
export async function confirmGone(
  azure: AzureContext,
  lookup: Lookup<Registry>,
  { clusters, subscriptionId: own, mode }: Inputs,
  list: ListRegistries,
): Promise<Lookup<Registry>> {
  const { asked, error: unseen } = lookup
  const isMissing = unseen?.code === 'REGISTRY_NOT_FOUND'
  if (asked.startsWith('/') || !(isMissing || unseen?.code === 'AUTHORIZATION_FAILED')) return lookup
  const { value: seen = [] } = own ? await list(own) : {}
  const isNear = suggest(asked, namesLike(asked, seen)) !== ''
  if (isNear && mode !== 'check') return lookup
  const places = clusters.flatMap(each => {
    if (each.kind === 'id') return each.id
    return each.resourceGroup ? { subscriptionId: own, resourceGroup: each.resourceGroup } : []
  })
  const distinctPlaces = distinctOf(places, each => `${each.subscriptionId}/${each.resourceGroup}`.toLowerCase())
  const name = asked.replace(/[-.].*$/, '')
  const ids = distinctPlaces.map(place => ({ ...place, type: resourceTypes.registry, name }))
  const read = await Promise.all(ids.map(id => attempt(getResource(azure, resources.registry, id))))
  const value = valuesOf(read).find(registry => isCalled(registry, asked))
  if (value) return { asked, value }
  // What the identity can't see is unknown, even if another name is near.
  const doubtful = (error: ActionError): Lookup<Registry> => ({
    asked,
    error: isNear && isMissing ? unseen.with({ isUnknowable: true }) : error,
  })
  const refused = findRefusal(read)
  if (refused) return doubtful(refused)
  if (mode !== 'check' || !isMissing) return lookup
  const listed = [own, ...places.map(({ subscriptionId }) => subscriptionId)]
  const subscriptions = distinctOf(listed.filter(Boolean), id => id.toLowerCase())
  const gaps = await Promise.all(subscriptions.map(id => findGap(azure, listing(id, asked))))
  const error = gaps.find(each => each !== undefined)
  return error ? doubtful(error) : lookup
}

/** The only registry of a list that has the name or login server, if there is one; an error if there are several. */
export function pickRegistry(asked: string, registries: Registry[]): Lookup<Registry> | undefined {
  const called = registries.filter(registry => isCalled(registry, asked))
  return pickOnly(asked, 'registry', called)
}

/** Whether a registry has the name or login server; only login servers have a dot. */
function isCalled({ name, loginServer }: Pick<Registry, 'name' | 'loginServer'>, asked: string): boolean {
  return [name, loginServer].some(each => each.toLowerCase() === asked.toLowerCase())
}
