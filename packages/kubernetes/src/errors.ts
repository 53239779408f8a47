import { aksCommand, invokeCommand, kubectlCommand } from 'azure'
import { findExplanation } from 'azure-clients'
import { ActionError, clauseOf, fix, redact, takeIn, type Said } from 'kernel'
import { adviseOnAdmission, clusterRules, unadmitted, type ClusterAttempt } from './cluster-rules.js'
import type { ProbeDeps } from './probe.js'
import { withoutSignatures } from './signatures.js'

/**
 * The error of a cluster whose nodes could not be probed, unless it says what else could not be done.
 * @param said why, or several parts
 */
export function unprobed(
  { id, name }: ClusterAttempt['cluster'],
  code: ActionError['code'],
  said: string | Partial<Said>,
  advice: Parameters<typeof fix>[0],
  details: ConstructorParameters<typeof ActionError>[2] = {},
): ActionError {
  const parts = {
    what: `The nodes of ${name} could not be probed`,
    ...(typeof said === 'string' ? { why: said } : said),
  }
  return new ActionError(code, parts, { subject: name, resource: id, fix: fix(advice), ...details })
}

/** The words with which pods are created. */
const creating = 'kubectl create --namespace'

/** The error of a kubectl that was killed at its time limit; what it had printed by then shows why it waited. */
export function explainLateKubectl(
  what: string,
  limitMs: number,
  said: string,
  { cluster }: ClusterAttempt,
): ActionError {
  const text = tidy(beginningAndEnd(redact(said))).slice(0, 500)
  const why = `${what} did not end within ${Math.round(limitMs / 1000)} s${text && `, after printing: ${text}`}`
  // Not a review of rights, which is created, too, but passes no webhook.
  if (what.startsWith(creating)) {
    const said = { why: `${unadmitted}: ${why}`, brief: unadmitted }
    return unprobed(cluster, 'PROBE_FAILED', said, adviseOnAdmission, { recovers: true })
  }
  const brief = 'the API server did not answer in time'
  const advice = [
    'The API server does not respond, or is overloaded and asks its clients to wait. Run the step again later, or set probe-with: run-command. To see the state of the cluster:',
    aksCommand('show', cluster.id, '--query "{state: powerState.code, access: apiServerAccessProfile}"'),
  ] as const
  return unprobed(cluster, 'CLUSTER_UNREACHABLE', { why, brief }, advice, { recovers: true })
}

/** The error of a runner on which no kubeconfig can be written. */
export function explainUnwritten(said: string, { cluster }: ClusterAttempt): ActionError {
  return unprobed(
    cluster,
    'PROBE_FAILED',
    `the kubeconfig could not be written (${said})`,
    'Free some space in RUNNER_TEMP or in the temporary folder of the runner, or set probe-with: run-command.',
  )
}

/** The error for what kubectl printed. An unknown message is worth a retry. */
export function explainKubectl(said: string, attempt: ClusterAttempt): ActionError {
  const { cluster, namespace } = attempt
  const known = beginningAndEnd(redact(said))
  const text = clauseOf(tidy(known).slice(0, 1500))
  const found = findExplanation(clusterRules, { message: known }, attempt)
  if (!found) {
    const said = text
      ? { brief: text, quote: { by: 'kubectl said:', text } }
      : { why: 'kubectl failed without a message' }
    const check = kubectlCommand('get nodes,pods', namespace)
    return unprobed(cluster, 'PROBE_FAILED', said, ['Check whether this works by hand:', check], { recovers: true })
  }
  const { code, recovers, sentence: why, fix: advice } = found
  const detail = found.detail ?? (code === 'AUTHORIZATION_FAILED' ? refusedRequest(known) : undefined)
  return unprobed(cluster, code, { why, quote: { by: 'Kubernetes said:', text } }, advice, { recovers, detail })
}

/** The request in a refusal of the API server (kubernetes/kubernetes `apierrors`, `NewForbidden`), such as `list pods`. */
function refusedRequest(said: string): string | undefined {
  const [, verb, resource] = /cannot (\w+) resource "([\w./]+)"/.exec(said) ?? []
  return verb && resource && `${verb} ${resource}`
}

/** How many characters are read at each end of the output: kubectl prints its log first, and what went wrong last. */
const maxEnd = 4096

function beginningAndEnd(said: string): string {
  return said.length > 2 * maxEnd ? `${said.slice(0, maxEnd)}\n${said.slice(-maxEnd)}` : said
}

/** The output on one line, without the log: kubectl logs each failed discovery request before it prints what went wrong. */
function tidy(said: string): string {
  return withoutSignatures(said.replace(/^[EWI]\d{4} .*$/gm, ''))
    .replace(/\s+/g, ' ')
    .trim()
}

/** The error of an output without all rows: an empty list says so, and a program that only has kubectl's name may print nothing and report success. */
export function incomplete({ name, attempt: { cluster } }: Pick<ProbeDeps, 'name' | 'attempt'>, output: string) {
  if (name === 'run-command') return unreadable(cluster, output)
  const isEmpty = output.trim() === ''
  const reason = isEmpty ? 'kubectl printed nothing' : 'kubectl printed an incomplete list'
  const advice = [
    'Check which kubectl the runner uses, or set probe-with: run-command. It should print the list here:',
    kubectlCommand('get nodes,pods --all-namespaces --output name'),
  ] as const
  const said = { why: `${reason}, but reported success`, brief: reason }
  return unprobed(cluster, 'PROBE_FAILED', said, advice, { recovers: !isEmpty })
}

/** The error of a command that ran, but whose output Azure did not keep completely. */
export function unreadable(cluster: ClusterAttempt['cluster'], logs: string): ActionError {
  const why = logs ? `its output is incomplete, and begins with: ${redact(logs).slice(0, 300)}` : 'it has no output'
  return notRun(cluster, 'Succeeded', why)
}

/**
 * Infrastructure failures, most of which pass;
 * learn.microsoft.com/troubleshoot/azure/azure-kubernetes/create-upgrade-delete/resolve-az-aks-command-invoke-failures.
 */
export function notRun(cluster: ClusterAttempt['cluster'], state: string, reason: string): ActionError {
  const why = clauseOf(withoutSignatures(takeIn(reason))) || 'no reason was given'
  const what = `AKS Run Command could not run on ${cluster.name} (${state.toLowerCase()})`
  return new ActionError(
    'PROBE_FAILED',
    { what, why, brief: `AKS Run Command could not run: ${why}` },
    {
      subject: cluster.name,
      resource: cluster.id,
      recovers: true,
      fix: fix(
        'Azure runs the command in a pod of the namespace aks-command, which needs a node with free capacity and access to mcr.microsoft.com. ' +
          'Run the step again, or set probe-with: kubectl on a runner that can reach the API server. To try it by hand:',
        invokeCommand(cluster.id),
      ),
    },
  )
}
