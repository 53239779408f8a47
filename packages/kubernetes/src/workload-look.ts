import { createRoleAssignmentCommand, kubectlCommand } from 'azure'
import { ActionError, attempt, choices, fix, type Logger } from 'kernel'
import type { NamespaceChoice } from 'run-model'
import type { ClusterAttempt } from './cluster-rules.js'
import type { ProbeDeps } from './probe.js'
import { readWorkloadRows, type WorkloadRows } from './workload-rows.js'
import { makerResources, workloadReads } from './workload-templates.js'

/**
 * Reads workloads with kubectl on the runner: the reads of all namespaces, or of each named one, run side by side.
 * @param get runs `kubectl get`, and returns what it printed
 * @throws ActionError
 */
export async function lookWithKubectl(
  get: (...words: string[]) => Promise<string>,
  choice: NamespaceChoice,
  deps: Pick<ProbeDeps, 'attempt'> & { log: Pick<Logger, 'debug'> },
): Promise<WorkloadRows> {
  const scopes = choice.kind === 'all' ? [['--all-namespaces']] : choice.names.map(name => ['--namespace', name])
  const reads = Object.values(workloadReads(choice))
  const outputs = scopes.flatMap(scope =>
    reads.map(({ words, template }) => get(...words, ...scope, '--output', `go-template=${template}`)),
  )
  const output = (await explaining(Promise.all(outputs), deps)).join('')
  const rows = readWorkloadRows(output, scopes.length)
  if (!rows) throw incomplete(deps.attempt, 'kubectl printed an incomplete list')
  return { ...rows, absent: await findAbsent(get, choice, rows, deps.log) }
}

/** Named namespaces without workloads that do not exist. Without the right to read a namespace, nothing is known about it. */
async function findAbsent(
  get: Parameters<typeof lookWithKubectl>[0],
  choice: NamespaceChoice,
  { pods, makers }: WorkloadRows,
  log: Pick<Logger, 'debug'>,
): Promise<string[]> {
  const seen = new Set([...pods, ...makers].map(({ namespace }) => namespace))
  const empty = choice.kind === 'all' ? [] : choice.names.filter(name => !seen.has(name))
  if (empty.length === 0) return []
  const { value, error } = await attempt(get('namespaces', ...empty, '--ignore-not-found', '--output', 'name'))
  if (error) log.debug(`namespaces could not be read: ${error.message}`)
  if (value === undefined) return []
  const existing = new Set(value.split(/\s+/))
  return empty.filter(name => !existing.has(`namespace/${name}`))
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

/** Reads workloads with a command inside the cluster. @throws ActionError */
export async function lookInside(
  execute: () => Promise<string>,
  choice: NamespaceChoice,
  deps: Pick<ProbeDeps, 'attempt'>,
): Promise<WorkloadRows> {
  const output = await explaining(execute(), deps)
  const rows = readWorkloadRows(output, choice.kind === 'all' ? 1 : choice.names.length)
  if (rows) return rows
  throw incomplete(
    deps.attempt,
    output ? 'Azure did not keep the whole output of the command' : 'the command printed nothing',
  )
}

/** Adds to the errors of reading that the workloads could not be read. @throws ActionError */
async function explaining<T>(look: Promise<T>, { attempt: about }: Pick<ProbeDeps, 'attempt'>): Promise<T> {
  const { value, error } = await attempt(look)
  if (!error) return value
  const { reason, quote, code, azure } = error
  const failure = failureOf(about)
  // Azure's own refusals have the right advice: they are about the way into the cluster.
  const isInside = code === 'AUTHORIZATION_FAILED' && !azure
  throw error.with({
    failure,
    message: `${failure}: ${reason}.${quote ? ` ${quote.intro} ${quote.text}` : ''}`,
    ...(quote && { quote: { ...quote, statement: `${failure}: ${reason}.` } }),
    ...(isInside && { fix: adviseOnRights(about) }),
  })
}

function failureOf({ cluster }: Pick<ClusterAttempt, 'cluster'>): string {
  return `The workloads of ${cluster.name} could not be read`
}

/** The name of the ClusterRole in docs/workload-reader.yaml. */
export const readerRole = 'attach-acr-workload-reader'

/** What it allows reading. */
export const readResources: readonly string[] = ['namespaces', 'pods', ...makerResources]

function adviseOnRights({ cluster, objectId }: ClusterAttempt) {
  return choices(
    {
      text:
        'It must be able to list pods and what makes them: deployments, stateful sets, daemon sets, replica sets, cron jobs and jobs.\n' +
        'With Azure RBAC for Kubernetes, assign the built-in role, which reads no secrets:',
      commands: [
        createRoleAssignmentCommand({
          objectId,
          type: 'ServicePrincipal',
          role: 'Azure Kubernetes Service RBAC Reader',
          scope: cluster.id,
        }),
      ],
    },
    ...(objectId
      ? [
          {
            text: `With Kubernetes RBAC, create the ClusterRole of docs/workload-reader.yaml, and bind it to its object ID as user:`,
            commands: [
              kubectlCommand(`create clusterrole ${readerRole} --verb=get,list --resource=${readResources.join(',')}`),
              kubectlCommand(`create clusterrolebinding ${readerRole} --clusterrole=${readerRole} --user=${objectId}`),
            ],
          },
        ]
      : []),
  )
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
