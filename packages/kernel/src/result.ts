import { ActionError, cancelled, isAbort } from './error.js'

/** A value, or the error in its place. Services throw; stages that continue after a failure hold it as one of these. */
export type Result<T> =
  { readonly value: T; readonly error?: undefined } | { readonly value?: undefined; readonly error: ActionError }

/**
 * Holds what the work returns or the ActionError that it throws.
 * @param options.orCancelled whether to hold the end of a cancelled job, too, for work whose finished part counts
 * @throws everything else, so that a cancelled job ends here
 */
export async function attempt<T>(
  work: Promise<T> | (() => Promise<T>),
  { orCancelled = false } = {},
): Promise<Result<T>> {
  try {
    return { value: await (typeof work === 'function' ? work() : work) }
  } catch (thrown) {
    if (thrown instanceof ActionError) return { error: thrown }
    if (orCancelled && isAbort(thrown)) return { error: cancelled(thrown) }
    throw thrown
  }
}

/** The values of those that succeeded. */
export function valuesOf<T>(results: readonly Result<T>[]): (T & {})[] {
  return results.flatMap(({ value }) => (value === undefined || value === null ? [] : [value]))
}

/** What was found, and why there may be more: a part that can't be read hides nothing of the others. */
export interface Search<T> {
  found: T[]
  errors: ActionError[]
}

/** Holds what lists and other searches find, as one search, and the ActionError of each that fails. @throws everything else, so that a cancelled job ends here */
export async function search<T>(...lists: readonly Promise<T[] | Search<T>>[]): Promise<Search<T>> {
  const all = await Promise.all(lists.map(list => attempt(list)))
  const found = all.flatMap(({ value = [] }) => ('found' in value ? value.found : value))
  const errors = all.flatMap(({ value, error }) => error ?? ('errors' in value ? value.errors : []))
  return { found, errors }
}
