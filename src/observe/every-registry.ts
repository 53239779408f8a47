import { listCommand } from '../model/az-commands.js'
import { ActionError } from '../model/error.js'
import { fix } from '../model/fix.js'
import type { EveryReference, Inputs } from '../model/inputs.js'
import type { Lookup } from '../model/observed.js'
import type { Registry } from '../model/registry.js'
import { attempt } from '../model/result.js'
import { armActions } from '../services/arm/actions.js'
import { listRegistries } from '../services/arm/registries.js'
import type { AzureContext } from '../services/context.js'
import { passes } from './filters.js'
import { explainList, findGap } from './gaps.js'
import { byName } from './lookup.js'

/**
 * Lists the registries of a resource group or subscription that pass the filters. `check` also looks for gaps in the list: registries that it may omit are
 * unknown, not gone.
 */
export async function findEveryRegistry(
  azure: AzureContext,
  { text: asked, resourceGroup, filters }: EveryReference,
  { subscriptionId, mode }: Pick<Inputs, 'subscriptionId' | 'mode'>,
): Promise<Lookup<Registry>[]> {
  const request = { kind: 'registries', subscriptionId, resourceGroup, asked } as const
  const [listed, gap] = await Promise.all([
    attempt(listRegistries(azure, subscriptionId, resourceGroup)),
    mode === 'check' ? findGap(azure, request) : undefined,
  ])
  if (listed.error) return [{ asked, error: explainList(azure, listed.error, request) }]
  const kept = listed.value.filter(registry => passes(registry, filters)).sort(byName)
  const where = resourceGroup ? `resource group ${resourceGroup}` : `subscription ${subscriptionId}`
  const error = gap ?? (kept.length > 0 ? undefined : notFound(where, subscriptionId, filters.length > 0))
  return [...kept.map(value => ({ asked: value.id, value })), ...(error ? [{ asked, error }] : [])]
}

function notFound(where: string, subscriptionId: string, isFiltered: boolean): ActionError {
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
