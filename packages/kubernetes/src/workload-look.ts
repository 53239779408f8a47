import { kubectlCommand } from 'azure'
import { ActionError, attempt, fix } from 'kernel'
import type { Logger } from 'runner'
import type { ClusterAttempt } from './cluster-rules.js'
import type { ProbeDeps } from './probe.js'
import { readWorkloadRows, type WorkloadRows } from './workload-rows.js'
import { workloadReads, type NamespaceChoice } from './workload-templates.js'

/**
 * Prints workloads with kubectl on the runner, as `workloadScript` does inside the cluster: all namespaces, or each named one, side by side.
 * @param get runs `kubectl get`, and returns what it printed
 */
export async function printWorkloads(
  get: (...words: string[]) => Promise<string>,
  choice: NamespaceChoice,
  log: Pick<Logger, 'debug'>,
): Promise<string> {
  const scopes = choice.kind === 'all' ? [['--all-namespaces']] : choice.names.map(name => ['--namespace', name])
  const reads = scopes.flatMap(scope =>
    Object.values(workloadReads(choice)).map(({ words, template }) =>
      get(...words, ...scope, '--output', `go-template=${template}`),
    ),
  )
  const output = (await Promise.all(reads)).join('')
  const isEmpty = (name: string): boolean => !new RegExp(` (pod|maker)\t${name}\t`).test(output)
  const empty = choice.kind === 'all' ? [] : choice.names.filter(isEmpty)
  if (empty.length === 0) return output
  const { value, error } = await attempt(get('namespaces', ...empty, '--ignore-not-found', '--output', 'name'))
  if (error) log.debug(`namespaces could not be read: ${error.message}`)
  // Without the right to read a namespace, nothing is known about it.
  const existing = value?.split(/\s+/)
  const absent = existing ? empty.filter(name => !existing.includes(`namespace/${name}`)) : []
  return output + absent.map(name => `~ absent\t${name}\t.\n`).join('')
}

/** The files next to the script that Run Command runs. */
export function filesOfLook(choice: NamespaceChoice) {
  const { pods, makers } = workloadReads(choice)
  return {
    ...{ 'pods.words': pods.words, 'pods.gotemplate': pods.template },
    ...{ 'makers.words': makers.words, 'makers.gotemplate': makers.template },
    ...(choice.kind === 'named' && { namespaces: choice.names }),
  }
}

/** Reads what was printed about workloads. @throws ActionError */
export async function readWorkloads(
  printing: Promise<string>,
  choice: NamespaceChoice,
  { name, attempt: about }: Pick<ProbeDeps, 'name' | 'attempt'>,
): Promise<WorkloadRows> {
  const output = await explaining(printing, about)
  const rows = readWorkloadRows(output, choice.kind === 'all' ? 1 : choice.names.length)
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
