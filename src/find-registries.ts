import { getRegistry, listRegistries } from './azure/registries.js'
import { formatResourceId } from './azure/resource-id.js'
import { ActionError } from './errors.js'
import type { Inputs, RegistryReference } from './inputs.js'
import { attempt, distinct, listing, notFoundByName, pickByName, type AzureContext } from './lookup.js'
import { memoize } from './memoize.js'
import type { Lookup, Registry } from './state.js'

/** Finds every registry that was asked for, each once. */
export async function findRegistries(
  azure: AzureContext,
  { registries, subscriptionId }: Inputs,
): Promise<Lookup<Registry>[]> {
  const list = memoize(subscription =>
    attempt(listRegistries(azure.clients, subscription, azure.signal), listing(azure, 'registries', subscriptionId)),
  )
  return distinct(await Promise.all(registries.map(reference => findRegistry(azure, reference, subscriptionId, list))))
}

async function findRegistry(
  azure: AzureContext,
  reference: RegistryReference,
  subscriptionId: string,
  list: (subscriptionId: string) => Promise<Registry[] | ActionError>,
): Promise<Lookup<Registry>> {
  const asked = reference.text
  if (reference.kind === 'id') {
    const { id } = reference
    const found = await attempt(getRegistry(azure.clients, id, azure.signal), {
      failure: `The registry ${id.name} could not be read`,
      subject: id.name,
      scope: formatResourceId(id),
      action: 'Microsoft.ContainerRegistry/registries/read',
      notFound: 'REGISTRY_NOT_FOUND',
      caller: azure.caller,
    })
    return found instanceof ActionError ? { asked, error: found } : { asked, found }
  }
  const listed = await list(subscriptionId)
  if (listed instanceof ActionError) return { asked, error: listed }
  if (reference.kind === 'name') return pickByName(asked, 'registry', listed, subscriptionId)
  const found = listed.find(({ loginServer }) => loginServer.toLowerCase() === asked)
  return found ? { asked, found } : { asked, error: notFoundByName(asked, 'registry', subscriptionId) }
}
