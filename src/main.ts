import { apply } from './apply/apply.js'
import { applyImages } from './apply/images.js'
import { createRegistries } from './apply/registries.js'
import { toActionError, type ActionError } from './model/error.js'
import { isCreation } from './model/plan.js'
import type { Surroundings } from './model/progress.js'
import { findIdle } from './model/remaining.js'
import { learn, selectOpen, selectSuspicious, type Run } from './model/run.js'
import { createStopwatch } from './model/time.js'
import type { Inputs } from './model/wanted.js'
import { inspect } from './observe/inspect.js'
import { findLapses } from './observe/group.js'
import { createSettler } from './observe/former.js'
import { findElsewhere } from './observe/elsewhere.js'
import { checkManifests } from './observe/manifests.js'
import { observe, observeAgain } from './observe/observe.js'
import { findResiduals } from './plan/residual.js'
import { planAgain } from './plan/again.js'
import { makePlan, planAfterCreation } from './plan/plan.js'
import { conclude } from './report/conclude.js'
import { desiredOf, scopeOf } from './report/drift-issue/marker.js'
import { describeObserved, describeOperations, describePlan, describeSession, isNews } from './report/narration.js'
import { narrateApply, narrateImages, narrateVerify } from './report/progress.js'
import { report } from './report/report.js'
import { connect } from './services/azure.js'
import type { AzureContext } from './services/context.js'
import type { SignInWith } from './services/entra/sign-in.js'
import { prepare, release, verify, type Prepared } from './verify/verify.js'

/** What was started before the Azure SDKs were loaded. */
interface Given extends Surroundings {
  signInWith: SignInWith
  countRequest: () => void
  requestsSoFar: () => number
}

/** Does what the inputs ask for and reports it, also after a failure. @returns what fails the step. @throws only if reporting fails */
export async function main(begun: Run, inputs: Inputs, given: Given): Promise<ActionError[]> {
  const { clock, log, signal } = given
  const { mode } = inputs
  const isCheck = mode === 'check'
  const { stage, stages } = createStopwatch(clock)
  let run = begun
  let prepared: Prepared = Promise.resolve(undefined)
  let connected: AzureContext | undefined
  for (const warning of inputs.ignored) log.warn(warning)

  try {
    const signIn = () => connect({ ...given, inputs })
    const { session, azure } = await stage('Sign in', () => log.phase('Sign in', signIn, describeSession))
    connected = azure
    run = { ...run, session }

    let observed = await stage('Observe', () => log.phase('Observe', () => observe(azure, inputs), describeObserved))
    let plan = makePlan(observed, inputs)
    run = { ...run, observed, plan }
    log.section('Plan', describePlan(plan, mode), { folded: !isNews(plan) })

    const means = { azure, inputs, clock, log, progress: narrateVerify(log, clock, inputs) }
    prepared = prepare(plan.pairs, means)
    const creations = isCheck ? [] : plan.operations.filter(isCreation)
    if (creations.length > 0) {
      const create = () => createRegistries(azure, creations, clock, narrateApply(log, clock, 'Create'))
      const ends = await stage('Create', create)
      run = learn(run, { outcomes: ends.map(({ outcome }) => outcome) })
      const before = observed
      observed = await stage('Observe again', () => observeAgain(azure, before, ends, inputs))
      plan = planAfterCreation(plan, observed, inputs)
      run = { ...run, observed, plan }
    }

    // From here on nothing throws: what failed, or was cancelled, is a value as well.
    const wanted = isCheck ? [] : plan.images
    const telling = narrateImages(log, clock, plan.operations.length === 0)
    const images = stage('Import', () => applyImages(azure, wanted, inputs, clock, telling))
    const { registries } = observed
    const look = () => checkManifests(azure, inputs.manifests, registries, inputs.verify === 'pull')
    const manifests = images.then(() => stage('Manifests', look))
    let open = plan.pairs
    do {
      const operations = isCheck ? [] : selectOpen(open, run.outcomes)
      const limits = { clock, deadline: clock.now() + inputs.timeoutMs, concurrency: inputs.concurrency }
      const write = () => apply(azure, operations, limits, narrateApply(log, clock))
      run = learn(run, { outcomes: await stage('Apply', write) })
      const done = { pairs: open, outcomes: run.outcomes, images, manifests, probes: observed.probes }
      const verified = await stage('Verify', () => verify(done, prepared, means))
      run = learn(run, verified)
      const before = plan.pairs
      plan = planAgain(plan, verified.verifications, observed, inputs)
      open = plan.pairs.filter(pair => !before.includes(pair))
      run = { ...run, plan }
      if (open.length > 0) log.section('Plan again', describeOperations(selectOpen(open, run.outcomes)))
    } while (open.length > 0)
    run = { ...run, ...(!isCheck && { images: await images }), manifests: await manifests }
    run = learn(run, findElsewhere(inputs.manifests, run.manifests, observed.registries, inputs.cloud))
    run = { ...run, lapses: await findLapses(azure, plan.pairs, run.outcomes, inputs.group) }
    const effect = { idle: findIdle(run.outcomes), lapses: run.lapses }
    run = learn(run, { findings: findResiduals(observed, plan.pairs, effect, inputs) })

    const [seen, suspicious] = [observed, selectSuspicious(plan.pairs, run)]
    run = learn(run, await stage('Inspect', () => inspect(azure, seen, suspicious, mode)))
  } catch (thrown) {
    run = { ...run, error: toActionError(thrown) }
  }
  await release(prepared)

  const result = conclude({ ...run, requests: given.requestsSoFar(), stages, finishedAt: clock.now() })
  const { errors, drift } = await report(result, log)
  // A cancelled job has no time for it.
  if (inputs.driftIssue && isCheck && !signal.aborted) {
    const { keepIssue } = await import('./report/drift-issue/keep.js')
    const settle = createSettler(connected, run)
    const step = { token: inputs.githubToken, scope: scopeOf(inputs), desired: desiredOf(inputs), settle }
    await keepIssue(drift, step, given)
  }
  return errors
}
