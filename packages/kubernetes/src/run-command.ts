import { randomBytes } from 'node:crypto'
import { strToU8, zipSync } from 'fflate'
import { withoutSignatures } from 'azure'
import type { Command, CommandResult } from 'azure-clients'
import { cut, type ActionError } from 'kernel'
import {
  eventsSelector,
  eventsTemplate,
  isBegun,
  isWhole,
  podLivesTemplate,
  podsTemplate,
  readEvents,
  readHeard,
  readPods,
  readPulled,
  rowsOf,
} from './cluster-text.js'
import { explainKubectl, notRun, unreadable } from './errors.js'
import { daemonSetsTemplate, findMirror, nodesTemplate, readClusterTime, readNodes } from './node-rows.js'
import { pollTemplates } from './poll-templates.js'
import { anyRun, labels, manifestOf, missingSecret, podPrefix, podsPath, selectRun } from './probe-pod.js'
import {
  cleanUp,
  compare,
  judgeProbe,
  recall,
  retryDeletion,
  sweep,
  type ProbeDeps,
  type Prober,
  withPulled,
} from './probe.js'
import { signIn, watchRights } from './rights.js'
import { lookScript, removeScript, roundScript } from './scripts.js'
import { pulling } from './pod-verdict.js'
import { scriptRules } from './verdict.js'
import { filesOfLook, lookInside } from './workload-look.js'
import { workloadScript } from './workload-script.js'

/** Images per round: that many, with their nodes' messages, fit into the 512 kB of output that Azure keeps. */
const capacity = 250

/** A command takes 10 to 30 s to start, so each does as much as it can: azure-cli waits 300 s for its end, the start included. */
const maxRoundSeconds = 240

const minRoundSeconds = 8

/** How long no pod may appear before the pods of another command count as gone, in seconds; the same as in `clear_pods`. */
const quietSeconds = 10

/** As long as azure-cli waits for a command, in milliseconds. */
const maxCommandMs = 300_000

/** How long a command may take to start and to end, in milliseconds: with the shortest round, a step exceeds its `timeout` by half a minute. */
const overheadMs = 22_000

/** How long the last attempt of a round waits for a result, in seconds: if starts are slow, a refusal takes up to 7 s (recorded from a real node). */
const hearingSeconds = 8

/** How long a deletion may run, and how long a command may take to start; in milliseconds. */
const deletingMs = 60_000
const startingMs = 60_000

/**
 * Uses AKS Run Command: Azure starts a pod inside the cluster, so the runner needs neither kubectl nor a connection to the API server.
 *
 * When the answer to a start is lost, a command may be running, or may start within a minute, and nobody will ever read its output. Only another
 * command can find out. So the next one does, before it creates its own pods: it waits for pods of the run that others created, and deletes them,
 * which ends their command. Each command labels its own pods, and deletes and judges no others: the two can't mistake each other's pods for their
 * own, however late the first one comes. That needs no lock in the cluster, which the roles give no right to, and a command that was killed blocks
 * nobody.
 * @param deps.execute runs a command and waits for its end. It calls `onStart` once the command has started or, if the answer was lost, may have started.
 * Throws ActionError.
 * @param deps.submit starts a command, even after a cancellation, and does not wait for its end
 */
