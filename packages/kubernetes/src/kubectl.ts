import { abortable, attempt as attemptTo, waitFor, type ActionError } from 'kernel'
import {
  eventsSelector,
  eventsTemplate,
  getting,
  isWhole,
  podsTemplate,
  readPods,
  withoutPods,
} from './cluster-text.js'
import type { Read } from './cluster-text.js'
import { incomplete } from './errors.js'
import { imagesTemplate, needsSize, readImageLists, type ImageList } from './node-images.js'
import { createAll, createPods } from './kubectl-pods.js'
import { atMost, createRunner, readingMs, spareMs, type Call, type RunnerDeps } from './kubectl-process.js'
import { gettingRuns, selectRun, type Probe } from './probe-pod.js'
import { compareProbes, type ProbeResult, type Transport } from './probe.js'
import { readRound } from './round-rows.js'

/** Images per round: kubectl's output is never cut, and its processes share the limit of requests in flight. */
const capacity = 10_000

/** Interval at which pods are checked that have not ended, in milliseconds. A pull of a small image takes about a second. */
const pollMs = 300

/** The same when all of them were created by earlier rounds and are known to be pulling, which may take minutes. */
const pullingPollMs = 1500

/** Of how many pods the events are listed one by one. */
const maxNamed = 5

/** Interval at which the events of more pods are listed, in milliseconds. With 6,000 events in a namespace, a list costs 2 s of CPU (measured on a real node). */
const allEventsPollMs = 2000

/** A cancelled job has 7.5 s until SIGTERM; the report needs some of them. */
const cleanUpMs = 5000

/** How much of that a process that creates pods gets to finish. */
const creationEndMs = 2000

/** Uses kubectl on the runner. Its processes get arguments and standard input, never a shell; secrets are in a private file. */
export function createKubectl(deps: RunnerDeps): Transport {
  const { signal } = deps
  const runner = createRunner(deps)
  const pods = createPods(deps, runner.run)
  const { remains } = pods
  const look = createLook(deps, runner.run, remains.held)
  const creating = new AbortController()

  return {
    name: 'kubectl',
    capacity,
    read: calls =>
      runner.knocking(async call => (await Promise.all(calls.map(each => look.read(each, call)))).join('\n')),
    remove: pods.remove,

    async round(probes, limits) {
      const { lifeSeconds, requestsAll } = limits
      const { fresh, abandoned } = compareProbes(probes, pods.alive)
      pods.removeSoon(abandoned)
      await Promise.all([abortable(fresh.length > 0 ? pods.cleared() : pods.removed(), signal), look.listImages(fresh)])
      for (const { index } of fresh) pods.remaining.add(index)
      const creation = { probes: fresh, options: { lifeSeconds, requestsAll }, killing: creating.signal }
      const { made, error } = await createAll(creation, pods, runner.run, () => look.listPods(), deps)
      for (const index of made) pods.alive.add(index)
      const end = await watchPods(
        { probes, made, error, alive: pods.alive, strays: [...remains.strays] },
        limits,
        look,
        deps,
      )
      pods.removeSoon(end.results.filter(isProbeDecided).map(({ index }) => index))
      return { ...end, ...(error && { error }) }
    },

    removePods: () => pods.removeAll(),

    async close() {
      const removeAll = async (): Promise<true> => {
        // Pods that are being created can be deleted only when their process has ended; what a deletion under way deletes needs no second one.
        const settled = Promise.all([runner.settled(), pods.removed()])
        await (signal.aborted ? atMost(creationEndMs, settled) : settled)
        creating.abort()
        await pods.removeStrays()
        if (pods.remaining.size > 0) await pods.removeAll(pods.remaining.size)
        return true
      }
      try {
        const isDone = await (signal.aborted ? atMost(cleanUpMs, removeAll()) : removeAll())
        if (isDone) return true
        throw new Error(`that took more than ${cleanUpMs / 1000} s`)
      } finally {
        remains.warnOfHeld()
        await runner.end()
      }
    },

    startsUntil: () => undefined,
  }
}

