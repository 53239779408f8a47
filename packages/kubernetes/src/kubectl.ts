import { abortable, attempt as attemptTo, chunk, toActionError, waitFor } from 'kernel'
import { eventsSelector, eventsTemplate, getting, isWhole, podsTemplate, readPods } from './cluster-text.js'
import type { Read } from './cluster-text.js'
import { explainKubectl, incomplete } from './errors.js'
import { imagesTemplate, needsSize, readImageLists, type ImageList } from './node-images.js'
import { atMost, createRunner, readingMs, spareMs, type Call, type RunnerDeps } from './kubectl-process.js'
import { labels, podOf, podsPath, selectRun, type Probe } from './probe-pod.js'
import { compare, retryDeletion, type ProbeResult, type Transport } from './probe.js'
import { readRound } from './round-rows.js'

/** Maximum number of pods that one `kubectl create` creates, one after the other. */
const podsPerProcess = 15

/** Images per round: kubectl's output is never cut, and its processes share the limit of requests in flight. */
const capacity = 10_000

/** Interval at which pods are checked that have not ended, in milliseconds. A pull of a small image takes about a second. */
const pollMs = 300

/** The same when all of them were created by earlier rounds and are known to be pulling, which may take minutes. */
const pullingPollMs = 1500

/** How long a process that creates pods may take, in milliseconds: one pod after the other, each through the cluster's webhooks. */
const creatingMs = 60_000

/** How long each creation may take, in milliseconds: the API server answers after 34 s at the latest (apiserver `requestTimeoutUpperBound`), webhooks included. */
const admittingMs = 35_000

/** A cancelled job has 7.5 s until SIGTERM; the report needs some of them. */
const cleanUpMs = 5000

/** How much of that a process that creates pods gets to finish. */
const creationEndMs = 2000

