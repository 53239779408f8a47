import { connect, namesSoFar, type AzureContext, type SigningIn } from 'azure-clients'
import { createAskGone } from 'drift-issue/ask-gone'
import { toActionError } from 'kernel'
import type { Surroundings } from 'runner'
import { isCreation, type Inputs, type PlannedRun, type Run } from 'run-model'
import { conclude, narrate, report } from 'run-report'
import { apply, selectOpen } from './apply/apply.js'
import { createRegistries } from './apply/registries.js'
import { inspect } from './observe/inspect.js'
import { lookAgain, lookMeanwhile, type Looks } from './observe/look-again.js'
import { observeWithNewRoles } from './observe/new-roles.js'
import { observeAgain } from './observe/observe.js'
import { planAgain } from './plan/again.js'
import { makePlan, planAfterCreation } from './plan/plan.js'
import { findResiduals } from './plan/residual.js'
import { advise, createStopwatch, learn, startImageStages, type Stopwatch } from './stages.js'
import { prepare, release, verify, type Verifiable } from './verify/verify.js'

/** Dependencies that the caller creates before the Azure SDKs are loaded. */
interface Deps extends Surroundings {
  signingIn: SigningIn
  requestsSoFar: () => number
}

/** What all stages of a run are carried out with. */
interface Work extends Pick<Deps, 'clock' | 'log'> {
  azure: AzureContext
  inputs: Inputs
  stage: Stopwatch['stage']
  narration: ReturnType<typeof narrate>
}

/**
 * Carries out the inputs and reports the result, even after a failure.
 * @returns the failures that fail the step
 * @throws only if reporting fails
 */
export async function main(begun: Run, inputs: Inputs, deps: Deps): Promise<readonly unknown[]> {
  const { clock, log, signingIn } = deps
  const { stage, stages } = createStopwatch(clock)
  const narration = narrate(log, clock, inputs)
  let run = begun
  let azure: AzureContext | undefined
  for (const warning of inputs.ignored) log.warn(warning)

  try {
    const signIn = () =>
      narration.signIn(() => connect({ ...deps, inputs, onNewRole: narration.newRole }), signingIn.startedAt)
    const signedIn = await stage('Sign in', signIn, signingIn.startedAt)
    azure = signedIn.azure
    run = { ...run, session: signedIn.session }
    for await (const grown of carryOut(run, { azure, inputs, stage, narration, clock, log })) run = grown
  } catch (thrown) {
    run = { ...run, error: toActionError(thrown) }
  }

  const concluded = conclude({ ...run, ...(azure && { subscriptions: await namesSoFar(azure) }) })
  const result = {
    ...(await advise(azure, concluded, { clock, log })),
    run: { ...concluded.run, requests: deps.requestsSoFar(), stages, finishedAt: clock.now() },
  }
  return report(result, deps, azure && !run.error ? createAskGone(azure) : undefined)
}

/** Observes, plans, applies and verifies. Yields the run after each stage, so that nothing is lost if the next one fails. */
async function* carryOut(begun: Run, work: Work): AsyncGenerator<Run> {
  const { azure, inputs, stage, narration, clock, log } = work
  const isCheck = inputs.mode === 'check'
  const readAt = clock.now()
  const observe = () => observeWithNewRoles(azure, inputs, { clock, ...narration.waits() })
  const observed = await stage('Observe', () => narration.observe(observe))
  let run: PlannedRun = { ...begun, observed, plan: makePlan(observed, inputs) }
  yield run
  narration.plan(run.plan)

  const { startedAt } = begun
  const verifying = { azure, inputs, clock, log, startedAt, progress: narration.verify() }
  const prepared = prepare(run.plan.pairs, verifying)
  try {
    const creations = isCheck ? [] : run.plan.operations.filter(isCreation)
    if (creations.length > 0) {
      const limits = { clock, timeoutMs: inputs.timeoutMs }
      const create = () => createRegistries(azure, creations, limits, narration.apply('Create'))
      const outcomes = await stage('Create', create)
      yield (run = learn(run, { outcomes }))
      const after = await stage('Observe again', () => observeAgain(azure, observed, outcomes, inputs))
      yield (run = { ...run, observed: after, plan: planAfterCreation(run.plan, after, inputs) })
    }

    const progress = narration.images(run.plan.operations.length === 0)
    const { images, manifests, watched, pullable } = startImageStages(run, verifying, prepared, stage, progress)
    // From here on failures and cancellations are values, not thrown.
    const meanwhile: Looks[] = []
    const proof = (written: Verifiable) => stage('Verify', () => verify(written, prepared, verifying))
    for await (const grown of applyAndVerify(run, pullable, proof, work)) {
      yield (run = grown.run)
      if (grown.looking) meanwhile.push(grown.looking)
    }
    const waited = run
    const again = () => lookAgain(azure, waited, inputs, { ageMs: clock.now() - readAt, meanwhile })
    yield (run = learn(run, await stage('Look again', again)))
    run = learn(run, { images: await images })
    yield (run = learn(run, await manifests))
    const seen = await watched
    if (seen) {
      yield (run = { ...learn(run, seen), workloads: seen.workloads })
      narration.workloads(seen.workloads)
    }

    yield (run = learn(run, { findings: findResiduals(run.observed, run.plan.pairs, inputs) }))
    const ended = run
    yield learn(run, await stage('Inspect', () => inspect(azure, ended, { clock, ...narration.waits() })))
  } finally {
    await release(prepared)
  }
}

/**
 * Writes what the pairs need and waits until it works. What verification shows to be needed in addition is planned, written and verified, too.
 * @param prove verifies what was written
 * @returns the run after each stage, and the reads of registries that have begun then
 */
async function* applyAndVerify(
  run: PlannedRun,
  images: Verifiable['images'],
  prove: (written: Verifiable) => ReturnType<typeof verify>,
  { azure, inputs, stage, narration, clock }: Work,
): AsyncGenerator<{ run: PlannedRun; looking?: Looks }> {
  let open = run.plan.pairs
  do {
    const operations = inputs.mode === 'check' ? [] : selectOpen(open, run.outcomes)
    const limits = { clock, deadline: clock.now() + inputs.timeoutMs, concurrency: inputs.concurrency }
    const outcomes = await stage('Apply', () => apply(azure, operations, limits, narration.apply()))
    run = learn(run, { outcomes })
    const looking = lookMeanwhile(azure, open, run.outcomes, inputs)
    // A cancellation shows where it is awaited.
    looking.catch(() => undefined)
    yield { run, looking }
    const verified = await prove({ pairs: open, outcomes: run.outcomes, images })
    const before = run.plan.pairs
    const plan = planAgain(run.plan, verified.verifications, run.observed, inputs)
    run = { ...learn(run, verified), plan }
    yield { run }
    open = plan.pairs.filter(pair => !before.includes(pair))
    if (open.length > 0) narration.planAgain(selectOpen(open, run.outcomes))
  } while (open.length > 0)
}
