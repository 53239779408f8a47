import { cut, table } from 'texts'
import { states } from 'report-document'
import type { JobRow } from './story.js'

/** Maximum length of the folded rows, in characters; a character can take three bytes. */
const maxFoldedLength = 60_000

/** Maximum length of a reason, in characters: the whole one is among the failures. */
const maxReasonLength = 120

/** All jobs of a fleet, in Markdown; empty for a fleet of one job. */
export function jobsToMarkdown(jobs: readonly JobRow[]): string {
  if (jobs.length < 2) return ''
  const toCells = ({ name, state, clusters, drifted, unchecked, gap }: JobRow): string[] => [
    states[state].mark,
    name,
    ...[clusters, drifted, unchecked].map(count => (count > 0 ? String(count) : '')),
    cut(gap, maxReasonLength),
  ]
  const header = ['', 'job', 'clusters', 'drift', 'not checked', 'why']
  return `**Jobs**\n\n${table(header, jobs, toCells, 'more job', maxFoldedLength)}`
}
