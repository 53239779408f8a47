import { namesOf, type Nameable } from 'azure'
import {
  annotate,
  choices,
  groupBy,
  joinFixes,
  mergeFixes,
  partsOf,
  printFix,
  type ActionError,
  type AzureAnswer,
  type Finding,
  type Fix,
  type Group,
  type Logger,
  type Quote,
  type Unknown,
} from 'kernel'
import type { ReportedAnswer } from './answer-json.js'
import { documentationLink, endSentence, excerpt, maxNamed } from './text.js'

/** Findings, with those that have the same fix together; warnings before notices. */
export function groupFindings(findings: readonly Finding[]): Group<Finding>[] {
  return groupByFix([...findings].sort((a, b) => Number(a.severity === 'notice') - Number(b.severity === 'notice')))
}

export const maxCommands = 10

/** Maximum number of different fixes that are shown for a group. */
const maxFixes = 5

/** What to do about a group: the fix of the first, with the commands of all that have this fix. If there are other fixes, each follows with its own commands. */
export function adviceOf(group: Group<{ fix: Fix }>): Fix {
  const fixes = group.map(({ fix }) => fix)
  const alike = [...groupBy(fixes, ({ text }) => text).values()].slice(0, maxFixes)
  const [only = group[0].fix, ...rest] = alike.map(same => mergeFixes(same, Math.ceil(maxCommands / alike.length)))
  if (rest.length === 0) return only
  const parts = partsOf(joinFixes(only, ...rest))
  return choices(...parts.filter(({ caution }) => !caution), ...parts.filter(({ caution }) => caution))
}

/** A failure in full, for the log: what failed, on which resources, Azure's answer, and the fix. */
export function printFailures(failures: Group<ActionError>, log: Logger): void {
  const [error] = failures
  log.line(`✗ ${error.code}  ${error.message}${describeAzureAnswer(error)}`)
  const others = describeOthers(failures).map(({ message }) => `✗ ${error.code}  ${message}`)
  for (const line of excerpt(others, maxNamed)) log.line(line)
  log.line('')
  for (const line of printFix(adviceOf(failures)).split('\n')) log.line(`  ${line}`)
  const link = documentationLink(error.code)
  if (link) log.line(`  Why and alternatives: ${link}`)
  log.line('')
  if (error.code === 'UNEXPECTED') log.debug(error.cause instanceof Error ? (error.cause.stack ?? '') : '')
}

export type Problem = Pick<Finding, 'message' | 'fix'> &
  Partial<Pick<ActionError, 'failure' | 'reason' | 'isQuoted' | 'quote'>>

/** The messages of the others of a group, without a reason or a quote that came before. */
export function describeOthers([first, ...others]: Group<Problem>): Pick<Problem, 'message' | 'quote'>[] {
  const isNew = createQuoteFilter()
  isNew(first)
  return others.map(problem => {
    const { failure, reason, isQuoted, quote, message } = problem
    if (quote && !isNew(problem)) return { message: quote.statement }
    // eslint-disable-next-line no-restricted-syntax -- the service's own words: those that are above need not be repeated
    if (!quote && failure !== undefined && (!isQuoted || reason === first.reason)) return { message: failure }
    return { message, quote }
  })
}

/** Remembers quotes: whether a message has one that no message before it had. */
export function createQuoteFilter(): (item: { quote?: Quote | null | undefined }) => boolean {
  const known = new Set<string>()
  return ({ quote }) => {
    if (!quote || known.has(quote.text)) return false
    known.add(quote.text)
    return true
  }
}

interface Answered {
  azure?: Pick<ReportedAnswer, 'status' | 'code' | 'correlationId'> | AzureAnswer | null | undefined
}

/** Describes Azure's answers, each once: several items can have one cause. */
export function createAnswerDescriber(): (item: Answered) => string {
  const known = new Set<string>()
  return item => {
    const text = describeAzureAnswer(item)
    if (known.has(text)) return ''
    known.add(text)
    return text
  }
}

/** What Azure support asks for: `  [Azure: AuthorizationFailed, correlation …]`. */
export function describeAzureAnswer({ azure }: Answered): string {
  if (!azure) return ''
  const code = azure.code ?? (azure.status ? `HTTP ${azure.status}` : 'no answer')
  return `  [Azure: ${code}${azure.correlationId ? `, correlation ${azure.correlationId}` : ''}]`
}

export function annotateFailures([{ code, subject, message }, ...others]: Group<ActionError>): void {
  const title = `attach-acr: ${code}${subject ? ` on ${subject}` : ''}`
  annotate('error', withMore(message, others, 'more like it, which log and summary list'), title)
}

/** @param all the targets of the run, which can have the name of the finding's subject */
export function annotateFindings(findings: Group<Finding>, all: readonly Nameable[]): void {
  const [{ code, severity, subject, message }, ...others] = findings
  const more = others.length > 0 ? `\nAnd ${others.length} more like it, which the summary lists.` : ''
  const name = namesOf(all)({ target: subject })
  annotate(
    severity,
    `${message}${more}\n${printFix(adviceOf(findings))}`,
    `attach-acr: ${code}${name ? ` on ${name}` : ''}`,
  )
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

/** Number of annotations of one level that GitHub shows per step (docs.github.com/actions/reference/limits). */
export const maxAnnotations = 10

/**
 * Groups items that have the same code, severity and fix, because they are one problem; if that makes more groups than GitHub shows annotations, those that
 * have the same code and severity.
 */
export function groupByFix<T extends { code: string; severity?: string; fix: Fix }>(items: readonly T[]): Group<T>[] {
  const kindOf = ({ code, severity = '' }: T): string => `${code}\n${severity}`
  const byFix = groupBy(items, item => `${kindOf(item)}\n${item.fix.text}`)
  const groups = byFix.size <= maxAnnotations ? byFix : groupBy(items, kindOf)
  return [...groups.values()]
}
