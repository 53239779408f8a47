import { cancellation } from './services/runner/cancellation.js'
import { maskSecretInputs, readInputs, readMode } from './inputs/inputs.js'
import { toActionError, type ActionError } from './model/error.js'
import type { Surroundings } from './model/progress.js'
import { startRun } from './model/run.js'
import { systemClock } from './model/time.js'
import { conclude } from './report/conclude.js'
import { setInitialOutputs } from './report/outputs.js'
import { announceStart } from './report/progress.js'
import { report } from './report/report.js'
import { failStep } from './services/runner/annotations.js'
import { keepIdToken, requestIdToken } from './services/runner/id-token.js'
import { createLogger } from './services/runner/log.js'

try {
  const errors = await step({ log: createLogger(), clock: systemClock, signal: cancellation })
  if (errors.length > 0) process.exitCode = 1
} catch (thrown) {
  failStep(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown))
}
// What a cancelled run still waits for would keep the process.
if (cancellation.aborted) process.exit()
// So would a connection that was given up and that the other side leaves open (undici's, through a proxy): a job waits for the process.
setTimeout(() => process.exit(), 2000).unref()

/** Reads the inputs and runs `main`, which brings the Azure SDKs, most of the bundle: GitHub answers while they are loaded. */
async function step(surroundings: Surroundings): Promise<ActionError[]> {
  const { clock, log, signal } = surroundings
  const run = startRun(clock.now(), readMode())
  maskSecretInputs()
  let requests = 0
  const countRequest = (): void => {
    requests += 1
  }
  try {
    setInitialOutputs(run)
    const inputs = await readInputs()
    if (inputs.mode === 'merge')
      return await (await import('./report/merge/merge.js')).mergeReports(inputs, surroundings)
    announceStart(inputs, log)
    const { auth } = inputs
    const signInWith =
      auth.type === 'oidc'
        ? {
            ...auth,
            takeIdToken: keepIdToken(
              () => requestIdToken(auth.audience, { clock, signal, onRequest: countRequest }),
              clock,
            ),
          }
        : auth
    const { main } = await import('./main.js')
    const requestsSoFar = (): number => requests
    return await main({ ...run, inputs }, inputs, {
      ...surroundings,
      signInWith,
      countRequest,
      requestsSoFar,
    })
  } catch (thrown) {
    const result = conclude({ ...run, requests, finishedAt: clock.now(), error: toActionError(thrown) })
    return (await report(result, log)).errors
  }
}
