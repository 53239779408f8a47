import type { ErrorCode } from './error.js'
import type { Fix } from './fix.js'

/** A condition on a service's answer. `Answer` is what the service said, `Attempt` is what it was asked for. */
export interface Advice<Answer, Attempt = undefined> {
  /** Whether the rule matches this answer; the first rule of a table that matches counts. */
  when: (answer: Answer, attempt: Attempt) => boolean
  fix: (answer: Answer, attempt: Attempt) => Fix
}

/** One line of a service's table of refusals: the answers that it matches, the contract's code for them, and the fix. */
export interface Rule<Answer, Attempt> extends Advice<Answer, Attempt> {
  code: ErrorCode | ((attempt: Attempt) => ErrorCode)
  /** Set for the few states that waiting may end. The retries for lost answers and throttling have been used up before. */
  recovers?: true
  /** Why it failed, as a clause, where the service's own words are not the best ones. */
  sentence?: (answer: Answer, attempt: Attempt) => string
}

/** The explanation that a table of refusals gives of an answer. */
export interface Explained {
  code: ErrorCode
  recovers: boolean
  /** Why it failed, as a clause; undefined where the service's own words are to be used. */
  sentence: string | undefined
  fix: Fix
}

/** The first line of a table that matches an answer. */
export function findRule<Answer, Attempt, Line extends Advice<Answer, Attempt>>(
  table: readonly Line[],
  answer: Answer,
  attempt: Attempt,
): Line | undefined {
  return table.find(({ when }) => when(answer, attempt))
}

/** Finds the first rule of a table that matches an answer, and applies it; undefined when there is none. */
export function findExplanation<Answer, Attempt>(
  rules: readonly Rule<Answer, Attempt>[],
  answer: Answer,
  attempt: Attempt,
): Explained | undefined {
  const rule = findRule<Answer, Attempt, Rule<Answer, Attempt>>(rules, answer, attempt)
  if (!rule) return undefined
  const { code, recovers = false, sentence, fix } = rule
  return {
    code: typeof code === 'function' ? code(attempt) : code,
    recovers,
    sentence: sentence?.(answer, attempt),
    fix: fix(answer, attempt),
  }
}
