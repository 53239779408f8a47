import { strToU8, zipSync } from 'fflate'
import { aksCommand } from '../../model/az-commands.js'
import { ActionError } from '../../model/error.js'
import type { Clock } from '../../model/time.js'
import type { CommandResult } from '../arm/run-command.js'
import { eventsFormat, nodesFormat, podsFormat, readEvents, readNodes, readPods, rowsOf } from './cluster-text.js'
import { explainKubectl, type ClusterAttempt } from './errors.js'
import { describeLeft, isLeftover, labels, manager, podOf, podPrefix, podsPath } from './probe-pod.js'
import type { ProbeStatus, ProbeWay } from './probe.js'
import { lookScript, removeScript, roundScript, standTemplate } from './scripts.js'
import { finalPatterns, healingPatterns, pullFailures } from './verdict.js'

/** A command for the cluster, with the files that it finds in its folder. */
export interface Command {
  command: string
  /** Zip. */
  context: Uint8Array
}

/** What Run Command is given. */
export interface RunCommandMeans {
  attempt: ClusterAttempt
  run: string
  clock: Clock
  /** Runs a command and waits for its end. @throws ActionError */
  execute: (command: Command) => Promise<CommandResult>
  /** Hands a command over, also after a cancellation, and does not wait for its end. */
  submit: (command: Command) => Promise<void>
  debug: (line: string) => void
  /** Told of pods that are left. */
  warn: (text: string) => void
}

/** A command costs 10 to 30 s to start, so one does as much as it may: Azure documents no limit but ends long ones. */
const longestRoundSeconds = 75

const shortestRoundSeconds = 5

/** AKS Run Command: a pod that Azure starts inside the cluster, so the runner needs neither a way to the API server nor kubectl. */
export function createRunCommand(means: RunCommandMeans): ProbeWay {
  const { attempt, run, clock, debug, warn } = means
  const { namespace, cluster } = attempt
  const ofRun = `${labels.run}=${run}`
  let isDirty = false

  const execute = async (script: string, files: Record<string, string>): Promise<string> => {
    const started = clock.now()
    const { provisioningState, exitCode, reason, logs } = await means.execute(pack(script, { namespace, ...files }))
    debug(`run command: ${provisioningState}, exit code ${exitCode}, ${clock.now() - started} ms`)
    if (provisioningState.toLowerCase() !== 'succeeded') throw notRun(cluster, provisioningState, reason || logs)
    // The poller of the SDK takes a command that failed for success, too.
    if (exitCode !== 0) throw explainKubectl(logs, attempt)
    return logs
  }

  return {
    name: 'run-command',

    async look() {
      const selector = `${labels.managedBy}=${manager}`
      const logs = await execute(lookScript, {
        selector,
        'nodes.jsonpath': nodesFormat,
        'pods.jsonpath': podsFormat,
      })
      if (!/^looked$/m.test(logs)) throw notRun(cluster, 'Succeeded', `its output can't be read: ${logs.slice(0, 300)}`)
      const leftovers = readPods(logs).filter(pod => isLeftover(pod, clock.now()))
      if (leftovers.length > 0) {
        debug(`sweeping ${leftovers.length} pods of runs that have ended without`)
        const items = leftovers.map(({ name }) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace } }))
        await means.submit(
          pack(removeScript, { namespace, pods: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) }),
        )
      }
      return readNodes(logs)
    },

    async round(probes, until) {
      const left = Math.ceil((until - clock.now()) / 1000)
      const seconds = Math.min(longestRoundSeconds, Math.max(shortestRoundSeconds, left))
      const manifests = probes.map(probe => [`probes/${probe.index}.json`, JSON.stringify(podOf(probe, run))] as const)
      isDirty = true
      const logs = await execute(roundScript, {
        selector: ofRun,
        'pods-path': podsPath(namespace, ofRun),
        prefix: podPrefix(run),
        seconds: String(seconds),
        healing: lines(healingPatterns()),
        final: lines(finalPatterns()),
        'stand.gotemplate': standTemplate(pullFailures),
        'pods.jsonpath': podsFormat,
        'events.jsonpath': eventsFormat,
        ...Object.fromEntries(manifests),
      })
      isDirty = false // the script deletes what it made
      const refusal = rowsOf(logs, 'refusal').flat().join(' ')
      if (refusal) throw explainKubectl(refusal, attempt)
      const pods = readPods(logs)
      const events = readEvents(logs)
      const made = rowsOf(logs, 'attempt').flat()
      return probes.map(({ index }): ProbeStatus => {
        const pod = pods.find(({ labels: found }) => found[labels.probe] === String(index))
        return {
          index,
          attempts: made.filter(probe => probe === String(index)).length,
          ...(pod && { pod: pod.status }),
          events: events.filter(event => event.pod === pod?.name),
        }
      })
    },

    async close() {
      if (!isDirty) return
      try {
        // The command under way can't be stopped from here, but it ends when its pods are gone.
        await means.submit(pack(removeScript, { 'pods-path': podsPath(namespace, ofRun) }))
      } catch (error) {
        warn(describeLeft(attempt, run, error))
      }
    },
  }
}

function pack(script: string, files: Record<string, string>): Command {
  const entries = Object.entries({ ...files, 'probe.sh': script })
  const context = zipSync(Object.fromEntries(entries.map(([name, text]) => [name, strToU8(text)])))
  return { command: 'sh probe.sh', context }
}

function lines(patterns: string[]): string {
  return patterns.map(pattern => `${pattern}\n`).join('')
}

/** Infrastructure failures; learn.microsoft.com/troubleshoot/azure/azure-kubernetes/create-upgrade-delete/resolve-az-aks-command-invoke-failures. */
function notRun(cluster: ClusterAttempt['cluster'], state: string, reason: string): ActionError {
  return new ActionError(
    'PROBE_FAILED',
    `AKS Run Command could not run on ${cluster.name} (${state.toLowerCase()}): ${reason || 'no reason was given'}.`,
    {
      subject: cluster.name,
      fix:
        'Azure runs the command in a pod of the namespace aks-command, which needs a node with room and a way to mcr.microsoft.com. Run the step ' +
        'again, or set probe-with: kubectl on a runner that reaches the API server. By hand:\n' +
        `  ${aksCommand('command invoke', cluster.id, '--command "kubectl get nodes"')}`,
    },
  )
}
