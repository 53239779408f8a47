import type { ActionError } from '../model/error.js'
import type { Finding } from '../model/finding.js'
import { tellAdvice } from './advice.js'
import { adviceOf, azureSays, groupFailures, groupFindings, tellOthers } from './annotations.js'
import { codeSpan, escapeMarkdown, escapeMessage } from './escape.js'
import { firstOf, folded } from './markdown.js'
import { linkCode } from './text.js'

/** Maximum number of subjects listed for one kind of failure or finding. */
const mostOthers = 20

/** What failed and what to do about it, in Markdown; equal failures are one section. */
export function tellFailures(errors: ActionError[]): string[] {
  return groupFailures(errors).map(failures => {
    const { first } = failures
    const said = azureSays(first).trim()
    const head = `**✗ ${linkCode(first.code)}** ${escapeMessage(first.message)}${said && ` ${codeSpan(said)}`}`
    return join([head, ...tellAdvice(adviceOf(failures)), foldOthers(failures)])
  })
}

/** What is worth knowing, in Markdown, with the marks that it has everywhere; equal findings are one section with their count. */
export function tellFindings(findings: readonly Finding[]): string[] {
  return groupFindings(findings).map(group => {
    const { first, others } = group
    const { code, severity, message } = first
    const count = others.length > 0 ? ` (${others.length + 1})` : ''
    const head = `**${severity === 'warning' ? '⚠' : 'ℹ'} ${linkCode(code)}**${count} ${escapeMarkdown(message)}`
    return join([head, ...tellAdvice(adviceOf(group)), foldOthers(group)])
  })
}

function foldOthers(group: Parameters<typeof tellOthers>[0]): string {
  const others = tellOthers(group)
  if (others.length === 0) return ''
  const lines = others.map(message => `- ${escapeMessage(message)}`)
  const { items: some, omitted } = firstOf(lines, mostOthers)
  return folded(`${others.length} more like it`, some.join('\n') + omitted)
}

function join(parts: string[]): string {
  return parts.filter(Boolean).join('\n\n')
}
