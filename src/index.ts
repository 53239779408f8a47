import { setMaxListeners } from 'node:events'
import * as core from '@actions/core'
import { systemClock } from './clock.js'
import { createLogger } from './log.js'
import { main } from './main.js'

const cancellation = new AbortController()
// Each request in flight listens to it, and Node warns above ten.
setMaxListeners(0, cancellation.signal)
// A cancelled job gets SIGINT, SIGTERM 7.5 s later, and is killed 2.5 s after that (docs.github.com/actions/reference/workflow-cancellation-reference).
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    cancellation.abort()
  })
}

try {
  const { errors } = await main({ log: createLogger(), clock: systemClock, signal: cancellation.signal })
  if (errors.length > 0) process.exitCode = core.ExitCode.Failure
} catch (thrown) {
  core.setFailed(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown))
}
// What a cancelled run still waits for would keep the process.
if (cancellation.signal.aborted) process.exit()
