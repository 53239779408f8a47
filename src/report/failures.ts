import * as core from '@actions/core'
import type { ActionError } from '../errors.js'
import type { Logger } from '../log.js'
import { documentationLink } from './documentation.js'
import { group, type Group } from './groups.js'

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
  for (const line of error.fix?.split('\n') ?? []) log.line(`  ${line}`)
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
  core.error(`${message}${more}`, { title: `attach-acr: ${code}${subject ? ` on ${subject}` : ''}` })
}
