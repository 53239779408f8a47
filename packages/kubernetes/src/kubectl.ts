import { abortable, ActionError, attempt as attemptTo, groupBy, toActionError, waitFor } from 'kernel'
import { eventsSelector, eventsTemplate, podLivesTemplate, podsTemplate, readEvents, readPods } from './cluster-text.js'
import type { PodEvent, ProbePod } from './cluster-text.js'
import { explainKubectl, wholeList } from './errors.js'
import { daemonSetsTemplate, findMirror, nodesTemplate, readClusterTime, readNodes } from './node-rows.js'
import { imagesTemplate, needsSize, readImageLists, type ImageList } from './node-images.js'
import { atMost, createRunner, readingMs, shareOut, spareMs, type Call, type RunnerDeps } from './kubectl-process.js'
import { anyRun, labels, podOf, podsPath, selectRun, type Probe } from './probe-pod.js'
import { reviewOf, reviewPath } from './rights.js'
import {
  cleanUp,
  compare,
  judgeProbe,
  recall,
  retryDeletion,
  sweep,
  withOthers,
  type Prober,
  type ProbeResult,
} from './probe.js'
import { printWorkloads, readWorkloads } from './workload-look.js'

/** Maximum number of pods that one `kubectl create` creates, one after the other. */
const podsPerProcess = 15

/** Images per round: kubectl's output is never cut, and its processes share the limit of requests in flight. */
const capacity = 10_000

/** Interval at which pods are checked that have not ended, in milliseconds. A pull of a small image takes about a second. */
const pollMs = 500

/** The same when all of them are known to be pulling, which may take minutes. */
const pullingPollMs = 1500

/** How long a process that creates pods may take, in milliseconds: one pod after the other, each through the cluster's webhooks. */
const creatingMs = 60_000

/** How long a process may take that lists the workloads of a cluster, in milliseconds: page by page, each with its own limit. */
const lookingMs = 120_000

/** A cancelled job has 7.5 s until SIGTERM; the report needs some of them. */
const cleanUpMs = 5000

/** How much of that a process that creates pods gets to finish. */
const creationEndMs = 2000

