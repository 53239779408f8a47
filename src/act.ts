import type { Clock } from './clock.js'
import type { Inputs } from './inputs.js'
import type { Logger } from './log.js'
import type { AzureContext } from './lookup.js'
import { planDirectly } from './plan.js'
import { narrateApply, narrateVerify } from './report/progress.js'
import type { Run } from './result.js'
import type { Observed, Plan, PlannedPair } from './state.js'
import type { Stopwatch } from './stopwatch.js'

interface Means {
  azure: AzureContext
  inputs: Inputs
  log: Logger
  clock: Clock
  stage: Stopwatch
  /** The stages that come with the Azure SDKs. */
  stages: Pick<typeof import('./stages.js'), 'apply' | 'selectWritten' | 'verifyAssignments'>
}

/** apply → verify, and once more for the pairs whose group did not take effect in time, where that is wanted. */
export async function act(run: Run, plan: Plan, observed: Observed, means: Means): Promise<void> {
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

/** The pairs for which everything was written and Azure did not report it in time. */
function selectLate({ verifications }: Run, { pairs }: Plan): PlannedPair[] {
  return pairs.filter(pair => verifications.get(pair)?.error?.code === 'PROPAGATION_TIMEOUT')
}

async function applyAndVerify(run: Run, pairs: PlannedPair[], means: Means): Promise<void> {
  const { azure, inputs, log, clock, stage, stages } = means
  const limits = { clock, deadline: clock.now() + inputs.timeoutMs }
  const done = new Set(run.outcomes.map(({ operation }) => operation))
  const operations = new Set(pairs.flatMap(pair => pair.operations).filter(operation => !done.has(operation)))
  const apply = () => stages.apply(azure, [...operations], limits, narrateApply(log, clock))
  run.outcomes.push(...(await stage('Apply', apply)))

  const written = inputs.verify === 'none' ? [] : stages.selectWritten(pairs, run.outcomes)
  if (written.length === 0) return
  const progress = narrateVerify(log, clock, inputs.mode)
  const verify = () => stages.verifyAssignments(azure, written, inputs, limits, progress)
  for (const [pair, verification] of await stage('Verify', verify)) run.verifications.set(pair, verification)
}
