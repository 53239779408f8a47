import { builtInRoles } from 'azure'
import type { Access, GrantedBy, VerifyLevel } from 'azure'
import { isGone } from 'kernel'
import type { RepositoryPattern } from 'repository-conditions'
import type { Lack } from './plan.js'
import type { State } from './state.js'

/** What Azure reports about a target at a registry, whatever is made of it. */
interface ReportedAccess {
  /** What gives access; null if nothing is known to. */
  by: GrantedBy | null
  /** How access is proven. */
  proof: VerifyLevel
  /** What the operations that were not done would have given it. */
  lacks: readonly Lack[]
  /** The repositories that it can pull, if not all desired ones. */
  onlyTo: RepositoryPattern[] | null
}

/** What a target can pull that lacks something: nothing, some repositories, or everything: through a broader role, otherwise than asked, or until the move to a mode. */
export type Today = 'none' | 'some' | 'by-broader-role' | 'otherwise' | 'until-ABAC' | 'until-RBAC'

/** What does not exist. `identity`: the cluster has none; `principal`: its identity is not in the directory any more. */
export type Lost = 'target' | 'registry' | 'identity' | 'principal'

/** How a target stands at a registry. Judged once, in `judge`: everything that is shown, counted or asked of a pair follows from it. */
export type Standing<E> = ReportedAccess &
  (
    | { is: 'granted' }
    /** Drift: `attach` would write. With an error, the desired role doesn't count at the registry. */
    | { is: 'lacking'; today: Today; error: E | null }
    /** It, its registry or its pull identity does not exist. */
    | { is: 'lost'; what: Lost; error: E }
    /** A `check` saw that nodes can't pull. `holds`: the access that Azure reports counts nevertheless, so it is not why. */
    | { is: 'blocked'; holds: boolean; error: E }
    /** It could not be checked. `holds`: as above. */
    | { is: 'unknown'; holds: boolean; error: E | null }
    | { is: 'failed'; holds: boolean; error: E | null }
    /** By a `detach`, which leaves other access. */
    | { is: 'removed'; left: readonly Access[] }
  )

/** How a pair ended, before it is judged; `isBeyondRights`: the error says nothing about the access that Azure reports. */
export interface Ending<E> extends ReportedAccess {
  status: 'attached' | 'missing' | 'unknown' | 'detached' | 'failed'
  error: E | null
  isBeyondRights?: boolean | undefined
  left?: readonly Access[] | undefined
}

/** Judges a pair: how a run of ours ended for it, or what the report of another job says. */
export function judge<E extends { code: string }>({
  status,
  error,
  isBeyondRights = false,
  left = [],
  ...reported
}: Ending<E>): Standing<E> {
  const holds = isBeyondRights && reported.by !== null
  if (status === 'attached')
    return reported.lacks.length > 0
      ? { ...reported, is: 'lacking', today: todayOf(reported, true), error: null }
      : { ...reported, is: 'granted' }
  if (status === 'detached') return { ...reported, is: 'removed', left }
  if (status === 'unknown') return { ...reported, is: 'unknown', holds, error }
  if (status === 'failed') return { ...reported, is: 'failed', holds, error }
  // A broader role is access as asked: `lacks` has the pull role that attach would add.
  const isAttached = !error && reported.by === 'broader-role'
  if (!error || error.code === 'DRIFT')
    return { ...reported, is: 'lacking', today: todayOf(reported, isAttached), error }
  const what = lostBy(error.code)
  return what ? { ...reported, is: 'lost', what, error } : { ...reported, is: 'blocked', holds, error }
}

/**
 * What is lost in a `missing` pair with this error: it existed once, so that is drift like a deleted grant. Undefined if nothing is.
 */
export function lostBy(code: string): Lost | undefined {
  if (code === 'REGISTRY_NOT_FOUND') return 'registry'
  if (code === 'NO_KUBELET_IDENTITY') return 'identity'
  if (code === 'PRINCIPAL_NOT_FOUND') return 'principal'
  return isGone(code) ? 'target' : undefined
}

/** @param isAttached whether the pull role of today, or a broader one, gives access as asked */
function todayOf({ by, lacks, onlyTo }: ReportedAccess, isAttached: boolean): Today {
  // With `role: both`: the role that counts after the move. A target that pulls by a broader role lacks today's first.
  const roles = isAttached ? lacks.flatMap(({ role }) => role ?? []) : []
  const next = roles[by === 'broader-role' ? 1 : 0]
  if (next !== undefined) return next === builtInRoles.acrPull.name ? 'until-RBAC' : 'until-ABAC'
  if (by) return by === 'broader-role' ? 'by-broader-role' : 'otherwise'
  return onlyTo ? 'some' : 'none'
}

/** The state of a pair. */
export function stateOf(standing: Standing<unknown>): State {
  switch (standing.is) {
    case 'granted':
      return 'fine'
    case 'lacking':
      return standing.today === 'none' || standing.today === 'some' ? 'refused' : 'drifted'
    case 'lost':
      // From a registry that does not exist, a cluster can't pull.
      return standing.what === 'target' ? 'gone' : 'refused'
    case 'blocked':
      return 'refused'
    case 'removed':
      return standing.left.length > 0 ? 'remaining' : 'fine'
    default:
      return standing.is
  }
}

/** The same standing with another form of its error. */
export function withError<From, To>(standing: Standing<From>, change: (error: From) => To): Standing<To> {
  const error = errorOf(standing)
  return (error === null ? standing : { ...standing, error: change(error) }) as Standing<To>
}

/** The error of a pair; null without one. */
export function errorOf<E>(standing: Standing<E>): E | null {
  return 'error' in standing ? standing.error : null
}

/**
 * Whether a target has access, even if not in the desired way, such as not through the group. It is about rights alone: no failure of a pull, of the way into
 * the cluster, or of anything that was asked besides takes it away.
 */
export function hasAccess(standing: Standing<unknown>): boolean {
  if (standing.is === 'lacking') return standing.by !== null
  return standing.is === 'granted' || ('holds' in standing && standing.holds)
}

/** The field `status` of a report. */
export function statusOf(standing: Standing<unknown>): Ending<unknown>['status'] {
  switch (standing.is) {
    case 'granted':
      return 'attached'
    case 'removed':
      return 'detached'
    case 'lacking': {
      const { today, error } = standing
      return error === null && (today === 'by-broader-role' || today.startsWith('until-')) ? 'attached' : 'missing'
    }
    case 'lost':
    case 'blocked':
      return 'missing'
    default:
      return standing.is
  }
}
