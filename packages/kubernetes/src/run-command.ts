import { randomBytes } from 'node:crypto'
import { strToU8, zipSync } from 'fflate'
import type { Command, CommandResult } from 'azure-clients'
import type { ActionError } from 'kernel'
import {
  eventsSelector,
  eventsTemplate,
  madeTemplate,
  podLivesTemplate,
  podsTemplate,
  rowsOf,
  unpack,
} from './cluster-text.js'
import { explainKubectl, notRun, unreadable } from './errors.js'
import { nodesTemplate } from './node-rows.js'
import { imagesTemplate, readImageLists, type ImageList } from './node-images.js'
import { anyRun, labelled, labels, podOf, podPrefix, podsPath, selectRun, type Probe } from './probe-pod.js'
import {
  compareProbes,
  deletingSeconds,
  retryDeletion,
  type ProbeDeps,
  type ProbeResult,
  type Transport,
} from './probe.js'
import { createRemains } from './remains.js'
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
const deletingMs = 60_000 + deletingSeconds(Infinity) * 1000
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
export function createRunCommand(deps: RunCommandDeps): Transport {
  const { attempt, run, clock, signal, log } = deps
  const { namespace, cluster } = attempt
  const commands = createCommands(deps)
  const remains = createRemains(deps)
  const rounds = createRounds(deps, commands, remains)
  const deletion = deletionOf(namespace, selectRun(run))

  /** A deletion is never in doubt: another command for it completes it. */
  const remove = async (files: Files, maxMs = deletingMs): Promise<void> => {
    const printed = await retryDeletion(() => commands.execute(removeScript, files, maxMs), deps)
    remains.noteRows(printed)
  }

  const clean = async (): Promise<boolean> => {
    if (rounds.isClean()) return true
    const toStart = commands.secondsToStart()
    if (!signal.aborted && !commands.isStuck() && !toStart) {
      await remove(toStart === undefined ? deletion : { ...deletion, wait: 0 })
      return true
    }
    // After a cancellation the running command can't be stopped from here, but it ends when its pods are gone.
    await deps.submit(pack(removeScript, { ...deletion, wait: toStart ?? 0 }))
    if (commands.isStuck()) throw notRun(cluster, 'Running', 'the previous command did not end')
    // There is no time to wait for its end: a cancelled step is killed after 10 s.
    log.line(
      `A command that deletes the probe pods on ${cluster.name} has been started. The post step checks that none is left.`,
    )
    return false
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
      const printed = await commands.execute(readScript, Object.assign({}, ...files) as Files, maxCommandMs)
      const asked = calls.flatMap(({ words, isOptional }) => (isOptional ? [] : requestsOf(words)))
      commands.rights.onAllowed(signIn, ...asked)
      return unpack(printed)
    },

    remove: selector => deps.submit(pack(removeScript, deletionOf(namespace, selector))),

    async removePods(startsUntil = clock.now() + startingMs) {
      const seconds = Math.ceil((startsUntil - clock.now()) / 1000)
      const wait = Math.min(startingMs / 1000, Math.max(0, seconds))
      await remove({ ...deletion, wait }, deletingMs + startingMs)
    },

    round: (probes, limits) => rounds.round(probes, limits),

    async close() {
      const isClean = await clean()
      remains.warnOfHeld()
      return isClean
    },

    startsUntil: () => clock.now() + (commands.secondsToStart() ?? 0) * 1000,
  }
}

type RunCommandDeps = ProbeDeps & {
  execute: (command: Command, maxMs: number, onStart: () => void) => Promise<CommandResult>
  submit: (command: Command) => Promise<void>
}

/** The commands of a run whose end is waited for, and whether one of them may still start, or might not have ended. */
function createCommands(deps: RunCommandDeps) {
  const { attempt, clock, log } = deps
  const { namespace, cluster } = attempt
  /** Whether Azure did not end the last command. */
  let isStuck = false
  /** Start of a round that may still be running, or may never have started; milliseconds since the epoch. */
  let inDoubtSince: number | undefined
  const rights = watchRights(deps)
  const explain = (said: string): ActionError => rights.judge(explainKubectl(said, attempt))

  return {
    rights,
    explain,

    /** @returns what the script printed. @throws ActionError */
    async execute(script: string, files: Files, maxMs: number): Promise<string> {
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
    },

    isStuck: () => isStuck,

    /** How many seconds a command in doubt may still need to start; undefined if there is none. */
    secondsToStart: (): number | undefined =>
      inDoubtSince === undefined ? undefined : Math.max(0, Math.ceil((inDoubtSince + startingMs - clock.now()) / 1000)),

    /** Whoever is in doubt has been waited for. */
    settle(): void {
      inDoubtSince = undefined
    },
  }
}

