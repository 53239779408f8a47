import { listCommand, parseResourceId, sameId, type Registry } from 'azure'
import { armActions, getRegistry, listSubscriptionIdsOnce, queryRegistries, type AzureContext } from 'azure-clients'
import { ActionError, attempt, fix, isAbort, memoize, type Result, valuesOf } from 'kernel'
import type { EveryReference, Inputs, Lookup } from 'run-model'
import { explainList } from './gaps.js'
import { suggest, toSentence } from './suggestions.js'
import { pickOnly } from './named-resources.js'

/** A registry by ID, name or login server. */
export type NamedReference = Exclude<Inputs['registries'][number], EveryReference>

/** Lists the registries of a subscription, once. */
export type ListRegistries = (subscriptionId: string) => Promise<Result<Registry[]>>

/** Marks the error of a registry that was looked for in no subscription, because none is visible. */
export const noSubscription = 'no subscription'

/** Searches all subscriptions that the caller can see, by Azure Resource Graph and, if that finds nothing that exists, by listing each. */
export async function findElsewhere(
  azure: AzureContext,
  references: NamedReference[],
  inputs: Inputs,
  list: ListRegistries,
): Promise<Lookup<Registry>[]> {
  const indexed = await queryRegistries(
    azure,
    references.map(({ text }) => text),
  ).catch((error: unknown) => {
    if (isAbort(error)) throw error
    return [] // denied or unavailable: the subscriptions are listed instead
  })
  const read = memoize(async (id: string) => {
    const parsed = parseResourceId(id)
    return parsed && attempt(getRegistry(azure, parsed))
  })
  return Promise.all(
    references.map(async ({ text, kind }) => {
      const ids = indexed.filter(registry => isCalled(registry, text, kind)).map(({ id }) => id)
      const registries = (await Promise.all(ids.map(read))).filter(each => each !== undefined)
      const found = pick(text, kind, valuesOf(registries))
      if (found) return found
      const listed = await findByListing(azure, { text, kind }, inputs, list)
      // The index may still list deleted registries, but one that could not be read may exist.
      const unread = findRefusal(registries)
      return listed.error && unread ? { asked: text, error: unread } : listed
    }),
  )
}

/** Finds the error of a registry that may exist but could not be read. */
export function findRefusal(read: readonly Result<Registry>[]): ActionError | undefined {
  return read.find(({ error }) => error && error.code !== 'REGISTRY_NOT_FOUND')?.error
}

async function findByListing(
  azure: AzureContext,
  { text, kind }: Pick<NamedReference, 'text' | 'kind'>,
  { subscriptionId: searched, mode }: Inputs,
  list: ListRegistries,
): Promise<Lookup<Registry>> {
  const visible = await listSubscriptionIdsOnce(azure)
  const subscriptions = (visible.value ?? []).filter(id => !sameId(id, searched))
  const lists = await Promise.all(subscriptions.map(list))
  const found = pick(text, kind, valuesOf(lists).flat())
  // A registry is only known to be missing if every list could be read. In `attach`, unreadable subscriptions that the inputs don't name count as read,
  // because the step can't use their registries anyway.
  const own: Result<Registry[]> = searched ? await list(searched) : { value: [] }
  const places = [searched, searched, ...subscriptions]
  const refused = [own, visible, ...lists].map(({ error }, index) => ({ error, at: places[index] ?? '' }))
  const unread = refused.find(
    ({ error }, index) => error && (error.code !== 'AUTHORIZATION_FAILED' || index === 0 || mode === 'check'),
  )
  const request = { kind: 'registries', subscriptionId: unread?.at ?? '', resourceGroup: '', asked: text } as const
  const names = valuesOf([own, ...lists])
    .flat()
    .map(registry => (kind === 'name' ? registry.name : registry.loginServer))
  return (
    found ?? {
      asked: text,
      error: unread?.error
        ? explainList(azure, unread.error, request)
        : notFound(text, searched ? [searched, ...subscriptions] : subscriptions, suggest(text, names)),
    }
  )
}

function notFound(asked: string, subscriptions: string[], suggestion: string): ActionError {
  const where =
    subscriptions.length === 1
      ? `subscription ${subscriptions[0] ?? ''}`
      : `any of the ${subscriptions.length} subscriptions that the signed-in identity can see${subscriptions.length <= 5 ? ` (${subscriptions.join(', ')})` : ''}`
  return new ActionError(
    'REGISTRY_NOT_FOUND',
    `The registry ${asked} is not in ${where}, or the signed-in identity has no permission to read it (${armActions.readRegistry}).${toSentence(suggestion)}`,
    {
      subject: asked,
      ...(subscriptions.length === 0 && { detail: noSubscription }),
      fix:
        subscriptions.length > 0
          ? fix(
              'Check the spelling, or give the resource ID. The existing registries:',
              // A command for each of hundreds of subscriptions would bury the first ones.
              ...subscriptions.slice(0, 5).map(id => listCommand('acr', id)),
            )
          : fix(
              'The signed-in identity sees no subscription. Give the resource ID of the registry, and assign the identity a role there. The subscriptions that you can see yourself:',
              listCommand('acr', ''),
            ),
    },
  )
}

/** The only registry of a list that has the name or login server, if there is one; an error if there are several. */
export function pick(text: string, kind: NamedReference['kind'], registries: Registry[]): Lookup<Registry> | undefined {
  return pickOnly(
    text,
    'registries',
    registries.filter(registry => isCalled(registry, text, kind)),
  )
}

/** Whether a registry has the name or login server of a reference. */
export function isCalled(
  { name, loginServer }: { name: string; loginServer: string },
  text: string,
  kind: NamedReference['kind'],
) {
  return (kind === 'name' ? name : loginServer).toLowerCase() === text.toLowerCase()
}
