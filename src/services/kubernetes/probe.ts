import type { ActionError } from '../../model/error.js'
import type { ClusterNode } from '../../model/node.js'
import type { Clock } from '../../model/time.js'
import type { PodEvent, ProbePod } from './cluster-text.js'
import type { ClusterAttempt } from './errors.js'
import { describeLeft, selectDead, type Probe } from './probe-pod.js'
import { judgeHeard, judgePull, type Verdict } from './verdict.js'

/** The result of a round for one probe. */
export interface ProbeResult {
  index: number
  /** How often its pod was created in this round. */
  attempts: number
  /** Of each image that was asked for. */
  images: ImageResult[]
}

/** What is known of one image. */
export interface ImageResult extends Verdict {
  container: string
  /** What an earlier try of the same round heard, where the latest one has heard nothing. */
  earlier?: Verdict
}

/** How long a round goes on, and how it tries again where it does so by itself. */
export interface RoundLimits {
  /** When it ends, in milliseconds since the epoch; a pod that still pulls by then is kept for the next round. */
  until: number
  /** Pause between two tries inside the cluster, in milliseconds. */
  pauseMs: number
  /** Most tries inside the cluster. */
  tries: number
  /** Of probes that are refused only these are tried again inside the cluster, until one has pulled. */
  scouts: readonly number[]
  /** How long a pod that is made may live, in seconds: a pull may take the whole time that there is. */
  lifeSeconds: number
}

/** The result of a round. */
interface RoundEnd {
  results: ProbeResult[]
  /** Why some of the pods could not be made, which may pass; the others were. */
  error?: ActionError
}

/** A way into a cluster: it lists nodes and lets pods pull on them. Each method throws ActionError. */
export interface Prober {
  name: 'kubectl' | 'run-command'
  /** Most images that the probes of one round have, all in all. */
  capacity: number
  /**
   * The nodes. Sweeps what killed runs have left behind.
   * @param labels keys of labels that are to be read besides those that tell pool and platform
   */
  look(labels: readonly string[]): Promise<ClusterNode[]>
  /** Lets each probe's pod pull, and judges them when every image is pulled or refused, or the round's time is over. */
  round(probes: readonly Probe[], limits: RoundLimits): Promise<RoundEnd>
  /** Deletes the pods of this run, whether or not this process has made them. @throws ActionError */
  removePods(): Promise<void>
  /**
   * Deletes the pods that were made and what it needs itself; also after a cancellation, and then within seconds. Never throws.
   * @returns whether no pod is left, as far as it is known
   */
  close(): Promise<boolean>
}

/** What a sweep needs of the prober's means. */
interface Sweeping {
  attempt: ClusterAttempt
  run: string
  clock: Clock
  signal: AbortSignal
  debug: (text: string) => void
  warn: (text: string) => void
}

/**
 * Has the pods deleted that killed runs have left behind. That they can't be is a warning, and no reason not to go on.
 * @param pods the probe pods of all runs
 * @param remove deletes the pods of a label selector
 * @throws AbortError when the job is cancelled
 */
export async function sweep(
  pods: readonly ProbePod[],
  { attempt, run, clock, signal, debug, warn }: Sweeping,
  remove: (selector: string) => Promise<unknown>,
): Promise<void> {
  const dead = selectDead(pods, run, clock.now())
  if (!dead) return
  debug(`sweeping the pods of runs that have ended without: ${dead}`)
  try {
    await remove(dead)
  } catch (error) {
    signal.throwIfAborted()
    warn(describeLeft(attempt, dead, error))
  }
}

/** The result of a probe of which nothing is known. */
export function unheard({ index, images }: Probe): ProbeResult {
  return { index, attempts: 0, images: images.map(({ container }) => ({ container, verdict: undefined, message: '' })) }
}

/**
 * Judges each image of a probe by its pod, which is undefined when it is gone.
 * @param said what the containers of its pod before said, where it was made again
 */
export function judgeProbe(
  { index, images }: Probe,
  attempts: number,
  pod: ProbePod | undefined,
  events: readonly PodEvent[],
  said: readonly string[] = [],
): ProbeResult {
  const own = events.filter(event => event.pod === pod?.name)
  return {
    index,
    attempts,
    images: images.map(image => {
      const earlier = judgeHeard(said, image)
      return { container: image.container, ...judgePull(pod, image, own), ...(earlier && { earlier }) }
    }),
  }
}
