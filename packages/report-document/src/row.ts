import { describeSource, withoutIds } from 'azure'
import { reasonOf, type Said } from 'kernel'
import { stateOf, states, type State } from './drift.js'
import type { Problem } from './problems.js'
import type { Report } from './report-json.js'

type Pair = Report['pairs'][number]

interface Row extends Pick<Pair, 'status' | 'lacks' | 'role' | 'grantedBy' | 'scope' | 'changed' | 'verified'> {
  error: { code: string; said: Said } | null
  pulls: readonly { layers?: Pair['pulls'][number]['layers'] }[]
}

/**
 * Why a pair is as it is: its error, or what it lacks; else how it is known that it can pull.
 * @param titleOf names subscriptions
 */
export function describeRow(pair: Row, titleOf: (id: string) => string): string {
  const { error, status, lacks, role, grantedBy, scope, changed, verified } = pair
  if (error) return `${error.code}: ${withoutIds(reasonOf(error.said))}`
  if (status === 'detached') return changed ? 'removed now' : 'none of its own'
  const source = grantedBy === null || grantedBy === 'direct' ? '' : describeSource(grantedBy, scope ?? '', titleOf)
  if (lacks.length > 0) return [...lacks.map(({ message }) => message), source].filter(Boolean).join('; ')
  const proof = verified === 'pull' ? `pulled${noteLayers(pair)}` : ''
  return [role && `${role} ${source || (changed ? 'assigned now' : 'assigned')}`, proof].filter(Boolean).join('; ')
}

/** What a proof by these pulls leaves open; empty if a node is known to have fetched layers. */
function noteLayers({ pulls }: Row): string {
  if (pulls.length === 0 || pulls.some(({ layers }) => layers === 'fetched')) return ''
  return pulls.every(({ layers }) => layers === 'on-node') ? ' (role only)' : ' (layers not known)'
}

/** The state of an image. @param isRead whether its digest is known */
export function stateOfImage(status: string, isRead: boolean, error?: { code: string } | null): State {
  // Nodes pull the one that is there.
  if (status === 'missing' && error?.code === 'IMAGE_CONFLICT') return 'drifted'
  if (status === 'missing' || status === 'locked' || status === 'gone') return 'refused'
  if (status === 'failed') return 'failed'
  const isThere = status === 'imported' || status === 'moved' || (status === 'present' && isRead)
  return isThere ? 'fine' : 'unknown'
}

/**
 * The state of the failures of a code: `unknown` if it only kept something from being checked, as in `check` images that could not be read, and as everything
 * that fails in a fleet.
 */
export function stateOfFailure(report: Report, code: string): 'failed' | 'unknown' {
  const { mode, pairs, images, manifests, workloads } = report
  if (mode === 'merge') return 'unknown'
  const isUnread = (status: string): boolean => status === 'unknown' || (mode === 'check' && status === 'failed')
  const held = [
    ...pairs.map(pair => ({ code: pair.error?.code, isUnchecked: stateOf(pair) === 'unknown' })),
    ...[...images, ...manifests].map(each => ({ code: each.error?.code, isUnchecked: isUnread(each.status) })),
    ...(workloads ?? []).map(({ errorCode }) => ({ code: errorCode, isUnchecked: true })),
  ].filter(each => each.code === code)
  return held.length > 0 && held.every(({ isUnchecked }) => isUnchecked) ? 'unknown' : 'failed'
}

/** A failure that only kept something from being checked, with the mark of that. */
export function markUnchecked(failure: Problem): Problem {
  const { code, said, fix: advice, subject, azure } = failure
  return { code, said, fix: advice, subject, azure, mark: states.unknown.mark }
}
