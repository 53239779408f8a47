import { groupBy } from '../model/lists.js'
import { printFix } from '../model/fix.js'
import type { ActionError } from '../model/error.js'
import type { Finding } from '../model/finding.js'
import type { Logger } from '../model/progress.js'
import { lastSegment } from '../model/resource-id.js'
import { annotate } from '../services/runner/annotations.js'
import { documentationLink } from './text.js'

/** Failures, those of one kind and one resource together when there are many. */
export function groupFailures(errors: ActionError[]): Group<ActionError>[] {
  return group(
    errors,
    ({ code, subject = '' }) => `${code} ${subject}`,
    ({ code }) => code,
  )
}

/** A failure in full, for the log: what, what Azure said, what to do now; and the others of its kind, a line each. */
export function printFailures({ first: error, others }: Group<ActionError>, log: Logger): void {
  log.line(`✗ ${error.code}  ${error.message}${azureSays(error)}`)
  log.line('')
  for (const line of printFix(error.fix).split('\n')) log.line(`  ${line}`)
  log.line(`  Why and alternatives: ${documentationLink(error.code)}`)
  log.line('')
  for (const { code, message } of others) log.line(`✗ ${code}  ${message}`)
  if (others.length > 0) log.line('')
  if (error.code === 'UNEXPECTED') log.debug(error.cause instanceof Error ? (error.cause.stack ?? '') : '')
}

/** What Azure support asks for: `  [Azure: AuthorizationFailed, correlation …]`. */
export function azureSays({ azure }: ActionError): string {
  if (!azure) return ''
  const code = azure.code ?? (azure.status === undefined ? 'no answer' : `HTTP ${azure.status}`)
  return `  [Azure: ${code}${azure.correlationId ? `, correlation ${azure.correlationId}` : ''}]`
}

/** One annotation for a failure and the others of its kind. */
export function annotateFailures({ first: { code, subject, message }, others }: Group<ActionError>): void {
  const more = others.length > 0 ? ` And ${others.length} more like it, which the log lists.` : ''
  annotate('error', `${message}${more}`, `attach-acr: ${code}${subject ? ` on ${subject}` : ''}`)
}

/** Findings, those of one kind together when there are many. */
export function groupFindings(findings: readonly Finding[]): Group<Finding>[] {
  return group(findings, ({ code }) => code)
}

/** One annotation for a finding and the others of its kind. */
export function annotateFindings({ first, others }: Group<Finding>): void {
  const { code, severity, subject, message, fix } = first
  const more = others.length > 0 ? `\nAnd ${others.length} more like it, which the report lists.` : ''
  annotate(severity, `${message}\n${printFix(fix)}${more}`, `attach-acr: ${code} on ${lastSegment(subject)}`)
}
/** Things of one kind: one to tell in full, and the others. */
export interface Group<T> {
  first: T
  others: T[]
}

/** As many as GitHub shows annotations of one level a step (docs.github.com/actions/reference/limits). */
export const mostAnnotations = 10

/**
 * Groups what is to be told, in the order of the first of each kind: what is refused at a thousand pairs is one problem and not a thousand.
 * Up to ten things are told one by one; more are grouped by the finest of the keys that makes no more than ten groups, or by the last one.
 */
export function group<T>(things: readonly T[], ...keys: ((thing: T) => string)[]): Group<T>[] {
  if (things.length <= mostAnnotations) return things.map(first => ({ first, others: [] }))
  const groupings = keys.map(key => groupBy(things, key))
  const groups = groupings.find(({ size }) => size <= mostAnnotations) ?? groupings.at(-1)
  return [...(groups?.values() ?? [])].flatMap(([first, ...others]) => (first ? [{ first, others }] : []))
}
