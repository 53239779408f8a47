import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { tmpdir } from 'node:os'
import { getExecOutput } from '@actions/exec'
import { setTimeout as delay } from 'node:timers/promises'
import { abortable, type Clock } from '../../model/time.js'
import {
  eventsFormat,
  nodesFormat,
  podsFormat,
  readEvents,
  readNodes,
  readPods,
  type PodEvent,
  type ProbePod,
} from './cluster-text.js'
import { explainKubectl, type ClusterAttempt } from './errors.js'
import { wantsEntraToken, withToken } from './kubeconfig.js'
import { describeLeft, isLeftover, labels, manager, podList, podPrefix, podsPath, type Probe } from './probe-pod.js'
import type { ProbeStatus, ProbeWay } from './probe.js'
import { judgePull } from './verdict.js'

/** What kubectl is given. */
export interface KubectlMeans {
  attempt: ClusterAttempt
  /** Tells the pods of this run from those of others. */
  run: string
  clock: Clock
  signal: AbortSignal
  /** The cluster's user kubeconfig, as Azure gives it. */
  fetchKubeconfig: () => Promise<string>
  /** A token for the AKS server application, never older than it is good for. */
  fetchToken: () => Promise<string>
  /** Told of every process. */
  debug: (line: string) => void
  /** Told of pods that are left. */
  warn: (text: string) => void
}

/** Pods a `kubectl create` makes one after the other; more of them are shared out among several. */
const podsPerProcess = 15

/** Between two looks at pods that have not ended. A pull of a small image takes about a second. */
const lookMs = 500

/** How long a request may take; also how long a broken connection keeps a process. */
const requestTimeout = '15s'

/** A cancelled job has 7.5 s until SIGTERM; the report needs some of them. */
const cleanUpMs = 4000

