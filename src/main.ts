import { connect, type AzureContext, type SigningIn } from 'azure-clients'
import { checkManifests, checkRunning, createRunningLookUp, readSoftDelete, remember, selectLost } from 'image-uses'
import { toActionError, type Surroundings, valuesOf } from 'kernel'
import {
  findIdle,
  isCreation,
  isGreen,
  learn,
  selectOpen,
  selectSuspicious,
  type ClusterWorkloads,
  type Inputs,
  type Run,
} from 'run-model'
import {
  conclude,
  concludeImages,
  describeObserved,
  describeOperations,
  describeSession,
  describeWorkloads,
  narrateApply,
  narrateImages,
  narrateObserve,
  narratePlan,
  narrateVerify,
  report,
} from 'run-report'
import { apply } from './apply/apply.js'
import { applyImages } from './apply/images.js'
import { createRegistries } from './apply/registries.js'
import { createSettler } from './observe/former.js'
import { findLapses } from './observe/group.js'
import { inspect } from './observe/inspect.js'
import { glance, lookAgain, type Glance } from './observe/look-again.js'
import { observeWithNewRoles } from './observe/new-roles.js'
import { observeAgain } from './observe/observe.js'
import { planAgain } from './plan/again.js'
import { makePlan, planAfterCreation } from './plan/plan.js'
import { findResiduals } from './plan/residual.js'
import { prepare, release, type Prepared, type VerifyDeps, verify } from './verify/verify.js'
import { readWorkloads } from './verify/workloads.js'
import { createStopwatch, type Stopwatch } from './stopwatch.js'

/** Dependencies that the caller creates before the Azure SDKs are loaded. */
interface Deps extends Surroundings {
  signingIn: SigningIn
  requestsSoFar: () => number
}

/**
 * Carries out the inputs and reports the result, even after a failure.
 * @returns the failures that fail the step
 * @throws only if reporting fails
 */
export async function main(begun: Run, inputs: Inputs, deps: Deps): Promise<readonly unknown[]> {
  const { clock, log } = deps
  const { stage, stages } = createStopwatch(clock)
  let run = begun
  let azure: AzureContext | undefined
  for (const warning of inputs.ignored) log.warn(warning)

  try {
    const signIn = () => connect({ ...deps, inputs })
    const { startedAt } = deps.signingIn
    const signedIn = await stage('Sign in', () => log.phase('Sign in', signIn, describeSession, startedAt), startedAt)
    azure = signedIn.azure
    run = { ...run, session: signedIn.session }
    for await (const grown of carryOut(run, azure, inputs, stage, deps)) run = grown
  } catch (thrown) {
    run = { ...run, error: toActionError(thrown) }
  }

  const result = conclude({ ...run, requests: deps.requestsSoFar(), stages, finishedAt: clock.now() })
  return report(result, deps, () => createSettler(azure, run))
}

