import { ActionError, cancelled, isAbort } from './error.js'

/** A value, or the error in its place. Services throw; stages that continue after a failure hold it as one of these. */
export type Result<T> =
  { readonly value: T; readonly error?: undefined } | { readonly value?: undefined; readonly error: ActionError }

/** Holds what the work returns or the ActionError that it throws. @throws everything else, so that a cancelled job ends here */
export async function attempt<T>(work: Promise<T> | (() => Promise<T>)): Promise<Result<T>> {
  try {
    return { value: await (typeof work === 'function' ? work() : work) }
  } catch (error) {
    if (error instanceof ActionError) return { error }
    throw error
  }
}

/** `attempt` that also holds the end of a cancelled job, for work whose finished part counts. */
export async function attemptOrCancelled<T>(work: Promise<T> | (() => Promise<T>)): Promise<Result<T>> {
  try {
    return await attempt(work)
  } catch (thrown) {
    if (!isAbort(thrown)) throw thrown
    return { error: cancelled(thrown) }
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
