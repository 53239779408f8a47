import { type Phase, type Registry } from 'azure'
import { namePlace, scopeOf, type AzureContext } from 'azure-clients'
import type { ActionError, Result } from 'kernel'
import type { EveryReference, Inputs, Lookup, Observed } from 'run-model'
import { judgeUnmatched, passes, type Unmatched } from './filters.js'
import { explainList, findGap } from './gaps.js'
import { byName, selectStaying } from './named-resources.js'

/** The clusters or registries of the inputs, and what `*` stood for. */
export interface Found<T> extends Unmatched, Pick<Observed, 'leftOut' | 'searched'> {
  lookups: Lookup<T>[]
}

/** What is known without a list of everything. */
export const nothingListed = { leftOut: [], searched: [], findings: [], unknown: [], problems: [] }

/**
 * Lists the clusters or registries of a resource group or subscription that pass the filters. `check` also looks for gaps in the list: what it may omit is
 * unknown, not gone.
 */
export async function findEvery<T extends Pick<Registry, 'id' | 'name' | 'tags'> & { phase?: Phase }>(
  azure: AzureContext,
  every: EveryReference,
  inputs: Pick<Inputs, 'subscriptionId' | 'mode'>,
  {
    kind,
    list,
    explainNone,
  }: {
    kind: 'clusters' | 'registries'
    list: () => Promise<Result<T[]>>
    /** The error if there is none. @param where the place, in words */
    explainNone: (where: string) => ActionError
  },
): Promise<Found<T>> {
  const { text: asked, resourceGroup, filters } = every
  const { subscriptionId, mode } = inputs
  const request = { kind, subscriptionId, resourceGroup, asked }
  const look = () => findGap(azure, request)
  const [listed, gap] = await Promise.all([list(), mode === 'check' ? look() : undefined])
  if (listed.error) return { ...nothingListed, lookups: [{ asked, error: explainList(azure, listed.error, request) }] }
  const input = kind === 'clusters' ? 'cluster' : 'registry'
  const kept = listed.value.filter(resource => passes(resource, filters)).sort(byName)
  const { staying, leftOut } = selectStaying(input, kept)
  const error = gap ?? (staying.length > 0 ? undefined : explainNone(namePlace(subscriptionId, resourceGroup)))
  const explain = async () => (mode === 'check' ? gap : look())
  return {
    lookups: [...staying.map(value => ({ asked: value.id, value })), ...(error ? [{ asked, error }] : [])],
    leftOut,
    // What a filter leaves out may exist.
    searched: mode === 'check' && !gap && filters.length === 0 ? [scopeOf(subscriptionId, resourceGroup)] : [],
    ...(await judgeUnmatched(input, every, listed.value, inputs, explain)),
  }
}
