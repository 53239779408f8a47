import { formatResourceId, type Registry, type ResourceId, type RoleAssignmentMode } from 'azure'
import { findRefused, getResource, listResources, resources, type AzureContext } from 'azure-clients'
import { attempt, memoize } from 'kernel'
import type { Inputs, Lookup } from 'run-model'
import { findEvery, nothingListed, type FoundResources } from './lists.js'
import { distinctLookups, explainMisnamed, refuseRegistry, suggest, withSuggestion } from './named-resources.js'
import { confirmGone, findRegistriesElsewhere, pickRegistry, type ListRegistries } from './registry-search.js'

/**
 * Finds every registry of the inputs once.
 * Names and login servers are looked up in the given subscription first, in one list. The others are searched for everywhere: Azure Resource Graph finds
 * them, and Azure Resource Manager confirms them. If Resource Graph refuses or is out of date, all subscriptions that the caller can see are listed.
 */
export async function findRegistries(azure: AzureContext, inputs: Inputs): Promise<FoundResources<Registry>> {
  const found = await findAll(azure, inputs)
  // One that is being deleted can still be detached from.
  if (inputs.mode === 'detach') return found
  const lookups = found.lookups.map(({ asked, ...lookup }) => {
    const error = lookup.value && refuseRegistry(lookup.value, inputs.mode === 'check')
    return error ? { asked, error } : { asked, ...lookup }
  })
  return { ...found, lookups }
}

async function findAll(azure: AzureContext, inputs: Inputs): Promise<FoundResources<Registry>> {
  const every = inputs.registries.find(each => each.kind === 'all')
  if (every) {
    const list = () => attempt(listResources(azure, resources.registry, inputs.subscriptionId, every.resourceGroup))
    return findEvery(azure, 'registry', every, inputs, list)
  }
  const named = inputs.registries.filter(each => each.kind !== 'all')
  const list: ListRegistries = memoize(subscriptionId =>
    attempt(listResources(azure, resources.registry, subscriptionId)),
  )
  const lookups = await Promise.all(
    named.map(reference =>
      reference.kind === 'id' ? readRegistry(azure, reference, inputs, list) : findHere(reference.text, inputs, list),
    ),
  )
  const absent = named.flatMap(({ text }, index) => (lookups[index] ? [] : text))
  const elsewhere = absent.length > 0 ? await findRegistriesElsewhere(azure, absent, inputs, list) : []
  const all = named.flatMap(({ text }, index) => lookups[index] ?? elsewhere.find(({ asked }) => asked === text) ?? [])
  const confirmed = await Promise.all(all.map(each => confirmGone(azure, each, inputs, list)))
  return { ...nothingListed, lookups: distinctLookups(confirmed) }
}

async function readRegistry(
  azure: AzureContext,
  { text: asked, id }: Inputs['kubeletIdentities'][number],
  { createRegistry: creation, mode, repositories }: Inputs,
  list: ListRegistries,
): Promise<Lookup<Registry>> {
  const read = await attempt(getResource(azure, resources.registry, id))
  if (read.error && findRefused(read.error)) {
    const { value: seen = [] } = await list(id.subscriptionId)
    return { asked, error: explainMisnamed(read.error, resources.registry, id, seen) ?? read.error }
  }
  if (read.error?.code !== 'REGISTRY_NOT_FOUND') return { asked, ...read }
  if (creation && mode !== 'detach')
    return { asked, value: planned(id, creation.sku, repositories.length > 0 ? 'ABAC' : 'RBAC') }
  const { value = [] } = await list(id.subscriptionId)
  const names = value.map(({ name }) => name)
  return { asked, error: withSuggestion(read.error, suggest(id.name, names)) }
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
    privateEndpoints: [],
    armTokensAccepted: true,
    anonymousPull: false,
    exists: false,
  }
}

/** Undefined if it isn't in the given subscription, or none was given. */
async function findHere(
  asked: string,
  { subscriptionId }: Inputs,
  list: ListRegistries,
): Promise<Lookup<Registry> | undefined> {
  if (!subscriptionId) return undefined
  const listed = await list(subscriptionId)
  if (!listed.error) return pickRegistry(asked, listed.value)
  // A caller who can't list the subscription may still be able to read the registry.
  return listed.error.code === 'AUTHORIZATION_FAILED' ? undefined : { asked, error: listed.error }
}
