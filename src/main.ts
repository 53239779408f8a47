import { applyImages } from './apply/images.js'
import { apply } from './apply/apply.js'
import { createRegistries } from './apply/registries.js'
import { toActionError, type ActionError } from './model/error.js'
import type { ImageResult } from './model/image.js'
import type { Finding } from './model/finding.js'
import type { CheckedManifest, ManifestImage } from './model/manifest.js'
import type { Outcome, Verification } from './model/outcome.js'
import { isCreation, type Assignment, type Plan, type PlannedPair } from './model/plan.js'
import type { Surroundings } from './model/progress.js'
import { concludeImages, type Run } from './model/run.js'
import { createStopwatch } from './model/time.js'
import type { Inputs } from './model/wanted.js'
import { inspect } from './observe/inspect.js'
import { checkManifests, noteElsewhere } from './observe/manifests.js'
import { observe, observeAgain } from './observe/observe.js'
import { findNestedResidual } from './plan/findings.js'
import { makePlan, planAfterCreation, planDirectly } from './plan/plan.js'
import { conclude } from './report/conclude.js'
import { scopeOf } from './report/drift-issue/marker.js'
import { readDrift } from './report/drift.js'
import { describeObserved, describePlan, describeSession } from './report/narration.js'
import { narrateApply, narrateImages, narrateProof, narrateVerify } from './report/progress.js'
import { toReportJson } from './report/report-json.js'
import { report } from './report/report.js'
import { connect } from './services/azure.js'
import type { SignInWith } from './services/entra/sign-in.js'
import { selectWritten, verifyAssignments } from './verify/assignments.js'
import { noteNodeless, type Proof } from './verify/notes.js'

/** What was begun before the Azure SDKs were loaded. */
interface Given extends Surroundings {
  manifests: ManifestImage[]
  signInWith: SignInWith
  countRequest: () => void
  requestsSoFar: () => number
}

/** Does what the inputs ask for and reports it, whatever the end. @returns what fails the step. @throws only if reporting fails */
export async function main(begun: Run, inputs: Inputs, given: Given): Promise<ActionError[]> {
  const { clock, log, signal } = given
  const { stage, stages } = createStopwatch(clock)
  let run = begun
  const know: Know = news => {
    run = { ...run, ...news }
  }
  try {
    await work(inputs, { ...given, stage }, know)
  } catch (thrown) {
    know({ error: toActionError(thrown) })
  }
  know({ requests: given.requestsSoFar(), stages, finishedAt: clock.now() })
  const result = conclude(run)
  await report(result, log)
  // A cancelled job has no time for it.
  if (inputs.driftIssue && inputs.mode === 'check' && !signal.aborted) {
    const { keepIssue } = await import('./report/drift-issue/keep.js')
    await keepIssue(readDrift(toReportJson(result)), { ...given, token: inputs.githubToken, scope: scopeOf(inputs) })
  }
  return result.errors
}

/** Told what each stage has found or done, so that an end at any point can be reported. */
type Know = (news: Partial<Run>) => void

type Means = Given & Pick<ReturnType<typeof createStopwatch>, 'stage'>

