import type { ActionError, Fix } from 'kernel'

/** What to do about an answer of a service. `Attempt` describes the request. */
export interface Advice<Answer, Attempt = undefined> {
  /** Whether the rule applies; in a table, the first one that does is used. */
  when: (answer: Answer, attempt: Attempt) => boolean
  fix: (answer: Answer, attempt: Attempt) => Fix
}

/** A row in a service's table of refusals. */
export interface Rule<Answer, Attempt> extends Advice<Answer, Attempt> {
  code: ActionError['code'] | ((attempt: Attempt) => ActionError['code'])
  /** Set for the few refusals that waiting may end. Lost answers and throttling have been retried before. */
  recovers?: true
  /** Why it failed, as a clause that is the same for all failures with the same fix; by default, and if undefined, the service's own words. */
  sentence?: (answer: Answer, attempt: Attempt) => string | undefined
  /** What failed and why, as a sentence in place of both; the service's own words are its quote. */
  statement?: (answer: Answer, attempt: Attempt) => string
}

/** The first rule of a table that applies to an answer. */
export function findRule<Answer, Attempt, R extends Advice<Answer, Attempt>>(
  table: readonly R[],
  answer: Answer,
  attempt: Attempt,
): R | undefined {
  return table.find(({ when }) => when(answer, attempt))
}

/** Explains an answer by the first rule of a table that applies to it, if any. */
export function findExplanation<Answer, Attempt>(
  rules: readonly Rule<Answer, Attempt>[],
  answer: Answer,
  attempt: Attempt,
) {
  const rule = findRule<Answer, Attempt, Rule<Answer, Attempt>>(rules, answer, attempt)
  if (!rule) return undefined
  const { code, recovers = false, sentence, statement, fix } = rule
  return {
    code: typeof code === 'function' ? code(attempt) : code,
    recovers,
    sentence: sentence?.(answer, attempt),
    statement: statement?.(answer, attempt),
    fix: fix(answer, attempt),
  }
}
