import { chunk } from '../model/lists.js'
import { ActionError } from '../model/error.js'
import type { ChosenNode, ClusterNode } from '../model/node.js'
import type { NodePull, ProbeImage } from '../model/outcome.js'
import type { Clock } from '../model/time.js'
import type { Probe } from '../services/kubernetes/probe-pod.js'
import type { ProbeStatus, ProbeWay } from '../services/kubernetes/probe.js'
import { healing, judgePull } from '../services/kubernetes/verdict.js'

/** What is to be pulled on a cluster, and until when. */
export interface PullWish {
  nodes: ChosenNode[]
  images: ProbeImage[]
  /** Whether access comes through a group, which takes hours instead of minutes to reach a node. */
  throughGroup: boolean
  clock: Clock
  /** Milliseconds since the epoch; a last round begins by then. */
  deadline: number
  signal: AbortSignal
}

/** Told after each round of what it brought. */
export interface PullProgress {
  /** @param nextMs pause until the next round; undefined when there is none */
  onRound(pulls: NodePull[], nextMs: number | undefined): void
}

/** Pods of one round: as many as Run Command's 512 kB of output have room for, and no storm on a large cluster. */
const podsPerWave = 100

/** How long a round waits for a pod that still pulls, before it sees to the others again. */
const patienceMs = 20_000

/** Rounds in a row that the way itself may fail, once it has worked. */
const mostFailures = 2

/** How each pull ended, and what ended them all before their time. */
export interface PullOutcome {
  pulls: NodePull[]
  error?: ActionError
}

/** A node with the images that it has not pulled yet. */
interface Task {
  index: number
  node: ClusterNode
  spares: ClusterNode[]
  pulls: NodePull[]
}

/**
 * Lets each node pull each image, again and again, until all have, one is refused for good, or the time is over. Nodes that have passed are
 * not probed again. When an image of a registry is refused for good, the other nodes are not asked for that registry any more.
 * @throws AbortError
 */
export async function verifyPull(way: ProbeWay, wish: PullWish, progress: PullProgress): Promise<PullOutcome> {
  const { clock, deadline, signal } = wish
  const startedAt = clock.now()
  const tasks = wish.nodes.map(({ node, spares }, index): Task => {
    const pulls = wish.images.map(image => startPull(node, image, startedAt))
    return { index, node, spares, pulls }
  })
  const all = (): NodePull[] => tasks.flatMap(({ pulls }) => pulls)
  let failures = 0

  for (;;) {
    const isLast = clock.now() >= deadline
    const asked = tasks.filter(task => openPulls(task, all()).length > 0)
    try {
      for (const wave of chunk(asked, podsPerWave)) await probeWave(way, wave, { ...wish, startedAt }, all)
      failures = 0
    } catch (error) {
      if (!(error instanceof ActionError)) throw error
      failures += 1
      if (error.code !== 'CLUSTER_UNREACHABLE' || failures > mostFailures || isLast) {
        for (const pull of tasks.flatMap(task => openPulls(task, all())))
          Object.assign(pull, { verdict: 'refused', message: error.message, finishedAt: clock.now() })
        progress.onRound(
          asked.flatMap(({ pulls }) => pulls),
          undefined,
        )
        return { pulls: all(), error }
      }
    }
    asked.forEach(useSpare)
    const open = tasks.flatMap(task => openPulls(task, all()))
    const told = asked.flatMap(({ pulls }) => pulls)
    if (open.length === 0 || isLast) {
      progress.onRound(told, undefined)
      return { pulls: all() }
    }
    const pause = Math.min(pauseAfter(clock.now() - startedAt, open, way, wish), Math.max(0, deadline - clock.now()))
    progress.onRound(told, pause)
    await clock.sleep(pause, signal)
  }
}

function startPull({ name, pool, arch }: ClusterNode, image: ProbeImage, now: number): NodePull {
  return { node: name, pool, arch, image, verdict: 'slow', message: '', attempts: 0, startedAt: now, finishedAt: now }
}

/** The pulls of a task that are still worth an attempt. */
function openPulls({ pulls }: Task, all: NodePull[]): NodePull[] {
  const lost = new Set(all.filter(isFinal).map(({ image }) => image.registryId))
  return pulls.filter(({ verdict, image }) => healing.includes(verdict) && !lost.has(image.registryId))
}

