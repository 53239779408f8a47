import { ActionError } from '../../model/error.js'
import { shareOut } from '../../model/lists.js'
import { abortable, atMost } from '../../model/time.js'
import {
  eventsSelector,
  eventsTemplate,
  nodesTemplate,
  podLivesTemplate,
  podsTemplate,
  readEvents,
  readNodes,
  readPods,
  type PodEvent,
  type ProbePod,
} from './cluster-text.js'
import { explainKubectl, isLimitRangeRefusal, isQuotaRefusal } from './errors.js'
import { askingMs, createRunner, type Call, type RunnerMeans } from './kubectl-process.js'
import { describeLeft, labels, manager, missingSecret, podList, podsPath, selectRun, type Probe } from './probe-pod.js'
import { judgeProbe, sweep, unheard, type Prober } from './probe.js'
import { judgePull, pulling } from './verdict.js'

/** What the kubectl prober needs. */
export interface KubectlMeans extends RunnerMeans {
  /** Tells the pods of this run from those of others. */
  run: string
  /** How long the API server may take for its first answer, in milliseconds. */
  firstAnswerMs: number
  /** Called with a warning about pods that could not be deleted. */
  warn: (text: string) => void
}

/** Pods a `kubectl create` makes one after the other; more of them are shared out among several. */
const podsPerProcess = 15

/** Images of one round: kubectl's output is cut nowhere, and its processes are as many as may be in flight. */
const capacity = 10_000

/** How long the pods of a run that is not cancelled are tried to be deleted, in milliseconds, and the pause between two tries. */
const deletingMs = 60_000
const deleteAgainMs = 3000

/** Between two looks at pods that have not ended, in milliseconds. A pull of a small image takes about a second. */
const lookMs = 500

/** The same where all of them are known to pull, which may take minutes. */
const pullingLookMs = 1500

/** How long a process may take that makes pods, one after the other, each past the webhooks of the cluster. */
const makingMs = 60_000

/** What a process gets beside the time that its one request is given, or the round that it is for. */
const spareMs = 5000

/** A cancelled job has 7.5 s until SIGTERM; the report needs some of them. */
const cleanUpMs = 5000

/** How much of that a process that makes pods may take to come to its end. */
const creationEndMs = 2000

