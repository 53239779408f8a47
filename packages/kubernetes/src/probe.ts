import type { ClusterNode, offerOf } from 'azure'
import { retry, toActionError, type ActionError, type Clock } from 'kernel'
import type { Logger } from 'runner'
import type { Inputs } from 'run-model'
import type { ProbePod, Read } from './cluster-text.js'
import type { ClusterAttempt } from './cluster-rules.js'
import type { WorkloadRows } from './workload-rows.js'
import type { Probe } from './probe-pod.js'
import type { Verdict } from './verdict.js'

/** The result of a round for one probe, or of attempts in it that came before. */
export interface ProbeResult {
  index: number
  /** How often its pod was created in this round, since the result before. */
  attempts: number
  images: PullResult[]
}

/** The result of a round for one image of a probe. */
export interface PullResult extends Verdict {
  container: string
}

/** How long a round lasts, and how it retries if the prober retries inside the cluster. */
export interface RoundLimits {
  /** When the round ends, in milliseconds since the epoch; pods that are still pulling then are kept for the next round. */
  until: number
  /** Pause between two attempts inside the cluster, in milliseconds. */
  pauseMs: number
  /** The failures that nothing under way could end, all or refusals by address of these hosts: so many attempts with one, in a row, are enough. */
  firm: 'all' | readonly string[]
  tries: number
  /** What the nodes offer to a registry: its refusal of a secret is as firm as others. */
  offer: ReturnType<typeof offerOf>
  /** Whether other nodes are asked as soon as one of these has pulled. */
  isPart: boolean
  /** Indexes of the refused probes that are retried inside the cluster until one of them has pulled. */
  scouts: readonly number[]
  /** How long a new pod may live, in seconds: a pull may take all the time that is left. */
  lifeSeconds: number
  /** How long nodes may be silent before a prober that waits inside the cluster reports it, in milliseconds: a spare may take their place. */
  patienceMs: number
  /** How long after the first pull a prober that waits inside the cluster reports those that are still refused, in milliseconds; absent if one pull says nothing about the others. */
  shownMs?: number
  /** Keys of labels to read with the nodes, if a prober that can list them at no cost does so at the end of the round. */
  labels?: readonly string[]
}

/** What came of a round. */
export interface RoundResult {
  /** Several for a probe that was tried again inside the cluster, the latest one last. */
  results: ProbeResult[]
  /** The nodes at the end of the round, if they were listed. */
  nodes?: ClusterNode[]
  /** Since when nodes have been silent, in milliseconds since the epoch, if a prober that waits inside the cluster knows it. */
  silentSince?: number
  /** Why some of the pods could not be created, if a retry may help; the others were created. */
  error?: ActionError
  /** Why the round did not get to its end, if a retry may help; what was seen before counts. */
  lost?: ActionError
}

/** Lists the nodes of a cluster and lets pods pull on them. Each method throws ActionError. */
export interface Prober {
  name: 'kubectl' | 'run-command'
  /** Maximum number of images in one round, over all probes. */
  capacity: number
  /**
   * Lists the nodes, and deletes pods that killed runs have left behind.
   * @param labels keys of labels to read in addition to those that show pool and platform
   */
  look(labels: readonly string[]): Promise<ClusterNode[]>
  /**
   * Reads the pods of namespaces and what makes them, without leaving anything behind. It needs no `look` before.
   * @throws ActionError whose `failure` is about the workloads
   */
  workloads(choice: NonNullable<Inputs['workloads']>): Promise<WorkloadRows>
  /**
   * Asks the API server which rules apply to the signed-in identity in each of these namespaces, and returns its answers (SelfSubjectRulesReview), in
   * that order, one per line.
   */
  review(namespaces: readonly string[]): Promise<string>
  /** The DaemonSet of a peer-to-peer mirror, `namespace/name`, if the first list of nodes came with a list of DaemonSets that has one. */
  mirror(): string | undefined
  /** Creates the pod of each probe, and returns when every image is pulled or refused, or when the round's time is over. */
  round(probes: readonly Probe[], limits: RoundLimits): Promise<RoundResult>
  /**
   * Deletes the pods of this run, including those of another process, and waits until none is left.
   * @param startsUntil until when a command of that process may start, in milliseconds since the epoch; undefined if that is not known
   * @throws ActionError
   */
  removePods(startsUntil?: number): Promise<void>
  /**
   * Deletes all pods and temporary files. After a cancellation it takes seconds. Never throws.
   * @returns `isClean` if no pod is left; if that is not confirmed, the post step has to delete them. `startsUntil` is until when a command that creates
   * pods may still start, in milliseconds since the epoch.
   */
  close(): Promise<{ isClean: boolean; startsUntil?: number }>
}

