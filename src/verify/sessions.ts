import pLimit from 'p-limit'
import { randomUUID } from 'node:crypto'
import type { ClusterNode } from '../model/node.js'
import type { PullsProgress } from '../model/progress.js'
import { normalizeId } from '../model/resource-id.js'
import { attempt } from '../model/result.js'
import { retry } from '../model/retry.js'
import type { Target } from '../model/target.js'
import type { Inputs } from '../model/inputs.js'
import { chooseProber, fallBack, type ProberDeps } from '../services/kubernetes/connect.js'
import type { Prober } from '../services/kubernetes/probe.js'
import { isUsable, mayBecomeUsable } from './nodes.js'
import { pauseAfterHiccup } from './pace.js'

/** A cluster whose nodes have been listed. */
interface Session {
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
  of(target: Target, labels?: readonly string[]): Promise<Session>
  /** Deletes the probe pods of all clusters, even after a cancellation. Never throws. */
  close(): Promise<void>
}

/** What pulls on nodes work with. */
export interface PullDeps extends Pick<ProberDeps, 'azure' | 'clock' | 'log'> {
  inputs: Inputs
  progress: PullsProgress
}

/** How long the first list of nodes is retried, in milliseconds; later ones are retried until the whole wait is over. */
const firstLookMs = 5 * 60_000

/** How long a prober without an answer is retried if the other one is not allowed, in milliseconds. */
const returnMs = 30_000

/** How often nodes are listed while none is ready, in milliseconds. */
const readyLookMs = 5000

/** What sessions do is held to `concurrency`: processes, and requests to Azure. */
export function createSessions(deps: PullDeps): Sessions {
  const { azure, inputs, clock, progress } = deps
  const { signal } = azure
  const proberDeps = { ...deps, run: randomUUID().slice(0, 8), limit: pLimit(inputs.concurrency) }
  const probers = new Set<Prober>()
  const sessions = new Map<string, Promise<Session>>()

  /** Lists the nodes, and retries failures that may pass until the deadline. */
  const look = async (prober: Prober, deadline: number, labels: readonly string[] = []): Promise<Session> => {
    probers.add(prober)
    const pauseAfter = (lastedMs: number): number => pauseAfterHiccup(lastedMs, clock)
    const wait = { clock, deadline, signal, pauseAfter, isExact: true }
    return { prober, nodes: await retry(() => prober.look(labels), wait) }
  }

  const enter = async (target: Target, deadline: number): Promise<Session> => {
    const first = await chooseProber(target, proberDeps)
    const { value, error } = await attempt(look(first, clock.now()))
    if (!error) return value
    const other = fallBack(target, proberDeps, error)
    if (!other || first.name === other.name) {
      if (!error.recovers || clock.now() >= deadline) throw error
      return look(first, deadline)
    }
    progress.onFallBack(target, error)
    const fallback = await attempt(look(other, deadline))
    if (!fallback.error) return fallback.value
    if (!error.recovers) throw fallback.error
    // The first prober may have failed only for a moment; if it still fails, the user can fix what the other one lacks.
    const again = await attempt(look(first, Math.min(deadline, clock.now() + returnMs)))
    if (again.error) throw fallback.error
    return again.value
  }

  const open = async (target: Target): Promise<Session> => {
    const deadline = clock.now() + Math.min(firstLookMs, inputs.timeoutMs)
    let session = await enter(target, deadline)
    while (!session.nodes.some(isUsable) && session.nodes.some(mayBecomeUsable) && clock.now() < deadline) {
      await clock.sleep(Math.min(readyLookMs, deadline - clock.now()), signal)
      session = await look(session.prober, deadline)
    }
    return session
  }

  return {
    async of(target, labels = []) {
      const key = normalizeId(target.id)
      const opening = sessions.get(key) ?? open(target)
      sessions.set(key, opening)
      const session = await opening
      return labels.length > 0 ? look(session.prober, clock.now() + inputs.timeoutMs, labels) : session
    },

    async close() {
      // The session of a cluster that is still opening has created no pods; it only needs its own clean-up.
      if (!signal.aborted) await Promise.allSettled(sessions.values())
      await Promise.all([...probers].map(prober => prober.close()))
    },
  }
}
