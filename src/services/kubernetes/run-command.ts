import { randomBytes } from 'node:crypto'
import { invokeCommand } from '../../model/az-commands.js'
import { ActionError } from '../../model/error.js'
import { fix } from '../../model/fix.js'
import { cut } from '../../model/foreign-text.js'
import type { Clock } from '../../model/time.js'
import type { CommandResult } from '../arm/run-command.js'
import { withoutSignatures } from '../../model/signatures.js'
import {
  eventsSelector,
  eventsTemplate,
  isBegun,
  isWhole,
  nodesTemplate,
  podLivesTemplate,
  podsTemplate,
  readEvents,
  readHeard,
  readNodes,
  readPods,
  rowsOf,
} from './cluster-text.js'
import { inFolder, lines, pack, type Command } from './command-files.js'
import { explainKubectl, isLimitRangeRefusal, isQuotaRefusal, type ClusterAttempt } from './errors.js'
import { watchSignIn } from './refused-sign-in.js'
import {
  describeLeft,
  labels,
  manager,
  missingSecret,
  podOf,
  podPrefix,
  podsPath,
  selectRun,
  type Probe,
} from './probe-pod.js'
import { judgeProbe, sweep, unheard, type Prober } from './probe.js'
import { lookScript, pullingTemplate, removeScript, roundScript, standTemplate } from './scripts.js'
import { pullFailures, scriptRules } from './verdict.js'

