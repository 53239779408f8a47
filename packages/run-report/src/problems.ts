import { namesOf, type Nameable } from 'azure'
import { annotate, printFix, type Logger, type Unknown } from 'kernel'
import { endSentence, excerpt, type ProblemGroup } from 'report-document'

/** A failure in full, for the log: what failed, on which resources, Azure's answer, and the fix. */
export function printFailures({ code, message, answer, others, advice, link }: ProblemGroup, log: Logger): void {
  log.line(`✗ ${code}  ${message}${answer}`)
  const more = others.map(other => `✗ ${code}  ${other.message}`)
  for (const line of excerpt(more)) log.line(line)
  log.line('')
  for (const line of printFix(advice).split('\n')) log.line(`  ${line}`)
  if (link) log.line(`  Why and alternatives: ${link}`)
  log.line('')
}

export function annotateFailures({ code, subject, message, others }: ProblemGroup): void {
  const title = `attach-acr: ${code}${subject ? ` on ${subject}` : ''}`
  annotate('error', withMore(message, others, 'more like it, which log and summary list'), title)
}

/** @param all the targets of the run, which can have the name of the finding's subject */
export function annotateFindings(
  { code, level, subject = '', message, others, advice }: ProblemGroup,
  all: readonly Nameable[],
): void {
  const more = others.length > 0 ? `\nAnd ${others.length} more like it, which the summary lists.` : ''
  const name = namesOf(all)({ target: subject })
  annotate(level, `${message}${more}\n${printFix(advice)}`, `attach-acr: ${code}${name ? ` on ${name}` : ''}`)
}

export function annotateUnseen([first, ...others]: readonly Pick<Unknown, 'message'>[]): void {
  if (!first) return
  annotate(
    'warning',
    withMore(first.message, others, 'more, which log and summary list'),
    'attach-acr: could not be checked',
  )
}

function withMore(message: string, others: readonly unknown[], more: string): string {
  return others.length > 0 ? `${endSentence(message)} And ${others.length} ${more}.` : message
}
