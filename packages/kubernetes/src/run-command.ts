import { randomBytes } from 'node:crypto'
import { strToU8, zipSync } from 'fflate'
import type { Command, CommandResult } from 'azure-clients'
import type { ActionError } from 'kernel'
import { eventsSelector, eventsTemplate, podsTemplate, unpack } from './cluster-text.js'
import { explainKubectl, notRun, unreadable } from './errors.js'
import { nodesTemplate } from './node-rows.js'
import { imagesTemplate, readImageLists, type ImageList } from './node-images.js'
import { labels, podOf, podPrefix, podsPath, selectRun } from './probe-pod.js'
import { compare, retryDeletion, type ProbeDeps, type Transport } from './probe.js'
import { requestsOf, signIn, watchRights } from './rights.js'
import { admitted, failurePatterns, readRound, rowPatterns, rowsOfProbes } from './round-rows.js'
import { roundScript } from './round-script.js'
import { readScript, removeScript } from './scripts.js'

/** Images per round: that many, with their nodes' messages, fit into the 512 kB of output that Azure keeps. */
const capacity = 250

/**
 * A command takes 10 to 30 s to start, and may take a minute (`startingMs`), so each does as much as it can: azure-cli waits 300 s for its end, the start
 * included.
 */
const maxRoundSeconds = 240

const minRoundSeconds = 8

/** How long no pod may appear before the pods of another command count as gone, in seconds; the same as in `clear_pods`. */
const quietSeconds = 10

/** As long as azure-cli waits for a command, in milliseconds. */
const maxCommandMs = 300_000

/** How long the last attempt of a round waits for a result, in seconds: if starts are slow, a refusal takes up to 7 s (recorded from a real node). */
const hearingSeconds = 8