/** What the Run Command prober needs. */
export interface RunCommandMeans {
  attempt: ClusterAttempt
  run: string
  clock: Clock
  /** Aborted when the job is cancelled. */
  signal: AbortSignal
  /**
   * Runs a command and waits for its end, for so long at most.
   * @param onStart called once it has started or, when the answer was lost, may have
   * @throws ActionError
   */
  execute: (command: Command, longestMs: number, onStart: () => void) => Promise<CommandResult>
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

const shortestRoundSeconds = 8

/** How long none may come before pods of another command count as gone, in seconds, as `clear_pods` has it. */
const quietSeconds = 10

/** As long as azure-cli waits for a command, in milliseconds. */
const longestCommandMs = 300_000

/**
 * What a command may take beside its round where `timeout` ends it, in milliseconds: to start (30 s at most, or Azure gives it up) and to end.
 * With the shortest round it is the half minute that a step may go on after its `timeout`.
 */
const besideRoundMs = 22_000

/** How long the last try of a round gets to be heard, in seconds: where starts are slow a refusal takes up to 7 s (recorded from a real node). */
const hearingSeconds = 8

/** How long it is tried to delete the pods of a run that is not cancelled, in milliseconds, and the pause between two tries. */
const deletingMs = 60_000
const deleteAgainMs = 3000

/** How long a command may take to start, in milliseconds. */
const startingMs = 60_000

/**
 * AKS Run Command: a pod that Azure starts inside the cluster, so the runner needs neither a way to the API server nor kubectl.
 *
 * When the answer to a start is lost, a command may be running, or may start within a minute, and nobody will ever read its output. Only another command
 * can look for it. So the next one does, before it makes pods of its own: it waits for pods of the run that others made, and deletes them, which ends
 * their command. Each command has a label for its own pods, and deletes and judges no others: the two can't mistake each other's pods for their own,
 * however late the first one comes. That needs no lock in the cluster, for which the roles have no right, and a command that was killed holds up nobody.
 */
export function createRunCommand(means: RunCommandMeans): Prober {
  const { attempt, run, clock, signal, debug, warn } = means
  const { namespace, cluster } = attempt
  const ofRun = selectRun(run)
  /** Probes whose pod is still pulling. */
  const alive = new Set<number>()
  /** Whether pods may be there that are not known of. */
  let isUnclean = false
  /** The commands that the pods come from which are alive. */
  let makers: string[] = []
  /** Whether the namespace refused pods that ask for little. */
  let requestsAll = false
  /** Whether Azure did not bring the last command to an end. */
  let isStuck = false
  /** When a round was started of which it is not known whether it has ended, or whether it has begun at all; milliseconds since the epoch. */
  let inDoubtSince: number | undefined
  const signIn = watchSignIn(clock, means.forgetToken)

  const execute = async (script: string, files: Record<string, string>, longestMs: number): Promise<string> => {
    const started = clock.now()
    const doubtBefore = inDoubtSince
    const result = await means.execute(pack(script, { namespace, ...files }), longestMs, () => {
      if (script === roundScript) inDoubtSince = started
    })
    const { provisioningState, exitCode, reason, logs } = result
    isStuck = provisioningState === 'Running'
    if (!isStuck) inDoubtSince = doubtBefore
    debug(`run command: ${provisioningState}, exit code ${exitCode}, ${clock.now() - started} ms`)
    if (provisioningState.toLowerCase() !== 'succeeded') throw notRun(cluster, provisioningState, reason || logs)
    // The poller of the SDK takes a command that failed for success, too.
    if (exitCode !== 0) throw signIn.judge(explainKubectl(logs, attempt))
    return logs
  }

  const removingOf = (selector: string) => ({ namespace, selector, 'pods-path': podsPath(namespace, selector) })
  const removing = removingOf(ofRun)
  /** For deleting pods that a command may be about to make, which may need so many more seconds to start. */
  const removingUnderWay = (seconds: number) => ({ ...removing, wait: String(seconds) })
  /** How many seconds a command in doubt may still need to start; undefined when there is none. */
  const secondsToStart = (): number | undefined =>
    inDoubtSince === undefined ? undefined : Math.max(0, Math.ceil((inDoubtSince + startingMs - clock.now()) / 1000))

  /** Deleting is not in doubt: a second command for it does what is left to do. */
  const remove = async (files: Record<string, string>, longestMs = deletingMs): Promise<void> => {
    for (const end = clock.now() + deletingMs; ;) {
      try {
        await execute(removeScript, files, longestMs)
        return
      } catch (error) {
        if (!(error instanceof ActionError) || !error.recovers || clock.now() >= end) throw error
        await clock.sleep(deleteAgainMs, signal)
      }
    }
  }

  const prober: Prober = {
    name: 'run-command',
    capacity,

    removePods: () => remove(removingUnderWay(startingMs / 1000), deletingMs + startingMs),

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

    async round(probes, limits) {
      const { until, pauseMs, tries, scouts, lifeSeconds } = limits
      const left = Math.ceil((until - clock.now()) / 1000)
      const seconds = Math.min(longestRoundSeconds, Math.max(shortestRoundSeconds, left))
      const asked = new Set(probes.map(({ index }) => index))
      const wasUnclean = isUnclean
      // All pods are deleted first then, those that were kept among them.
      if (wasUnclean) alive.clear()
      const fresh = probes.filter(({ index }) => !alive.has(index))
      const abandoned = [...alive].filter(index => !asked.has(index))
      const own = randomBytes(4).toString('hex')
      makers = alive.size > 0 ? [...makers, own] : [own]
      const options = { run, lifeSeconds, requestsAll }
      const manifests = fresh.map(probe => [`probes/${probe.index}.json`, manifestOf(probe, own, options)] as const)
      isUnclean = true
      const toStart = secondsToStart()
      // Where there is no time to wait so long, the round is begun all the same.
      const spareSeconds = Math.max(0, seconds - shortestRoundSeconds - quietSeconds)
      const waited = toStart === undefined ? undefined : Math.min(toStart, spareSeconds)
      const files = {
        ...removingOf(`${ofRun},${labels.command} in (${makers.join(',')})`),
        prefix: podPrefix(run),
        unsaid: missingSecret,
        seconds: String(seconds),
        kept: String(probes.length - fresh.length),
        pause: String(Math.max(1, Math.floor(pauseMs / 1000))),
        scouts: lines(scouts.map(String)),
        tries: String(Math.min(tries, 1000)),
        hearing: String(hearingSeconds),
        rules: lines(scriptRules()),
        events: eventsSelector,
        'stand.gotemplate': standTemplate(pullFailures),
        'pulling.gotemplate': pullingTemplate,
        'pods.gotemplate': podsTemplate,
        'events.gotemplate': eventsTemplate,
        ...(wasUnclean && inFolder('before', waited === undefined ? removing : removingUnderWay(waited))),
        ...(abandoned.length > 0 && { abandoned: lines(abandoned.map(String)) }),
        ...Object.fromEntries(manifests),
      }
      const isWholeRound = seconds === longestRoundSeconds
      const logs = await execute(roundScript, files, isWholeRound ? longestCommandMs : seconds * 1000 + besideRoundMs)
      if (waited === toStart) inDoubtSince = undefined
      alive.clear()
      const said = rowsOf(logs, 'refusal').flat().join(' ')
      const error = said ? signIn.judge(explainKubectl(said, attempt)) : undefined
      if (error && isLimitRangeRefusal(error) && !requestsAll) {
        requestsAll = true
        return prober.round(probes, limits)
      }
      const isRead = isBegun(logs, 'pod')
      if (isRead && !error) signIn.onAccepted()
      // What a quota has room for goes on, too, and makes room for the others.
      if (error && !(isRead && (error.recovers || isQuotaRefusal(error)))) throw error
      if (!isRead) throw unreadable(cluster, logs)
      const pods = new Map(readPods(logs).map(pod => [pod.probe, pod]))
      const isCut = !isWhole(logs, 'pod')
      const events = readEvents(logs)
      const earlier = readHeard(logs)
      const made = new Map(rowsOf(logs, 'attempt').map(([probe, count]) => [Number(probe), Number(count)]))
      const results = probes.map(probe => {
        const pod = pods.get(probe.index)
        // What was not made, or cut off, is not gone.
        if (!pod && (isCut || error)) return unheard(probe)
        return judgeProbe(probe, made.get(probe.index) ?? 0, pod, events, earlier.get(probe.index))
      })
      for (const { index, images } of results)
        if (pods.has(index) && images.some(({ verdict }) => verdict === undefined)) alive.add(index)
      const notDeleted = rowsOf(logs, 'left').flat().join(' ')
      if (notDeleted) debug(`pods could not be deleted yet: ${withoutSignatures(cut(notDeleted))}`)
      isUnclean = notDeleted !== '' || isCut || inDoubtSince !== undefined
      return { results, ...(error && { error }) }
    },

    async close() {
      if (!isUnclean && alive.size === 0) return true
      const toStart = secondsToStart() ?? 0
      try {
        // After a cancellation the command under way can't be stopped from here, but it ends when its pods are gone.
        if (signal.aborted || isStuck || toStart > 0) await means.submit(pack(removeScript, removingUnderWay(toStart)))
        else await remove(inDoubtSince === undefined ? removing : removingUnderWay(0))
        // Where Azure ends no command, nobody has seen the pods deleted.
        if (isStuck) throw notRun(cluster, 'Running', 'the command before did not end')
        // One that may still start is for the post step to see to.
        return toStart === 0 || signal.aborted
      } catch (error) {
        warn(describeLeft(attempt, ofRun, error))
        return false
      }
    },
  }
  return prober
}

/** A pod of a probe, which can be told from those of other commands. */
function manifestOf(probe: Probe, command: string, options: Parameters<typeof podOf>[1]): string {
  const { metadata, ...pod } = podOf(probe, options)
  return JSON.stringify({
    ...pod,
    metadata: { ...metadata, labels: { ...metadata.labels, [labels.command]: command } },
  })
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
