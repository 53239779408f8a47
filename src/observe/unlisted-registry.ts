import { parseResourceId, resourceTypes, type Registry } from 'azure'
import { getRegistry, type AzureContext } from 'azure-clients'
import { attempt, choices, distinctOf, partsOf, type ActionError, valuesOf } from 'kernel'
import type { Inputs, Lookup } from 'run-model'
import { explainList, findGap } from './gaps.js'
import { findRefusal, isCalled } from './registry-search.js'

/**
 * A registry that isn't found may still exist, and the caller may have lost read access, which isn't drift. Lists silently omit such registries, but a
 * request for the registry itself is refused. So it is requested by ID in the resource groups of the step's clusters. As it may be in another resource
 * group, the lists of the subscriptions are also checked for gaps.
 */
export async function confirmGone(
  azure: AzureContext,
  lookup: Lookup<Registry>,
  inputs: Inputs,
): Promise<Lookup<Registry>> {
  const { asked } = lookup
  if (lookup.error?.code !== 'REGISTRY_NOT_FOUND' || asked.startsWith('/')) return lookup
  const places = inputs.clusters.flatMap(reference => {
    if (reference.kind === 'id') return reference.id
    const { resourceGroup } = reference
    return resourceGroup ? { subscriptionId: inputs.subscriptionId, resourceGroup } : []
  })
  const distinctPlaces = distinctOf(places, each => `${each.subscriptionId}/${each.resourceGroup}`.toLowerCase())
  const name = asked.replace(/[-.].*$/, '')
  const read = await Promise.all(
    distinctPlaces.map(({ subscriptionId, resourceGroup }) => {
      const id = { subscriptionId, resourceGroup, type: resourceTypes.registry, name }
      return attempt(getRegistry(azure, id))
    }),
  )
  const kind = asked.includes('.') ? 'login-server' : 'name'
  const found = valuesOf(read).find(registry => isCalled(registry, asked, kind))
  if (found) return { asked, value: found }
  const refused = findRefusal(read)
  if (refused) return { asked, error: withGuess(azure, refused, { ...inputs, asked }) }
  const listed = [inputs.subscriptionId, ...places.map(({ subscriptionId }) => subscriptionId)]
  const subscriptions = distinctOf(listed.filter(Boolean), id => id.toLowerCase())
  const gaps = await Promise.all(
    subscriptions.map(subscriptionId =>
      findGap(azure, { kind: 'registries', subscriptionId, resourceGroup: '', asked }),
    ),
  )
  const gap = gaps.find(each => each !== undefined)
  return gap ? { asked, error: gap } : lookup
}

/** A refusal does not say that the registry is there: resource groups of clusters are only where it is most likely. */
function withGuess(
  azure: AzureContext,
  refused: ActionError,
  { subscriptionId, asked }: Pick<Inputs, 'subscriptionId'> & { asked: string },
): ActionError {
  const { commands } = refused.fix
  const request = { kind: 'registries', subscriptionId, resourceGroup: '', asked } as const
  const { fix: advice } = explainList(azure, refused, request)
  if (advice === refused.fix || commands.length === 0) return refused
  const group = parseResourceId(refused.resource ?? '')?.resourceGroup ?? ''
  return refused.with({
    fix: choices(...partsOf(advice), { text: `If it is in resource group ${group}, this is enough:`, commands }),
  })
}