/** What is read of a cluster, and what has been heard of its pods. */
function createLook(
  deps: RunnerDeps,
  kubectl: ReturnType<typeof createRunner>['run'],
  held: ReadonlyMap<string, unknown>,
) {
  const { attempt, run, clock, signal, log } = deps
  const inNamespace = ['--namespace', attempt.namespace]
  /** The rows of all events: a kubelet reports nothing more until a pull ends. */
  const heard = new Set<string>()
  /** Whether events could not be listed when that was tried last. */
  let isDeaf = false
  /** When they were listed last, in milliseconds since the epoch. */
  let heardAt = 0
  /** What each node listed of its images before its first pod. */
  const lists = new Map<string, ImageList>()

  /** Reads without leaving anything behind when it is aborted. */
  const read = async ({ words, isOptional, ...more }: Read, call: Call = { signal }): Promise<string> => {
    const args = more.input === undefined ? words : [...words, '--filename', '-']
    const reading = abortable(kubectl([...args], { ...call, ...more }), signal)
    if (!isOptional) return reading
    const { value, error } = await attemptTo(reading)
    if (error) log.debug(`${words[1] ?? ''} could not be listed: ${error.message}`)
    return value ?? ''
  }

  return {
    read,
    heard,
    /** Whether the events of these pods should be listed now. */
    mayHear(names: readonly string[]): boolean {
      const isFew = names.length <= maxNamed
      return !isDeaf && (isFew || clock.now() >= heardAt + allEventsPollMs)
    },

    async listPods(call?: Call): Promise<string> {
      const words = getting('pods', podsTemplate, ...inNamespace, '--selector', selectRun(run))
      const pods = await read({ words }, call)
      if (!isWhole(pods, 'pod')) throw incomplete(deps, pods)
      return withoutPods(pods, held)
    },

    /** Lists the probe pods of all runs; empty if that fails. */
    listOthers(): Promise<string> {
      return read({ words: gettingRuns(attempt.namespace), isOptional: true })
    },

    /**
     * Lists the events of pods, in the order of their names, which end in dates. Those of few pods are listed one by one, because all events of a busy
     * namespace take seconds: these are listed in pages. A failure is ignored: pods say the same later, up to a second
     * (kubelet `pkg/kubelet/kubelet.go`, `genericPlegRelistPeriod`).
     */
    async hear(names: readonly string[], call: Call): Promise<void> {
      if (names.length === 0) return
      const places = names.length <= maxNamed ? names.map(name => `,involvedObject.name=${name}`) : ['']
      const rows = await Promise.all(
        places.map(place => {
          const selector = ['--field-selector', `${eventsSelector}${place}`]
          const words = getting('events', eventsTemplate, ...inNamespace, ...selector)
          return read({ words, isOptional: true }, call)
        }),
      )
      heardAt = clock.now()
      isDeaf = rows.every(row => row === '')
      for (const row of rows.join('\n').split('\n')) heard.add(row)
    },

    /** What nodes list of their images only says what a pull proves, too. */
    async listImages(probes: readonly Probe[]): Promise<void> {
      const nodes = probes.flatMap(({ node }) => (isNoted(lists, node.name) ? [] : node.name))
      if (nodes.length === 0) return
      const listed = await read({ words: getting('nodes', imagesTemplate(nodes)), isOptional: true })
      for (const [name, list] of readImageLists(listed)) lists.set(name, list)
    },

    imagesOf: (probe: Probe | undefined): ImageList | undefined => lists.get(probe?.node.name ?? ''),
  }
}

/** Whether the list of a node was read before an earlier pod; then it is old. */
function isNoted(lists: Map<string, ImageList>, node: string): boolean {
  const list = lists.get(node)
  if (list) lists.set(node, { ...list, isOld: true })
  return list !== undefined
}

