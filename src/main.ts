import type { Clock } from './clock.js'
import { toActionError } from './errors.js'
import { requestIdToken } from './id-token.js'
import { maskSecretInputs, readInputs, type Inputs } from './inputs.js'
import type { Logger } from './log.js'
import { makePlan } from './plan.js'
import { prefetch } from './prefetch.js'
import { announceStart, narrateApply, narrateVerify } from './report/progress.js'
import { describeObserved, describePlan, describeSession } from './report/narration.js'
import { setInitialOutputs } from './report/outputs.js'
import { report } from './report/report.js'
import { conclude, type Result, type Run } from './result.js'

/** What a run is given from outside. */
export interface Surroundings {
  log: Logger
  clock: Clock
  /** Aborted when the job is cancelled. */
  signal: AbortSignal
}

/** Does what the step is for and reports it, whatever the end. Throws only if reporting fails. */
export async function main(surroundings: Surroundings): Promise<Result> {
  const { clock, log } = surroundings
  const run: Run = { startedAt: clock.now(), finishedAt: clock.now(), stages: [], requests: 0 }
  maskSecretInputs()
  try {
    run.inputs = readInputs()
    await attach(run, run.inputs, surroundings)
  } catch (thrown) {
    run.error = toActionError(thrown)
  }
  run.finishedAt = clock.now()
  const result = conclude(run)
  await report(result, log)
  return result
}

/** sign in → observe → plan → apply → verify */
async function attach(run: Run, inputs: Inputs, { log, clock, signal }: Surroundings): Promise<void> {
  // GitHub answers while the Azure SDKs, four fifths of the bundle, are loaded.
  const takeIdToken = prefetch(() => requestIdToken(inputs.auth.audience, () => (run.requests += 1)))
  announceStart(inputs, log)
  setInitialOutputs(run)
  const { signIn, createClients, observe, apply, verifyAssignments, createRequestPolicy } = await import('./stages.js')

  const policy = createRequestPolicy(inputs.concurrency, log, () => (run.requests += 1))
  const session = await stage(run, clock, 'Sign in', () =>
    log.phase('Sign in', () => signIn(inputs, takeIdToken, policy, signal), describeSession),
  )
  run.session = session
  const azure = { clients: createClients(session.credential, inputs.cloud, policy), caller: session.caller, signal }

  const observed = await stage(run, clock, 'Observe', () =>
    log.phase('Observe', () => observe(azure, inputs), describeObserved),
  )
  run.observed = observed

  const plan = makePlan(observed)
  run.plan = plan
  log.section('Plan', describePlan(plan), { folded: plan.operations.length === 0 })
  if (plan.operations.length === 0) return

  const limits = { clock, deadline: clock.now() + inputs.timeoutMs }
  const outcomes = await stage(run, clock, 'Apply', () =>
    apply(azure, plan.operations, limits, narrateApply(log, clock)),
  )
  run.outcomes = outcomes

  const written = outcomes.filter(({ error }) => !error)
  if (inputs.verify === 'none' || written.length === 0) return
  run.verifications = await stage(run, clock, 'Verify', () =>
    verifyAssignments(azure, written, limits, narrateVerify(log, clock)),
  )
}

/** Keeps how long a stage took, also when it fails. */
async function stage<T>(run: Run, clock: Clock, name: string, work: () => Promise<T>): Promise<T> {
  const startedAt = clock.now()
  try {
    return await work()
  } finally {
    run.stages.push({ name, startedAt, finishedAt: clock.now() })
  }
}
