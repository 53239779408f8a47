import { namesOf, normalizeId, type Phase } from 'azure'
import { ActionError, compareNaturally, distinctOf, fix } from 'kernel'
import type { Lookup, Observed } from 'run-model'

/** Picks the only resource with a name; undefined if there is none. Several are an error, AMBIGUOUS_NAME, with all their IDs. */
export function pickOnly<T extends { id: string }>(
  asked: string,
  kind: 'clusters' | 'registries',
  named: readonly T[],
): Lookup<T> | undefined {
  // Lists of several subscriptions, or rows of Azure Resource Graph, can name the same resource.
  const all = distinctOf(named, ({ id }) => normalizeId(id))
  const [value, ...others] = all
  if (!value) return undefined
  if (others.length === 0) return { asked, value }
  const error = new ActionError(
    'AMBIGUOUS_NAME',
    `${all.length} ${kind} are called ${asked}. Their resource IDs: ${all.map(({ id }) => id).join(', ')}.`,
    {
      subject: asked,
      fix: fix(
        `Give one of these resource IDs instead of the name${kind === 'clusters' ? ', or resource-group' : ''}.`,
      ),
    },
  )
  return { asked, error }
}

/** Removes the second mention of a resource that was named in two ways. */
export function distinct<T extends { id: string }>(lookups: Lookup<T>[]): Lookup<T>[] {
  const seen = new Set<string>()
  return lookups.filter(lookup => {
    if (lookup.error) return true
    const id = normalizeId(lookup.value.id)
    return !seen.has(id) && seen.add(id)
  })
}

/** The order of resources that the inputs don't name one by one: by name, `aks-2` before `aks-10`. */
export function byName(a: { id: string; name: string }, b: { id: string; name: string }): number {
  return compareNaturally(a.name, b.name) || compareNaturally(a.id, b.id)
}

/**
 * Selects what `*` stands for: without resources that are being created or deleted, which it leaves out. If there are no others, it stands for those that
 * are being created or else for those that are being deleted, because nothing can be said about none at all.
 */
export function selectStaying<T extends { id: string; name: string; phase?: Phase }>(
  kind: Observed['leftOut'][number]['kind'],
  all: readonly T[],
): { staying: T[]; leftOut: Observed['leftOut'] } {
  const byPhase = [undefined, 'creating', 'deleting'].map(phase => all.filter(each => each.phase === phase))
  const staying = byPhase.find(some => some.length > 0) ?? []
  const leftOut = all.flatMap(each => {
    const { id, name, phase } = each
    return phase && !staying.includes(each) ? { kind, id, name, phase } : []
  })
  return { staying, leftOut }
}

/** Adds their place to the names of resources that share one, so that every text tells them apart. Commands and look-ups use their IDs. */
export function nameApart<T extends { id: string; name: string }>(
  lookups: Lookup<T>[],
  others: readonly { id: string }[] = [],
): Lookup<T>[] {
  const all = [...lookups.map(({ asked, value }) => value?.id ?? asked), ...others.map(({ id }) => id)]
  const nameOf = namesOf(all.map(target => ({ target })))
  return lookups.map(lookup =>
    lookup.error ? lookup : { ...lookup, value: { ...lookup.value, name: nameOf({ target: lookup.value.id }) } },
  )
}
