import type { ErrorCode } from './error.js'
import type { Fix } from './fix.js'

/**
 * One line of a service's table of refusals: which answers it is about, what the contract calls them, and what to do.
 * `Answer` is what the service said, `Attempt` is what was asked of it.
 */
export interface Rule<Answer, Attempt> {
  /** Whether the rule is about this answer; the first rule of a table that is counts. */
  when: (answer: Answer, attempt: Attempt) => boolean
  code: ErrorCode | ((attempt: Attempt) => ErrorCode)
  /** Set for the few states that waiting may end. The retries for lost answers and throttling have been used up before. */
  recovers?: true
  /** Why it failed, as a clause, where the service's own words are not the best ones. */
  sentence?: (answer: Answer, attempt: Attempt) => string
  fix: (answer: Answer, attempt: Attempt) => Fix
}

/** What a table of refusals makes of an answer. */
export interface Explained {
  code: ErrorCode
  recovers: boolean
  /** Why it failed, as a clause; undefined where the service's own words are to be used. */
  sentence: string | undefined
  fix: Fix
}

/** Finds the first rule of a table that is about an answer, and applies it; undefined when there is none. */
export function findExplanation<Answer, Attempt>(
  rules: readonly Rule<Answer, Attempt>[],
  answer: Answer,
  attempt: Attempt,
): Explained | undefined {
  const rule = rules.find(({ when }) => when(answer, attempt))
  if (!rule) return undefined
  const { code, recovers = false, sentence, fix } = rule
  return {
    code: typeof code === 'function' ? code(attempt) : code,
    recovers,
    sentence: sentence?.(answer, attempt),
    fix: fix(answer, attempt),
  }
}