export function createRunCommand(
  deps: ProbeDeps & {
    execute: (command: Command, maxMs: number, onStart: () => void) => Promise<CommandResult>
    submit: (command: Command) => Promise<void>
  },
): Prober {
  const { attempt, run, clock, signal, log } = deps
  const { namespace, cluster } = attempt
  const ofRun = selectRun(run)
  /** Indexes of probes whose pod is still pulling. */
  const alive = new Set<number>()
  /** Whether unknown pods may exist. */
  let isUnclean = false
  /** The commands that created the pods that are alive. */
  let makers: string[] = []
  /** Whether the namespace refused pods with small requests. */
  let requestsAll = false
  /** Whether Azure did not end the last command. */
  let isStuck = false
  /** Undefined until the nodes have been listed. */
  let daemonSets: string | undefined
  /** Start of a round that may still be running, or may never have started; milliseconds since the epoch. */
  let inDoubtSince: number | undefined
  const rights = watchRights(deps)
  const explain = (said: string): ActionError => rights.judge(explainKubectl(said, attempt))

  const execute = async (script: string, files: Record<string, string>, maxMs: number): Promise<string> => {
    const started = clock.now()
    const doubtBefore = inDoubtSince
    const result = await deps.execute(pack(script, { namespace, ...files }), maxMs, () => {
      if (script === roundScript) inDoubtSince = started
    })
    const { provisioningState, exitCode, reason, logs } = result
    isStuck = provisioningState === 'Running'
    if (!isStuck) inDoubtSince = doubtBefore
    log.debug(`run command: ${provisioningState}, exit code ${exitCode}, ${clock.now() - started} ms`)
    if (provisioningState.toLowerCase() !== 'succeeded') throw notRun(cluster, provisioningState, reason || logs)
    // The SDK's poller takes a command that failed for a success, too.
    if (exitCode !== 0) throw explain(logs)
    return logs
  }

  const deletionOf = (selector: string) => ({ namespace, selector, 'pods-path': podsPath(namespace, selector) })
  const deletion = deletionOf(ofRun)
  /** Also deletes pods of a command that may need so many more seconds to start. */
  const deletionAfter = (seconds: number) => ({ ...deletion, wait: String(seconds) })
  /** How many seconds a command in doubt may still need to start; undefined if there is none. */
  const secondsToStart = (): number | undefined =>
    inDoubtSince === undefined ? undefined : Math.max(0, Math.ceil((inDoubtSince + startingMs - clock.now()) / 1000))

  /** A deletion is never in doubt: another command for it completes it. */
  const remove = async (files: Record<string, string>, maxMs = deletingMs): Promise<void> => {
    await retryDeletion(() => execute(removeScript, files, maxMs), deps)
  }

  const prober: Prober = {
    name: 'run-command',
    capacity,

    mirror: () => findMirror(daemonSets ?? ''),

    workloads: choice => lookInside(() => execute(workloadScript, filesOfLook(choice), maxCommandMs), choice, deps),

    async removePods(startsUntil = clock.now() + startingMs) {
      const seconds = Math.ceil((startsUntil - clock.now()) / 1000)
      await remove(deletionAfter(Math.min(startingMs / 1000, Math.max(0, seconds))), deletingMs + startingMs)
    },

    async look(labelKeys) {
      const files = {
        selector: anyRun,
        'nodes.gotemplate': nodesTemplate(labelKeys),
        'pods.gotemplate': podLivesTemplate,
        ...(daemonSets === undefined && { 'daemonsets.gotemplate': daemonSetsTemplate }),
      }
      const logs = await execute(lookScript, files, maxCommandMs)
      daemonSets ??= logs
      if (!isWhole(logs, 'node') || !isBegun(logs, 'pod')) throw unreadable(cluster, logs)
      rights.onAllowed(signIn, 'list nodes', 'list pods')
      await sweep(readPods(logs), readClusterTime(logs), deps, dead =>
        deps.submit(pack(removeScript, deletionOf(dead))),
      )
      return readNodes(logs)
    },

    async round(probes, limits) {
      const { until, pauseMs, tries, walls, scouts, lifeSeconds, patienceMs, labels: labelKeys } = limits
      const left = Math.ceil((until - clock.now()) / 1000)
      const seconds = Math.min(maxRoundSeconds, Math.max(minRoundSeconds, left))
      const wasUnclean = isUnclean
      // Then all pods are deleted first, including those that were kept.
      if (wasUnclean) alive.clear()
      const { fresh, abandoned } = compare(probes, alive)
      const own = randomBytes(4).toString('hex')
      makers = alive.size > 0 ? [...makers, own] : [own]
      const options = { run, lifeSeconds, requestsAll }
      // A kept pod that fails is recreated, too.
      const manifests = probes.map(probe => [`probes/${probe.index}.json`, manifestOf(probe, own, options)] as const)
      isUnclean = true
      const toStart = secondsToStart()
      // If there is no time to wait that long, the round begins anyway.
      const spareSeconds = Math.max(0, seconds - minRoundSeconds - quietSeconds)
      const waited = toStart === undefined ? undefined : Math.min(toStart, spareSeconds)
      const before = waited === undefined ? deletion : deletionAfter(waited)
      const files = {
        ...deletionOf(`${ofRun},${labels.command} in (${makers.join(',')})`),
        prefix: podPrefix(run),
        unsaid: missingSecret,
        seconds: String(seconds),
        fresh: lines(fresh.map(({ index }) => `${index}.json`)),
        kept: String(probes.length - fresh.length),
        pause: String(Math.max(1, Math.floor(pauseMs / 1000))),
        scouts: lines(scouts),
        tries: String(Math.min(tries, 1000)),
        walls: String(walls.tries),
        hearing: String(hearingSeconds),
        patience: String(Math.ceil(patienceMs / 1000)),
        rules: lines(scriptRules(walls.hosts)),
        events: eventsSelector,
        ...pollTemplates(run, probes),
        'pods.gotemplate': podsTemplate,
        'events.gotemplate': eventsTemplate,
        ...(wasUnclean && Object.fromEntries(Object.entries(before).map(([name, text]) => [`before/${name}`, text]))),
        ...(labelKeys && { 'nodes.gotemplate': nodesTemplate(labelKeys) }),
        ...(abandoned.length > 0 && { abandoned: lines(abandoned) }),
        ...Object.fromEntries(manifests),
      }
      const isFullRound = seconds === maxRoundSeconds
      const logs = await execute(roundScript, files, isFullRound ? maxCommandMs : seconds * 1000 + overheadMs)
      if (waited === toStart) inDoubtSince = undefined
      alive.clear()
      const made = new Map(rowsOf(logs, 'attempt').map(([probe, count]) => [Number(probe), Number(count)]))
      if (made.size > 0) rights.onAllowed('create pods')
      const refusal = linesOf(logs, 'refusal')
      const error = refusal ? explain(refusal) : undefined
      if (error?.detail === 'limit-range' && !requestsAll) {
        requestsAll = true
        return prober.round(probes, limits)
      }
      const isRead = isBegun(logs, 'pod')
      if (isRead && !error) rights.onAllowed(signIn)
      const earlier = readHeard(logs)
      if (error?.recovers && !isRead && made.size > 0) {
        const results = probes.map(probe => recall(probe, made.get(probe.index), earlier.get(probe.index)))
        return { results: withPulled(results, probes, readPulled(logs)), error }
      }
      // Pods that fit into a quota continue, and make room for the others.
      if (error && !(isRead && (error.recovers || error.detail === 'quota'))) throw error
      if (!isRead) throw unreadable(cluster, logs)
      const pods = new Map(readPods(logs).map(pod => [pod.probe, pod]))
      const isCut = !isWhole(logs, 'pod')
      const now = clock.now()
      const ages = new Map(rowsOf(logs, 'pulling').map(([pod, age, said]) => [`${pod} ${said}`, Number(age)]))
      const events = readEvents(logs).map(event => {
        const age = event.reason === pulling ? ages.get(`${event.pod} ${event.message}`) : undefined
        return { ...event, seenAt: now - (age ?? 0) * 1000 }
      })
      const results = probes.map(probe => {
        const pod = pods.get(probe.index)
        // A pod that was not created, or whose line was cut off, is not gone.
        const [attempts, said] = [made.get(probe.index) ?? 0, earlier.get(probe.index)]
        if (!pod && (isCut || error)) return recall(probe, attempts, said)
        return judgeProbe(probe, attempts, pod, events, said)
      })
      // Such a pod may have ended since: it exists all the same.
      for (const [index] of rowsOf(logs, 'kept')) if (pods.has(Number(index))) alive.add(Number(index))
      const notDeleted = linesOf(logs, 'left')
      if (notDeleted) log.debug(`pods could not be deleted yet: ${withoutSignatures(cut(notDeleted))}`)
      else rights.onAllowed('delete pods', 'deletecollection pods')
      isUnclean = notDeleted !== '' || isCut || inDoubtSince !== undefined
      const nodes = isWhole(logs, 'node') ? readNodes(logs) : undefined
      const [[silentSeconds] = []] = rowsOf(logs, 'silent')
      const silentSince = silentSeconds === undefined ? {} : { silentSince: now - Number(silentSeconds) * 1000 }
      return {
        results: withPulled(results, probes, readPulled(logs)),
        ...silentSince,
        ...(nodes && { nodes }),
        ...(error && { error }),
      }
    },

    async close() {
      if (!isUnclean && alive.size === 0) return { isClean: true }
      const toStart = secondsToStart() ?? 0
      const startsUntil = clock.now() + toStart * 1000
      const isClean = await cleanUp(async () => {
        if (!signal.aborted && !isStuck && toStart === 0) {
          await remove(inDoubtSince === undefined ? deletion : deletionAfter(0))
          return true
        }
        // After a cancellation the running command can't be stopped from here, but it ends when its pods are gone.
        await deps.submit(pack(removeScript, deletionAfter(toStart)))
        if (isStuck) throw notRun(cluster, 'Running', 'the previous command did not end')
        // There is no time to wait for its end: a cancelled step is killed after 10 s.
        log.line(
          `A command that deletes the probe pods on ${cluster.name} has been started. The post step checks that none is left.`,
        )
        return false
      }, deps)
      return { isClean, startsUntil }
    },
  }
  return prober
}

/** The command that runs a script in a folder with these files. */
function pack(script: string, files: Record<string, string>): Command {
  const entries = Object.entries({ ...files, 'probe.sh': script })
  const context = zipSync(Object.fromEntries(entries.map(([name, text]) => [name, strToU8(text)])))
  return { command: 'sh probe.sh', context }
}

/** What kubectl printed, line by line: the lines of its log are recognized by how they start. */
function linesOf(logs: string, kind: string): string {
  return rowsOf(logs, kind)
    .map(fields => fields.join(' '))
    .join('\n')
}

function lines(items: readonly (string | number)[]): string {
  return items.map(item => `${item}\n`).join('')
}
