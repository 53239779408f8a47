import { startLimit, systemClock, toActionError } from 'kernel'
import { createLogger, failStep, readLeftovers, type Surroundings } from 'runner'
import { startRun, type Run } from 'run-model'
import { type Leftover } from 'kubernetes'
import { announceStart } from 'run-report'
import { maskSecrets, readInputs, readMode } from '../inputs/inputs.js'
import { beginSignIn, withIdToken } from './sign-in.js'

/** Time limit of the post step, in milliseconds: pods end by themselves some minutes later. */
const sweepMs = 120_000

/** Runs the main or the post step, reports every error, and ends the process. */
export async function start(signal: AbortSignal): Promise<void> {
  try {
    const surroundings = { log: createLogger(), clock: systemClock, signal }
    // dist/post.js passes the argument: after a kill, the saved state can be missing.
    if (process.argv[2] === 'post') await afterJob(surroundings)
    else if ((await step(surroundings)).length > 0) process.exitCode = 1
  } catch (thrown) {
    failStep(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown))
  }
  // Connections that the other side keeps open would keep the process, and with it the job, running.
  process.stdout.write('', () => process.exit())
}

/** The post step: does nothing unless the step was killed or could not delete its pods. */
async function afterJob(surroundings: Surroundings): Promise<void> {
  const leftovers = readLeftovers() as Leftover[]
  if (leftovers.length === 0) return
  maskSecrets()
  const { sweep } = await import('./sweep.js')
  const late = startLimit(sweepMs)
  await sweep(leftovers, { ...surroundings, signal: AbortSignal.any([surroundings.signal, late.signal]) })
  late.end()
}

/**
 * Reads the inputs, begins to sign in, and runs `main`. Most of the bundle is loaded while GitHub and Entra answer.
 * @returns the failures that fail the step
 */
async function step(surroundings: Surroundings): Promise<readonly unknown[]> {
  const { clock, log } = surroundings
  const run = startRun(clock.now(), readMode())
  let requests = 0
  const countRequest = (): void => {
    requests += 1
  }
  let outputs: Promise<void> | undefined
  const setOutputs = (): Promise<void> => (outputs ??= setOutputsOf(run))
  try {
    const { inputs, signInWith } = await begin(surroundings, countRequest)
    await setOutputs()
    if (!signInWith) return await (await import('fleet')).mergeReports(inputs, surroundings)
    announceStart(inputs, log)
    const signingIn = await beginSignIn(signInWith, inputs.cloud, { ...surroundings, countRequest })
    const { main } = await import('../main.js')
    const requestsSoFar = (): number => requests
    return await main({ ...run, inputs }, inputs, { ...surroundings, signingIn, requestsSoFar })
  } catch (thrown) {
    // Not yet if an input is invalid, or if the job was cancelled at once.
    await setOutputs()
    // Loaded here, because the request for the ID token must not wait for it.
    const { conclude } = await import('run-report/conclude')
    const { report } = await import('run-report/tell')
    const result = conclude({ ...run, requests, finishedAt: clock.now(), error: toActionError(thrown) })
    return await report(result, surroundings)
  }
}

/**
 * Reads the inputs, and requests the ID token unless reports are merged. Only then masks the secrets, because opening the standard output takes 2 ms; nothing
 * is printed before.
 */
async function begin(surroundings: Surroundings, onRequest: () => void) {
  try {
    const inputs = await readInputs()
    if (inputs.mode === 'merge') return { inputs }
    // Loaded only where a sign-in is refused.
    const findSetUp = async (subject: string) => (await import('run-model/set-up')).letIn(inputs, subject)
    return { inputs, signInWith: await withIdToken(inputs, surroundings, onRequest, findSetUp) }
  } finally {
    maskSecrets()
  }
}

/** Sets all outputs up front, in case the step is killed. Loads what that needs while GitHub answers. */
async function setOutputsOf(run: Run): Promise<void> {
  const { setInitialOutputs } = await import('run-report/outputs')
  setInitialOutputs(run)
}