/** How long a call inside the cluster may take that reads, in milliseconds. */
const readingMs = 30_000

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
): Transport {
  const { attempt, run, clock, signal, log } = deps
  const { namespace, cluster } = attempt
  const ofRun = selectRun(run)
  /** Indexes of probes whose pod is still pulling. */
  const alive = new Set<number>()
  /** By probe: what its node listed of its images before the pod was created. */
  const lists = new Map<number, ImageList>()
  /** What nodes have fetched in this run, each digest after the name of its node. */
  const fetched = new Set<string>()
  /** Whether unknown pods may exist. */
  let isUnclean = false
  /** The commands that created the pods that are alive. */
  let makers: string[] = []
  /** Whether Azure did not end the last command. */
  let isStuck = false
  /** Start of a round that may still be running, or may never have started; milliseconds since the epoch. */
  let inDoubtSince: number | undefined
  const rights = watchRights(deps)
  const explain = (said: string): ActionError => rights.judge(explainKubectl(said, attempt))

  const execute = async (script: string, files: Parameters<typeof pack>[1], maxMs: number): Promise<string> => {
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
  const deletionAfter = (seconds: number) => ({ ...deletion, wait: seconds })
  /** How many seconds a command in doubt may still need to start; undefined if there is none. */
  const secondsToStart = (): number | undefined =>
    inDoubtSince === undefined ? undefined : Math.max(0, Math.ceil((inDoubtSince + startingMs - clock.now()) / 1000))

  /** A deletion is never in doubt: another command for it completes it. */
  const remove = async (files: Parameters<typeof pack>[1], maxMs = deletingMs): Promise<void> => {
    await retryDeletion(() => execute(removeScript, files, maxMs), deps)
  }

  return {
    name: 'run-command',
    capacity,

    async read(calls) {
      const files = calls.map(({ words, input, limitMs = readingMs, isOptional, isCounted }, call) =>
        within(`calls/${String(call).padStart(3, '0')}`, {
          ...{ words, seconds: limitMs / 1000 },
          ...(input !== undefined && { input }),
          ...(isOptional && { optional: '' }),
          ...(isCounted && { counted: '' }),
        }),
      )
      const printed = await execute(readScript, Object.assign({}, ...files) as (typeof files)[number], maxCommandMs)
      rights.onAllowed(signIn, ...calls.flatMap(({ words, isOptional }) => (isOptional ? [] : requestsOf(words))))
      return unpack(printed)
    },

    remove: selector => deps.submit(pack(removeScript, deletionOf(selector))),

    async removePods(startsUntil = clock.now() + startingMs) {
      const seconds = Math.ceil((startsUntil - clock.now()) / 1000)
      await remove(deletionAfter(Math.min(startingMs / 1000, Math.max(0, seconds))), deletingMs + startingMs)
    },

    async round(probes, limits) {
      const { until, pauseMs, tries, firm, offer, scouts, lifeSeconds, patienceMs, requestsAll } = limits
      const left = Math.ceil((until - clock.now()) / 1000)
      const seconds = Math.min(maxRoundSeconds, Math.max(minRoundSeconds, left))
      const wasUnclean = isUnclean
      // Then all pods are deleted first, including those that were kept.
      if (wasUnclean) alive.clear()
      const { fresh, abandoned } = compare(probes, alive)
      const own = randomBytes(4).toString('hex')
      makers = alive.size > 0 ? [...makers, own] : [own]
      const options = { run, lifeSeconds, requestsAll, command: own }
      // A kept pod that fails is recreated, too.
      const manifests = probes.map(probe => [`${probe.index}.json`, JSON.stringify(podOf(probe, options))] as const)
      isUnclean = true
      const toStart = secondsToStart()
      // If there is no time to wait that long, the round begins anyway.
      const spareSeconds = Math.max(0, seconds - minRoundSeconds - quietSeconds)
      const waited = toStart === undefined ? undefined : Math.min(toStart, spareSeconds)
      const before = waited === undefined ? deletion : deletionAfter(waited)
      const files = {
        ...deletionOf(`${ofRun},${labels.command} in (${makers.join(',')})`),
        prefix: podPrefix(run),
        seconds,
        fresh: fresh.map(({ index }) => `${index}.json`),
        kept: probes.length - fresh.length,
        pause: Math.max(1, Math.floor(pauseMs / 1000)),
        tries,
        hearing: hearingSeconds,
        patience: Math.ceil(patienceMs / 1000),
        events: eventsSelector,
        ...rowPatterns,
        ...failurePatterns(firm, offer),
        admitted: admitted(run, probes),
        scouts: rowsOfProbes(scouts),
        'pods.gotemplate': podsTemplate,
        'events.gotemplate': eventsTemplate,
        ...(fresh.length > 0 && { 'images.gotemplate': imagesTemplate(fresh.map(({ node }) => node.name)) }),
        ...(wasUnclean && within('before', before)),
        ...(limits.labels && { 'nodes.gotemplate': nodesTemplate(limits.labels) }),
        ...(abandoned.length > 0 && { abandoned }),
        ...within('probes', Object.fromEntries(manifests)),
      }
      // The last round, too, which begins when `timeout` is nearly over: Azure may start it a minute later, and only its result is a proof.
      const logs = await execute(roundScript, files, seconds * 1000 + startingMs)
      if (waited === toStart) inDoubtSince = undefined
      alive.clear()
      const listed = readImageLists(logs)
      for (const { index, node } of fresh) {
        const list = listed.get(node.name)
        if (list) lists.set(index, list)
        else lists.delete(index)
      }
      const round = readRound(logs, probes, clock.now(), ({ index }) => lists.get(index))
      const { results, isMade, refusal, isRead, isCut, kept, notDeleted, ...more } = round
      for (const { index, images } of results) {
        const host = probes.find(probe => probe.index === index)?.node.name ?? ''
        for (const image of images) {
          const key = `${host} ${image.digest ?? ''}`
          // The pod of an earlier command has fetched it.
          if (fetched.has(key)) image.layers = 'fetched'
          if (image.layers === 'fetched') fetched.add(key)
        }
      }
      if (isMade) rights.onAllowed('create pods')
      const error = refusal ? explain(refusal) : undefined
      if (isRead && !error) rights.onAllowed(signIn)
      if (error?.recovers && isMade && !more.silentSince) return { results, lost: error }
      // Pods that fit into a quota continue, and make room for the others.
      if (error && !(isRead && (error.recovers || error.detail === 'quota'))) throw error
      if (!isRead) throw unreadable(cluster, logs)
      for (const index of kept) alive.add(index)
      if (notDeleted) log.debug(`pods could not be deleted yet: ${notDeleted}`)
      else rights.onAllowed('delete pods', 'deletecollection pods')
      isUnclean = notDeleted !== '' || isCut || inDoubtSince !== undefined
      return { results, ...more, ...(error && { error }) }
    },

    async close() {
      if (!isUnclean && alive.size === 0) return true
      const toStart = secondsToStart() ?? 0
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
    },

    startsUntil: () => clock.now() + (secondsToStart() ?? 0) * 1000,
  }
}

/** The command that runs a script in a folder with files, by path; a list has one item per line. */
function pack(
  script: string,
  files: Readonly<Record<string, string | number | readonly (string | number)[]>>,
): Command {
  const textOf = (file: (typeof files)[string]): string =>
    typeof file === 'object' ? file.map(item => `${item}\n`).join('') : String(file)
  const entries = Object.entries({ ...files, 'probe.sh': script })
  const context = zipSync(Object.fromEntries(entries.map(([name, file]) => [name, strToU8(textOf(file))])))
  return { command: 'sh probe.sh', context }
}

/** The files in a folder. */
function within(folder: string, files: Parameters<typeof pack>[1]): Parameters<typeof pack>[1] {
  return Object.fromEntries(Object.entries(files).map(([name, file]) => [`${folder}/${name}`, file]))
}
