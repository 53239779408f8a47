import { recovering } from 'kubernetes'
import type { NodePull } from 'run-model'
import { replicationMs } from './pace.js'

/** What waiting can still change, by the IDs of registries. */
export interface Prospects {
  /** Registries where no change is pending: nothing was written, access does not come through a group, and the grant is old. */
  settled: ReadonlySet<string>
  /** Registries where nothing is under way that could end a refusal by address. */
  barred: ReadonlySet<string>
  /** Registries that let nobody in: they are private, and no private endpoint is approved. */
  sealed: ReadonlySet<string>
  /** Registries where what one node may pull, all may: the access of their identity doesn't come through a group, whose members each node learns on its own. */
  alike: ReadonlySet<string>
  /** References of images that no role reaches, not even the one that the step assigns. */
  outside: ReadonlySet<string>
}

/** Maximum number of attempts if no pending change could end a refusal. */
export const settledTries = 3

/**
 * After how long a pull counts as under way, in milliseconds: refusals take up to 7 s, even if runc is throttled. It is no proof of a role: a kubelet that pulls one
 * image at a time says that it pulls before it waits for the others (kubelet `image_manager.go`; recorded from a real node).
 */
export const letInMs = 20_000

/**
 * After how long a registry counts as blocked, in milliseconds, if no change is pending: a node hears after a minute that packets are dropped (see `deadMs`),
 * so this is more than two attempts.
 */
export const blockedMs = 3 * 60_000

/** Causes that no role and no network ends, and that rarely pass: the upstream of a cache rule, and the streaming proxy of a node. */
const lasting: readonly NodePull['cause'][] = ['upstream', 'streaming']

/** Whether a node could not reach the registry for so long that nothing under way will end it. */
function isBlocked(
  { verdict, cause, image, startedAt }: NodePull,
  { settled, barred }: Prospects,
  now: number,
): boolean {
  const isQuiet = settled.has(image.registryId) && barred.has(image.registryId)
  return verdict === 'unreachable' && (isQuiet || lasting.includes(cause)) && now - startedAt >= blockedMs
}

/** Whether another attempt may change the result. */
export function isOpen(pull: NodePull, prospects: Prospects, now: number): boolean {
  const { verdict, cause, pending, attempts, staleAttempts = 0, image, startedAt } = pull
  if (isBlocked(pull, prospects, now)) return false
  // A pod that has pulled is waited for only to see which image that is.
  if ((pending && (verdict !== 'pulled' || now - pending.since < letInMs)) || isStale(pull, now)) return true
  if (verdict === 'unschedulable') return true
  if (verdict === 'not-found') return image.isThere && (!cause || cause === 'part') && now - startedAt < replicationMs
  if (isFirm(pull, prospects)) return attempts - staleAttempts < triesOf([pull], prospects)
  if (isShown(pull)) return attempts - staleAttempts < settledTries || now - pull.sibling.at < shownMs
  return recovering.includes(verdict)
}

/** Whether nothing under way could end the refusal of a pull. */
export function isFirm({ verdict, cause, image }: NodePull, prospects: Prospects): boolean {
  const { registryId, reference } = image
  if (verdict === 'unreachable' && prospects.sealed.has(registryId)) return true
  if (cause === 'firewall') return prospects.barred.has(registryId)
  const isLeftOut = cause === 'role' && prospects.outside.has(reference)
  return verdict === 'denied' && (prospects.settled.has(registryId) || isLeftOut)
}

/**
 * How long after another node has pulled the same image with the same identity a refusal is final, in milliseconds, if it has been repeated: the role is in effect,
 * and servers of a registry that have not heard of it yet need seconds.
 */
export const shownMs = 30_000

/** Whether a node is refused although another one has shown that the role is in effect: no role is what it waits for. */
export function isShown(pull: NodePull): pull is NodePull & Required<Pick<NodePull, 'sibling'>> {
  return pull.verdict === 'denied' && pull.sibling !== undefined
}

/** Maximum number of attempts of pulls that nothing under way could end: one, if all are at registries that let nobody in. */
export function triesOf(pulls: readonly NodePull[], { sealed }: Pick<Prospects, 'sealed'>): number {
  return pulls.every(({ image }) => sealed.has(image.registryId)) ? 1 : settledTries
}

/** Whether a node was refused because of a cached credential that it will replace: so far, that says nothing about its role. */
export function isStale(
  { verdict, cause, startedAt, cacheMs }: Pick<NodePull, 'verdict' | 'cause' | 'startedAt' | 'cacheMs'>,
  now: number,
) {
  return verdict === 'denied' && cause === 'stale-credential' && now - startedAt < cacheMs
}
