import { setMaxListeners } from 'node:events'

/** A write that is under way when the job is cancelled may end within this time, so that its end is known. The runner kills after 10 s. */
const graceMs = 5000

/** The same context with a signal that follows a cancellation only after some time. */
export function withGrace<T extends { signal: AbortSignal }>(context: T): T {
  const controller = new AbortController()
  setMaxListeners(0, controller.signal)
  const abort = (): void => {
    controller.abort()
  }
  context.signal.addEventListener('abort', () => setTimeout(abort, graceMs).unref(), { once: true })
  return { ...context, signal: controller.signal }
}
