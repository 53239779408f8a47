import { kubectlCommand } from 'azure'
import { ActionError, attempt, fix } from 'kernel'
import type { Inputs } from 'run-model'
import type { ClusterAttempt } from './cluster-rules.js'
import type { ProbeDeps } from './probe.js'
import { readWorkloadRows, type WorkloadRows } from './workload-rows.js'

/** Reads what the calls printed about workloads. @throws ActionError */
export async function readWorkloads(
  printing: Promise<string>,
  choice: NonNullable<Inputs['workloads']>,
  { name, attempt: about }: Pick<ProbeDeps, 'name' | 'attempt'>,
): Promise<WorkloadRows> {
  const output = await explaining(printing, about)
  const rows = readWorkloadRows(output, choice.kind === 'all' ? [] : choice.names)
  if (rows) return rows
  const byCommand = output ? 'Azure did not keep the whole output of the command' : 'the command printed nothing'
  throw incomplete(about, name === 'kubectl' ? 'kubectl printed an incomplete list' : byCommand)
}

/** Adds to the errors of reading that the workloads could not be read. @throws ActionError */
async function explaining(printing: Promise<string>, about: ClusterAttempt): Promise<string> {
  const { value, error } = await attempt(printing)
  if (!error) return value
  const { reason, quote } = error
  const failure = failureOf(about)
  throw error.with({
    failure,
    message: `${failure}: ${reason}.${quote ? ` ${quote.intro} ${quote.text}` : ''}`,
    ...(quote && { quote: { ...quote, statement: `${failure}: ${reason}.` } }),
  })
}

function failureOf({ cluster }: Pick<ClusterAttempt, 'cluster'>): string {
  return `The workloads of ${cluster.name} could not be read`
}

/** The error if rows are missing: what they are about is unknown. */
function incomplete({ cluster }: ClusterAttempt, reason: string): ActionError {
  const failure = failureOf({ cluster })
  return new ActionError('PROBE_FAILED', `${failure}: ${reason}.`, {
    subject: cluster.name,
    resource: cluster.id,
    failure,
    reason,
    recovers: true,
    fix: fix(
      'With AKS Run Command, Azure keeps 512 kB of output: name fewer namespaces in workloads, or set probe-with: kubectl on a runner that can reach the API server. To see how many pods there are:',
      kubectlCommand('get pods --all-namespaces --output name'),
    ),
  })
}