/** One of the two ways to a cluster: it runs kubectl on the runner, or inside the cluster. */
export interface Transport extends Pick<Prober, 'name' | 'capacity' | 'removePods'> {
  /** @returns what the calls printed, in their order. @throws ActionError */
  read: (calls: readonly Read[]) => Promise<string>
  /**
   * The same as of a `Prober`.
   * @param limits.requestsAll whether pods request as much as they are limited to
   * @param limits.listsOthers whether to list the pods of all runs at the end
   * @returns also when the first of these pods was created, by the cluster's own clock in milliseconds since the epoch, and the pods of all runs, if they were
   * listed whole
   */
  round: (
    probes: readonly Probe[],
    limits: RoundLimits & { requestsAll: boolean; listsOthers: boolean },
  ) => Promise<RoundResult & { firstMadeAt?: number; others?: ProbePod[] }>
  /** Deletes the pods of killed runs, by a label selector. @throws ActionError */
  remove: (selector: string) => Promise<void>
  /** Deletes all pods and temporary files. @returns whether no pod is left. @throws Error */
  close: () => Promise<boolean>
  /** Until when a command that creates pods may still start, in milliseconds since the epoch; undefined if none starts by itself. */
  startsUntil: () => number | undefined
}

/** The dependencies of both probers. */
export interface ProbeDeps {
  name: Prober['name']
  attempt: ClusterAttempt
  /** Distinguishes the pods of this run from those of other runs. */
  run: string
  clock: Clock
  /** Aborted when the job is cancelled. */
  signal: AbortSignal
  log: Pick<Logger, 'debug' | 'line' | 'warn'>
  /** Drops the token for the cluster, so that the next request gets a new one. */
  forgetToken: () => void
}

/** How long a deletion is retried unless the job is cancelled, and the pause between two attempts; in milliseconds. */
const deletingMs = 60_000
const deletingPauseMs = 3000

/** How long a deletion of so many pods may take, in seconds: an API server deletes one after the other (at 200 nodes, up to 40 s on a real one). */
export function deletingSeconds(count: number): number {
  return count > manyPods ? 60 : 15
}

const manyPods = 50

/** Calls `remove` until it succeeds, for a minute at most; only once after a cancellation. */
export function retryDeletion<T>(
  remove: () => Promise<T>,
  { clock, signal }: Pick<ProbeDeps, 'clock' | 'signal'>,
): Promise<T> {
  if (signal.aborted) return remove()
  return retry(remove, {
    clock,
    deadline: clock.now() + deletingMs,
    signal,
    pauseAfter: () => deletingPauseMs,
    isExact: true,
    isRetryable: error => !signal.aborted && toActionError(error).recovers,
  })
}

/** The probes that have no pod yet, and the indexes of pods that are no longer needed. */
export function compareProbes(probes: readonly Probe[], alive: ReadonlySet<number>) {
  const asked = new Set(probes.map(({ index }) => index))
  return {
    fresh: probes.filter(({ index }) => !alive.has(index)),
    abandoned: [...alive].filter(index => !asked.has(index)),
  }
}

/** Probe pods that a run may have left on a cluster. */
export interface PodsLeft {
  kind: 'pods'
  /** Resource ID. */
  cluster: string
  name: string
  usesEntra: boolean
  prober: 'kubectl' | 'run-command'
  namespace: string
  /** Value of the label that distinguishes the pods of this run from those of other runs. */
  run: string
  /** Until when a command of the step may still start in the cluster and create pods, in milliseconds since the epoch; absent if that is not known. */
  startsUntil?: number
}

/** Something that a killed step leaves behind: pods, or a folder with a kubeconfig. */
export type Leftover = PodsLeft | { kind: 'folder'; path: string }
