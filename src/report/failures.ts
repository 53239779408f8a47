import * as core from '@actions/core'
import type { ActionError } from '../errors.js'
import type { Logger } from '../log.js'
import { documentationLink } from './documentation.js'

/** A failure in full, for the log: what, what Azure said, what to do now. */
export function printFailure(error: ActionError, log: Logger): void {
  log.line(`✗ ${error.code}  ${error.message}${azureSays(error)}`)
  log.line('')
  for (const line of error.fix?.split('\n') ?? []) log.line(`  ${line}`)
  log.line(`  Why and alternatives: ${documentationLink(error.code)}`)
  log.line('')
  if (error.code === 'UNEXPECTED') log.debug(error.cause instanceof Error ? (error.cause.stack ?? '') : '')
}

/** What Azure support asks for: `  [Azure: AuthorizationFailed, correlation …]`. */
export function azureSays({ azure }: ActionError): string {
  if (!azure) return ''
  const code = azure.code ?? (azure.status === undefined ? 'no answer' : `HTTP ${azure.status}`)
  return `  [Azure: ${code}${azure.correlationId ? `, correlation ${azure.correlationId}` : ''}]`
}

/** One annotation a failure; GitHub shows ten a step. */
export function annotateFailure({ code, subject, message }: ActionError): void {
  core.error(message, { title: `attach-acr: ${code}${subject ? ` on ${subject}` : ''}` })
}
