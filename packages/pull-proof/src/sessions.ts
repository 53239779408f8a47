import pLimit from 'p-limit'
import { normalizeId, type ClusterNode, type Target } from 'azure'
import { attempt, once, retry } from 'kernel'
import {
  chooseProber,
  createRunId,
  fallBack,
  findLacking,
  type Prober,
  type ProberDeps,
  type WorkloadRows,
} from 'kubernetes'
import type { Inputs, Progress } from 'run-model'
import { isUsable, mayBecomeUsable } from './nodes.js'
import { pauseAfterHiccup } from './pace.js'

/** A cluster whose nodes have been listed. */
interface ProbeSession {
  prober: Prober
  nodes: ClusterNode[]
}

/** The sessions of the clusters, each opened once. */
export interface Sessions {
  /**
   * Returns the session of a cluster; the first call opens it.
   * @param labels keys of labels to read with the nodes, which are listed again for these
   * @throws ActionError, AbortError
   */
  of(target: Target, labels?: readonly string[]): Promise<ProbeSession>
  /**
   * Reads a cluster's workloads: with the prober of its session if it has one, else with one that is opened for this alone.
   * @throws ActionError, AbortError
   */
  workloads(target: Target, choice: NonNullable<Inputs['workloads']>): Promise<WorkloadRows>
  /** What the signed-in identity lacks of roles inside a cluster, as `findLacking` returns it. @throws ActionError, AbortError */
  lacking(target: Target, roles: Parameters<typeof findLacking>[1]): ReturnType<typeof findLacking>
  /** Deletes the probe pods of all clusters, even after a cancellation. Never throws. */
  close(): Promise<void>
}

export interface PullDeps extends Pick<ProberDeps, 'azure' | 'clock' | 'log'> {
  inputs: Inputs
  /** When the run began, in milliseconds since the epoch. */
  startedAt: number
  progress: Progress['pulls']
}

/** How long the first list of nodes is retried, in milliseconds; later ones are retried until the whole wait is over. */
const firstLookMs = 5 * 60_000

/** How long a prober without an answer is retried if the other one is not allowed, in milliseconds. */
const returnMs = 30_000

/** How often nodes are listed while none is ready, in milliseconds. */
const readyLookMs = 5000

type SessionDeps = Omit<PullDeps, 'progress' | 'startedAt'> & { progress: Pick<PullDeps['progress'], 'onFallBack'> }

/** Reads with a prober, and retries until the deadline while it may succeed. */
type LookWith<T> = (prober: Prober, deadline: number) => Promise<T>

/** At most `concurrency` processes, and as many requests to Azure, run at once for all sessions. */
export function createSessions(deps: SessionDeps): Sessions {
  const { azure, inputs, clock } = deps
  const { signal } = azure
  const { enter, patiently, probers } = createEntry(deps)
  const sessions = new Map<string, Promise<ProbeSession>>()

  const look = async (prober: Prober, deadline: number, labels: readonly string[] = []): Promise<ProbeSession> => ({
    prober: explainNewRoles(prober, azure),
    nodes: await patiently(prober, deadline, () => prober.look(labels)),
  })

  const lookUntil = (): number => clock.now() + Math.min(firstLookMs, inputs.timeoutMs)

  const open = async (target: Target): Promise<ProbeSession> => {
    const deadline = lookUntil()
    let session = await azure.newRoles.patiently(() => enter(target, deadline, look))
    while (!session.nodes.some(isUsable) && session.nodes.some(mayBecomeUsable) && clock.now() < deadline) {
      await clock.sleep(Math.min(readyLookMs, deadline - clock.now()), signal)
      session = await look(session.prober, deadline)
    }
    return session
  }

  return {
    async of(target, labels = []) {
      const session = await once(sessions, normalizeId(target.id), () => open(target))
      return labels.length > 0 ? look(session.prober, clock.now() + inputs.timeoutMs, labels) : session
    },

    async workloads(target, choice) {
      const lookWith: LookWith<WorkloadRows> = (prober, deadline) =>
        patiently(prober, deadline, () => prober.workloads(choice))
      const opening = sessions.get(normalizeId(target.id))
      const { value: session, error } = opening ? await attempt(opening) : {}
      // A cluster whose nodes could not be listed may let its pods be, but what Azure itself refused, it would refuse again.
      if (error?.azure && !error.recovers) throw error
      return azure.newRoles.patiently(() =>
        session ? lookWith(session.prober, lookUntil()) : enter(target, lookUntil(), lookWith),
      )
    },

    lacking: (target, roles) =>
      enter(target, clock.now(), (prober, deadline) => patiently(prober, deadline, () => findLacking(prober, roles))),

    async close() {
      // The session of a cluster that is still opening has created no pods; it only needs its own clean-up.
      if (!signal.aborted) await Promise.allSettled(sessions.values())
      await Promise.all([...probers].map(prober => prober.close()))
    },
  }
}

/** The prober, with its refusals explained: one recovers while a role of the signed-in identity is new. */
export function explainNewRoles(prober: Prober, { newRoles }: PullDeps['azure']): Prober {
  return {
    ...prober,
    async round(...given) {
      const { value: end, error } = await attempt(prober.round(...given))
      if (error) throw await newRoles.explain(error)
      return end
    },
  }
}

/** Opens ways into clusters. */
function createEntry(deps: SessionDeps) {
  const { azure, inputs, clock, progress } = deps
  const { signal } = azure
  const proberDeps = { ...deps, run: createRunId(), limit: pLimit(inputs.concurrency) }
  const probers = new Set<Prober>()

  /** Reads, and retries failures that may pass until the deadline. */
  const patiently = <T>(prober: Prober, deadline: number, read: () => Promise<T>): Promise<T> => {
    probers.add(prober)
    const pauseAfter = (lastedMs: number): number => pauseAfterHiccup(lastedMs, clock.random())
    return retry(read, { clock, deadline, signal, pauseAfter, isExact: true })
  }

  /** Looks with the prober that the inputs ask for or, if that can't reach the cluster, with the other one. */
  const enter = async <T>(target: Target, deadline: number, lookWith: LookWith<T>): Promise<T> => {
    const first = await chooseProber(target, proberDeps)
    const { value, error } = await attempt(lookWith(first, clock.now()))
    if (!error) return value
    const other = fallBack(target, proberDeps, error)
    if (!other || first.name === other.name) {
      if (!error.recovers || clock.now() >= deadline) throw error
      return lookWith(first, deadline)
    }
    progress.onFallBack(target, error)
    const fallback = await attempt(lookWith(other, deadline))
    if (!fallback.error) return fallback.value
    if (!error.recovers) throw fallback.error
    // The first prober may have failed only for a moment; if it still fails, the user can fix what the other one lacks.
    const again = await attempt(lookWith(first, Math.min(deadline, clock.now() + returnMs)))
    if (again.error) throw fallback.error
    return again.value
  }

  return { enter, patiently, probers }
}
