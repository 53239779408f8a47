import { partsOf, type ActionError, type Finding, type FixPart, type Group } from 'kernel'
import {
  adviceOf,
  describeAzureAnswer,
  describeCell,
  describeOthers,
  documentationLink,
  findingMarks,
  groupByFix,
  groupFindings,
  type HeatMap,
  type JobRow,
  type Problem,
  type Report,
  type State,
  worstOf,
} from 'report-document'

/** What the page shows. It is plain data, so that secrets can be removed from all of it at once. */
export interface PageContent {
  /** The verdict: the last line of the log. */
  headline: string
  report: Report
  /** The jobs of a fleet; empty for a check. */
  jobs: readonly JobRow[]
  map: { registries: readonly string[]; rows: readonly MapRow[] }
  /** Failures and findings, each kind once, with what to do. */
  problems: readonly ProblemSection[]
  /** The run that wrote the page; empty texts outside of GitHub. */
  run: { name: string; url: string }
  /** When, in ms since the epoch. */
  at: number
}

interface MapRow {
  subscription: string
  cells: readonly { text: string; state: State }[]
}

export interface ProblemSection {
  mark: string
  code: string
  /** Address of its explanation; empty if it is not known. */
  link: string
  message: string
  /** Messages of others of the kind. */
  others: readonly string[]
  parts: readonly FixPart[]
}

/** The sections of failures and findings, in the order of the summary. */
export function toProblems(errors: readonly ActionError[], findings: readonly Finding[]): ProblemSection[] {
  return [
    ...groupByFix(errors).map(group => toSection(group, '✗', `${group[0].message}${describeAzureAnswer(group[0])}`)),
    ...groupFindings(findings).map(group => toSection(group, findingMarks[group[0].severity], group[0].message)),
  ]
}

function toSection(group: Group<Problem & { code: string }>, mark: string, text: string): ProblemSection {
  const [{ code }] = group
  return {
    mark,
    code,
    link: documentationLink(code),
    message: text,
    others: describeOthers(group).map(({ message }) => message),
    parts: partsOf(adviceOf(group)),
  }
}

/** The heat map with the text and the state of each cell. */
export function toMapContent({ registries, rows }: HeatMap): PageContent['map'] {
  return {
    registries,
    rows: rows.map(({ subscription, cells }) => ({
      subscription,
      cells: cells.map(cell => ({ text: describeCell(cell), state: worstOf([cell]) })),
    })),
  }
}
