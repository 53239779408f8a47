import type { Unknown } from 'kernel'
import { adviceToMarkdown, bullets, codeSpan, escapeMarkdown, escapeMessage, folded, joinParts } from './markdown.js'
import type { ProblemGroup } from './problems.js'

const maxListed = 20

/** Failures or findings and what to do about them, in Markdown: one section for each group. Of findings, the head has the number. */
export function problemsToMarkdown(groups: readonly ProblemGroup[]): string[] {
  return groups.map(group => {
    const { level, mark, code, link, answer, others, advice } = group
    const count = level !== 'error' && others.length > 0 ? ` (${others.length + 1})` : ''
    const said = level === 'error' && answer ? ` ${codeSpan(answer)}` : ''
    const head = `**${mark} ${link ? `[${code}](${link})` : code}**${count} ${escapeMessage(group)}${said}`
    const rest =
      others.length > 0 && folded(`${others.length} more like it`, bullets(others.map(escapeMessage), maxListed))
    return joinParts([head, ...adviceToMarkdown(advice), rest])
  })
}

/** The items that could not be checked, in Markdown; empty if there are none. */
export function unseenToMarkdown(unseen: readonly Pick<Unknown, 'message'>[]): string {
  if (unseen.length === 0) return ''
  const messages = unseen.map(({ message }) => escapeMarkdown(message))
  return `**? Could not be checked:**${messages.length === 1 ? ` ${messages.join()}` : `\n\n${bullets(messages, maxListed)}`}`
}
