import { setMaxListeners } from 'node:events'
import { ActionError, toActionError } from 'kernel'

/** Whether Azure may have carried out the request: there was no clear answer, or a 401, which a gateway can send after the work was done. */
export function mayBeDone(thrown: unknown): boolean {
  return thrown instanceof ActionError && (thrown.kind === 'open' || thrown.kind === 'unauthenticated')
}

/** Whether the answer is to a repeated request that may have been carried out the first time. */
export function isRepeated(thrown: unknown): boolean {
  return toActionError(thrown).azure?.isRepeated === true
}

/** How long a running write may continue after the job is cancelled, in milliseconds, so that its result is known. The runner kills the process after 10 s. */
const graceMs = 5000

/** The same context, with a signal that is aborted some time after the job is cancelled. */
export function withGrace<T extends { signal: AbortSignal }>(context: T): T {
  const controller = new AbortController()
  setMaxListeners(0, controller.signal)
  const abort = (): void => {
    controller.abort()
  }
  context.signal.addEventListener('abort', () => setTimeout(abort, graceMs).unref(), { once: true })
  return { ...context, signal: controller.signal }
}
