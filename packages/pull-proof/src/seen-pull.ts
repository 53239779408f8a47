import type { PullResult } from 'kubernetes'
import type { NodePull } from 'run-model'
import { isStale, letInMs } from './finality.js'
import { stuckMs } from './pace.js'

/** Start and end of a round, in milliseconds since the epoch. */
export interface RoundTime {
  began: number
  ended: number
  /** Since when nodes were silent, if the prober knows it better than by the start of the round. */
  silentSince?: number
}

/**
 * After how long a pull has got further than a dead connection can, in milliseconds: if nobody answers, containerd gives up after 30 s for each
 * credential, of which a node has two (recorded from containerd 1.7.24: 61 s without a word, then `i/o timeout`).
 */
export const deadMs = 90_000

/** A pull after one more look at its pod: it has ended, or is under way, or the pod says nothing of this image yet. */
export function noteImage(before: NodePull, seen: PullResult, tries: number, time: RoundTime): NodePull {
  const { verdict, doing } = seen
  // Its pod was created again because of others.
  if (before.verdict === 'pulled' && !before.pending) return before
  const finishedAt = before.verdict === 'pulled' ? before.finishedAt : time.ended
  const counted = { ...before, ...countTries(before, seen, tries, time), finishedAt }
  if (!verdict && !doing) return counted
  const base = withoutState(counted, before.firstRefusal ?? refusalIn(seen))
  return verdict ? noteEnd(base, { ...seen, verdict }) : noteUnderWay(base, before, seen, tries, time)
}

/** The number of tries, and how many of them say nothing about the role: those with a stale credential, and those before a firewall was hit. */
function countTries(before: NodePull, { verdict, cause }: PullResult, tries: number, { ended }: RoundTime) {
  const { startedAt, cacheMs } = before
  const attempts = before.attempts + tries
  if (verdict && isStale({ verdict, startedAt, cacheMs, ...(cause && { cause }) }, ended))
    return { attempts, staleAttempts: attempts }
  const isNewFirewall = cause === 'firewall' && before.cause !== 'firewall' && before.attempts > 0
  const staleAttempts = isNewFirewall ? before.attempts : before.staleAttempts
  return { attempts, ...(staleAttempts !== undefined && { staleAttempts }) }
}

/** The words of the registry, if it has refused the pull. */
function refusalIn({ verdict, cause, message }: PullResult): string | undefined {
  return verdict && verdict !== 'pulled' && isHeard({ verdict, ...(cause && { cause }) }) ? message : undefined
}

/** What stays of a pull whatever comes of it. */
function withoutState(pull: NodePull, firstRefusal: string | undefined): PullBase {
  const { verdict, message, cause, digest, layers, pending, mayBeBySecret, ...base } = pull
  return firstRefusal === undefined ? base : { ...base, firstRefusal }
}

type PullBase = Omit<NodePull, 'verdict' | 'message' | 'cause' | 'digest' | 'layers' | 'pending' | 'mayBeBySecret'>

function noteEnd(base: PullBase, seen: PullResult & { verdict: NodePull['verdict'] }): NodePull {
  const { digest, layers, mayBeBySecret, doing } = seen
  return {
    ...base,
    ...heard(seen.verdict, seen),
    ...(digest && { digest }),
    ...(layers && { layers }),
    ...(mayBeBySecret && { mayBeBySecret }),
    ...(doing && { pending: { doing, since: base.finishedAt, message: '' } }),
  }
}

function noteUnderWay(base: PullBase, before: NodePull, seen: PullResult, tries: number, time: RoundTime): NodePull {
  const { doing, message } = seen
  if (!doing) return { ...base, ...heard(before.verdict, before) }
  const since = sinceWhen(before.pending, doing, seen.since, tries, time)
  // The cluster added a container that will never end.
  if (doing === 'stuck' && time.ended - since >= stuckMs) return { ...base, ...heard('changed', { message }) }
  const underWay = { pending: { doing, since, message } }
  const kept: NodePull = { ...base, ...heard(before.verdict, before), ...underWay }
  if (before.verdict === 'pulled' || (isHeard(before) && !isLetIn(kept))) return kept
  return { ...base, ...heard('slow', { message }), ...underWay }
}

/** Since when a node does what it does: in the same pod since it began that, in a new one since its creation or what the pod says. */
function sinceWhen(
  pending: NodePull['pending'],
  doing: NonNullable<PullResult['doing']>,
  said: number | undefined,
  tries: number,
  { began, ended }: RoundTime,
): number {
  const same = tries === 0 ? pending : undefined
  const madeAt = same?.since ?? began
  if (doing !== 'pulling' && doing !== 'stuck') return madeAt
  if (same?.doing === doing) return same.since
  return said ?? (doing === 'pulling' ? madeAt : ended)
}

function heard(verdict: NodePull['verdict'], { cause, message }: Pick<NodePull, 'cause' | 'message'>) {
  return { verdict, message, ...(cause && { cause }) }
}

/** Whether a verdict comes from the registry; a later attempt without a result does not undo it. */
export function isHeard({ verdict, cause }: Pick<NodePull, 'verdict' | 'cause'>): boolean {
  return cause !== 'gone' && !['slow', 'unschedulable'].includes(verdict)
}

/**
 * Whether a node has pulled, or has been pulling for so long that a refusal is unlikely. After a failure other than a refusal,
 * the connection may be dead, of which nothing is heard for longer.
 */
export function isLetIn({ verdict, pending, finishedAt }: NodePull): boolean {
  if (verdict === 'pulled') return true
  const patienceMs = verdict === 'denied' || verdict === 'slow' ? letInMs : deadMs
  return pending?.doing === 'pulling' && finishedAt - pending.since >= patienceMs
}

/** Whether the problem is the node, not the registry: it has no capacity, no network, or the pod is gone. */
export function isTroubled({ verdict, cause, pending }: Pick<NodePull, 'verdict' | 'cause' | 'pending'>): boolean {
  if (pending) return pending.doing === 'silent' || pending.doing === 'quiet'
  return verdict === 'unschedulable' || cause === 'gone'
}
