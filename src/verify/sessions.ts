import pLimit from 'p-limit'
import { randomUUID } from 'node:crypto'
import { ActionError } from '../model/error.js'
import type { ClusterNode } from '../model/node.js'
import type { PullsProgress } from '../model/progress.js'
import { normalizeId } from '../model/resource-id.js'
import type { Target } from '../model/target.js'
import type { Inputs } from '../model/wanted.js'
import { chooseProber, fallBack, type ProberMeans } from '../services/kubernetes/connect.js'
import type { Prober } from '../services/kubernetes/probe.js'
import { isUsable, mayBecomeUsable } from './nodes.js'
import { pauseAfterHiccup } from './pace.js'

/** A cluster whose nodes were seen. */
interface Session {
  prober: Prober
  nodes: ClusterNode[]
}

/** The clusters that are probed, each looked at once. */
export interface Sessions {
  /**
   * The session of a cluster; it begins with the first call.
   * @param labels keys of labels that have to be read with the nodes; they are looked at again for these
   * @throws ActionError, AbortError
   */
  of(target: Target, labels?: readonly string[]): Promise<Session>
  /** Deletes the probe pods of all clusters, also after a cancellation. Never throws. */
  close(): Promise<void>
}

/** What looking at clusters needs. */
export type SessionMeans = Omit<ProberMeans, 'inputs' | 'run' | 'limit'> & { inputs: Inputs; progress: PullsProgress }

/** How long a first look is tried again, in milliseconds: later ones are until the time of the whole wait is over. */
const firstLookMs = 5 * 60_000

/** How long the prober that gets no answer is tried again when the other one is not allowed, in milliseconds. */
const backMs = 30_000

/** Between two looks at a cluster none of whose nodes is ready, in milliseconds. */
const readyLookMs = 5000

/** Sessions are held to `concurrency` by what they do: a process, or a request to Azure. */
export function createSessions(means: SessionMeans): Sessions {
  const { azure, inputs, clock, progress } = means
  const proberMeans = { ...means, run: randomUUID().slice(0, 8), limit: pLimit(inputs.concurrency) }
  const probers = new Set<Prober>()
  const sessions = new Map<string, Promise<Session>>()

  /** Looks until it works or what fails does not pass. */
  const look = async (prober: Prober, until: number, labels: readonly string[] = []): Promise<Session> => {
    probers.add(prober)
    const startedAt = clock.now()
    for (;;) {
      try {
        return { prober, nodes: await prober.look(labels) }
      } catch (error) {
        if (!(error instanceof ActionError) || !error.recovers || clock.now() >= until) throw error
        const pause = Math.min(pauseAfterHiccup(clock.now() - startedAt, clock), until - clock.now())
        await clock.sleep(pause, azure.signal)
      }
    }
  }

  const enter = async (target: Target, until: number): Promise<Session> => {
    const first = await chooseProber(target, proberMeans)
    try {
      return await look(first, clock.now())
    } catch (error) {
      if (!(error instanceof ActionError)) throw error
      const other = fallBack(target, proberMeans, error)
      if (!other || first.name === other.name) {
        if (!error.recovers || clock.now() >= until) throw error
        return look(first, until)
      }
      progress.onFallBack(target, error)
      try {
        return await look(other, until)
      } catch (refusal) {
        if (!(refusal instanceof ActionError) || !error.recovers) throw refusal
        // The first prober may only have failed for a moment; what the other one lacks is something that the user can give.
        return look(first, Math.min(until, clock.now() + backMs)).catch((again: unknown) => {
          throw again instanceof ActionError ? refusal : again
        })
      }
    }
  }

  const open = async (target: Target): Promise<Session> => {
    const until = clock.now() + Math.min(firstLookMs, inputs.timeoutMs)
    let session = await enter(target, until)
    while (!session.nodes.some(isUsable) && session.nodes.some(mayBecomeUsable) && clock.now() < until) {
      await clock.sleep(Math.min(readyLookMs, until - clock.now()), azure.signal)
      session = await look(session.prober, until)
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
      // A cluster that is still being looked at has nothing to delete but what its look leaves behind.
      if (!azure.signal.aborted) await Promise.allSettled(sessions.values())
      await Promise.all([...probers].map(prober => prober.close()))
    },
  }
}
