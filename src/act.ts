import type { Clock } from './clock.js'
import type { Inputs } from './inputs.js'
import type { Logger } from './log.js'
import type { AzureContext } from './lookup.js'
import { isCreation, planAfterCreation, planDirectly } from './plan.js'
import { narrateApply, narrateImages, narrateVerify } from './report/progress.js'
import type { Run } from './result.js'
import type { Assignment, CreateRegistry, Observed, Plan, PlannedPair } from './state.js'
import type { Stopwatch } from './stopwatch.js'

interface Means {
  azure: AzureContext
  inputs: Inputs
  log: Logger
  clock: Clock
  stage: Stopwatch
  /** The stages that come with the Azure SDKs. */
  stages: Pick<
    typeof import('./stages.js'),
    'apply' | 'applyImages' | 'createRegistries' | 'selectWritten' | 'verifyAssignments'
  >
}

/** apply → verify, with the images imported meanwhile; registries that do not exist are created before. */
export async function act(run: Run, plan: Plan, observed: Observed, means: Means): Promise<void> {
  const creations = plan.operations.filter(isCreation)
  if (creations.length > 0) {
    observed = await createFirst(run, creations, observed, means)
    plan = planAfterCreation(plan, observed, means.inputs)
    Object.assign(run, { observed, plan })
  }
  await Promise.all([actOnPairs(run, plan, observed, means), importImages(run, plan, means)])
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

/** apply → verify, and once more for the pairs whose group did not take effect in time, where that is wanted. */
async function actOnPairs(run: Run, plan: Plan, observed: Observed, means: Means): Promise<void> {
  await applyAndVerify(run, plan.pairs, means)

  const { inputs, log } = means
  const late = inputs.onTimeout === 'assign-directly' ? selectLate(run, plan) : []
  if (late.length === 0) return
  log.line('The wait for the group is over: the pull identities get the role themselves, and stay in the group.')
  run.plan = planDirectly(plan, late, observed, inputs)
  const direct = run.plan.pairs.filter(pair => !plan.pairs.includes(pair))
  await applyAndVerify(run, direct, { ...means, inputs: { ...inputs, group: '' } })
}

async function importImages(run: Run, { images, operations }: Plan, means: Means): Promise<void> {
  if (images.length === 0) return
  const { azure, inputs, log, clock, stage, stages } = means
  // Else they are told among what else is applied.
  if (operations.length === 0 && images.some(({ plan }) => plan.kind === 'import')) log.section('Import', [])
  const apply = () => stages.applyImages(azure, images, inputs, clock, narrateImages(log, clock))
  run.images = await stage('Import', apply)
}

/** The pairs for which everything was written and Azure did not report it in time. */
function selectLate({ verifications }: Run, { pairs }: Plan): PlannedPair[] {
  return pairs.filter(pair => verifications.get(pair)?.error?.code === 'PROPAGATION_TIMEOUT')
}

async function applyAndVerify(run: Run, pairs: PlannedPair[], means: Means): Promise<void> {
  const { azure, inputs, log, clock, stage, stages } = means
  const limits = { clock, deadline: clock.now() + inputs.timeoutMs }
  const done = new Set(run.outcomes.map(({ operation }) => operation))
  const planned = new Set(pairs.flatMap(pair => pair.operations))
  const operations = [...planned].filter(
    (operation): operation is Assignment => !isCreation(operation) && !done.has(operation),
  )
  if (operations.length === 0) return
  const apply = () => stages.apply(azure, operations, limits, narrateApply(log, clock))
  run.outcomes.push(...(await stage('Apply', apply)))

  const written = inputs.verify === 'none' ? [] : stages.selectWritten(pairs, run.outcomes)
  if (written.length === 0) return
  const progress = narrateVerify(log, clock, inputs.mode)
  const verify = () => stages.verifyAssignments(azure, written, inputs, limits, progress)
  for (const [pair, verification] of await stage('Verify', verify)) run.verifications.set(pair, verification)
}