/** Uses kubectl on the runner. Its processes get arguments and standard input, never a shell; secrets are in a private file. */
export function createKubectl(deps: RunnerDeps): Prober {
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
  /** The events of each pod that were seen last: a kubelet reports nothing more until a pull ends. */
  const seen = new Map<string, PodEvent[]>()
  /** What each node listed of its images before its first pod. */
  const lists = new Map<string, ImageList>()
  /** Whether the namespace refused pods with small requests. */
  let requestsAll = false
  /** Undefined until the DaemonSets have been listed. */
  let daemonSets: string | undefined
  /** Names of the pods of other runs. */
  let others: string[] = []
  let removal: Promise<void> = Promise.resolve()

  /** Reads without leaving anything behind when it is aborted. */
  const get = (what: string, template: string, more: string[], call: Call = { signal }): Promise<string> =>
    abortable(kubectl(['get', what, ...more, '--output', `go-template=${template}`], call), signal)

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

  const removePods = async (): Promise<void> => {
    await retryDeletion(() => remove(ofRun), deps)
  }

  const listPods = async (call?: Call): Promise<ProbePod[]> =>
    readPods(wholeList(await get('pods', podsTemplate, [...inNamespace, '--selector', ofRun], call), 'pod', attempt))

  /** Creates pods. @returns why some were not created, if others were and a retry may help */
  const create = async (probes: Probe[], lifeSeconds: number): Promise<{ made: Set<number>; error?: ActionError }> => {
    const indexes = probes.map(({ index }) => index)
    const process = (share: Probe[]): Promise<string> => {
      const items = share.map(probe => podOf(probe, { run, lifeSeconds, requestsAll }))
      const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
      const call = { input, limitMs: creatingMs, signal: creating.signal }
      return kubectl(['create', ...inNamespace, '--validate=false', '--filename', '-'], call)
    }
    // Refusals count only when all processes have ended: every pod that was created must be known, to be deleted.
    const shares = shareOut(probes, podsPerProcess)
    const ended = await abortable(Promise.allSettled(shares.map(process)), signal)
    const refusals = ended.flatMap(end => (end.status === 'rejected' ? [end.reason as unknown] : []))
    if (refusals.length === 0) return { made: new Set(indexes) }
    const refusal = refusals.find(each => !toActionError(each).recovers) ?? refusals[0]
    const error = toActionError(refusal)
    // Pods that fit into a quota continue, and make room for the others.
    if (error.recovers || error.detail === 'quota') {
      const made = await findMade(indexes)
      if (made.size > 0) return { made, error }
    }
    // Some may have been created anyway; the next attempt creates all of them.
    await remove(selectProbes(indexes)).then(() => {
      forget(indexes)
    }, noteFailure)
    if (requestsAll || error.detail !== 'limit-range') throw refusal
    requestsAll = true
    for (const index of indexes) remaining.add(index)
    return create(probes, lifeSeconds)
  }

  const findMade = async (indexes: number[]): Promise<Set<number>> => {
    const pods = await listPods().catch((error: unknown) => {
      signal.throwIfAborted()
      noteFailure(error)
      return []
    })
    const found = new Set(pods.map(({ probe }) => probe))
    return new Set(indexes.filter(index => found.has(index)))
  }

  const forget = (indexes: number[]): void => {
    for (const index of indexes) {
      alive.delete(index)
      remaining.delete(index)
    }
  }
  const noteFailure = (error: unknown): void => {
    log.debug(`pods could not be listed or deleted yet: ${String(error)}`)
  }
  const selectProbes = (indexes: number[]): string => `${ofRun},${labels.probe} in (${indexes.join(',')})`

  /** Deletes pods in the background; only creating pods again waits for it. Pods that can't be deleted now are deleted at the end. */
  const removeSoon = (indexes: number[]): void => {
    for (const index of indexes) alive.delete(index)
    if (indexes.length === 0) return
    const earlier = removal
    removal = remove(selectProbes(indexes))
      .then(() => {
        forget(indexes)
      }, noteFailure)
      .then(() => earlier)
  }

  /** The events only explain pods, so a failure to read them is ignored. */
  const listEvents = async (call: Call): Promise<PodEvent[]> => {
    const selector = ['--field-selector', eventsSelector, '--sort-by', '.metadata.creationTimestamp']
    const { value = '', error } = await attemptTo(get('events', eventsTemplate, [...inNamespace, ...selector], call))
    if (error) log.debug(`events could not be read: ${error.message}`)
    return readEvents(value, clock.now())
  }

  /** They only say what a pull proves, and not everyone has permission to list them. */
  const listDaemonSets = async (call: Call): Promise<string> => {
    const { value, error } = await attemptTo(get('daemonsets', daemonSetsTemplate, ['--all-namespaces'], call))
    if (error) log.debug(`DaemonSets could not be listed: ${error.message}`)
    return value ?? ''
  }

  /** They only say what a pull proves, too. */
  const listImages = async (probes: readonly Probe[]): Promise<void> => {
    const nodes = [...new Set(probes.map(({ node }) => node.name))].filter(name => !lists.has(name))
    if (nodes.length === 0) return
    const { value = '', error } = await attemptTo(get('nodes', imagesTemplate(nodes), []))
    if (error) log.debug(`the nodes' images could not be listed: ${error.message}`)
    for (const [name, list] of readImageLists(value)) lists.set(name, list)
  }

  return {
    name: 'kubectl',
    capacity,

    mirror: () => findMirror(daemonSets ?? ''),

    workloads: choice =>
      knocking(call => {
        const getAll = (...args: string[]) =>
          abortable(kubectl(['get', ...args], { ...call, limitMs: lookingMs }), signal)
        return readWorkloads(printWorkloads(getAll, choice, log), choice, deps)
      }),

    review: namespaces =>
      knocking(async call => {
        const ask = (namespace: string): Promise<string> =>
          kubectl(['create', '--raw', reviewPath, '--filename', '-'], { ...call, input: reviewOf(namespace) })
        return (await Promise.all(namespaces.map(ask))).join('\n')
      }),

    async look(labelKeys) {
      const [nodes, pods, seen] = await knocking(call =>
        Promise.all([
          get('nodes', nodesTemplate(labelKeys), [], call),
          get('pods', podLivesTemplate, [...inNamespace, '--selector', anyRun], call),
          daemonSets ?? listDaemonSets(call),
        ]),
      )
      daemonSets = seen
      const [podRows, nodeRows] = [wholeList(pods, 'pod', attempt), wholeList(nodes, 'node', attempt)]
      others = await sweep(readPods(podRows), readClusterTime(nodeRows), deps, remove)
      return readNodes(nodeRows)
    },

    async round(probes, { until, lifeSeconds }) {
      const { fresh, abandoned } = compare(probes, alive)
      removeSoon(abandoned)
      await Promise.all([abortable(removal, signal), listImages(fresh)])
      for (const { index } of fresh) remaining.add(index)
      const { made, error } = await create(fresh, lifeSeconds).catch((thrown: unknown) => {
        throw thrown instanceof ActionError ? withOthers(thrown, others, attempt) : thrown
      })
      for (const index of made) alive.add(index)
      const present = probes.filter(({ index }) => alive.has(index))
      let found = new Map<number, ProbePod>()
      const call = (): Call => {
        const limitMs = Math.min(readingMs, Math.max(0, until - clock.now()) + spareMs)
        return { signal, limitMs }
      }
      const eventsOf = ({ index }: Probe): PodEvent[] => seen.get(found.get(index)?.name ?? '') ?? []
      let isLost = false
      const judge = (probe: Probe): ProbeResult => {
        const pod = found.get(probe.index)
        const attempts = made.has(probe.index) ? 1 : 0
        const isUnknown = !pod && (isLost || !alive.has(probe.index))
        return isUnknown
          ? recall(probe, attempts)
          : judgeProbe(probe, attempts, pod, eventsOf(probe), lists.get(probe.node.name))
      }
      const asksEvents = (probe: Probe): boolean => {
        const result = judge(probe)
        return isUnexplained(result) || result.images.some(image => needsSize(image, lists.get(probe.node.name)))
      }
      let allPull = false
      const poll = async (): Promise<true | undefined> => {
        found = new Map((await listPods(call())).map(pod => [pod.probe, pod]))
        const waiting = present.map(judge).filter(result => !isDecided(result))
        allPull = !waiting.some(isUnexplained)
        return waiting.length === 0 || undefined
      }
      const pauseAfter = (): number => (allPull ? pullingPollMs : pollMs)
      const wait = { clock, deadline: until, signal, pauseAfter, isExact: true }
      const { error: lost } = await attemptTo(waitFor(poll, wait))
      isLost = lost !== undefined
      // Attempts count even if nothing more is heard of them.
      if (lost && !(lost.recovers && made.size > 0)) throw lost
      if (!isLost && present.some(asksEvents)) note(seen, await listEvents(call()))
      const results = probes.map(judge)
      removeSoon(results.filter(isDecided).map(({ index }) => index))
      return { results, ...(error && { error }), ...(lost && { lost }) }
    },

    removePods,

    async close() {
      const removeAll = async (): Promise<boolean> => {
        // Pods that are being created can be deleted only when their process has ended; what a deletion under way deletes needs no second one.
        const settled = Promise.all([runner.settled(), removal])
        await (signal.aborted ? atMost(creationEndMs, settled) : settled)
        creating.abort()
        if (remaining.size > 0) await removePods()
        return true
      }
      try {
        const isClean = await cleanUp(async () => {
          const isDone = await (signal.aborted ? atMost(cleanUpMs, removeAll()) : removeAll())
          if (!isDone) throw new Error(`that took more than ${cleanUpMs / 1000} s`)
          return true
        }, deps)
        return { isClean }
      } finally {
        await runner.end()
      }
    },
  }
}

/** Whether each image of a pod is pulled or refused, or the pod is gone. */
function isDecided({ images }: ProbeResult): boolean {
  return images.every(({ verdict }) => verdict !== undefined)
}

/** Whether events may explain why images are missing: none shows yet that they are being pulled, or how that failed. */
function isUnexplained({ images }: ProbeResult): boolean {
  return images.some(({ verdict, cause, doing }) =>
    verdict === undefined ? doing !== 'pulling' : verdict === 'failed' && !cause,
  )
}

/** Notes newly listed events by pod, with the time when each was first seen. */
function note(seen: Map<string, PodEvent[]>, listed: readonly PodEvent[]): void {
  for (const [pod, events] of groupBy(listed, event => event.pod)) {
    const before = seen.get(pod) ?? []
    const isSame = (a: PodEvent, b: PodEvent): boolean => a.reason === b.reason && a.message === b.message
    seen.set(
      pod,
      events.map(event => before.find(each => isSame(each, event)) ?? event),
    )
  }
}
