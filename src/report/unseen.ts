import type { Unknown } from '../model/finding.js'
import type { PairStatus } from '../model/run.js'
import { annotate } from '../services/runner/annotations.js'
import { endSentence } from './text.js'
import { escapeMarkdown } from './escape.js'
import { firstOf } from './markdown.js'

/** Maximum number of things listed in a summary. */
const mostListed = 20

/** Unknowns that belong to no pair and no image, such as a role definition that may not be read. */
export function findUnseen({
  pairs,
  unknown,
  unread,
}: {
  pairs: readonly { status: PairStatus; error?: { message: string } | null }[]
  unknown: readonly Unknown[]
  /** The references of the images that could not be read. */
  unread: readonly string[]
}): Unknown[] {
  const told = new Set(pairs.flatMap(({ status, error }) => (status === 'unknown' && error ? error.message : [])))
  return unknown.filter(({ subject, message }) => !told.has(message) && !unread.includes(subject))
}

/** What could not be looked at, in Markdown; empty where there is nothing. */
export function tellUnseen(messages: readonly string[]): string {
  const [only = ''] = messages
  if (messages.length === 0) return ''
  if (messages.length === 1) return `**? Could not be looked at:** ${escapeMarkdown(only)}`
  const { items, omitted } = firstOf(messages, mostListed)
  const lines = items.map(message => `- ${escapeMarkdown(message)}`)
  return `**? Could not be looked at:**\n\n${lines.join('\n')}${omitted}`
}

/** One annotation for all that could not be looked at. */
export function annotateUnseen([first, ...others]: readonly string[]): void {
  if (first === undefined) return
  const more = others.length > 0 ? ` And ${others.length} more, which log and summary list.` : ''
  annotate('warning', more ? `${endSentence(first)}${more}` : first, 'attach-acr: could not be looked at')
}
