import type { TokenCredential } from '@azure/core-auth'
import type { Attempt, Caller } from './attempt.js'
import { explain } from './azure-errors.js'
import type { Clients } from './azure/clients.js'
import { normalizeId } from './azure/resource-id.js'
import type { RegistryContent } from './azure/registry-content.js'
import type { Place } from './azure/role-assignments.js'
import { ActionError, isAbort } from './errors.js'
import type { SourceRegistry } from './source-registry.js'
import type { Lookup, Registry } from './state.js'

/** What the stages that talk to Azure share. */
export interface AzureContext {
  clients: Clients
  /** For what the clients do not do: tokens for a cluster's API server. */
  credential: TokenCredential
  /** What is in Azure's registries. */
  content: RegistryContent
  /** The registries that images come from: those of others, and those in Azure as the signed-in identity. */
  sources: SourceRegistry
  azureSources: SourceRegistry
  caller: Caller
  /** Tenant of the signed-in identity. */
  tenantId: string
  signal: AbortSignal
}

/** Where a registry's assignments and roles are listed. */
export function placeOf({ id, subscriptionId }: Registry): Place {
  return { scope: id, subscriptionId }
}

/** The value, or the contract's error in its place; a cancelled job throws. */
export async function attempt<T>(work: Promise<T>, what: Attempt): Promise<T | ActionError> {
  try {
    return await work
  } catch (error) {
    if (isAbort(error)) throw error
    return explain(error, what)
  }
}

/** The only one of the resources that have the name; several are an error that lists them. */
export function pickByName<T extends { id: string }>(
  asked: string,
  kind: 'clusters' | 'registries',
  called: T[],
): Lookup<T> {
  const [found, ...others] = called
  if (found && others.length === 0) return { asked, found }
  const error = new ActionError(
    'AMBIGUOUS_NAME',
    `${called.length} ${kind} are called ${asked}: ${called.map(({ id }) => id).join(', ')}.`,
    {
      subject: asked,
      fix: `Give one of these resource IDs instead of the name${kind === 'clusters' ? ', or resource-group' : ''}:\n${called.map(({ id }) => `  ${id}`).join('\n')}`,
    },
  )
  return { asked, error }
}

/** How a list request is explained when it fails. */
export function listing(
  azure: AzureContext,
  kind: 'clusters' | 'registries',
  subscriptionId: string,
  resourceGroup = '',
): Attempt {
  const scope = `/subscriptions/${subscriptionId}${resourceGroup && `/resourceGroups/${resourceGroup}`}`
  return {
    failure: `The ${kind} of ${resourceGroup || `subscription ${subscriptionId}`} could not be listed`,
    subject: resourceGroup || subscriptionId,
    scope,
    action:
      kind === 'clusters'
        ? 'Microsoft.ContainerService/managedClusters/read'
        : 'Microsoft.ContainerRegistry/registries/read',
    notFound: kind === 'clusters' ? 'CLUSTER_NOT_FOUND' : 'REGISTRY_NOT_FOUND',
    caller: azure.caller,
  }
}

/** How a request for a registry's assignments is explained when it fails. */
export function readingAssignments(azure: AzureContext, { id, name }: Registry): Attempt {
  return {
    failure: `The role assignments at ${name} could not be read`,
    subject: name,
    scope: id,
    action: 'Microsoft.Authorization/roleAssignments/read',
    caller: azure.caller,
  }
}

/** Without the second mention of a resource that was named in two ways. */
export function distinct<T extends { id: string }>(lookups: Lookup<T>[]): Lookup<T>[] {
  const seen = new Set<string>()
  return lookups.filter(lookup => {
    if ('error' in lookup) return true
    const id = normalizeId(lookup.found.id)
    return !seen.has(id) && seen.add(id)
  })
}
