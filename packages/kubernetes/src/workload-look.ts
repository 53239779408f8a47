import { kubectlCommand } from 'azure'
import { attempt } from 'kernel'
import type { Inputs } from 'run-model'
import { unprobed } from './errors.js'
import type { ProbeDeps } from './probe.js'
import { readWorkloadRows, type WorkloadRows } from './workload-rows.js'

/** Reads what was printed about workloads. @throws ActionError that says that they could not be read; what missing rows are about is unknown */
export async function readPrintedWorkloads(
  printing: Promise<string>,
  choice: NonNullable<Inputs['workloads']>,
  { name, attempt: { cluster } }: Pick<ProbeDeps, 'name' | 'attempt'>,
): Promise<WorkloadRows> {
  const what = `The workloads of ${cluster.name} could not be read`
  const { value: output, error } = await attempt(printing)
  if (error) {
    throw error.with({ said: { ...error.said, what } })
  }
  const rows = readWorkloadRows(output, choice.kind === 'all' ? [] : choice.names)
  if (rows) return rows
  const byCommand = output ? 'Azure did not keep the whole output of the command' : 'the command printed nothing'
  const why = name === 'kubectl' ? 'kubectl printed an incomplete list' : byCommand
  const advice = [
    'With AKS Run Command, Azure keeps 512 kB of output: name fewer namespaces in workloads, or set probe-with: kubectl on a runner that can reach the API server. To see how many pods there are:',
    kubectlCommand('get pods --all-namespaces --output name'),
  ] as const
  throw unprobed(cluster, 'PROBE_FAILED', { what, why }, advice, { recovers: true })
}
