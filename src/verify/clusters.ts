import { groupBy } from '../model/lists.js'
import { fix } from '../model/fix.js'
import pLimit from 'p-limit'
import { randomUUID } from 'node:crypto'
import { aksCommand, nodePoolCommand } from '../model/az-commands.js'
import { ActionError, toActionError } from '../model/error.js'
import type { Finding } from '../model/finding.js'
import type { Selection } from '../model/node.js'
import type { NodePull, ProbeImage, Verification } from '../model/outcome.js'
import type { PlannedPair } from '../model/plan.js'
import type { ProofProgress } from '../model/progress.js'
import type { Registry } from '../model/registry.js'
import { normalizeId, sameId } from '../model/resource-id.js'
import type { Target } from '../model/target.js'
import { chooseWay, fallBack, type WayMeans } from '../services/kubernetes/connect.js'
import type { ProbeWay } from '../services/kubernetes/probe.js'
import { selectNodes } from './nodes.js'
import { explainPulls } from './pull-errors.js'
import { type PullOutcome, verifyPull } from './rounds.js'

/** A pair whose nodes are to pull. */
export interface ProvablePair {
  pair: PlannedPair
  target: Target
  registry: Registry
  images: ProbeImage[]
  /** The group that access comes through; empty when it does not. */
  group: string
  /** When the last write for it had been answered; absent when nothing was written. */
  writtenAt?: number
}

export interface Prover {
  /** Begins to look at the nodes, while something else is done. */
  prepare(targets: Target[]): void
  /** Lets the nodes of all clusters pull, side by side. Never throws: what failed is a verification with an error. */
  prove(pairs: ProvablePair[], deadline: number): Promise<Map<PlannedPair, Verification>>
  /** What is worth knowing of the clusters that were looked at. */
  findings(): Finding[]
  /** Deletes the probe pods, also after a cancellation. Never throws. */
  close(): Promise<void>
}

type Means = Omit<WayMeans, 'run'> & { progress: ProofProgress }

/** A cluster that can be probed. */
interface Session {
  way: ProbeWay
  selection: Selection
}

/** Proves that nodes can pull, by pods that do. */
export function createProver(means: Means): Prover {
  const wayMeans = { ...means, run: randomUUID().slice(0, 8) }
  const { azure, inputs, clock, progress } = means
  // Not one for both: who proves waits for who opens.
  const opening = pLimit(inputs.concurrency)
  const proving = pLimit(inputs.concurrency)
  const ways = new Set<ProbeWay>()
  const sessions = new Map<string, Promise<Session>>()
  const findings: Finding[] = []

  const open = async (target: Target): Promise<Session> => {
    const look = async (way: ProbeWay): Promise<Session> => {
      ways.add(way)
      const selection = selectNodes(await way.look(), target.access?.pools ?? [], inputs.probeNodes)
      findings.push(...toFindings(target, selection))
      return { way, selection }
    }
    const first = await chooseWay(target, wayMeans)
    try {
      return await look(first)
    } catch (error) {
      const other = error instanceof ActionError ? fallBack(target, wayMeans, error) : undefined
      if (!other || first.name === other.name) throw error
      progress.onFallBack(target, error as ActionError)
      return look(other)
    }
  }

  const sessionOf = (target: Target): Promise<Session> => {
    const key = normalizeId(target.id)
    const session = sessions.get(key) ?? opening(() => open(target))
    sessions.set(key, session)
    session.catch(() => undefined) // told by who waits for it
    return session
  }

  const proveCluster = async (target: Target, pairs: ProvablePair[], deadline: number): Promise<PullOutcome> => {
    const { way, selection } = await sessionOf(target)
    const throughGroup = pairs.some(({ group }) => group !== '')
    progress.onStart(target, way.name, selection, throughGroup)
    if (selection.chosen.length === 0) throw noNodes(target, selection)
    const images = pairs.flatMap(pair => pair.images)
    const wish = {
      nodes: selection.chosen,
      images,
      throughGroup,
      clock,
      deadline,
      signal: azure.signal,
    }
    const onRound = (pulls: NodePull[], nextMs: number | undefined): void => {
      progress.onRound(target, pulls, nextMs)
    }
    return verifyPull(way, wish, { onRound })
  }

  const verify = async (
    target: Target,
    pairs: ProvablePair[],
    deadline: number,
  ): Promise<[PlannedPair, Verification][]> => {
    const startedAt = clock.now()
    try {
      const outcome = await proving(() => proveCluster(target, pairs, deadline))
      return pairs.map(each => [each.pair, judge(each, outcome, clock.now() - startedAt)])
    } catch (error) {
      return pairs.map(({ pair }) => [pair, { verified: 'none', error: toActionError(error) }])
    }
  }

  const judge = (
    { target, registry, group, writtenAt }: ProvablePair,
    outcome: PullOutcome,
    waitedMs: number,
  ): Verification => {
    const pulls = outcome.pulls.filter(({ image }) => sameId(image.registryId, registry.id))
    if (pulls.some(({ verdict }) => verdict !== 'pulled')) {
      const mayAssignDirectly = inputs.group !== '' && inputs.onTimeout === 'fail'
      const error = outcome.error ?? explainPulls(pulls, { target, registry, group, mayAssignDirectly, waitedMs })
      return { verified: 'none', pulls, error }
    }
    const provenAt = Math.max(...pulls.map(({ finishedAt }) => finishedAt))
    const propagationSeconds = writtenAt === undefined ? undefined : Math.max(0, provenAt - writtenAt) / 1000
    return { verified: 'pull', pulls, ...(propagationSeconds !== undefined && { propagationSeconds }) }
  }

  return {
    prepare(targets) {
      for (const target of targets) void sessionOf(target)
    },

    async prove(pairs, deadline) {
      const byTarget = groupBy(pairs, ({ target }) => target)
      const ended = await Promise.all([...byTarget].map(([target, its]) => verify(target, its, deadline)))
      return new Map(ended.flat())
    },

    findings: () => findings,

    async close() {
      // A cluster that is still being looked at has nothing to delete but what its look leaves behind.
      if (!azure.signal.aborted) await Promise.allSettled(sessions.values())
      await Promise.all([...ways].map(way => way.close()))
    },
  }
}

function toFindings({ id, name }: Target, { skipped }: Selection): Finding[] {
  return skipped.map(({ pool, why }) => ({
    code: 'POOL_SKIPPED',
    severity: 'notice',
    subject: id,
    message: `The pool ${pool} of ${name} was not probed: ${why}.`,
    fix: fix('Its nodes pull with the same identity. What the pool is:', nodePoolCommand('show', id, pool)),
  }))
}

function noNodes({ id, name }: Target, { skipped }: Selection): ActionError {
  const pools = skipped.map(({ pool, why }) => `${pool}: ${why}`).join('; ')
  return new ActionError(
    'PROBE_FAILED',
    `${name} has no Linux node that is ready, so nothing can pull (${pools || 'no pools'}).`,
    {
      subject: name,
      fix: `Scale a Linux pool up, or set verify: assignment. What the pools are:\n  ${nodePoolCommand('list', id)}`,
    },
  )
}

/** Why a pair can't be proven, where it is known without asking the cluster. */
export function whyNotProvable(target: Target): ActionError | undefined {
  if (!target.isStopped) return undefined
  return new ActionError('CLUSTER_STOPPED', `${target.name} is stopped, so its nodes can't pull.`, {
    subject: target.name,
    fix: `Start it and run the step again, or set verify: assignment:\n  ${aksCommand('start', target.id)}`,
  })
}