function isFinal({ verdict }: NodePull): boolean {
  return verdict !== 'pulled' && !healing.includes(verdict)
}

async function probeWave(
  way: ProbeWay,
  wave: Task[],
  wish: PullWish & { startedAt: number },
  all: () => NodePull[],
): Promise<void> {
  const open = new Map(wave.map(task => [task.index, openPulls(task, all())]))
  const probes = wave.map(({ index, node, pulls }): Probe => {
    const images = (open.get(index) ?? []).map(pull => ({
      container: containerOf(pull, pulls),
      reference: pull.image.reference,
    }))
    return { index, node: node.name, images }
  })
  const { clock, deadline, startedAt } = wish
  const now = clock.now()
  // Run Command tries again by itself for as long as it is let, which is for waits that end soon.
  const isLong = way.name === 'run-command' && isQuick(now - startedAt, wish)
  const until = Math.max(isLong ? deadline : Math.min(now + patienceMs, deadline), now + patienceMs / 4)
  const statuses = await way.round(probes, until)
  for (const { index, pulls } of wave) {
    const status = statuses.find(each => each.index === index)
    for (const pull of open.get(index) ?? []) if (status) note(pull, status, containerOf(pull, pulls), clock.now())
  }
}

/** The same in each round, for a pod that still pulls is kept. */
function containerOf(pull: NodePull, pulls: NodePull[]): string {
  return `image-${pulls.indexOf(pull)}`
}

function note(pull: NodePull, { attempts, pod, events }: ProbeStatus, container: string, now: number): void {
  const judged = pod && judgePull(pod, container, events)
  pull.attempts += attempts
  pull.finishedAt = now
  pull.verdict = judged ? (judged.verdict ?? 'slow') : 'failed'
  pull.message = judged ? judged.message : 'the pod was deleted by someone else, or its node is gone'
}

/** Of a pool, another node will do when the first takes no pods. */
function useSpare(task: Task): void {
  if (!task.pulls.some(({ verdict }) => verdict === 'unschedulable')) return
  const spare = task.spares.shift()
  if (!spare) return
  task.node = spare
  for (const pull of task.pulls) {
    if (pull.verdict !== 'pulled') Object.assign(pull, { node: spare.name, arch: spare.arch, verdict: 'slow' })
  }
}

/*
 * Why the pauses are as they are. A new pod has no back-off: kubelet counts it by the pod's UID and image (kubelet `image_manager.go`: 10 s,
 * doubling to 5 min), so pods are made anew instead of waited for. Kubelet caches a registry credential for five minutes, but only one that
 * it got: a failed exchange leaves nothing in the cache (kubelet `credentialprovider/plugin`, `provide`; cloud-provider-azure's
 * acr-credential-provider), so asking often does not delay the answer. A direct role takes effect within seconds to ten minutes
 * (learn.microsoft.com/azure/role-based-access-control/troubleshooting), and for that long the gate is to open within 5 s after it has: a try
 * takes about 2 s, and one may just have failed. Later, and for groups, whose wait is for the node's token of up to a day, it grows.
 */
const quickMs = 1500

const documentedMs = 10 * 60_000

const groupQuickMs = 60_000

const slowestMs = 60_000

/** A registry that throttles is not to be asked again at once. */
const throttledMs = 15_000

function isQuick(elapsedMs: number, wish: PullWish): boolean {
  return elapsedMs < quickFor(wish)
}

function quickFor({ throughGroup }: PullWish): number {
  return throughGroup ? groupQuickMs : documentedMs
}

function pauseAfter(elapsedMs: number, open: NodePull[], way: ProbeWay, wish: PullWish): number {
  // Run Command has tried again inside the cluster, and takes its own time to start.
  const quick = way.name === 'run-command' ? quickMs / 3 : quickMs
  // A tenth of the time that has gone by since, so at most a tenth is lost.
  const pause = Math.min(Math.max(quick, (elapsedMs - quickFor(wish)) / 10), slowestMs)
  const jittered = pause * (0.9 + 0.2 * wish.clock.random())
  return open.every(({ verdict }) => verdict === 'rate-limited') ? Math.max(jittered, throttledMs) : jittered
}
