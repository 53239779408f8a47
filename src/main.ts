import { act, prove } from './act.js'
import type { Clock } from './clock.js'
import { toActionError } from './errors.js'
import { findNestedResidual } from './findings.js'
import { requestIdToken } from './id-token.js'
import { isMerge, maskSecretInputs, readInputs, readMode, type Inputs } from './inputs.js'
import type { Logger } from './log.js'
import { makePlan } from './plan.js'
import { prefetch } from './prefetch.js'
import { readDrift } from './report/drift.js'
import { scopeOf } from './report/drift-marker.js'
import { announceStart } from './report/progress.js'
import { describeObserved, describePlan, describeSession } from './report/narration.js'
import { setInitialOutputs } from './report/outputs.js'
import { toReportJson } from './report/report-json.js'
import { report } from './report/report.js'
import { conclude, startRun, type Result, type Run } from './result.js'
import type { PlannedPair } from './state.js'
import { createStopwatch } from './stopwatch.js'

/** What a run is given from outside. */
export interface Surroundings {
  log: Logger
  clock: Clock
  /** Aborted when the job is cancelled. */
  signal: AbortSignal
}

/** Does what the step is for and reports it, whatever the end. Throws only if reporting fails. */
export async function main(surroundings: Surroundings): Promise<Pick<Result, 'errors'>> {
  const { clock, log } = surroundings
  const run = startRun(clock.now(), readMode())
  maskSecretInputs()
  if (isMerge()) {
    const { mergeReports } = await import('./merge-reports/merge-reports.js')
    return { errors: await mergeReports(surroundings) }
  }
  try {
    run.inputs = readInputs()
    await work(run, run.inputs, surroundings)
  } catch (thrown) {
    run.error = toActionError(thrown)
  }
  run.finishedAt = clock.now()
  const result = conclude(run)
  await report(result, log)
  if (run.inputs?.driftIssue) await keepDriftIssue(result, run.inputs, surroundings)
  return result
}

/** The issue of a `check`; nothing where the job is cancelled, for which there is no time. */
async function keepDriftIssue(result: Result, inputs: Inputs, surroundings: Surroundings): Promise<void> {
  const { mode, githubToken: token } = inputs
  if (mode !== 'check' || surroundings.signal.aborted) return
  const { keepIssue } = await import('./keep-issue.js')
  await keepIssue(readDrift(toReportJson(result)), { ...surroundings, token, scope: scopeOf(inputs) })
}

/** sign in → observe → plan → apply → verify → inspect */
async function work(run: Run, inputs: Inputs, surroundings: Surroundings): Promise<void> {
  const { log, clock, signal } = surroundings
  const { auth, mode } = inputs
  const countRequest = (): void => {
    run.requests += 1
  }
  announceStart(inputs, log)
  for (const warning of inputs.ignored) log.warn(warning)
  const manifests =
    inputs.manifests.length > 0 ? await (await import('./pull-stages.js')).readManifests(inputs.manifests) : []
  // GitHub answers while the Azure SDKs, most of the bundle, are loaded.
  const signInWith =
    auth.type === 'oidc' ? { ...auth, takeIdToken: prefetch(() => requestIdToken(auth.audience, countRequest)) } : auth
  setInitialOutputs(run)
  const stages = await import('./stages.js')
  const stage = createStopwatch(run, clock)

  const limit = stages.createLimit(inputs.concurrency)
  const observer = stages.createRequestObserver(log, countRequest)
  const send = stages.createSend(observer, limit)
  const signIn = () => stages.signIn(signInWith, inputs.cloud, observer, signal)
  run.session = await stage('Sign in', () => log.phase('Sign in', signIn, describeSession))
  const { credential, caller, tenantId } = run.session
  const azure = {
    credential,
    clients: stages.createClients(credential, inputs.cloud, { limit: stages.createConcurrencyLimit(limit), observer }),
    content: stages.createRegistryContent(credential, stages.clientOptions(observer), limit),
    sources: stages.createSourceRegistry(stages.giveOnlyTo(inputs.sourceCredentials), send),
    azureSources: stages.createSourceRegistry(stages.createRegistrySignIn(credential, send, signal), send),
    caller,
    tenantId,
    signal,
  }

  const observe = () => stages.observe(azure, inputs)
  const observed = await stage('Observe', () => log.phase('Observe', observe, describeObserved))
  run.observed = observed

  const plan = makePlan(observed, inputs)
  run.plan = plan
  const imports = plan.images.some(image => image.plan.kind !== 'present')
  log.section('Plan', describePlan(plan, mode), { folded: plan.operations.length === 0 && !imports })

  const means = { ...surroundings, azure, inputs, stages, stage, manifests }
  if (mode === 'check') await prove(run, plan, means)
  else await act(run, plan, observed, means)

  if (mode === 'detach') run.findings = findNestedResidual(observed, plan.pairs, run.outcomes, inputs)
  const suspicious = mode === 'attach' ? selectRepaired(run) : plan.pairs
  if (suspicious.length > 0) {
    const { findings, notes } = await stage('Inspect', () => stages.inspect(azure, observed, suspicious, mode))
    run.findings.push(...findings)
    run.notes.push(...notes)
  }
}

/** The pairs that were not as wanted and are so now: what was in their place is worth a look. */
function selectRepaired({ plan, verifications }: Run): PlannedPair[] {
  return (plan?.pairs ?? []).filter(
    pair => pair.operations.length > 0 && (verifications.get(pair)?.verified ?? 'none') !== 'none',
  )
}
