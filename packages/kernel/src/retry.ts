import { ActionError } from './error.js'
import { waitFor, type Wait } from './time.js'

interface RetryOptions extends Omit<Wait, 'onPause'> {
  /** Whether waiting may turn a failure into success; by default an ActionError says so itself. */
  isRetryable?: (error: unknown) => boolean
  /** Called before each pause, with its length in ms and the failure before it. */
  onPause?: (pauseMs: number, failure: unknown) => void
}

/**
 * Calls `work` until it succeeds, with a pause after each failure that may pass.
 * @throws the last failure when the deadline has passed, any other failure at once, and AbortError when the signal is aborted
 */
export async function retry<T>(
  work: () => Promise<T>,
  { isRetryable = recovers, onPause, ...wait }: RetryOptions,
): Promise<T> {
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
  const done = await waitFor(tryOnce, { ...wait, onPause: pauseMs => onPause?.(pauseMs, failure) })
  if (done) return done.value
  throw failure
}

/** Whether a failure may turn into success by waiting. */
function recovers(error: unknown): error is ActionError {
  return error instanceof ActionError && error.recovers
}
