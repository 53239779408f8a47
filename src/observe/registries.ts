import { formatResourceId, listCommand, type Registry, type ResourceId, type RoleAssignmentMode } from 'azure'
import { armActions, getRegistry, listRegistries, type AzureContext } from 'azure-clients'
import { ActionError, attempt, fix, memoize } from 'kernel'
import type { IdReference, Inputs, Lookup } from 'run-model'
import { findEvery, nothingListed, type Found } from './every.js'
import { refuseRegistry } from './registry-refusal.js'
import { suggest, withSuggestion } from './suggestions.js'
import { findElsewhere, pick, type ListRegistries, type NamedReference } from './registry-search.js'
import { confirmGone } from './unlisted-registry.js'
import { distinct } from './named-resources.js'

/**
 * Finds every registry of the inputs once.
 * Names and login servers are looked up in the given subscription first, in one list. The others are searched for everywhere: Azure Resource Graph finds
 * them, and Azure Resource Manager confirms them. If Resource Graph refuses or is out of date, all subscriptions that the caller can see are listed.
 */
export async function findRegistries(azure: AzureContext, inputs: Inputs): Promise<Found<Registry>> {
  const found = await findAll(azure, inputs)
  // One that is being deleted can still be detached from.
  if (inputs.mode === 'detach') return found
  const lookups = found.lookups.map(({ asked, ...lookup }) => {
    const error = lookup.value && refuseRegistry(lookup.value, inputs.mode === 'check')
    return error ? { asked, error } : { asked, ...lookup }
  })
  return { ...found, lookups }
}

async function findAll(azure: AzureContext, inputs: Inputs): Promise<Found<Registry>> {
  const named = inputs.registries.filter(each => each.kind !== 'all')
  const every = inputs.registries.find(each => each.kind === 'all')
  if (every)
    return findEvery(azure, every, inputs, {
      kind: 'registries',
      list: () => attempt(listRegistries(azure, inputs.subscriptionId, every.resourceGroup)),
      explainNone: where => explainNone(where, inputs.subscriptionId, every.filters.length > 0),
    })
  const list: ListRegistries = memoize(subscriptionId => attempt(listRegistries(azure, subscriptionId)))
  const lookups = await Promise.all(
    named.map(reference =>
      reference.kind === 'id' ? readRegistry(azure, reference, inputs, list) : findHere(reference, inputs, list),
    ),
  )
  const elsewhere = lookups.flatMap((lookup, index) => (lookup ? [] : (named[index] ?? [])))
  const foundElsewhere = elsewhere.length > 0 ? await findElsewhere(azure, elsewhere, inputs, list) : []
  const all = lookups.flatMap(lookup => lookup ?? foundElsewhere.shift() ?? [])
  const confirmed = inputs.mode === 'check' ? await Promise.all(all.map(each => confirmGone(azure, each, inputs))) : all
  return { ...nothingListed, lookups: distinct(confirmed) }
}

function explainNone(where: string, subscriptionId: string, isFiltered: boolean): ActionError {
  const unseen = `or the signed-in identity has no permission to read it (${armActions.readRegistry})`
  const what = isFiltered ? `No registry in ${where} passes the filters` : `There is no registry in ${where}`
  return new ActionError('REGISTRY_NOT_FOUND', `${what}, ${unseen}.`, {
    subject: where,
    fix: fix(
      'Check the filters, subscription-id and resource-group. The existing registries:',
      listCommand('acr', subscriptionId),
    ),
  })
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
    privateEndpoints: [],
    armTokensAccepted: true,
    anonymousPull: false,
    hasOwnDataEndpoint: false,
    exists: false,
  }
}
