import { fix, type ActionError, type AzureAnswer } from 'kernel'

type Of<Value, Answer, Attempt> = Value | ((answer: Answer, attempt: Attempt) => Value)

/** A row in a service's table of refusals. `Attempt` describes the request. */
export interface Rule<Answer, Attempt> {
  /** Which answers it is for: those with this status, one of these codes in any letter case, or such a message, or those that pass a test. */
  when: number | string | readonly string[] | RegExp | ((answer: Answer, attempt: Attempt) => boolean)
  /** By default `AZURE_REFUSED`. */
  code?: Of<ActionError['code'], Answer, Attempt>
  /** Set for the few refusals that waiting may end. Lost answers and throttling have been retried before. */
  recovers?: true
  /** Which case of the code it is, for callers that handle it in their own way. */
  detail?: string
  /** Why it failed, as a clause that is the same for all failures with the same fix; by default, and if undefined, the service's own words. */
  sentence?: Of<string | undefined, Answer, Attempt>
  /** What failed and why, as one clause in place of both; without `sentence`, which is then its short form, the service's own words are its quote. */
  statement?: Of<string | undefined, Answer, Attempt>
  /** What to do: prose, or prose and the commands after it. */
  fix: Of<Parameters<typeof fix>[0], Answer, Attempt>
}

/** A row of a table. @param what the code, with what else the row says */
export function rule<Answer, Attempt>(
  when: Rule<Answer, Attempt>['when'],
  what: ActionError['code'] | Omit<Rule<Answer, Attempt>, 'when' | 'fix'>,
  advice: Rule<Answer, Attempt>['fix'],
): Rule<Answer, Attempt> {
  return { when, ...(typeof what === 'string' ? { code: what } : what), fix: advice }
}

/** Explains an answer by the first rule of a table that applies to it, if any. */
export function findExplanation<Answer extends object, Attempt>(
  rules: readonly Rule<Answer, Attempt>[],
  answer: Answer,
  attempt: Attempt,
) {
  const found = rules.find(({ when }) => applies(when, answer, attempt))
  if (!found) return undefined
  const read = <Value>(given: Of<Value, Answer, Attempt>): Value =>
    given instanceof Function ? given(answer, attempt) : given
  const { code = 'AZURE_REFUSED', recovers = false, detail } = found
  return {
    ...{ code: read(code), recovers, detail, sentence: read(found.sentence), statement: read(found.statement) },
    fix: fix(read(found.fix)),
  }
}

function applies<Answer extends object, Attempt>(
  when: Rule<Answer, Attempt>['when'],
  answer: Answer,
  attempt: Attempt,
): boolean {
  if (when instanceof Function) return when(answer, attempt)
  const { status, code, message: said = '' } = answer as Partial<AzureAnswer>
  if (typeof when === 'number') return status === when
  return when instanceof RegExp ? when.test(said) : isCode({ code }, ...[when].flat())
}

/** Whether an answer has one of these error codes, in any letter case. */
export function isCode(answer: { code?: string | undefined } | undefined, ...codes: string[]): boolean {
  return codes.some(each => each.toLowerCase() === answer?.code?.toLowerCase())
}
