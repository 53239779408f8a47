import { explain, type Attempt, type Caller } from './azure-errors.js'
import type { Clients } from './azure/clients.js'
import { normalizeId } from './azure/resource-id.js'
import { ActionError, isAbort } from './errors.js'
import type { Lookup } from './state.js'

/** What the stages that talk to Azure share. */
export interface AzureContext {
  clients: Clients
  caller: Caller
  signal: AbortSignal
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

/** The one resource of that name; two are an error that lists both. */
export function pickByName<T extends { id: string; name: string }>(
  asked: string,
  kind: 'cluster' | 'registry',
  resources: T[],
  subscriptionId: string,
): Lookup<T> {
  const [found, ...others] = resources.filter(({ name }) => name.toLowerCase() === asked.toLowerCase())
  if (!found) return { asked, error: notFoundByName(asked, kind, subscriptionId) }
  if (others.length === 0) return { asked, found }
  const ids = [found, ...others].map(({ id }) => `  ${id}`).join('\n')
  const error = new ActionError(
    'AMBIGUOUS_NAME',
    `${others.length + 1} of the ${kind === 'cluster' ? 'clusters' : 'registries'} in subscription ${subscriptionId} are called ${asked}.`,
    {
      subject: asked,
      fix: `Give resource-group, or one of these resource IDs:\n${ids}`,
    },
  )
  return { asked, error }
}

export function notFoundByName(asked: string, kind: 'cluster' | 'registry', subscriptionId: string): ActionError {
  const [code, list] =
    kind === 'cluster'
      ? (['CLUSTER_NOT_FOUND', 'az aks list'] as const)
      : (['REGISTRY_NOT_FOUND', 'az acr list'] as const)
  return new ActionError(
    code,
    `The ${kind} ${asked} is not in subscription ${subscriptionId}, or the signed-in identity may not see it.`,
    {
      subject: asked,
      fix: `Check the spelling and subscription-id, or give the resource ID. What there is:\n  ${list} --subscription ${subscriptionId} --query "[].id" --output tsv`,
    },
  )
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

/** Without the second mention of a resource that was named in two ways. */
export function distinct<T extends { id: string }>(lookups: Lookup<T>[]): Lookup<T>[] {
  const seen = new Set<string>()
  return lookups.filter(lookup => {
    if ('error' in lookup) return true
    const id = normalizeId(lookup.found.id)
    return !seen.has(id) && seen.add(id)
  })
}