/** Kubectl on the runner. Its processes get arguments and standard input, never a shell; secrets are in a private file. */
export function createKubectl(means: KubectlMeans): Prober {
  const { attempt, run, clock, signal, debug, warn } = means
  const { namespace } = attempt
  const ofRun = selectRun(run)
  const runner = createRunner(means)
  const kubectl = (args: string[], call?: Call): Promise<string> => runner.run(args, call)
  const creating = new AbortController()
  /** Probes whose pod is still pulling. */
  const alive = new Set<number>()
  /** Probes whose pod has not been deleted. */
  const remaining = new Set<number>()
  /** Names of pods that are known to pull: their kubelets say no more until they are done. */
  const pullingPods = new Set<string>()
  /** Whether the namespace refused pods that ask for little. */
  let requestsAll = false
  let removal: Promise<void> = Promise.resolve()

  /** A request of which nothing is left when it is ended. */
  const get = (what: string, template: string, more: string[], call: Call = { signal }): Promise<string> =>
    abortable(kubectl(['get', what, ...more, '--output', `go-template=${template}`], call), signal)

  /** Ends when the API server has answered, whatever it said. @throws ActionError `CLUSTER_UNREACHABLE` */
  const knock = async (): Promise<void> => {
    const requestMs = means.firstAnswerMs
    try {
      await kubectl(['get', '--raw', '/version'], { requestMs, limitMs: requestMs + spareMs, signal })
    } catch (error) {
      if (!(error instanceof ActionError) || error.code === 'CLUSTER_UNREACHABLE') throw error
    }
  }

  const inNamespace = ['--namespace', namespace]
  /** One request for all of them: kubectl sends one each, five a second, which is done only where the right to delete collections is missing. */
  const remove = async (selector: string): Promise<void> => {
    try {
      const answer = await kubectl(['delete', '--raw', podsPath(namespace, selector)])
      // It prints what has come, be it the web page of a proxy.
      if (answer.startsWith('<')) throw explainKubectl("invalid character '<' looking for beginning of value", attempt)
    } catch (error) {
      if (!(error instanceof ActionError) || error.code !== 'AUTHORIZATION_FAILED') throw error
      await kubectl(['delete', 'pods', ...inNamespace, '--selector', selector, '--wait=false', '--ignore-not-found'])
    }
  }

  const removePods = async (): Promise<void> => {
    for (const end = clock.now() + deletingMs; ;) {
      try {
        await remove(ofRun)
        return
      } catch (error) {
        if (!(error instanceof ActionError) || !error.recovers || signal.aborted || clock.now() >= end) throw error
        await clock.sleep(deleteAgainMs, signal)
      }
    }
  }

  const listPods = async (call?: Call): Promise<ProbePod[]> =>
    readPods(await get('pods', podsTemplate, [...inNamespace, '--selector', ofRun], call))

  /** Makes pods. @returns why some were not made, where that may pass and others were */
  const create = async (probes: Probe[], lifeSeconds: number): Promise<{ made: Set<number>; error?: ActionError }> => {
    const indexes = probes.map(({ index }) => index)
    const shares = shareOut(probes, podsPerProcess)
    const process = (share: Probe[]): Promise<string> =>
      kubectl(['create', ...inNamespace, '--validate=false', '--filename', '-'], {
        input: JSON.stringify(podList(share, { run, lifeSeconds, requestsAll })),
        limitMs: makingMs,
        signal: creating.signal,
      })
    // A refusal counts when all have ended: what was created has to be known to be deleted.
    const ended = await abortable(Promise.allSettled(shares.map(process)), signal)
    const refusals = ended.flatMap(end => (end.status === 'rejected' ? [end.reason as unknown] : []))
    if (refusals.length === 0) return { made: new Set(indexes) }
    const error = refusals.find(refusal => !(refusal instanceof ActionError && refusal.recovers)) ?? refusals[0]
    // What a quota has room for goes on, too, and makes room for the others.
    if (error instanceof ActionError && (error.recovers || isQuotaRefusal(error))) {
      const made = await findMade(indexes)
      if (made.size > 0) return { made, error }
    }
    // Some may have been made all the same; the next try makes all of them.
    await remove(selectProbes(indexes)).then(() => {
      forget(indexes)
    }, noteFailure)
    if (requestsAll || !(error instanceof ActionError) || !isLimitRangeRefusal(error)) throw error
    requestsAll = true
    for (const index of indexes) remaining.add(index)
    return create(probes, lifeSeconds)
  }

  const findMade = async (indexes: number[]): Promise<Set<number>> => {
    const there = await listPods().catch((error: unknown) => {
      signal.throwIfAborted()
      noteFailure(error)
      return []
    })
    const found = new Set(there.map(({ probe }) => probe))
    return new Set(indexes.filter(index => found.has(index)))
  }

  const forget = (indexes: number[]): void => {
    for (const index of indexes) {
      alive.delete(index)
      remaining.delete(index)
    }
  }
  const noteFailure = (error: unknown): void => {
    debug(`pods could not be listed or deleted yet: ${String(error)}`)
  }
  const selectProbes = (indexes: number[]): string => `${ofRun},${labels.probe} in (${indexes.join(',')})`

  /** Deletes pods in the background; only making pods again waits for it. What can't be deleted now is deleted at the end. */
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

  const listEvents = async (call: Call): Promise<PodEvent[]> => {
    const selector = ['--field-selector', eventsSelector, '--sort-by', '.metadata.creationTimestamp']
    try {
      const events = readEvents(await get('events', eventsTemplate, [...inNamespace, ...selector], call))
      return events.filter(({ reason }) => reason !== missingSecret)
    } catch (error) {
      if (!(error instanceof ActionError)) throw error
      // They only explain what is seen without them.
      debug(`events could not be read: ${error.message}`)
      return []
    }
  }

  return {
    name: 'kubectl',
    capacity,

    async look(wantedLabels) {
      const ofAnyRun = [...inNamespace, '--selector', `${labels.managedBy}=${manager}`]
      const unanswered = new AbortController()
      const call = { signal: AbortSignal.any([signal, unanswered.signal]) }
      // Kubectl asks several times what the server offers before it sends the request itself, so a server that does not answer costs a minute.
      const knocking = knock().catch((error: unknown) => {
        unanswered.abort()
        throw error
      })
      const getNodes = get('nodes', nodesTemplate(wantedLabels), [], call)
      const answers = Promise.all([getNodes, get('pods', podLivesTemplate, ofAnyRun, call)])
      const [nodes, pods] = await Promise.race([answers, knocking.then(() => answers)])
      await sweep(readPods(pods), means, remove)
      return readNodes(nodes)
    },

    async round(probes, { until, lifeSeconds }) {
      const fresh = probes.filter(({ index }) => !alive.has(index))
      const asked = new Set(probes.map(({ index }) => index))
      removeSoon([...alive].filter(index => !asked.has(index)))
      await abortable(removal, signal)
      for (const { index } of fresh) remaining.add(index)
      const { made, error } = await create(fresh, lifeSeconds)
      for (const index of made) alive.add(index)
      const unmade = new Set(probes.filter(({ index }) => !alive.has(index)))
      const present = probes.filter(probe => !unmade.has(probe))
      let found = new Map<number, ProbePod>()
      const call = (): Call => {
        const limitMs = Math.min(askingMs, Math.max(0, until - clock.now()) + spareMs)
        return { signal, limitMs }
      }
      for (;;) {
        signal.throwIfAborted()
        found = new Map((await listPods(call())).map(pod => [pod.probe, pod]))
        const waiting = present.filter(probe => !isDecided(probe, found.get(probe.index)))
        if (waiting.length === 0 || clock.now() >= until) break
        const allPull = waiting.every(({ index }) => pullingPods.has(found.get(index)?.name ?? ''))
        await clock.sleep(allPull ? pullingLookMs : lookMs, signal)
      }
      const unexplained = present.some(probe => isUnexplained(probe, found.get(probe.index), pullingPods))
      const events = unexplained ? await listEvents(call()) : []
      for (const { pod, reason } of events) if (reason === pulling) pullingPods.add(pod)
      const pullingEvents = [...pullingPods].map((pod): PodEvent => ({ pod, reason: pulling, message: '' }))
      removeSoon(present.filter(probe => isDecided(probe, found.get(probe.index))).map(({ index }) => index))
      const results = probes.map(probe =>
        unmade.has(probe)
          ? unheard(probe)
          : judgeProbe(probe, made.has(probe.index) ? 1 : 0, found.get(probe.index), [...pullingEvents, ...events]),
      )
      return { results, ...(error && { error }) }
    },

    removePods,

    async close() {
      const cleanUp = async (): Promise<boolean> => {
        // What is being created is there only when its process has ended.
        const created = runner.settled()
        await (signal.aborted ? atMost(creationEndMs, created) : created)
        creating.abort()
        if (remaining.size > 0) await removePods()
        return true
      }
      try {
        if (await (signal.aborted ? atMost(cleanUpMs, cleanUp()) : cleanUp())) return true
        warn(describeLeft(attempt, ofRun, `that took more than ${cleanUpMs / 1000} s`))
        return false
      } catch (error) {
        warn(describeLeft(attempt, ofRun, error))
        return false
      } finally {
        await runner.end()
      }
    },
  }
}

/** Whether each image of a probe is pulled or refused, or there is no pod any more that could tell. */
function isDecided({ images }: Probe, pod: ProbePod | undefined): boolean {
  return images.every(image => judgePull(pod, image).verdict !== undefined)
}

/** Whether a pod's status does not say why its images are not there, and it is not known that it pulls. */
function isUnexplained({ images }: Probe, pod: ProbePod | undefined, pullingPods: ReadonlySet<string>): boolean {
  if (!pod) return false
  return images.some(image => {
    const { verdict, cause } = judgePull(pod, image)
    if (verdict === undefined) return !pullingPods.has(pod.name)
    return verdict === 'failed' && !cause
  })
}