/** The rounds of a run, and the pods that they keep. */
function createRounds(
  deps: RunCommandDeps,
  commands: ReturnType<typeof createCommands>,
  remains: ReturnType<typeof createRemains>,
) {
  const { attempt, run, clock, log } = deps
  const { cluster } = attempt
  const { rights } = commands
  const readLogs = createReader(clock)
  /** Indexes of probes whose pod is still pulling. */
  const alive = new Set<number>()
  /** Whether unknown pods may exist. */
  let isUnclean = false
  /** The commands that created the pods that are alive. */
  let makers: string[] = []

  /** How many seconds a round lasts, and how many of them it waits for a command in doubt, if there is one. */
  const plan = (until: number) => {
    const seconds = Math.min(maxRoundSeconds, Math.max(minRoundSeconds, Math.ceil((until - clock.now()) / 1000)))
    const toStart = commands.secondsToStart()
    if (toStart === undefined) return { seconds, isSure: true }
    // If there is no time to wait that long, the round begins anyway.
    const wait = Math.min(toStart, Math.max(0, seconds - minRoundSeconds - quietSeconds))
    return { seconds, wait, isSure: wait === toStart }
  }

  /** Why not all pods were created or listed, if others were. @throws ActionError if nothing was, or a retry does not help */
  const explainRefusal = ({ refusal, isMade, isRead, silentSince }: RoundEnd) => {
    const error = refusal ? commands.explain(refusal) : undefined
    if (isRead && !error) rights.onAllowed(signIn)
    if (error?.recovers && isMade && !silentSince) return { lost: error }
    // Pods that fit into a quota continue, and make room for the others.
    if (error && !(isRead && (error.recovers || error.detail === 'quota'))) throw error
    return { error }
  }

  return {
    async round(probes: readonly Probe[], limits: Limits): Promise<Awaited<ReturnType<Transport['round']>>> {
      const { seconds, wait, isSure } = plan(limits.until)
      const wasUnclean = isUnclean
      // Then all pods are deleted first, including those that were kept.
      if (wasUnclean) alive.clear()
      const { fresh, abandoned } = compareProbes(probes, alive)
      const own = randomBytes(4).toString('hex')
      makers = alive.size > 0 ? [...makers, own] : [own]
      isUnclean = true
      const before = { ...deletionOf(attempt.namespace, selectRun(run)), ...(wait !== undefined && { wait }) }
      const files = {
        ...filesOf({ probes, fresh, abandoned, own, makers, seconds }, limits, deps),
        ...(wasUnclean && within('before', before)),
      }
      // The last round, too, which begins when `timeout` is nearly over: Azure may start it a minute later, and only its result is a proof.
      const logs = await commands.execute(roundScript, files, seconds * 1000 + startingMs)
      remains.noteRows(logs)
      if (isSure) commands.settle()
      alive.clear()
      const end = readLogs(logs, probes, fresh)
      if (end.isMade) rights.onAllowed('create pods')
      const { lost, error } = explainRefusal(end)
      const { results, isMade, refusal, isRead, isCut, kept, notDeleted, ...more } = end
      if (lost) return { results, lost }
      if (!isRead) throw unreadable(cluster, logs)
      for (const index of kept) alive.add(index)
      if (notDeleted) log.debug(`pods could not be deleted yet: ${notDeleted}`)
      else rights.onAllowed('delete pods', 'deletecollection pods')
      isUnclean = notDeleted !== '' || isCut || commands.secondsToStart() !== undefined
      return { results, ...more, ...(error && { error }) }
    },

    /** Whether no pod can be left. */
    isClean: (): boolean => !isUnclean && alive.size === 0,
  }
}

type Limits = Parameters<Transport['round']>[1]

type RoundEnd = ReturnType<typeof readRound>

interface RoundPods {
  probes: readonly Probe[]
  /** Those without a pod. */
  fresh: readonly Probe[]
  /** Indexes of pods to delete. */
  abandoned: readonly number[]
  /** The label of this command's pods, and those of all commands whose pods it judges. */
  own: string
  makers: readonly string[]
  seconds: number
}

