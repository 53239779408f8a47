import { armActions } from '../services/arm/actions.js'
import { acrCommand, listCommand } from '../model/az-commands.js'
import { ActionError, isAbort } from '../model/error.js'
import { fix } from '../model/fix.js'
import { memoize } from '../model/memoize.js'
import type { Lookup } from '../model/observed.js'
import type { Registry } from '../model/registry.js'
import { formatResourceId, parseResourceId, sameId, type ResourceId } from '../model/resource-id.js'
import { attempt, valuesOf, type Result } from '../model/result.js'
import type { RoleAssignmentMode } from '../model/roles.js'
import type { EveryReference, IdReference, Inputs, RegistryReference } from '../model/inputs.js'
import type { AzureContext } from '../services/context.js'
import { getRegistry, listRegistries } from '../services/arm/registries.js'
import { queryRegistries } from '../services/arm/resource-graph.js'
import { listSubscriptionIds } from '../services/arm/subscriptions.js'
import { findEveryRegistry } from './every-registry.js'
import { findGap } from './gaps.js'
import { distinct, pickOnly } from './lookup.js'
import { suggest, toSentence, withSuggestion } from './suggestions.js'

type NamedReference = Exclude<RegistryReference, EveryReference>

type ListRegistries = (subscriptionId: string) => Promise<Result<Registry[]>>

/**
 * Finds every registry of the inputs once.
 * Names and login servers are looked up in the given subscription first, in one list. The others are searched for everywhere: Azure Resource Graph finds
 * them, and Azure Resource Manager confirms them. If Resource Graph refuses or is out of date, all subscriptions that the caller can see are listed.
 */
export async function findRegistries(azure: AzureContext, inputs: Inputs): Promise<Lookup<Registry>[]> {
  const lookups = await findAll(azure, inputs)
  // One that is being deleted can still be detached from.
  if (inputs.mode === 'detach') return lookups
  return lookups.map(({ asked, ...found }) =>
    found.value?.isLeaving ? { asked, error: refuseLeavingRegistry(found.value) } : { asked, ...found },
  )
}

/** The registry is going, and with it its images and role assignments: it is neither attached nor missing. */
export function refuseLeavingRegistry({ id, name }: Pick<Registry, 'id' | 'name'>): ActionError {
  return new ActionError('AZURE_REFUSED', `${name} is being deleted, so nothing can be relied on to be pulled.`, {
    subject: name,
    resource: id,
    fix: fix(
      'Take it out of the inputs. If it is created again, run this step after that. Its current state:',
      acrCommand('show', id, '--query provisioningState'),
    ),
  })
}

async function findAll(azure: AzureContext, inputs: Inputs): Promise<Lookup<Registry>[]> {
  const named = inputs.registries.filter(each => each.kind !== 'all')
  const every = inputs.registries.find(each => each.kind === 'all')
  if (every) return findEveryRegistry(azure, every, inputs)
  const list: ListRegistries = memoize(subscriptionId => attempt(listRegistries(azure, subscriptionId)))
  const lookups = await Promise.all(
    named.map(reference =>
      reference.kind === 'id' ? readRegistry(azure, reference, inputs, list) : findHere(reference, inputs, list),
    ),
  )
  const elsewhere = lookups.flatMap((lookup, index) => (lookup ? [] : (named[index] ?? [])))
  const foundElsewhere = elsewhere.length > 0 ? await findElsewhere(azure, elsewhere, inputs, list) : []
  const all = lookups.flatMap(lookup => lookup ?? foundElsewhere.shift() ?? [])
  return distinct(inputs.mode === 'check' ? await Promise.all(all.map(each => confirmGone(azure, each, inputs))) : all)
}

/**
 * A registry that isn't found may still exist, and the caller may have lost read access, which isn't drift. Lists silently omit such registries, but a
 * request for the registry itself is refused. So it is requested by ID in the resource groups of the step's clusters. As it may be in another resource
 * group, the lists of the subscriptions are also checked for gaps.
 */
