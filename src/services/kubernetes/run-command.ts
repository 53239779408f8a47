import { strToU8, zipSync } from 'fflate'
import { invokeCommand } from '../../model/az-commands.js'
import { ActionError } from '../../model/error.js'
import { fix } from '../../model/fix.js'
import { cut } from '../../model/foreign-text.js'
import type { Clock } from '../../model/time.js'
import type { CommandResult } from '../arm/run-command.js'
import { withoutSignatures } from '../../model/signatures.js'
import {
  eventsTemplate,
  isBegun,
  isWhole,
  nodesTemplate,
  podLivesTemplate,
  podsTemplate,
  readEvents,
  readNodes,
  readPods,
  rowsOf,
} from './cluster-text.js'
import { explainKubectl, isQuotaRefusal, type ClusterAttempt } from './errors.js'
import { watchSignIn } from './refused-sign-in.js'
import { describeLeft, labels, manager, missingSecret, podOf, podPrefix, podsPath, selectRun } from './probe-pod.js'
import { judgeProbe, sweep, unheard, type Prober } from './probe.js'
import { lookScript, removeScript, roundScript, standTemplate } from './scripts.js'
import { finalPatterns, pullFailures, recoveringPatterns } from './verdict.js'

/** A command to run in the cluster, with the files that it finds in its folder. */
export interface Command {
  command: string
  /** Zip. */
  context: Uint8Array
}

/** What the Run Command prober needs. */
export interface RunCommandMeans {
  attempt: ClusterAttempt
  run: string
  clock: Clock
  /** Aborted when the job is cancelled. */
  signal: AbortSignal
  /** Runs a command and waits for its end, for so long at most. @throws ActionError */
  execute: (command: Command, longestMs: number) => Promise<CommandResult>
  /** Starts a command, also after a cancellation, and does not wait for its end. */
  submit: (command: Command) => Promise<void>
  /** Has the next command's token for the cluster be another one. */
  forgetToken: () => void
  debug: (line: string) => void
  /** Called with a warning about pods that could not be deleted. */
  warn: (text: string) => void
}

/** Images of one round: so many, with what their nodes say, fit into the 512 kB that Azure keeps of the output. */
const capacity = 250

/** A command costs 10 to 30 s to start, so one does as much as it may: azure-cli waits 300 s for its end, and starting it is part of that. */
const longestRoundSeconds = 240

const shortestRoundSeconds = 5

/** As long as azure-cli waits for a command, in milliseconds. */
const longestCommandMs = 300_000

/**
 * What a command may take beside its round where `timeout` ends it, in milliseconds: to start (30 s at most, or Azure gives it up) and to end.
 * With the shortest round it is the half minute that a step may go on after its `timeout`.
 */
const besideRoundMs = 25_000

/** How long it is tried to delete the pods of a run that is not cancelled, in milliseconds, and the pause between two tries. */
const deletingMs = 60_000
const deleteAgainMs = 3000