/** The files that `roundScript` reads. */
function filesOf(pods: RoundPods, limits: Limits, { attempt, run }: Pick<ProbeDeps, 'attempt' | 'run'>): Files {
  const { probes, own, makers } = pods
  const { lifeSeconds, requestsAll, firm, offer, scouts } = limits
  const options = { run, lifeSeconds, requestsAll, command: own }
  // A kept pod that fails is recreated, too.
  const manifests = probes.map(probe => [manifestOf(probe), JSON.stringify(podOf(probe, options))] as const)
  return {
    ...deletionOf(attempt.namespace, `${selectRun(run)},${labels.command} in (${makers.join(',')})`, probes.length),
    labelled: [labelled(run, own)],
    ...podFiles(pods, run),
    ...timeFiles(pods, limits),
    ...templateFiles(pods, limits),
    ...rowPatterns,
    ...failurePatterns(firm, offer),
    scouts: rowsOfProbes(scouts),
    ...within('probes', Object.fromEntries(manifests)),
  }
}

const manifestOf = ({ index }: Probe): string => `${index}.json`

/** Which pods a round creates, keeps and deletes. */
const podFiles = ({ probes, fresh, abandoned }: RoundPods, run: string): Files => ({
  prefix: podPrefix(run),
  fresh: fresh.map(manifestOf),
  kept: probes.length - fresh.length,
  admitted: admitted(run, probes),
  ...(abandoned.length > 0 && { abandoned }),
})

/** How long a round lasts, and how often it looks; in seconds. */
const timeFiles = ({ seconds }: RoundPods, { pauseMs, tries, patienceMs, shownMs }: Limits): Files => ({
  seconds,
  pause: Math.max(1, Math.floor(pauseMs / 1000)),
  tries,
  hearing: hearingSeconds,
  patience: Math.ceil(patienceMs / 1000),
  ...(shownMs !== undefined && { shown: shownMs / 1000 }),
})

/** What a round lists, and how kubectl prints it. */
const templateFiles = ({ fresh }: RoundPods, { listsOthers, labels: nodeLabels }: Limits): Files => ({
  events: eventsSelector,
  'pods.gotemplate': podsTemplate,
  'made.gotemplate': madeTemplate,
  'events.gotemplate': eventsTemplate,
  ...(fresh.length > 0 && { 'images.gotemplate': imagesTemplate(fresh.map(({ node }) => node.name)) }),
  ...(listsOthers && { others: anyRun, 'others.gotemplate': podLivesTemplate }),
  ...(nodeLabels && { 'nodes.gotemplate': nodesTemplate(nodeLabels) }),
})

/** Reads what rounds printed. It remembers what the nodes had and have fetched in this run. */
function createReader(clock: ProbeDeps['clock']) {
  /** By probe: what its node listed of its images before the pod was created. */
  const lists = new Map<number, ImageList>()
  /** What nodes have fetched in this run, each digest after the name of its node. */
  const fetched = new Set<string>()

  const noteLists = (logs: string, fresh: readonly Probe[]): void => {
    const listed = readImageLists(logs)
    const triedTwice = rowsOf(logs, 'attempt').flatMap(([index, count]) => (Number(count) > 1 ? Number(index) : []))
    for (const { index, node } of fresh) {
      const list = listed.get(node.name)
      if (list) lists.set(index, { ...list, isOld: triedTwice.includes(index) })
      else lists.delete(index)
    }
  }

  /** Corrects what is said of layers that the pod of an earlier command has fetched. */
  const noteFetched = (node: string, images: ProbeResult['images']): void => {
    for (const image of images) {
      const key = `${node} ${image.digest ?? ''}`
      if (fetched.has(key)) image.layers = 'fetched'
      if (image.layers === 'fetched') fetched.add(key)
    }
  }

  return (logs: string, probes: readonly Probe[], fresh: readonly Probe[]): RoundEnd => {
    noteLists(logs, fresh)
    const end = readRound(logs, probes, clock.now(), ({ index }) => lists.get(index))
    for (const { index, images } of end.results)
      noteFetched(probes.find(probe => probe.index === index)?.node.name ?? '', images)
    return end
  }
}

/** @param count the number of pods; any number by default */
function deletionOf(namespace: string, selector: string, count = Infinity) {
  return { namespace, selector, 'pods-path': podsPath(namespace, selector), deleting: deletingSeconds(count) }
}

/** Files by path; a list has one item per line. */
type Files = Readonly<Record<string, string | number | readonly (string | number)[]>>

/** The command that runs a script in a folder with files. */
function pack(script: string, files: Files): Command {
  const textOf = (file: Files[string]): string =>
    typeof file === 'object' ? file.map(item => `${item}\n`).join('') : String(file)
  const entries = Object.entries({ ...files, 'probe.sh': script })
  const context = zipSync(Object.fromEntries(entries.map(([name, file]) => [name, strToU8(textOf(file))])))
  return { command: 'sh probe.sh', context }
}

function within(folder: string, files: Files): Files {
  return Object.fromEntries(Object.entries(files).map(([name, file]) => [`${folder}/${name}`, file]))
}
