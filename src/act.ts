import type { Clock } from './clock.js'
import type { Inputs } from './inputs.js'
import type { Logger } from './log.js'
import type { AzureContext } from './lookup.js'
import type { ManifestImage } from './kubernetes/manifests.js'
import { isCreation, planAfterCreation, planDirectly } from './plan.js'
import type { Proof } from './proof.js'
import { narrateApply, narrateImages, narrateVerify } from './report/progress.js'
import { narrateProof } from './report/proof-progress.js'
import type { Run } from './result.js'
import type { Assignment, CreateRegistry, Observed, Plan, PlannedPair } from './state.js'
import type { Stopwatch } from './stopwatch.js'

interface Means {
  azure: AzureContext
  inputs: Inputs
  log: Logger
  clock: Clock
  stage: Stopwatch
  /** The images that the manifests name. */
  manifests: ManifestImage[]
  /** The stages that come with the Azure SDKs. */
  stages: Pick<
    typeof import('./stages.js'),
    'apply' | 'applyImages' | 'createRegistries' | 'selectWritten' | 'verifyAssignments'
  >
}

/**
 * apply → verify, with the images imported meanwhile; registries that do not exist are created before. With `verify: pull`, the nodes pull when
 * grant and images are there.
 */
export async function act(run: Run, plan: Plan, observed: Observed, means: Means): Promise<void> {
  const proof = await startProof(run, means)
  try {
    const creations = plan.operations.filter(isCreation)
    if (creations.length > 0) {
      observed = await createFirst(run, creations, observed, means)
      plan = planAfterCreation(plan, observed, means.inputs)
      Object.assign(run, { observed, plan })
    }
    await Promise.all([applyAndVerify(run, plan.pairs, means), importImages(run, plan, means)])
    await checkManifests(run, means)
    await provePairs(run, plan.pairs, means, proof)
    await assignLate(run, plan, observed, means, proof)
  } finally {
    await proof?.close()
  }
}

/** The proof alone, of what is as wanted: for a check, which writes nothing. */
export async function prove(run: Run, plan: Plan, means: Means): Promise<void> {
  const proof = await startProof(run, means)
  try {
    await checkManifests(run, means)
    await provePairs(run, plan.pairs, means, proof)
  } finally {
    await proof?.close()
  }
}

async function startProof(run: Run, { azure, inputs, clock, log }: Means): Promise<Proof | undefined> {
  if (inputs.verify !== 'pull') return undefined
  const { createProof } = await import('./pull-stages.js')
  return createProof(run, { azure, inputs, clock, log, progress: narrateProof(log, clock, inputs) })
}

async function checkManifests(run: Run, { azure, inputs, stage, manifests }: Means): Promise<void> {
  if (manifests.length === 0) return
  const pull = await import('./pull-stages.js')
  const registries = (run.observed?.registries ?? []).flatMap(lookup =>
    'found' in lookup && lookup.found.registry.exists ? lookup.found.registry : [],
  )
  const check = () => pull.checkManifests(azure, manifests, registries, inputs.verify === 'pull')
  run.manifests = await stage('Manifests', check)
  const count = new Set(manifests.map(({ text }) => text)).size
  const others = count - run.manifests.length
  if (others > 0)
    run.notes.push(`${others} of ${count} images of the manifests live in other registries, and were not looked at`)
}

async function provePairs(run: Run, pairs: PlannedPair[], means: Means, proof: Proof | undefined): Promise<void> {
  if (!proof) return
  const nodeless = await means.stage('Pull', () => proof.prove(pairs, means.inputs))
  const names = nodeless.flatMap(({ target }) => ('found' in target ? target.found.name : []))
  if (names.length > 0)
    run.notes.push(
      `verified by what Azure reports, for there are no nodes yet that could pull: ${[...new Set(names)].join(', ')}`,
    )
  await verifyReports(run, nodeless, means)
}

/** Creates registries, and observes again what is wanted of them. */
async function createFirst(
  run: Run,
  operations: CreateRegistry[],
  observed: Observed,
  means: Means,
): Promise<Observed> {
  const { azure, inputs, log, clock, stage, stages } = means
  const progress = narrateApply(log, clock, 'Create')
  const create = () => stages.createRegistries(azure, operations, observed, inputs, clock, progress)
  const creation = await stage('Create', create)
  run.outcomes.push(...creation.outcomes)
  return stage('Observe again', creation.observe)
}

/** Once more for the pairs whose group did not take effect in time, where that is wanted. */
async function assignLate(
  run: Run,
  plan: Plan,
  observed: Observed,
  means: Means,
  proof: Proof | undefined,
): Promise<void> {
  const { inputs, log } = means
  const late = inputs.onTimeout === 'assign-directly' ? selectLate(run, plan) : []
  if (late.length === 0) return
  log.line('The wait for the group is over: the pull identities get the role themselves, and stay in the group.')
  run.plan = planDirectly(plan, late, observed, inputs)
  const direct = run.plan.pairs.filter(pair => !plan.pairs.includes(pair))
  const directMeans = { ...means, inputs: { ...inputs, group: '' } }
  await applyAndVerify(run, direct, directMeans)
  await provePairs(run, direct, directMeans, proof)
}

async function importImages(run: Run, { images, operations }: Plan, means: Means): Promise<void> {
  if (images.length === 0) return
  const { azure, inputs, log, clock, stage, stages } = means
  // Else they are told among what else is applied.
  if (operations.length === 0 && images.some(({ plan }) => plan.kind === 'import')) log.section('Import', [])
  const apply = () => stages.applyImages(azure, images, inputs, clock, narrateImages(log, clock))
  run.images = await stage('Import', apply)
}

/** The pairs for which everything was written and it did not take effect in time. */
function selectLate({ verifications }: Run, { pairs }: Plan): PlannedPair[] {
  return pairs.filter(pair => {
    const { error, pulls = [] } = verifications.get(pair) ?? {}
    return error?.code === 'PROPAGATION_TIMEOUT' || (error && pulls.some(({ verdict }) => verdict === 'denied'))
  })
}

async function applyAndVerify(run: Run, pairs: PlannedPair[], means: Means): Promise<void> {
  const { azure, inputs, log, clock, stage, stages } = means
  const deadline = clock.now() + inputs.timeoutMs
  const limits = { clock, deadline }
  const done = new Set(run.outcomes.map(({ operation }) => operation))
  const planned = new Set(pairs.flatMap(pair => pair.operations))
  const operations = [...planned].filter(
    (operation): operation is Assignment => !isCreation(operation) && !done.has(operation),
  )
  if (operations.length === 0) return
  const apply = () => stages.apply(azure, operations, limits, narrateApply(log, clock))
  run.outcomes.push(...(await stage('Apply', apply)))

  if (inputs.verify === 'assignment') await verifyReports(run, pairs, means, deadline)
}

/** Waits until Azure reports what was written for these pairs. */
async function verifyReports(
  run: Run,
  pairs: PlannedPair[],
  { azure, inputs, log, clock, stage, stages }: Means,
  deadline = clock.now() + inputs.timeoutMs,
): Promise<void> {
  const limits = { clock, deadline }
  const written = stages.selectWritten(pairs, run.outcomes)
  if (written.length === 0) return
  const progress = narrateVerify(log, clock, inputs.mode)
  const verify = () => stages.verifyAssignments(azure, written, inputs, limits, progress)
  for (const [pair, verification] of await stage('Verify', verify)) run.verifications.set(pair, verification)
}
