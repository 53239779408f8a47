import { describeSource, withoutIds, type Access } from 'azure'
import { formatSeconds, reasonOf } from 'kernel'
import { stateOf, states, type Standing, type Today } from 'run-model'
import type { Problem } from './problems.js'
import { wayOf } from './drift.js'
import type { Pair } from './report.js'

type Case<Is extends Standing<Problem>['is']> = Extract<Standing<Problem>, { is: Is }>

/** `PULL_DENIED` as `pull denied`. */
const wordsOf = ({ code }: { code: string }): string => code.toLowerCase().replaceAll('_', ' ')

const sayError = ({ error }: { error: Problem | null }): string =>
  error ? `${error.code}: ${withoutIds(reasonOf(error.said))}` : ''

const todays: Record<Today, (standing: Case<'lacking'>) => string> = {
  'until-ABAC': () => 'loses access in ABAC mode',
  'until-RBAC': () => 'loses access in RBAC mode',
  'by-broader-role': () => 'broader role only',
  otherwise: standing => `not ${wayOf(standing)}`,
  some: () => 'some repositories only',
  none: ({ lacks }) => (lacks.some(({ kind }) => kind === 'role') ? 'role missing' : 'no access'),
}

/** What is said of a pair by how it stands: `cell` in a few words, beside its mark in a grid; `why` in a clause, in a table. */
const words: {
  [Is in Standing<Problem>['is']]: {
    cell: (standing: Case<Is>, pair: Pair) => string
    why: (standing: Case<Is>, pair: Pair, titleOf: (id: string) => string) => string
  }
} = {
  granted: {
    cell: ({ proof }, { changed, propagationSeconds }) => {
      const took = propagationSeconds === null ? '' : ` · ${formatSeconds(propagationSeconds)}`
      const known = proof === 'pull' ? 'pulled' : 'assigned'
      return `${changed ? (proof === 'pull' ? 'new, pulled' : 'new') : known}${took}`
    },
    why: (standing, pair, titleOf) => {
      const { role, changed } = pair
      const source = sourceOf(standing, pair, titleOf)
      const proof = standing.proof === 'pull' ? `pulled${noteLayers(pair)}` : ''
      return [role && `${role} ${source || (changed ? 'assigned now' : 'assigned')}`, proof].filter(Boolean).join('; ')
    },
  },
  lacking: {
    cell: standing => todays[standing.today](standing),
    why: (standing, pair, titleOf) => {
      const { lacks, error } = standing
      if (error) return sayError(standing)
      return [...lacks.map(({ message }) => message), sourceOf(standing, pair, titleOf)].filter(Boolean).join('; ')
    },
  },
  lost: { cell: standing => (standing.what === 'target' ? states.gone.word : wordsOf(standing.error)), why: sayError },
  blocked: { cell: ({ error }) => wordsOf(error), why: sayError },
  unknown: { cell: () => states.unknown.word, why: sayError },
  failed: { cell: ({ error }) => (error ? wordsOf(error) : states.failed.word), why: sayError },
  removed: {
    cell: ({ left }, { changed }) =>
      left.length > 0 ? states.remaining.word : changed ? 'removed' : 'nothing to remove',
    why: ({ left }, { changed }) =>
      [changed ? 'removed now' : 'none of its own', sayLeft(left)].filter(Boolean).join('; '),
  },
}

/** `can still pull: Reader, broader role at resource group rg-shop, and 2 more`; empty if nothing is left. */
function sayLeft([first, ...others]: readonly Access[]): string {
  if (!first) return ''
  const { role, grantedBy, assignment } = first
  const source = grantedBy === 'direct' ? '' : `, ${describeSource(grantedBy, assignment.scope)}`
  return `can still pull: ${role}${source}${others.length > 0 ? `, and ${others.length} more` : ''}`
}

/** A pair in a few words, with its mark: `✓ pulled · 5.0 s`, `✗ role missing`, `? not checked`. */
export function sayCell(pair: Pair): string {
  const { standing } = pair
  const { cell } = words[standing.is] as { cell: (standing: Standing<Problem>, pair: Pair) => string }
  return `${states[stateOf(standing)].mark} ${cell(standing, pair)}`
}

/**
 * Why a pair is as it is: its error, or what it lacks; else how it is known that it can pull.
 * @param titleOf names subscriptions
 */
export function sayWhy(pair: Pair, titleOf: (id: string) => string): string {
  const { why } = words[pair.standing.is] as (typeof words)['granted']
  return why(pair.standing as Case<'granted'>, pair, titleOf)
}

/** What gives access, unless that is an assignment of its own. */
function sourceOf({ by }: Standing<Problem>, { scope }: Pair, titleOf: (id: string) => string): string {
  return by === null || by === 'direct' ? '' : describeSource(by, scope ?? '', titleOf)
}

/** What a proof by these pulls leaves open; empty if a node is known to have fetched layers. */
function noteLayers({ pulls }: Pair): string {
  if (pulls.length === 0 || pulls.some(({ layers }) => layers === 'fetched')) return ''
  return pulls.every(({ layers }) => layers === 'on-node') ? ' (role only)' : ' (layers not known)'
}