/** AKS Run Command: a pod that Azure starts inside the cluster, so the runner needs neither a way to the API server nor kubectl. */
export function createRunCommand(means: RunCommandMeans): Prober {
  const { attempt, run, clock, signal, debug, warn } = means
  const { namespace, cluster } = attempt
  const ofRun = selectRun(run)
  /** Probes whose pod is still pulling. */
  const alive = new Set<number>()
  /** Whether pods may be there that are not known of. */
  let isUnclean = false
  /** Whether Azure did not bring the last command to an end. */
  let isStuck = false
  const signIn = watchSignIn(clock, means.forgetToken)

  const execute = async (script: string, files: Record<string, string>, longestMs: number): Promise<string> => {
    const started = clock.now()
    const result = await means.execute(pack(script, { namespace, ...files }), longestMs)
    const { provisioningState, exitCode, reason, logs } = result
    isStuck = provisioningState === 'Running'
    debug(`run command: ${provisioningState}, exit code ${exitCode}, ${clock.now() - started} ms`)
    if (provisioningState.toLowerCase() !== 'succeeded') throw notRun(cluster, provisioningState, reason || logs)
    // The poller of the SDK takes a command that failed for success, too.
    if (exitCode !== 0) throw signIn.judge(explainKubectl(logs, attempt))
    return logs
  }

  const removingOf = (selector: string) => ({ namespace, selector, 'pods-path': podsPath(namespace, selector) })
  const removing = removingOf(ofRun)
  /** For deleting pods that a command may be about to make again. */
  const removingUnderWay = { ...removing, 'under-way': '' }

  const remove = async (files: Record<string, string>): Promise<void> => {
    for (const end = clock.now() + deletingMs; ;) {
      try {
        await execute(removeScript, files, deletingMs)
        return
      } catch (error) {
        if (!(error instanceof ActionError) || !error.recovers || clock.now() >= end) throw error
        await clock.sleep(deleteAgainMs, signal)
      }
    }
  }

  return {
    name: 'run-command',
    capacity,

    removePods: () => remove(removingUnderWay),

    async look(wantedLabels) {
      const selector = `${labels.managedBy}=${manager}`
      const files = {
        selector,
        'nodes.gotemplate': nodesTemplate(wantedLabels),
        'pods.gotemplate': podLivesTemplate,
      }
      const logs = await execute(lookScript, files, longestCommandMs)
      if (!isWhole(logs, 'node') || !isBegun(logs, 'pod')) throw unreadable(cluster, logs)
      signIn.onAccepted()
      await sweep(readPods(logs), means, dead => means.submit(pack(removeScript, removingOf(dead))))
      return readNodes(logs)
    },

    async round(probes, { until, pauseMs, tries, scouts }) {
      const left = Math.ceil((until - clock.now()) / 1000)
      const seconds = Math.min(longestRoundSeconds, Math.max(shortestRoundSeconds, left))
      const asked = new Set(probes.map(({ index }) => index))
      const wasUnclean = isUnclean
      // All pods are deleted first then, those that were kept among them.
      if (wasUnclean) alive.clear()
      const fresh = probes.filter(({ index }) => !alive.has(index))
      const abandoned = [...alive].filter(index => !asked.has(index))
      const manifests = fresh.map(probe => [`probes/${probe.index}.json`, JSON.stringify(podOf(probe, run))] as const)
      isUnclean = true
      const files = {
        selector: ofRun,
        'pods-path': podsPath(namespace, ofRun),
        prefix: podPrefix(run),
        unsaid: missingSecret,
        seconds: String(seconds),
        kept: String(probes.length - fresh.length),
        pause: String(Math.max(1, Math.floor(pauseMs / 1000))),
        scouts: lines(scouts.map(String)),
        tries: String(Math.min(tries, 1000)),
        recovering: lines(recoveringPatterns()),
        final: lines(finalPatterns()),
        'stand.gotemplate': standTemplate(pullFailures),
        'pods.gotemplate': podsTemplate,
        'events.gotemplate': eventsTemplate,
        ...(wasUnclean && { unclean: '' }),
        ...(abandoned.length > 0 && { abandoned: lines(abandoned.map(String)) }),
        ...Object.fromEntries(manifests),
      }
      const isWholeRound = seconds === longestRoundSeconds
      const logs = await execute(roundScript, files, isWholeRound ? longestCommandMs : seconds * 1000 + besideRoundMs)
      alive.clear()
      const said = rowsOf(logs, 'refusal').flat().join(' ')
      const error = said ? signIn.judge(explainKubectl(said, attempt)) : undefined
      const isRead = isBegun(logs, 'pod')
      if (isRead && !error) signIn.onAccepted()
      // What a quota has room for goes on, too, and makes room for the others.
      if (error && !(isRead && (error.recovers || isQuotaRefusal(error)))) throw error
      if (!isRead) throw unreadable(cluster, logs)
      const pods = new Map(readPods(logs).map(pod => [pod.probe, pod]))
      const isCut = !isWhole(logs, 'pod')
      const events = readEvents(logs)
      const made = new Map(rowsOf(logs, 'attempt').map(([probe, count]) => [Number(probe), Number(count)]))
      const results = probes.map(probe => {
        const pod = pods.get(probe.index)
        // What was not made, or cut off, is not gone.
        if (!pod && (isCut || error)) return unheard(probe)
        return judgeProbe(probe, made.get(probe.index) ?? 0, pod, events)
      })
      for (const { index, images } of results)
        if (pods.has(index) && images.some(({ verdict }) => verdict === undefined)) alive.add(index)
      const notDeleted = rowsOf(logs, 'left').flat().join(' ')
      if (notDeleted) debug(`pods could not be deleted yet: ${withoutSignatures(cut(notDeleted))}`)
      isUnclean = notDeleted !== '' || isCut
      return { results, ...(error && { error }) }
    },

    async close() {
      if (!isUnclean && alive.size === 0) return true
      try {
        // After a cancellation the command under way can't be stopped from here, but it ends when its pods are gone.
        if (signal.aborted || isStuck) await means.submit(pack(removeScript, removingUnderWay))
        else await remove(removing)
        // Where Azure ends no command, nobody has seen the pods deleted.
        if (isStuck) throw notRun(cluster, 'Running', 'the command before did not end')
        return true
      } catch (error) {
        warn(describeLeft(attempt, ofRun, error))
        return false
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

/** A command that ran, but whose output Azure did not keep, or not all of it. */
function unreadable(cluster: ClusterAttempt['cluster'], logs: string): ActionError {
  const start = logs.slice(0, 300)
  return notRun(cluster, 'Succeeded', start ? `its output is not whole, and begins with: ${start}` : 'it has no output')
}

/**
 * Infrastructure failures, most of which pass;
 * learn.microsoft.com/troubleshoot/azure/azure-kubernetes/create-upgrade-delete/resolve-az-aks-command-invoke-failures.
 */
function notRun(cluster: ClusterAttempt['cluster'], state: string, reason: string): ActionError {
  const why = withoutSignatures(cut(reason)) || 'no reason was given'
  return new ActionError(
    'PROBE_FAILED',
    `AKS Run Command could not run on ${cluster.name} (${state.toLowerCase()}): ${why}.`,
    {
      subject: cluster.name,
      resource: cluster.id,
      reason: `AKS Run Command could not run: ${why}`,
      recovers: true,
      fix: fix(
        'Azure runs the command in a pod of the namespace aks-command, which needs a node with room and a way to mcr.microsoft.com. Run the step ' +
          'again, or set probe-with: kubectl on a runner that reaches the API server. By hand:',
        invokeCommand(cluster.id),
      ),
    },
  )
}
