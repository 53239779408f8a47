import { groupBy } from '../model/lists.js'
import { mergeFixes, printFix, type Fix } from '../model/fix.js'
import type { ActionError } from '../model/error.js'
import type { Finding } from '../model/finding.js'
import type { Logger } from '../model/progress.js'
import { lastSegment } from '../model/resource-id.js'
import { annotate } from '../services/runner/annotations.js'
import { documentationLink, endSentence, excerpt, mostNamed, sayOnce } from './text.js'

/** Failures, those that advise the same together, because they are one problem. */
export function groupFailures(errors: ActionError[]): Group<ActionError>[] {
  return group(
    errors,
    ({ code, fix }) => `${code}\n${fix.text}`,
    ({ code }) => code,
  )
}

/** Commands of a group that are printed. */
export const mostCommands = 10

/** What to do about a group: the advice of the first, and the commands of all. */
export function adviceOf({ first, others }: Group<{ fix: Fix }>): Fix {
  return mergeFixes(
    [first, ...others].map(({ fix }) => fix),
    mostCommands,
  )
}

/** A failure in full, for the log: what, on which resources, what Azure said, what to do now. */
export function printFailures(failures: Group<ActionError>, log: Logger): void {
  const { first: error } = failures
  log.line(`✗ ${error.code}  ${error.message}${azureSays(error)}`)
  const named = tellOthers(failures).map(message => `✗ ${error.code}  ${message}`)
  for (const line of excerpt(named, mostNamed)) log.line(line)
  log.line('')
  for (const line of printFix(adviceOf(failures)).split('\n')) log.line(`  ${line}`)
  const link = documentationLink(error.code)
  if (link) log.line(`  Why and alternatives: ${link}`)
  log.line('')
  if (error.code === 'UNEXPECTED') log.debug(error.cause instanceof Error ? (error.cause.stack ?? '') : '')
}

/** What the others of a group say, without what its first has told: why they failed only where that is in words of their own. */
export function tellOthers({ first, others }: Group<Message>): string[] {
  const said = sayOnce([first, ...others].map(({ message }) => message))
  return others.map(({ failure, reason, isQuoted, message }, index) =>
    failure !== undefined && (!isQuoted || reason === first.reason) ? failure : (said[index + 1] ?? message),
  )
}

type Message = Pick<Finding, 'message'> & Partial<Pick<ActionError, 'failure' | 'reason' | 'isQuoted'>>

/** What Azure support asks for: `  [Azure: AuthorizationFailed, correlation …]`. */
export function azureSays({ azure }: ActionError): string {
  if (!azure) return ''
  const code = azure.code ?? (azure.status === undefined ? 'no answer' : `HTTP ${azure.status}`)
  return `  [Azure: ${code}${azure.correlationId ? `, correlation ${azure.correlationId}` : ''}]`
}

/** One annotation for a failure and the others of its kind. */
export function annotateFailures({ first: { code, subject, message }, others }: Group<ActionError>): void {
  const more = others.length > 0 ? ` And ${others.length} more like it, which log and summary list.` : ''
  annotate(
    'error',
    more ? `${endSentence(message)}${more}` : message,
    `attach-acr: ${code}${subject ? ` on ${subject}` : ''}`,
  )
}

/** Findings, those that advise the same together; warnings before notices. */
export function groupFindings(findings: readonly Finding[]): Group<Finding>[] {
  const warningsFirst = [...findings].sort((a, b) => Number(a.severity === 'notice') - Number(b.severity === 'notice'))
  return group(
    warningsFirst,
    ({ code, fix }) => `${code}\n${fix.text}`,
    ({ code }) => code,
  )
}

/** One annotation for a finding and the others of its kind. */
export function annotateFindings(findings: Group<Finding>): void {
  const { first, others } = findings
  const { code, severity, subject, message } = first
  const more = others.length > 0 ? `\nAnd ${others.length} more like it, which the summary lists.` : ''
  const name = lastSegment(subject)
  annotate(
    severity,
    `${message}${more}\n${printFix(adviceOf(findings))}`,
    `attach-acr: ${code}${name ? ` on ${name}` : ''}`,
  )
}

/** Things of one kind: one to tell in full, and the others. */
export interface Group<T> {
  first: T
  others: T[]
}

/** As many as GitHub shows annotations of one level a step (docs.github.com/actions/reference/limits). */
export const mostAnnotations = 10

/**
 * Groups equal messages, in the order of the first of each kind: a refusal at a thousand pairs is one problem.
 * The finest of the keys that makes no more groups than GitHub shows decides, or the last one.
 */
export function group<T>(things: readonly T[], ...keys: ((thing: T) => string)[]): Group<T>[] {
  const groupings = keys.map(key => groupBy(things, key))
  const groups = groupings.find(({ size }) => size <= mostAnnotations) ?? groupings.at(-1)
  return [...(groups?.values() ?? [])].flatMap(([first, ...others]) => (first ? [{ first, others }] : []))
}