/** Observes, plans, applies and verifies. Yields the run after each stage, so that nothing is lost if the next one fails. */
async function* carryOut(
  begun: Run,
  azure: AzureContext,
  inputs: Inputs,
  stage: Stopwatch['stage'],
  { clock, log }: Deps,
): AsyncGenerator<Run> {
  const isCheck = inputs.mode === 'check'
  const readAt = clock.now()
  const look = () => observeWithNewRoles(azure, inputs, { clock, ...narrateObserve(log) })
  let observed = await stage('Observe', () => log.phase('Observe', look, describeObserved))
  let plan = makePlan(observed, inputs)
  let run: Run = { ...begun, observed, plan }
  yield run
  narratePlan(log, plan, inputs.mode)

  const verifying = { azure, inputs, clock, log, progress: narrateVerify(log, clock, inputs) }
  const prepared = prepare(plan.pairs, verifying)
  try {
    const creations = isCheck ? [] : plan.operations.filter(isCreation)
    if (creations.length > 0) {
      const limits = { clock, timeoutMs: inputs.timeoutMs }
      const create = () => createRegistries(azure, creations, limits, narrateApply(log, clock, 'Create'))
      const ends = await stage('Create', create)
      yield (run = learn(run, { outcomes: ends }))
      const before = observed
      observed = await stage('Observe again', () => observeAgain(azure, before, ends, inputs))
      plan = planAfterCreation(plan, observed, inputs)
      yield (run = { ...run, observed, plan })
    }

    const { images, manifests, watched, pullable } = startImageStages({ observed, plan }, verifying, prepared, stage)
    // From here on failures and cancellations are values, not thrown.
    let open = plan.pairs
    const glances: Glance[] = []
    do {
      const operations = isCheck ? [] : selectOpen(open, run.outcomes)
      const limits = { clock, deadline: clock.now() + inputs.timeoutMs, concurrency: inputs.concurrency }
      const write = () => apply(azure, operations, limits, narrateApply(log, clock))
      yield (run = learn(run, { outcomes: await stage('Apply', write) }))
      const written = { pairs: open, outcomes: run.outcomes, images: pullable }
      const glancing = glance(azure, open, run.outcomes, inputs)
      // A cancellation shows where it is awaited.
      glancing.catch(() => undefined)
      glances.push(glancing)
      const verified = await stage('Verify', () => verify(written, prepared, verifying))
      const before = plan.pairs
      plan = planAgain(plan, verified.verifications, observed, inputs)
      yield (run = { ...learn(run, verified), plan })
      open = plan.pairs.filter(pair => !before.includes(pair))
      if (open.length > 0) log.section('Plan again', describeOperations(selectOpen(open, run.outcomes)))
    } while (open.length > 0)
    const waited = run
    const lookOnceMore = () => lookAgain(azure, waited, inputs, { ageMs: clock.now() - readAt, glances })
    yield (run = learn(run, await stage('Look again', lookOnceMore)))
    run = learn(run, { images: await images })
    yield (run = learn(run, await manifests))
    const seen = await watched
    if (seen) {
      yield (run = { ...learn(run, seen), workloads: seen.workloads })
      log.section('Workloads', describeWorkloads(seen.workloads))
    }

    const lapses = await findLapses(azure, plan.pairs, run.outcomes, inputs.group)
    const residuals = findResiduals(observed, plan.pairs, { idle: findIdle(run.outcomes), lapses }, inputs)
    yield (run = learn({ ...run, lapses }, { findings: residuals }))
    const [current, suspicious] = [observed, selectSuspicious(plan.pairs, run)]
    yield learn(run, await stage('Inspect', () => inspect(azure, current, suspicious, inputs.mode, isGreen(run))))
  } finally {
    await release(prepared)
  }
}

/**
 * Starts everything about images: it imports those that are planned, and looks up those of manifests and of the clusters' workloads. All of it runs side
 * by side with the other stages, and none of it throws: failures and cancellations are values.
 */
function startImageStages(
  { observed, plan }: Required<Pick<Run, 'observed' | 'plan'>>,
  { azure, inputs, clock, log }: VerifyDeps,
  prepared: Prepared,
  stage: Stopwatch['stage'],
) {
  const { targets, registries } = observed
  const progress = narrateImages(log, clock, plan.operations.length === 0)
  // A check imports nothing: nodes pull the images that exist, or that only they can see.
  const importAll = () =>
    inputs.mode === 'check'
      ? concludeImages({ plan, inputs, images: [] })
      : applyImages(azure, plan.images, inputs, clock, progress)
  const images = stage('Import', async () => importAll())
  const remembering = images.then(ended => remember(azure, ended))
  const existing = valuesOf(registries).flatMap(({ registry }) => (registry.exists ? registry : []))
  const lookingUp = remembering.then(known => createRunningLookUp(known, existing, inputs.concurrency))
  // What it has looked up is remembered, so that only the verdict is left when all clusters are read.
  const lookUp = async (seen: readonly ClusterWorkloads[]) => (await lookingUp)(seen)
  const look = () => readWorkloads({ targets, registries }, prepared, { inputs }, seen => lookUp([seen]))
  const workloads = inputs.workloads && stage('Workloads', look)
  const manifests = remembering.then(known => stage('Manifests', () => checkManifests(known, registries, inputs)))
  const check = async (seen: readonly ClusterWorkloads[]) => {
    const answered = await lookUp(seen)
    const softDelete = await readSoftDelete(azure, selectLost(answered))
    return answered.map(answer => checkRunning(answer, { images: inputs.images, softDelete }))
  }
  const watched = Promise.all([workloads, remembering]).then(
    async ([looks]) =>
      looks && { workloads: looks, images: await stage('Running images', () => check(valuesOf(looks))) },
  )
  /** The images that nodes can pull. */
  const pullable = Promise.all([images, manifests, watched]).then(([imported, used, running]) => [
    ...[...observed.probes, ...imported, ...used.images],
    ...(inputs.probesWorkloads && running ? running.images : []),
  ])
  return { images, manifests, watched, pullable }
}
