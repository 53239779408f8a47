import { ActionError } from '../model/error.js'
import { fix } from '../model/fix.js'
import type { Lookup } from '../model/observed.js'
import { normalizeId } from '../model/resource-id.js'

/** Picks the resource with that name, or fails with AMBIGUOUS_NAME and all their IDs. */
export function pickByName<T extends { id: string }>(
  asked: string,
  kind: 'clusters' | 'registries',
  called: T[],
): Lookup<T> {
  const [value, ...others] = called
  if (value && others.length === 0) return { asked, value }
  const error = new ActionError(
    'AMBIGUOUS_NAME',
    `${called.length} ${kind} are called ${asked}. Their resource IDs: ${called.map(({ id }) => id).join(', ')}.`,
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
