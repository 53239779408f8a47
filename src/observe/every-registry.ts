import { listCommand, type Registry } from 'azure'
import { armActions, listRegistries, namePlace, type AzureContext } from 'azure-clients'
import { byName, selectStaying } from 'image-uses'
import { ActionError, attempt, fix } from 'kernel'
import type { EveryReference, Inputs, Lookup, Observed } from 'run-model'
import { allMatched, judgeUnmatched, passes, type Unmatched } from './filters.js'
import { explainList, findGap } from './gaps.js'

/** The registries of the inputs. */
export interface FoundRegistries {
  registries: Lookup<Registry>[]
  leftOut: Observed['leftOut']
  /** The filters of `*` that match nothing. */
  unmatched: Unmatched
}

/**
 * Lists the registries of a resource group or subscription that pass the filters. `check` also looks for gaps in the list: registries that it may omit are
 * unknown, not gone.
 */
export async function findEveryRegistry(
  azure: AzureContext,
  every: EveryReference,
  inputs: Pick<Inputs, 'subscriptionId' | 'mode'>,
): Promise<FoundRegistries> {
  const { text: asked, resourceGroup, filters } = every
  const { subscriptionId, mode } = inputs
  const request = { kind: 'registries', subscriptionId, resourceGroup, asked } as const
  const look = () => findGap(azure, request)
  const [listed, gap] = await Promise.all([
    attempt(listRegistries(azure, subscriptionId, resourceGroup)),
    mode === 'check' ? look() : undefined,
  ])
  if (listed.error) {
    const error = explainList(azure, listed.error, request)
    return { registries: [{ asked, error }], leftOut: [], unmatched: allMatched }
  }
  const kept = listed.value.filter(registry => passes(registry, filters)).sort(byName)
  const { staying, leftOut } = selectStaying('registry', kept)
  const where = namePlace(subscriptionId, resourceGroup)
  const error = gap ?? (staying.length > 0 ? undefined : notFound(where, subscriptionId, filters.length > 0))
  const explain = async () => (mode === 'check' ? gap : look())
  return {
    registries: [...staying.map(value => ({ asked: value.id, value })), ...(error ? [{ asked, error }] : [])],
    leftOut,
    unmatched: await judgeUnmatched('registry', every, listed.value, inputs, explain),
  }
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
