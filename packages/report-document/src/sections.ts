import type { ActionError, Finding, Group, Unknown } from 'kernel'
import {
  adviceOf,
  describeAzureAnswer,
  describeOthers,
  groupByFix,
  groupFindings,
  type Problem,
} from './annotations.js'
import { adviceToMarkdown, bullets, codeSpan, escapeMarkdown, escapeMessage, folded, joinParts } from './markdown.js'
import { findingMarks } from './states.js'
import { linkCode } from './text.js'

const maxListed = 20

/** Failures and what to do about them, in Markdown: one section for those of a kind. */
export function failuresToMarkdown(errors: ActionError[]): string[] {
  return groupByFix(errors).map(failures => {
    const [first] = failures
    const said = describeAzureAnswer(first).trim()
    const head = `**✗ ${linkCode(first.code)}** ${escapeMessage(first)}${said && ` ${codeSpan(said)}`}`
    return toSection(head, failures)
  })
}

/** Findings in Markdown, with the marks that they have everywhere: one section for those of a kind, with their count. */
export function findingsToMarkdown(findings: readonly Finding[]): string[] {
  return groupFindings(findings).map(group => {
    const [first] = group
    const count = group.length > 1 ? ` (${group.length})` : ''
    const head = `**${findingMarks[first.severity]} ${linkCode(first.code)}**${count} ${escapeMessage(first)}`
    return toSection(head, group)
  })
}

function toSection(head: string, group: Group<Problem>): string {
  const others = describeOthers(group).map(escapeMessage)
  const rest = others.length > 0 && folded(`${others.length} more like it`, bullets(others, maxListed))
  return joinParts([head, ...adviceToMarkdown(adviceOf(group)), rest])
}

/** The items that could not be checked, in Markdown; empty if there are none. */
export function unseenToMarkdown(unseen: readonly Pick<Unknown, 'message'>[]): string {
  if (unseen.length === 0) return ''
  const messages = unseen.map(({ message }) => escapeMarkdown(message))
  return `**? Could not be checked:**${messages.length === 1 ? ` ${messages.join()}` : `\n\n${bullets(messages, maxListed)}`}`
}