/** sign in → observe → plan → apply → verify → inspect */
async function work(inputs: Inputs, means: Means, know: Know): Promise<void> {
  const { log, clock, stage, manifests } = means
  const { mode } = inputs
  for (const warning of inputs.ignored) log.warn(warning)

  const signIn = () =>
    log.phase(
      'Sign in',
      () => connect({ ...means, inputs }),
      it => describeSession(it.session),
    )
  const { session, azure } = await stage('Sign in', signIn)
  know({ session })

  let observed = await stage('Observe', () => log.phase('Observe', () => observe(azure, inputs), describeObserved))
  know({ observed })

  let plan = makePlan(observed, inputs)
  know({ plan })
  log.section('Plan', describePlan(plan, mode), { folded: hasNoNews(plan) })

  const outcomes: Outcome[] = []
  const verifications = new Map<PlannedPair, Verification>()
  const findings: Finding[] = []
  const notes: string[] = []
  let images: ImageResult[] | undefined
  let checked: CheckedManifest[] = []
  const proof = await startProof(plan.pairs)
  try {
    if (mode !== 'check') {
      await createMissingRegistries()
      await Promise.all([applyAndVerify(plan.pairs, inputs), importImages()])
    }
    await lookAtManifests()
    await provePulls(plan.pairs, inputs)
    if (inputs.onTimeout === 'assign-directly' && mode !== 'check') await assignDirectly()
  } finally {
    await proof?.close()
    findings.push(...(proof?.findings() ?? []))
    know({ findings })
  }

  if (mode === 'detach') findings.push(...findNestedResidual(observed, plan.pairs, outcomes, inputs))
  const suspicious = mode === 'attach' ? plan.pairs.filter(wasRepaired) : plan.pairs
  if (suspicious.length > 0) {
    const inspection = await stage('Inspect', () => inspect(azure, observed, suspicious, mode))
    findings.push(...inspection.findings)
    notes.push(...inspection.notes)
    know({ findings, notes })
  }

  async function startProof(pairs: PlannedPair[]): Promise<Proof | undefined> {
    if (inputs.verify !== 'pull') return undefined
    const { createProof } = await import('./verify/pulls.js')
    return createProof(pairs, { azure, inputs, clock, log, progress: narrateProof(log, clock, inputs) })
  }

  /** Plans anew with them, for the mode in which Azure makes a registry decides about roles. */
  async function createMissingRegistries(): Promise<void> {
    const creations = plan.operations.filter(isCreation)
    if (creations.length === 0) return
    const progress = narrateApply(log, clock, 'Create')
    const ends = await stage('Create', () => createRegistries(azure, creations, clock, progress))
    outcomes.push(...ends.map(({ outcome }) => outcome))
    know({ outcomes })
    observed = await stage('Observe again', () => observeAgain(azure, observed, ends, inputs))
    plan = planAfterCreation(plan, observed, inputs)
    know({ observed, plan })
  }

  async function applyAndVerify(pairs: PlannedPair[], wanted: Inputs): Promise<void> {
    const deadline = clock.now() + inputs.timeoutMs
    const operations = selectOpen(pairs, outcomes)
    if (operations.length === 0) return
    const progress = narrateApply(log, clock)
    outcomes.push(...(await stage('Apply', () => apply(azure, operations, { clock, deadline }, progress))))
    know({ outcomes })
    if (inputs.verify === 'assignment') await verifyReported(pairs, wanted, deadline)
  }

  /** Waits until Azure reports what was written for these pairs. */
  async function verifyReported(
    pairs: PlannedPair[],
    wanted: Inputs,
    deadline = clock.now() + inputs.timeoutMs,
  ): Promise<void> {
    const written = selectWritten(pairs, outcomes)
    if (written.length === 0) return
    const progress = narrateVerify(log, clock, mode)
    keep(await stage('Verify', () => verifyAssignments(azure, written, wanted, { clock, deadline }, progress)))
  }

  async function importImages(): Promise<void> {
    if (plan.images.length === 0) return
    // Else they are told among what else is applied.
    if (plan.operations.length === 0 && plan.images.some(each => each.plan.kind === 'import')) log.section('Import', [])
    images = await stage('Import', () => applyImages(azure, plan.images, inputs, clock, narrateImages(log, clock)))
    know({ images })
  }

  async function lookAtManifests(): Promise<void> {
    if (manifests.length === 0) return
    checked = await stage('Manifests', () => checkManifests(azure, manifests, observed, inputs.verify === 'pull'))
    notes.push(...noteElsewhere(manifests, checked))
    know({ manifests: checked, notes })
  }

  async function provePulls(pairs: PlannedPair[], wanted: Inputs): Promise<void> {
    if (!proof) return
    const { verifications: proven, nodeless } = await stage('Pull', () =>
      proof.prove(pairs, {
        inputs: wanted,
        outcomes,
        images: images ?? concludeImages({ plan, inputs }),
        manifests: checked,
      }),
    )
    keep(proven)
    notes.push(...noteNodeless(nodeless))
    know({ notes })
    await verifyReported(nodeless, wanted)
  }

  /** Once more, without the group, for the pairs whose group did not take effect in time. */
  async function assignDirectly(): Promise<void> {
    const late = plan.pairs.filter(pair => isLate(verifications.get(pair)))
    if (late.length === 0) return
    log.line('The wait for the group is over: the pull identities get the role themselves, and stay in the group.')
    const before = plan
    plan = planDirectly(before, late, observed, inputs)
    know({ plan })
    const direct = plan.pairs.filter(pair => !before.pairs.includes(pair))
    await applyAndVerify(direct, { ...inputs, group: '' })
    await provePulls(direct, { ...inputs, group: '' })
  }

  function keep(more: ReadonlyMap<PlannedPair, Verification>): void {
    for (const [pair, verification] of more) verifications.set(pair, verification)
    know({ verifications })
  }

  /** A pair that was not as wanted and is so now: what was in its place is worth a look. */
  function wasRepaired(pair: PlannedPair): boolean {
    return pair.operations.length > 0 && (verifications.get(pair)?.verified ?? 'none') !== 'none'
  }
}

function hasNoNews({ operations, images }: Plan): boolean {
  return operations.length === 0 && images.every(({ plan }) => plan.kind === 'present')
}

/** The pairs' operations that have not been done, each once. */
function selectOpen(pairs: PlannedPair[], outcomes: Outcome[]): Assignment[] {
  const done = new Set(outcomes.map(({ operation }) => operation))
  const planned = new Set(pairs.flatMap(pair => pair.operations))
  return [...planned].filter((each): each is Assignment => !isCreation(each) && !done.has(each))
}

/** Whether everything was written for a pair and did not take effect in time. */
function isLate({ error, pulls = [] }: Partial<Verification> = {}): boolean {
  return (
    error?.code === 'PROPAGATION_TIMEOUT' || (error !== undefined && pulls.some(({ verdict }) => verdict === 'denied'))
  )
}
