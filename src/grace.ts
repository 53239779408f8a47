/** A write that is under way when the job is cancelled may end within this time, so that its end is known. The runner kills after 10 s. */
const graceMs = 5000

/** A signal that follows another one only after some time: for writes, whose end is better known. */
export function withGrace(signal: AbortSignal): AbortSignal {
  const controller = new AbortController()
  const abort = (): void => {
    controller.abort()
  }
  signal.addEventListener('abort', () => setTimeout(abort, graceMs).unref(), { once: true })
  return controller.signal
}
