import * as core from '@actions/core'
import { systemClock } from '../clock.js'
import { createLogger } from '../log.js'
import { mergeReports } from './main.js'

const cancellation = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    cancellation.abort()
  })
}

try {
  const errors = await mergeReports({ log: createLogger(), clock: systemClock, signal: cancellation.signal })
  if (errors.length > 0) process.exitCode = core.ExitCode.Failure
} catch (thrown) {
  core.setFailed(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown))
}
if (cancellation.signal.aborted) process.exit()
