import { ActionError } from '../model/error.js'
import { fix } from '../model/fix.js'
import type { Lookup } from '../model/observed.js'
import { normalizeId } from '../model/resource-id.js'

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
    if ('error' in lookup) return true
    const id = normalizeId(lookup.found.id)
    return !seen.has(id) && seen.add(id)
  })
}
