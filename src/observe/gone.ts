import { normalizeId } from 'azure'
import type { Target } from 'azure'
import { findExisting, getObject, type AzureContext } from 'azure-clients'
import { attempt, valuesOf } from 'kernel'
import { noteUnseenIdentities, type IdentityState, type Observed, type Run } from 'run-model'
import { explainDead } from './identity-states.js'
import { isOfOwnTenant } from './tenants.js'

/** What is found, what could not be checked, and what the directory has shown of identities that Azure Resource Manager did not show. */
export type Inspection = Pick<Run, 'findings' | 'notes'> & Pick<Observed, 'identities'>

/** What a run without registries to inspect knows. */
export const nothingInspected: Inspection = { findings: [], notes: [], identities: new Map() }

/**
 * Looks up the kubelet identities that Azure Resource Manager could not show. The role of a deleted identity remains and makes its cluster look attached.
 * In subscriptions of other tenants nothing counts as deleted, because the directory knows only the principals of its own.
 */
export async function findGone(azure: AzureContext, observed: Observed, mode: Run['mode']): Promise<Inspection> {
  const stateOf = (target: Target): IdentityState | undefined => observed.identities.get(target)
  const unseen = mode === 'check' ? valuesOf(observed.targets).filter(target => stateOf(target)?.why !== undefined) : []
  if (unseen.length === 0) return nothingInspected
  const foreign = unseen.filter(target => stateOf(target)?.state === 'foreign')
  const clusters = unseen.filter(target => !foreign.includes(target))
  const ids = clusters.map(({ identity }) => normalizeId(identity.objectId))
  const { deleted, unknown, why, isForbidden } = await findDeleted(azure, [...new Set(ids)])
  const isOf = (set: ReadonlySet<string>, { identity }: Target): boolean => set.has(normalizeId(identity.objectId))
  const judged = await Promise.all(
    clusters.map(async (target): Promise<[Target, IdentityState | undefined]> => {
      if (isOf(unknown, target)) return [target, undefined]
      if (!isOf(deleted, target)) return [target, { state: 'alive' }]
      const isOwn = await isOfOwnTenant(azure, target.id)
      return [
        target,
        isOwn ? explainDead(target, 'is no longer in the directory') : { ...stateOf(target), state: 'foreign' },
      ]
    }),
  )
  // In check, a pair of those that Azure failed to show has an error; what neither Azure nor the directory lets this identity read is no news in any run.
  const isKnown = (target: Target): boolean =>
    stateOf(target)?.error !== undefined || (isForbidden && stateOf(target)?.isForbidden === true)
  const unexplained = judged.flatMap(([target, state]) => (state || isKnown(target) ? [] : target))
  const elsewhere = judged.flatMap(([target, state]) => (state?.state === 'foreign' ? target : []))
  return {
    findings: [],
    notes: [
      ...noteUnseenIdentities(unexplained, why),
      ...noteUnseenIdentities(
        [...foreign, ...elsewhere],
        'it may belong to another tenant, whose directory this step does not see',
      ),
    ],
    identities: new Map(judged.flatMap(([target, state]) => (state ? [[target, state] as const] : []))),
  }
}

/**
 * Looks up service principals in the directory.
 * @returns the deleted ones, and those that could not be checked, by normalized object ID, with the reason as a clause
 */
async function findDeleted(azure: AzureContext, ids: readonly string[]) {
  const [deleted, unknown] = [new Set<string>(), new Set<string>()]
  const why = 'no permission to read Microsoft Graph'
  const existing = await attempt(findExisting(azure, [...ids]))
  if (existing.error) {
    const isForbidden = existing.error.kind === 'forbidden'
    return { deleted, unknown: new Set(ids), why: isForbidden ? why : 'Microsoft Graph did not answer', isForbidden }
  }
  // A look-up of many omits unreadable principals as well as deleted ones; a request for one tells them apart.
  const check = async (id: string): Promise<void> => {
    const { error } = await attempt(getObject(azure, 'ServicePrincipal', id))
    if (error) (error.kind === 'missing' ? deleted : unknown).add(id)
  }
  const isForbidden = true
  const [first, ...others] = ids.filter(id => !existing.value.has(id))
  if (first === undefined) return { deleted, unknown, why, isForbidden }
  await check(first)
  // Without read access to the first one there is none to the rest, so stop here.
  if (unknown.has(first)) for (const id of others) unknown.add(id)
  else await Promise.all(others.map(check))
  return { deleted, unknown, why, isForbidden }
}
