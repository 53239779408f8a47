import {
  cut,
  describeCell,
  joinParts,
  nameSubscriptions,
  narrow,
  stateMarks,
  stateWords,
  states,
  tableInRoom,
  type HeatMap,
  type JobRow,
  type State,
  worstOf,
} from 'report-document'

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
export function describeGlance(map: HeatMap, jobs: readonly JobRow[]): string {
  return joinParts([mapToMarkdown(map), jobs.length > 1 && jobsToMarkdown(jobs)])
}

function mapToMarkdown(map: HeatMap): string {
  if (map.rows.length * map.registries.length < 2) return ''
  const { registries, rows, merged } = narrow(map, maxColumns)
  const nameOf = nameSubscriptions(rows.map(({ subscription }) => subscription))
  const used = states.filter(state => rows.some(({ cells }) => cells.some(cell => worstOf([cell]) === state && cell)))
  const header = [
    'subscription',
    ...registries.map(registry => registry || 'not known'),
    ...(merged > 0 ? [`${merged} more registries`] : []),
  ]
  const toCells = ({ subscription, cells }: (typeof rows)[number]): string[] => [
    nameOf(subscription),
    ...cells.map(describeCell),
  ]
  return joinParts([
    `**Subscriptions and registries**: the numbers count clusters (${used.map(describeMark).join(', ')}).`,
    tableInRoom(header, rows, toCells, 'more subscription', maxFoldedLength),
  ])
}

const describeMark = (state: State): string => `${stateMarks[state]} ${stateWords[state]}`

function jobsToMarkdown(jobs: readonly JobRow[]): string {
  const toCells = ({ name, state, clusters, drifted, unchecked, gap }: JobRow): string[] => [
    stateMarks[state],
    name,
    ...[clusters, drifted, unchecked].map(count => (count > 0 ? String(count) : '')),
    cut(gap, maxReasonLength),
  ]
  const header = ['', 'job', 'clusters', 'drift', 'not checked', 'why']
  return joinParts(['**Jobs**', tableInRoom(header, jobs, toCells, 'more job', maxFoldedLength)])
}
