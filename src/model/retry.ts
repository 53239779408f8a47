import { ActionError } from './error.js'
import { waitFor, type Wait } from './time.js'

interface RetryOptions extends Wait {
  /** Whether waiting may turn a failure into success; by default an ActionError says so itself. */
  isRetryable?: (error: unknown) => boolean
}

/**
 * Calls `work` until it succeeds, with a pause after each failure that may pass.
 * @throws the last failure when the deadline has passed, any other failure at once, and AbortError when the signal is aborted
 */
export async function retry<T>(work: () => Promise<T>, { isRetryable = recovers, ...wait }: RetryOptions): Promise<T> {
  let failure: unknown
  const tryOnce = async (): Promise<{ value: T } | undefined> => {
    try {
      return { value: await work() }
    } catch (error) {
      if (!isRetryable(error)) throw error
      failure = error
      return undefined
    }
  }
  const done = await waitFor(tryOnce, wait)
  if (done) return done.value
  throw failure
}

function recovers(error: unknown): boolean {
  return error instanceof ActionError && error.recovers
}