/** Uses kubectl on the runner. Its processes get arguments and standard input, never a shell; secrets are in a private file. */
export function createKubectl(deps: RunnerDeps): Transport {
  const { attempt, run, clock, signal, log } = deps
  const { namespace } = attempt
  const ofRun = selectRun(run)
  const runner = createRunner(deps)
  const { run: kubectl, knocking } = runner
  const creating = new AbortController()
  /** Indexes of probes whose pod is still pulling. */
  const alive = new Set<number>()
  /** Indexes of probes whose pod has not been deleted. */
  const remaining = new Set<number>()
  /** The rows of all events: a kubelet reports nothing more until a pull ends. */
  const seen = new Set<string>()
  /** Whether events could not be listed when that was tried last. */
  let isDeaf = false
  /** What each node listed of its images before its first pod. */
  const lists = new Map<string, ImageList>()
  let removal: Promise<void> = Promise.resolve()

  /** Reads without leaving anything behind when it is aborted. */
  const read = async ({ words, isOptional, ...more }: Read, call: Call = { signal }): Promise<string> => {
    const args = more.input === undefined ? words : [...words, '--filename', '-']
    const reading = abortable(kubectl([...args], { ...call, ...more }), signal)
    if (!isOptional) return reading
    const { value, error } = await attemptTo(reading)
    if (error) log.debug(`${words[1] ?? ''} could not be listed: ${error.message}`)
    return value ?? ''
  }

  const inNamespace = ['--namespace', namespace]
  /** Deletes with one request: `kubectl delete` sends one per pod, five a second, and is only the fallback without the right to delete collections. */
  const remove = async (selector: string): Promise<void> => {
    const { value: answer = '', error } = await attemptTo(kubectl(['delete', '--raw', podsPath(namespace, selector)]))
    // kubectl prints any answer, even the web page of a proxy.
    if (answer.startsWith('<')) throw explainKubectl("invalid character '<' looking for beginning of value", attempt)
    if (!error) return
    if (error.code !== 'AUTHORIZATION_FAILED') throw error
    await kubectl(['delete', 'pods', ...inNamespace, '--selector', selector, '--wait=false', '--ignore-not-found'])
  }

  /** Deletes the pods of probes. Those that can't be deleted now are deleted at the end. */
  const removeProbes = async (indexes: number[]): Promise<void> => {
    for (const index of indexes) alive.delete(index)
    try {
      await remove(`${ofRun},${labels.probe} in (${indexes.join(',')})`)
      for (const index of indexes) remaining.delete(index)
    } catch (error) {
      log.debug(`pods could not be deleted yet: ${String(error)}`)
    }
  }

  /** The same in the background; only creating pods again waits for it. */
  const removeSoon = (indexes: number[]): void => {
    const earlier = removal
    if (indexes.length > 0) removal = removeProbes(indexes).then(() => earlier)
  }

  const removePods = async (): Promise<void> => {
    await retryDeletion(() => remove(ofRun), deps)
  }

  const listPods = async (call?: Call): Promise<string> => {
    const pods = await read({ words: getting('pods', podsTemplate, ...inNamespace, '--selector', ofRun) }, call)
    if (!isWhole(pods, 'pod')) throw incomplete(deps, pods)
    return pods
  }

  /** Creates pods. @returns why some were not created, if others were and a retry may help */
  const create = async (probes: Probe[], options: { lifeSeconds: number; requestsAll: boolean }) => {
    const indexes = probes.map(({ index }) => index)
    const process = (share: Probe[]): Promise<string> => {
      const items = share.map(probe => podOf(probe, { run, ...options }))
      const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
      const call = { input, limitMs: creatingMs, requestMs: admittingMs, signal: creating.signal }
      return kubectl(['create', ...inNamespace, '--validate=false', '--filename', '-'], call)
    }
    // Refusals count only when all processes have ended: every pod that was created must be known, to be deleted.
    const shares = chunk(probes, Math.ceil(probes.length / Math.ceil(probes.length / podsPerProcess)))
    const ended = await abortable(Promise.allSettled(shares.map(process)), signal)
    const refusals = ended.flatMap(end => (end.status === 'rejected' ? toActionError(end.reason) : []))
    const error = refusals.find(({ recovers }) => !recovers) ?? refusals[0]
    if (!error) return { made: new Set(indexes) }
    // Pods that fit into a quota continue, and make room for the others.
    if (error.recovers || error.detail === 'quota') {
      const { value: pods = '' } = await attemptTo(listPods())
      const there = new Set(readPods(pods).map(({ probe }) => probe))
      const made = new Set(indexes.filter(index => there.has(index)))
      if (made.size > 0) return { made, error }
    }
    // Some may have been created anyway; the next attempt creates all of them.
    await removeProbes(indexes)
    throw error
  }

  /** A failure to list events is ignored: pods say the same later, up to a second (kubelet `pkg/kubelet/kubelet.go`, `genericPlegRelistPeriod`). */
  const hear = async (call: Call): Promise<void> => {
    const selector = ['--field-selector', eventsSelector, '--sort-by', '.metadata.creationTimestamp']
    const words = getting('events', eventsTemplate, ...inNamespace, ...selector)
    const rows = await read({ words, isOptional: true }, call)
    isDeaf = rows === ''
    for (const row of rows.split('\n')) seen.add(row)
  }

  /** What nodes list of their images only says what a pull proves, too. */
  const listImages = async (probes: readonly Probe[]): Promise<void> => {
    const nodes = probes.flatMap(({ node }) => (lists.has(node.name) ? [] : node.name))
    if (nodes.length === 0) return
    const listed = await read({ words: getting('nodes', imagesTemplate(nodes)), isOptional: true })
    for (const [name, list] of readImageLists(listed)) lists.set(name, list)
  }

  return {
    name: 'kubectl',
    capacity,
    read: calls => knocking(async call => (await Promise.all(calls.map(each => read(each, call)))).join('\n')),
    remove,

    async round(probes, { until, lifeSeconds, requestsAll, isPart, labels }) {
      const { fresh, abandoned } = compare(probes, alive)
      removeSoon(abandoned)
      await Promise.all([abortable(removal, signal), listImages(fresh)])
      for (const { index } of fresh) remaining.add(index)
      const { made, error } = await create(fresh, { lifeSeconds, requestsAll })
      for (const index of made) alive.add(index)
      const call = (): Call => ({ signal, limitMs: Math.min(readingMs, Math.max(0, until - clock.now()) + spareMs) })
      const attempts = Array.from(made, index => `attempt\t${index}\t1\t.`)
      let pods = ''
      const judge = (failure = error): ProbeResult[] => {
        const rows = [...attempts, ...(failure ? [`refusal\t${failure.code}\t.`] : []), pods, ...seen]
        return readRound(rows.join('\n'), probes, clock.now(), ({ node }) => lists.get(node.name)).results
      }
      let allPull = false
      const poll = async (): Promise<true | undefined> => {
        ;[pods] = await Promise.all([listPods(call()), made.size > 0 && !isDeaf && hear(call())])
        const judged = judge()
        const waiting = judged.filter(result => alive.has(result.index) && !isDecided(result))
        allPull = made.size === 0 && waiting.every(({ images }) => images.some(({ doing }) => doing === 'pulling'))
        // Until the pods say so, too, the other nodes are asked, or those that have joined are looked for.
        const isProgress = isPart
          ? judged.some(each => made.has(each.index) && hasPulled(each))
          : labels && made.size > 0 && waiting.every(hasPulled)
        return waiting.length === 0 || isProgress ? true : undefined
      }
      const pauseAfter = (): number => (allPull ? pullingPollMs : pollMs)
      const wait = { clock, deadline: until, signal, pauseAfter, isExact: true }
      const { error: lost } = await attemptTo(waitFor(poll, wait))
      // Attempts count even if nothing more is heard of them.
      if (lost && !(lost.recovers && made.size > 0)) throw lost
      const isUnclear = ({ index, images }: ProbeResult, at: number): boolean => {
        const list = lists.get(probes[at]?.node.name ?? '')
        return alive.has(index) && images.some(image => isUnexplained(image) || needsSize(image, list))
      }
      if (!lost && judge().some(isUnclear)) await hear(call())
      const results = judge(lost)
      removeSoon(results.filter(isDecided).map(({ index }) => index))
      return { results, ...(error && { error }), ...(lost && { lost }) }
    },

    removePods,

    async close() {
      const removeAll = async (): Promise<true> => {
        // Pods that are being created can be deleted only when their process has ended; what a deletion under way deletes needs no second one.
        const settled = Promise.all([runner.settled(), removal])
        await (signal.aborted ? atMost(creationEndMs, settled) : settled)
        creating.abort()
        if (remaining.size > 0) await removePods()
        return true
      }
      try {
        const isDone = await (signal.aborted ? atMost(cleanUpMs, removeAll()) : removeAll())
        if (isDone) return true
        throw new Error(`that took more than ${cleanUpMs / 1000} s`)
      } finally {
        await runner.end()
      }
    },

    startsUntil: () => undefined,
  }
}

/** Whether each image of a pod is pulled or refused, or the pod is gone. */
function isDecided({ images }: ProbeResult): boolean {
  return images.every(({ verdict, doing }) => verdict !== undefined && !doing)
}

const hasPulled = ({ images }: ProbeResult): boolean => images.every(({ verdict }) => verdict === 'pulled')

/** Whether events may explain why an image is missing: none shows yet that it is being pulled, or how that failed. */
function isUnexplained({ verdict, cause, doing }: ProbeResult['images'][number]): boolean {
  return verdict === undefined ? doing !== 'pulling' : verdict === 'failed' && !cause
}
