import { setMaxListeners } from 'node:events'

const controller = new AbortController()
// Each request in flight listens to it, and Node warns above ten.
setMaxListeners(0, controller.signal)

/**
 * The runner's signals when a job is cancelled: SIGINT, SIGTERM 7.5 s later, and SIGKILL 2.5 s after that
 * (docs.github.com/actions/reference/workflow-cancellation-reference). On Windows Ctrl+Break arrives as SIGBREAK (nodejs.org/api/process.html,
 * "Signal events").
 */
const signals = ['SIGINT', 'SIGTERM', 'SIGBREAK'] as const

for (const name of signals) {
  process.on(name, () => {
    controller.abort()
  })
}

/** Aborted when the job is cancelled. Imported first, because before that a signal ends the process without a report. */
export const cancellation: AbortSignal = controller.signal