interface RoundPods {
  probes: readonly Probe[]
  /** Indexes of the probes whose pod was created in this round. */
  made: ReadonlySet<number>
  /** Why others were not created. */
  error: ActionError | undefined
  /** Indexes of probes whose pod is still pulling. */
  alive: ReadonlySet<number>
  /** Names of created pods that have lost their labels. */
  strays: readonly string[]
}

/**
 * Watches the pods of a round until each has pulled or is refused, or the time of the round is over.
 * @returns `lost` if not even that could be seen: attempts count even if nothing more is heard of them
 * @throws ActionError, AbortError
 */
async function watchPods(
  { probes, made, error, alive, strays }: RoundPods,
  { until, isPart, labels, listsOthers }: Parameters<Transport['round']>[1],
  look: ReturnType<typeof createLook>,
  { clock, signal }: RunnerDeps,
): ReturnType<Transport['round']> {
  const call = (): Call => ({ signal, limitMs: Math.min(readingMs, Math.max(0, until - clock.now()) + spareMs) })
  const attempts = [...Array.from(made, index => `attempt\t${index}\t1\t.`), ...strays.map(name => `stray\t${name}\t.`)]
  let pods = ''
  let others = ''
  const readRows = (failure = error): ReturnType<typeof readRound> => {
    const rows = [...attempts, ...(failure ? [`refusal\t${failure.code}\t.`] : []), pods, others, ...look.heard]
    return readRound(rows.join('\n'), probes, clock.now(), look.imagesOf)
  }
  /** Of the pods of the round; none before they have been listed. */
  const names = (): string[] => readPods(pods).flatMap(({ name, probe }) => (alive.has(probe) ? name : []))
  let allPull = false
  const poll = async (): Promise<true | undefined> => {
    const known = names()
    const hears = made.size > 0 && look.mayHear(known)
    ;[pods] = await Promise.all([look.listPods(call()), hears && look.hear(known, call())])
    const judged = readRows().results
    const waiting = judged.filter(result => alive.has(result.index) && !isProbeDecided(result))
    allPull = made.size === 0 && waiting.every(({ images }) => images.some(({ doing }) => doing === 'pulling'))
    // Until the pods say so, too, the other nodes are asked, or those that have joined are looked for.
    const isProgress = isPart
      ? judged.some(each => made.has(each.index) && hasProbePulled(each))
      : labels && made.size > 0 && waiting.every(hasProbePulled)
    return waiting.length === 0 || isProgress ? true : undefined
  }
  const pauseAfter = (): number => (allPull ? pullingPollMs : pollMs)
  const wait = { clock, deadline: until, signal, pauseAfter, isExact: true }
  const { error: lost } = await attemptTo(waitFor(poll, wait))
  if (lost) {
    if (!lost.recovers || made.size === 0) throw lost
    return { ...readRows(lost), lost }
  }
  const isUnclear = ({ index, images }: ProbeResult, at: number): boolean => {
    const list = look.imagesOf(probes[at])
    return alive.has(index) && images.some(image => isUnexplained(image) || needsSize(image, list))
  }
  if (readRows().results.some(isUnclear)) await look.hear(names(), call())
  if (listsOthers) others = await look.listOthers()
  return readRows()
}

/** Whether each image of a pod is pulled or refused, or the pod is gone. */
function isProbeDecided({ images }: ProbeResult): boolean {
  return images.every(({ verdict, doing }) => verdict !== undefined && !doing)
}

const hasProbePulled = ({ images }: ProbeResult): boolean => images.every(({ verdict }) => verdict === 'pulled')

/** Whether events may explain why an image is missing: none shows yet that it is being pulled, or how that failed. */
function isUnexplained({ verdict, cause, doing }: ProbeResult['images'][number]): boolean {
  return verdict === undefined ? doing !== 'pulling' : verdict === 'failed' && !cause
}