/** Kubectl on the runner. Its processes get arguments and standard input, never a shell; secrets are in a private file. */
export function createKubectl(means: KubectlMeans): ProbeWay {
  const { attempt, run, clock, signal, debug, warn } = means
  const { namespace } = attempt
  const ofRun = `${labels.run}=${run}`
  let folder: string | undefined
  let kubeconfig: { asGiven: string; token: string } | undefined
  let preparing: Promise<string> = Promise.resolve('')
  /** Processes under way. */
  const running = new Set<Promise<unknown>>()
  /** Probes whose pod is still pulling. */
  const alive = new Set<number>()
  /** Probes whose pod has not been deleted. */
  const remaining = new Set<number>()
  let removal: Promise<void> = Promise.resolve()

  const prepareNow = async (): Promise<string> => {
    folder ??= await mkdtemp(join(process.env.RUNNER_TEMP || tmpdir(), 'attach-acr-'))
    const file = join(folder, 'kubeconfig')
    const asGiven = kubeconfig?.asGiven ?? (await means.fetchKubeconfig())
    const token = wantsEntraToken(asGiven) ? await means.fetchToken() : ''
    if (token !== kubeconfig?.token) {
      await writeFile(file, token ? withToken(asGiven, token) : asGiven, { mode: 0o600 })
      kubeconfig = { asGiven, token }
    }
    return file
  }
  /** The kubeconfig's path; a token that was renewed is written anew. One after the other, for processes start side by side. */
  const prepare = (): Promise<string> => (preparing = preparing.then(prepareNow, prepareNow))

  const start = async (args: string[], input: string): Promise<string> => {
    const file = await prepare()
    const started = clock.now()
    const common = ['--kubeconfig', file, '--cache-dir', join(file, '..', 'cache'), '--request-timeout', requestTimeout]
    const { exitCode, stdout, stderr } = await getExecOutput('kubectl', [...common, ...args], {
      input: Buffer.from(input),
      silent: true,
      ignoreReturnCode: true,
    })
    debug(`kubectl ${args.slice(0, 2).join(' ')} ${clock.now() - started} ms, exit code ${exitCode}`)
    if (exitCode !== 0) throw explainKubectl(stderr, attempt)
    return stdout
  }

  const kubectl = (args: string[], input = ''): Promise<string> => {
    const process = start(args, input)
    running.add(process)
    const forget = (): void => void running.delete(process)
    process.then(forget, forget)
    return process
  }

  const inNamespace = ['--namespace', namespace]
  const get = (what: string, format: string, more: string[]): Promise<string> =>
    abortable(kubectl(['get', what, ...more, '--output', `jsonpath=${format}`]), signal)

  /** One request for all of them: by names or selectors, kubectl sends one each, five a second. */
  const remove = (selector: string): Promise<string> => kubectl(['delete', '--raw', podsPath(namespace, selector)])

  const create = async (probes: Probe[]): Promise<void> => {
    const shares = shareOut(probes, podsPerProcess)
    const process = (share: Probe[]): Promise<string> =>
      kubectl(['create', ...inNamespace, '--validate=false', '--filename', '-'], JSON.stringify(podList(share, run)))
    // A refusal counts when all have ended: what was created has to be known to be deleted.
    const ended = await abortable(Promise.allSettled(shares.map(process)), signal)
    const refused = ended.find(end => end.status === 'rejected')
    if (refused) throw refused.reason
  }

  const warnings = async (): Promise<PodEvent[]> => {
    const selector = [
      '--field-selector',
      'involvedObject.kind=Pod,type=Warning',
      '--sort-by',
      '.metadata.creationTimestamp',
    ]
    const events = readEvents(await get('events', eventsFormat, [...inNamespace, ...selector]))
    return events.filter(({ pod }) => pod.startsWith(podPrefix(run)))
  }

  return {
    name: 'kubectl',

    async look() {
      const ofAnyRun = [...inNamespace, '--selector', `${labels.managedBy}=${manager}`]
      const [nodes, pods] = await Promise.all([get('nodes', nodesFormat, []), get('pods', podsFormat, ofAnyRun)])
      const leftovers = readPods(pods).filter(pod => isLeftover(pod, clock.now()))
      const runs = [...new Set(leftovers.map(pod => pod.labels[labels.run] ?? ''))].filter(other => other !== run)
      if (leftovers.length > 0) {
        debug(`sweeping ${leftovers.length} pods of ${runs.length} runs that have ended without`)
        const names = leftovers.map(({ name }) => name)
        await kubectl(['delete', 'pods', ...inNamespace, ...names, '--wait=false', '--ignore-not-found'])
      }
      return readNodes(nodes)
    },

    async round(probes, until) {
      const fresh = probes.filter(({ index }) => !alive.has(index))
      await abortable(removal, signal)
      for (const { index } of fresh) remaining.add(index)
      if (fresh.length > 0) await create(fresh)
      for (const { index } of fresh) alive.add(index)
      const created = new Set(fresh.map(({ index }) => index))
      let found = new Map<number, ProbePod>()
      for (;;) {
        signal.throwIfAborted()
        const pods = readPods(await get('pods', podsFormat, [...inNamespace, '--selector', ofRun]))
        found = new Map(pods.map(pod => [Number(pod.labels[labels.probe]), pod]))
        if (probes.every(probe => isDecided(probe, found.get(probe.index))) || clock.now() >= until) break
        await clock.sleep(lookMs, signal)
      }
      const unexplained = probes.some(probe => isUnexplained(probe, found.get(probe.index)))
      const events = unexplained ? await warnings() : []
      const decided = probes.filter(probe => isDecided(probe, found.get(probe.index))).map(({ index }) => index)
      for (const index of decided) alive.delete(index)
      if (decided.length > 0) {
        // Waited for only before pods are made again. What can't be deleted now is so at the end.
        const forget = (): void => {
          for (const index of decided) remaining.delete(index)
        }
        removal = remove(`${ofRun},${labels.probe} in (${decided.join(',')})`).then(forget, () => undefined)
      }
      return probes.map(({ index }): ProbeStatus => {
        const pod = found.get(index)
        return {
          index,
          attempts: created.has(index) ? 1 : 0,
          ...(pod && { pod: pod.status }),
          events: events.filter(event => event.pod === pod?.name),
        }
      })
    },

    async close() {
      const cleanUp = async (): Promise<void> => {
        // What is being created is there only when its process has ended.
        await Promise.allSettled(running)
        if (remaining.size > 0) await remove(ofRun)
      }
      try {
        await (signal.aborted ? atMost(cleanUpMs, cleanUp()) : cleanUp())
      } catch (error) {
        warn(describeLeft(attempt, run, error))
      } finally {
        if (folder) await rm(folder, { recursive: true, force: true })
      }
    },
  }
}

/** Whether each image of a probe is pulled or refused, or there is no pod any more that could tell. */
function isDecided({ images }: Probe, pod: ProbePod | undefined): boolean {
  return !pod || images.every(({ container }) => judgePull(pod.status, container).verdict !== undefined)
}

/** Whether a pod's status does not say why its images are not there. */
function isUnexplained({ images }: Probe, pod: ProbePod | undefined): boolean {
  if (!pod) return false
  return images.some(({ container }) => {
    const { verdict } = judgePull(pod.status, container)
    return verdict === undefined || verdict === 'failed'
  })
}

/** As few shares of at most that size as it takes, about equally long. */
function shareOut<T>(items: T[], size: number): T[][] {
  const count = Math.ceil(items.length / size)
  const shares = Array.from({ length: count }, (): T[] => [])
  items.forEach((item, position) => shares[position % count]?.push(item))
  return shares
}

/** Waits for the work, but no longer than that; the work goes on. */
async function atMost(ms: number, work: Promise<void>): Promise<void> {
  const end = new AbortController()
  try {
    await Promise.race([work, delay(ms, undefined, { signal: end.signal })])
  } finally {
    end.abort()
  }
}