async function confirmGone(azure: AzureContext, lookup: Lookup<Registry>, inputs: Inputs): Promise<Lookup<Registry>> {
  const { asked } = lookup
  if (lookup.error?.code !== 'REGISTRY_NOT_FOUND' || asked.startsWith('/')) return lookup
  const places = inputs.clusters.flatMap(reference => {
    if (reference.kind === 'id') return reference.id
    const { resourceGroup } = reference
    return resourceGroup ? { subscriptionId: inputs.subscriptionId, resourceGroup } : []
  })
  const distinctPlaces = new Map(
    places.map(each => [`${each.subscriptionId}/${each.resourceGroup}`.toLowerCase(), each]),
  )
  const name = asked.replace(/[-.].*$/, '')
  const read = await Promise.all(
    [...distinctPlaces.values()].map(({ subscriptionId, resourceGroup }) => {
      const id = { subscriptionId, resourceGroup, type: 'Microsoft.ContainerRegistry/registries', name }
      return attempt(getRegistry(azure, id))
    }),
  )
  const kind = asked.includes('.') ? 'login-server' : 'name'
  const found = valuesOf(read).find(registry => isCalled(registry, asked, kind))
  if (found) return { asked, value: found }
  const refused = findRefusal(read)
  if (refused) return { asked, error: refused }
  const listed = [inputs.subscriptionId, ...places.map(({ subscriptionId }) => subscriptionId)]
  const subscriptions = [...new Map(listed.filter(Boolean).map(id => [id.toLowerCase(), id])).values()]
  const gaps = await Promise.all(
    subscriptions.map(subscriptionId =>
      findGap(azure, { kind: 'registries', subscriptionId, resourceGroup: '', asked }),
    ),
  )
  const gap = gaps.find(each => each !== undefined)
  return gap ? { asked, error: gap } : lookup
}

/** Undefined if it isn't in the given subscription, or none was given. */
async function findHere(
  { text, kind }: NamedReference,
  { subscriptionId }: Inputs,
  list: ListRegistries,
): Promise<Lookup<Registry> | undefined> {
  if (!subscriptionId) return undefined
  const listed = await list(subscriptionId)
  if (!listed.error) return pick(text, kind, listed.value)
  // A caller who can't list the subscription may still be able to read the registry.
  return listed.error.code === 'AUTHORIZATION_FAILED' ? undefined : { asked: text, error: listed.error }
}

async function findElsewhere(
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
function findRefusal(read: readonly Result<Registry>[]): ActionError | undefined {
  return read.find(({ error }) => error && error.code !== 'REGISTRY_NOT_FOUND')?.error
}

async function findByListing(
  azure: AzureContext,
  { text, kind }: Pick<NamedReference, 'text' | 'kind'>,
  { subscriptionId: searched, mode }: Inputs,
  list: ListRegistries,
): Promise<Lookup<Registry>> {
  const visible = await attempt(listSubscriptionIds(azure))
  const subscriptions = (visible.value ?? []).filter(id => !sameId(id, searched))
  const lists = await Promise.all(subscriptions.map(list))
  const found = pick(text, kind, valuesOf(lists).flat())
  // A registry is only known to be missing if every list could be read. In `attach`, unreadable subscriptions that the inputs don't name count as read,
  // because the step can't use their registries anyway.
  const own: Result<Registry[]> = searched ? await list(searched) : { value: [] }
  const unread = [own, visible, ...lists].find(
    each => each.error && (each.error.code !== 'AUTHORIZATION_FAILED' || each === own || mode === 'check'),
  )?.error
  const names = valuesOf([own, ...lists])
    .flat()
    .map(registry => (kind === 'name' ? registry.name : registry.loginServer))
  return (
    found ?? {
      asked: text,
      error: unread ?? notFound(text, searched ? [searched, ...subscriptions] : subscriptions, suggest(text, names)),
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

function pick(text: string, kind: NamedReference['kind'], registries: Registry[]): Lookup<Registry> | undefined {
  return pickOnly(
    text,
    'registries',
    registries.filter(registry => isCalled(registry, text, kind)),
  )
}

function isCalled(
  { name, loginServer }: { name: string; loginServer: string },
  text: string,
  kind: NamedReference['kind'],
) {
  return (kind === 'name' ? name : loginServer).toLowerCase() === text.toLowerCase()
}

async function readRegistry(
  azure: AzureContext,
  { text: asked, id }: IdReference,
  inputs: Inputs,
  list: ListRegistries,
): Promise<Lookup<Registry>> {
  const read = await attempt(getRegistry(azure, id))
  const { createRegistry: creation, mode } = inputs
  if (read.error?.code !== 'REGISTRY_NOT_FOUND') return { asked, ...read }
  if (!creation || mode === 'detach') {
    const { value = [] } = await list(id.subscriptionId)
    const names = value.map(({ name }) => name)
    return { asked, error: withSuggestion(read.error, suggest(id.name, names)) }
  }
  return { asked, value: planned(id, creation.sku, inputs.repositories.length > 0 ? 'ABAC' : 'RBAC') }
}

/** A registry that does not exist yet, as it will be created: in the role assignment mode that the inputs need, not in Azure's default. */
function planned(id: ResourceId, sku: string, roleAssignmentMode: RoleAssignmentMode): Registry {
  return {
    id: formatResourceId(id),
    name: id.name,
    subscriptionId: id.subscriptionId,
    loginServer: '',
    sku,
    roleAssignmentMode,
    adminUserEnabled: false,
    publicNetworkAccess: true,
    firewall: false,
    armTokensAccepted: true,
    anonymousPull: false,
    hasOwnDataEndpoint: false,
    exists: false,
  }
}
