import type { Clock } from './clock.js'
import { toActionError } from './errors.js'
import { requestIdToken } from './id-token.js'
import { maskSecretInputs, readInputs, type Inputs } from './inputs.js'
import type { Logger } from './log.js'
import type { AzureContext } from './lookup.js'
import { makePlan, planDirectly } from './plan.js'
import { prefetch } from './prefetch.js'
import { announceStart, narrateApply, narrateVerify } from './report/progress.js'
import { describeObserved, describePlan, describeSession } from './report/narration.js'
import { setInitialOutputs } from './report/outputs.js'
import { report } from './report/report.js'
import { conclude, startRun, type Result, type Run } from './result.js'
import type { Plan, PlannedPair } from './state.js'

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
  const run = startRun(clock.now())
  maskSecretInputs()
  try {
    run.inputs = readInputs()
    await work(run, run.inputs, surroundings)
  } catch (thrown) {
    run.error = toActionError(thrown)
  }
  run.finishedAt = clock.now()
  const result = conclude(run)
  await report(result, log)
  return result
}

/** sign in → observe → plan → apply → verify → inspect */
async function work(run: Run, inputs: Inputs, surroundings: Surroundings): Promise<void> {
  const { log, signal } = surroundings
  const { auth, mode } = inputs
  const countRequest = (): void => {
    run.requests += 1
  }
  // GitHub answers while the Azure SDKs, most of the bundle, are loaded.
  const signInWith =
    auth.type === 'oidc' ? { ...auth, takeIdToken: prefetch(() => requestIdToken(auth.audience, countRequest)) } : auth
  announceStart(inputs, log)
  setInitialOutputs(run)
  const stages = await import('./stages.js')
  const stage = createStopwatch(run, surroundings)

  const limit = stages.createConcurrencyLimit(inputs.concurrency)
  const observer = stages.createRequestObserver(log, countRequest)
  const signIn = () => stages.signIn(signInWith, inputs.cloud, observer, signal)
  run.session = await stage('Sign in', () => log.phase('Sign in', signIn, describeSession))
  const { credential, caller, tenantId } = run.session
  const azure = {
    clients: stages.createClients(credential, inputs.cloud, { limit, observer }),
    caller,
    tenantId,
    signal,
  }

  const observe = () => stages.observe(azure, inputs)
  const observed = await stage('Observe', () => log.phase('Observe', observe, describeObserved))
  run.observed = observed

  const plan = makePlan(observed, inputs)
  run.plan = plan
  log.section('Plan', describePlan(plan, mode), { folded: plan.operations.length === 0 })

  if (mode !== 'check' && plan.operations.length > 0) {
    const act = createAct(run, stages, azure, surroundings)
    await act(plan.pairs, inputs)
    const late = inputs.onTimeout === 'assign-directly' ? selectLate(run, plan) : []
    if (late.length > 0) {
      run.plan = planDirectly(plan, late, observed, inputs)
      log.line('The wait for the group is over: the pull identities get the role themselves, and stay in the group.')
      await act(
        run.plan.pairs.filter(pair => !plan.pairs.includes(pair)),
        { ...inputs, group: '' },
      )
    }
  }

  const suspicious = mode === 'attach' ? plan.pairs.filter(({ operations }) => operations.length > 0) : plan.pairs
  if (suspicious.length > 0) {
    const { findings, notes } = await stage('Inspect', () => stages.inspect(azure, observed, suspicious))
    run.findings = findings
    run.notes = notes
  }
}

type Stages = typeof import('./stages.js')
type Act = (pairs: PlannedPair[], inputs: Inputs) => Promise<void>

/** apply → verify */
function createAct(run: Run, stages: Stages, azure: AzureContext, surroundings: Surroundings): Act {
  const { log, clock } = surroundings
  const stage = createStopwatch(run, surroundings)
  return async (pairs, inputs) => {
    const limits = { clock, deadline: clock.now() + inputs.timeoutMs }
    const done = new Set(run.outcomes.map(({ operation }) => operation))
    const operations = new Set(pairs.flatMap(pair => pair.operations).filter(operation => !done.has(operation)))
    const apply = () => stages.apply(azure, [...operations], limits, narrateApply(log, clock))
    run.outcomes.push(...(await stage('Apply', apply)))

    const written = inputs.verify === 'none' ? [] : stages.selectWritten(pairs, run.outcomes)
    if (written.length === 0) return
    const verify = () =>
      stages.verifyAssignments(azure, written, inputs, limits, narrateVerify(log, clock, inputs.mode))
    for (const [pair, verification] of await stage('Verify', verify)) run.verifications.set(pair, verification)
  }
}

/** The pairs for which everything was written and nothing was reported in time. */
function selectLate({ verifications }: Run, { pairs }: Plan): PlannedPair[] {
  return pairs.filter(pair => verifications.get(pair)?.error?.code === 'PROPAGATION_TIMEOUT')
}

/** Keeps how long each stage takes, also when it fails. */
function createStopwatch(run: Run, { clock }: Surroundings) {
  return async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const startedAt = clock.now()
    try {
      return await work()
    } finally {
      run.stages.push({ name, startedAt, finishedAt: clock.now() })
    }
  }
}
