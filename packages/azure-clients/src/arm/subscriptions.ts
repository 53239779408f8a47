import { normalizeId, parseResourceId, sameId } from 'azure'
import { attempt, search, type Result, type Search } from 'kernel'
import { askArm } from './errors.js'
import { armActions } from './requests.js'
import type { ArmContext } from './resources.js'

interface Subscription {
  id?: string
  subscriptionId: string
  displayName?: string
  state?: string
  tenantId?: string
}

/** Searches all enabled subscriptions that the caller can see, except for some. @param except IDs in lower case */
export async function searchSubscriptions<T>(
  azure: ArmContext,
  except: ReadonlySet<string>,
  searchIn: (subscriptionId: string) => Promise<Search<T>>,
): Promise<Search<T>> {
  const { value: visible = [], error } = await listSubscriptionIdsOnce(azure)
  const others = visible.map(normalizeId).filter(id => !except.has(id))
  const { found, errors } = await search(...others.map(searchIn))
  return { found, errors: error ? [error, ...errors] : errors }
}

/** The subscriptions that each run can see. */
const listed = new WeakMap<ArmContext['clients'], Promise<Result<Subscription[]>>>()

/** Lists the subscriptions once in a run, and only if somebody asks. @param isStale lists them again */
async function listOnce(azure: ArmContext, isStale = false): Promise<Result<Subscription[]>> {
  const known = isStale ? undefined : listed.get(azure.clients)
  const list = known ?? attempt(listSubscriptions(azure))
  listed.set(azure.clients, list)
  return list
}

/** The IDs of all enabled subscriptions that the caller can see, as they were when they were first listed. */
export async function listSubscriptionIdsOnce(azure: ArmContext): Promise<Result<string[]>> {
  const { value, error } = await listOnce(azure)
  if (error) return { error }
  return { value: value.filter(({ state }) => state !== 'Disabled').map(({ subscriptionId }) => subscriptionId) }
}

/** The names of the subscriptions that have been listed by now: nobody waits for a name. */
export async function namesSoFar(azure: ArmContext): Promise<{ id: string; name: string | null }[]> {
  const none = Promise.resolve({ value: [] })
  const { value = [] } = await Promise.race([listed.get(azure.clients) ?? none, none]).catch(() => none)
  return value.map(({ subscriptionId, displayName = null }) => ({ id: normalizeId(subscriptionId), name: displayName }))
}

/**
 * Whether the caller is known to see no subscription at all, because it has no role yet: any role in a subscription makes Azure list it, and a list that
 * could not be read proves nothing.
 */
export async function seesNothing(azure: ArmContext, { isStale = false } = {}): Promise<boolean> {
  const { value } = await listOnce(azure, isStale)
  return value?.length === 0
}

/**
 * Finds the tenant that the subscription of a resource belongs to, in lower case; empty if Azure does not list the subscription. Azure returns a
 * subscription's own tenant, also to the tenants that manage it (azure-cli `_profile.py` takes it for the home tenant).
 */
export async function findTenant(azure: ArmContext, resourceId: string): Promise<Result<string>> {
  const { value, error } = await listOnce(azure)
  if (error) return { error }
  const asked = parseResourceId(resourceId)?.subscriptionId ?? ''
  return { value: normalizeId(value.find(({ subscriptionId }) => sameId(subscriptionId, asked))?.tenantId ?? '') }
}

/** Whether a tenant is known to be another one than the tenant that the step is signed in to. */
export function isOtherTenant(tenantId: string | undefined, { tenantId: own }: { tenantId: string }): boolean {
  return tenantId !== undefined && tenantId !== '' && own !== '' && !sameId(tenantId, own)
}

function listSubscriptions({ clients, signal }: ArmContext): Promise<Subscription[]> {
  const asked = {
    failure: 'The subscriptions could not be listed',
    scope: '/subscriptions',
    // Any role in a subscription makes Azure list it.
    action: armActions.readRegistry,
  }
  const path = '/subscriptions?api-version=2022-12-01'
  return askArm(clients, asked, () => clients.resourceManager.list<Subscription>(path, signal))
}
