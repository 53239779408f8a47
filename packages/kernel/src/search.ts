import type { ActionError } from './error.js'
import { attempt } from './result.js'

/** What was found, and why there may be more: a part that can't be read hides nothing of the others. */
export interface Search<T> {
  found: T[]
  errors: ActionError[]
}

/** Holds the ActionError of a search that fails. @throws everything else, so that a cancelled job ends here */
export async function search<T>(work: Promise<T[]>): Promise<Search<T>> {
  const { value = [], error } = await attempt(work)
  return { found: value, errors: error ? [error] : [] }
}

/** Several searches as one. */
export async function joinSearches<T>(searches: readonly Promise<Search<T>>[]): Promise<Search<T>> {
  const all = await Promise.all(searches)
  return { found: all.flatMap(({ found }) => found), errors: all.flatMap(({ errors }) => errors) }
}
