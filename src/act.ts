import type { Clock } from './clock.js'
import type { Inputs } from './inputs.js'
import type { Logger } from './log.js'
import type { AzureContext } from './lookup.js'
import { planDirectly } from './plan.js'
import { narrateApply, narrateImages, narrateVerify } from './report/progress.js'
import type { Run } from './result.js'
import type { Observed, Operation, Outcome, Plan, PlannedPair } from './state.js'
import type { Stopwatch } from './stopwatch.js'

interface Means {
  azure: AzureContext
  inputs: Inputs
  log: Logger
  clock: Clock
  stage: Stopwatch
  /** The stages that come with the Azure SDKs. */
  stages: Pick<typeof import('./stages.js'), 'apply' | 'applyImages' | 'selectWritten' | 'verifyAssignments'>
}

interface PairMeans extends Means {
  onDone: (outcome: Outcome) => void
}

/** apply → verify, with the images imported meanwhile. */
export async function act(run: Run, plan: Plan, observed: Observed, means: Means): Promise<void> {
  const creations = watchCreations(plan.operations)
  await Promise.all([
    actOnPairs(run, plan, observed, { ...means, onDone: creations.onDone }),
    importImages(run, plan, means, creations.all),
  ])
}

/** apply → verify, and once more for the pairs whose group did not take effect in time, where that is wanted. */
async function actOnPairs(run: Run, plan: Plan, observed: Observed, means: PairMeans): Promise<void> {
  if (plan.operations.length === 0) return
  await applyAndVerify(run, plan.pairs, means)

  const { inputs, log } = means
  const late = inputs.onTimeout === 'assign-directly' ? selectLate(run, plan) : []
  if (late.length === 0) return
  log.line('The wait for the group is over: the pull identities get the role themselves, and stay in the group.')
  run.plan = planDirectly(plan, late, observed, inputs)
  const direct = run.plan.pairs.filter(pair => !plan.pairs.includes(pair))
  await applyAndVerify(run, direct, { ...means, inputs: { ...inputs, group: '' } })
}

async function importImages(
  run: Run,
  plan: Plan,
  means: Means,
  created: Promise<ReadonlyMap<string, Outcome>>,
): Promise<void> {
  if (plan.images.length === 0) return
  const { azure, inputs, log, clock, stage, stages } = means
  const registries = await created
  const images = plan.images.map(({ image, plan: imagePlan }) => {
    const { registry, error } = registries.get(image.registry.id) ?? {}
    const now = { ...image, ...(registry && { registry }), ...(error && { error }) }
    return { image: now, plan: error ? ({ kind: 'failed' } as const) : imagePlan }
  })
  // Else they are told among what else is applied.
  if (plan.operations.length === 0 && images.some(image => image.plan.kind === 'import')) log.section('Import', [])
  const apply = () => stages.applyImages(azure, images, inputs, clock, narrateImages(log, clock))
  run.images = await stage('Import', apply)
}

/** Tells when every planned registry is there, or could not be created. */
function watchCreations(operations: Operation[]) {
  const wanted = operations.filter(({ operation }) => operation === 'create-registry').length
  const ended = new Map<string, Outcome>()
  let finish: (all: ReadonlyMap<string, Outcome>) => void = () => undefined
  const all = new Promise<ReadonlyMap<string, Outcome>>(resolve => (finish = resolve))
  if (wanted === 0) finish(ended)
  const onDone = (outcome: Outcome): void => {
    if (outcome.operation.operation !== 'create-registry') return
    ended.set(outcome.operation.registry.id, outcome)
    if (ended.size === wanted) finish(ended)
  }
  return { all, onDone }
}

/** The pairs for which everything was written and Azure did not report it in time. */
function selectLate({ verifications }: Run, { pairs }: Plan): PlannedPair[] {
  return pairs.filter(pair => verifications.get(pair)?.error?.code === 'PROPAGATION_TIMEOUT')
}

async function applyAndVerify(run: Run, pairs: PlannedPair[], means: PairMeans): Promise<void> {
  const { azure, inputs, log, clock, stage, stages } = means
  const limits = { clock, deadline: clock.now() + inputs.timeoutMs }
  const done = new Set(run.outcomes.map(({ operation }) => operation))
  const operations = new Set(pairs.flatMap(pair => pair.operations).filter(operation => !done.has(operation)))
  const narration = narrateApply(log, clock)
  const onDone = (outcome: Outcome): void => {
    means.onDone(outcome)
    narration.onDone(outcome)
  }
  const apply = () => stages.apply(azure, [...operations], limits, { ...narration, onDone })
  run.outcomes.push(...(await stage('Apply', apply)))

  const written = inputs.verify === 'none' ? [] : stages.selectWritten(pairs, run.outcomes)
  if (written.length === 0) return
  const progress = narrateVerify(log, clock, inputs.mode)
  const verify = () => stages.verifyAssignments(azure, written, inputs, limits, progress)
  for (const [pair, verification] of await stage('Verify', verify)) run.verifications.set(pair, verification)
}
