import { cut, joinParts, table } from 'texts'
import { shortGuid } from 'azure'
import { groupBy } from 'kernel'
import { states } from 'report-document'
import { toHeatMap, type Spot } from './heat-map.js'
import type { JobRow } from './story.js'

/** Maximum number of columns of the heat map, so that it needs no scrolling on a laptop. */
const maxColumns = 12

/** Maximum length of the folded rows of each table, in characters; a character can take three bytes. */
const maxFoldedLength = 60_000

/** Maximum length of a reason, in characters: the whole one is among the failures. */
const maxReasonLength = 120

/**
 * The fleet at a glance, in Markdown: which subscription has which state at which registry, and a table of all jobs. A fleet of one job, one
 * subscription and one registry needs neither.
 */
export function describeGlance(spots: readonly Spot[], jobs: readonly JobRow[]): string {
  return joinParts([mapToMarkdown(toHeatMap(spots, maxColumns)), jobs.length > 1 && jobsToMarkdown(jobs)])
}

function mapToMarkdown({ registries, rows, merged, legend }: ReturnType<typeof toHeatMap>): string {
  if (rows.length * registries.length < 2) return ''
  const nameOf = nameSubscriptions(rows.map(({ subscription }) => subscription))
  const header = [
    'subscription',
    ...registries.map(registry => registry || 'not known'),
    ...(merged > 0 ? [`${merged} more registries`] : []),
  ]
  const toCells = ({ subscription, cells }: (typeof rows)[number]): string[] => [
    nameOf(subscription),
    ...cells.map(({ text }) => text),
  ]
  return joinParts([
    `**Subscriptions and registries**: the numbers count clusters (${legend}).`,
    table(header, rows, toCells, 'more subscription', maxFoldedLength),
  ])
}

function jobsToMarkdown(jobs: readonly JobRow[]): string {
  const toCells = ({ name, state, clusters, drifted, unchecked, gap }: JobRow): string[] => [
    states[state].mark,
    name,
    ...[clusters, drifted, unchecked].map(count => (count > 0 ? String(count) : '')),
    cut(gap, maxReasonLength),
  ]
  const header = ['', 'job', 'clusters', 'drift', 'not checked', 'why']
  return joinParts(['**Jobs**', table(header, jobs, toCells, 'more job', maxFoldedLength)])
}

/** Names subscriptions by their last digits, or by the whole ID if several of them end alike. */
function nameSubscriptions(ids: readonly string[]): (id: string) => string {
  const ends = groupBy(ids, shortGuid)
  return id => (id === '' ? 'not known' : ends.get(shortGuid(id))?.length === 1 ? shortGuid(id) : id)
}
