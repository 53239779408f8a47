import {
  adviceToMarkdown,
  bullets,
  codeSpan,
  commandBlock,
  cut,
  escapeMarkdown,
  escapeSaid,
  fence,
  fittingTable,
  folded,
  joinParts,
  documentationLink,
  currentRun,
  linkCode,
  maxMessageLength,
  plural,
  table,
} from 'texts'
import { listRoleAssignmentChangesCommand, parseResourceId, withoutIds } from 'azure'
import { states } from 'run-model'
import { attachText, findCauses, sayTitle, type Cause } from './causes.js'
import { countDrift } from './drift-text.js'
import { createTeller } from './problems.js'
import { isAttachable, isHarmless, joinRegistries, nameTargets, type Drift, type DriftItem } from './drift.js'
import { toGrid } from './grid.js'

/** Maximum number of registries whose role assignment changes a command lists. */
const maxLooks = 3

const maxRows = 50

/**
 * The drift in Markdown, worst first: what to do about each cause, then the grid of clusters and registries, and each row, folded.
 * @param room maximum number of characters
 * @param ageOf since when an item has drifted, for a column of its own
 */
export function describeDriftInFull(drift: Drift, room: number, ageOf?: (item: DriftItem) => string): string {
  const { items, unknown, unseen, ending = [] } = drift
  const list = (texts: readonly string[], where?: string): string =>
    bullets(
      texts.map(text => escapeMarkdown(cut(text))),
      where,
      Math.floor(room / 12),
    )
  const gaps = list(
    drift.gaps.map(({ message }) => message),
    '',
  )
  const doubts = list(listUnseen(drift))
  const listed = unseen.length === 1 ? ` ${doubts.replace(/^- /, '')}` : `\n\n${doubts}`
  const others = unseen.length > 0 ? `**? Could not be checked:**${listed}` : ''
  const ends = ending.length > 0 ? `**Ends:**\n\n${list(ending)}` : ''
  const advice = adviseOnDrift(drift, Math.floor(room / 2))
  const left = room - ends.length - advice.length - gaps.length - others.length - 300
  const quarter = Math.floor(left / 4)
  const unread = joinRegistries(unknown)
  const doubted = itemTable(unread, 'why', quarter)
  const doubtful = unread.length > maxRows ? folded(plural(unread.length, 'row'), doubted) : doubted
  const unchecked = doubtful && `**Could not be checked** (not counted as drift):\n\n${doubtful}`
  const grid = gridToMarkdown(drift.spots, quarter)
  const rows = itemTable(items, 'drift', left - doubtful.length - grid.length, ageOf)
  return joinParts([
    gaps && `**Not checked** (not counted as drift):\n\n${gaps}`,
    advice,
    grid,
    // The cause of a single item says all of it.
    items.length > 1 && folded(`${plural(items.length, 'row')}, worst first`, rows),
    unchecked,
    others,
    ends,
  ])
}

/** What else could not be checked; of a fleet, beside the name of what it is about. */
export function listUnseen(drift: Drift): string[] {
  const nameTarget = nameTargets(drift)
  return drift.unseen.map(({ subject, message }) =>
    drift.isMerged ? `${nameTarget({ target: subject })}: ${message}` : message,
  )
}

/** Maximum number of columns of a grid, so that it needs no scrolling on a laptop. */
const maxColumns = 12

const cellsOf = ({ name, cells }: ReturnType<typeof toGrid>['rows'][number]): string[] => [
  name || 'not known',
  ...cells.map(({ text }) => text),
]

/**
 * The grid of clusters and registries, or of subscriptions and registries, in Markdown; empty for one cluster and one registry, and if the names alone leave no
 * room.
 */
function gridToMarkdown(spots: Drift['spots'], room: number): string {
  const { rowsOf, rows, columns, legend } = toGrid(spots, undefined, maxColumns)
  const isCounted = rowsOf === 'subscription'
  if (rows.length * columns.length < 2) return ''
  const header = [rowsOf, ...columns]
  const more = `more ${rowsOf}`
  const shown = table(header, rows.slice(0, maxRows), cellsOf, more)
  if (shown.length > room) {
    const fitting = fittingTable(header, rows, cellsOf, room - 100)
    return fitting.length <= room ? fitting : ''
  }
  // Half of what is left for the folded rows of each.
  const half = Math.floor((room - shown.length - 300) / 2)
  const all = isCounted && toGrid(spots, 'cluster', maxColumns)
  const clusters = all && fittingTable(['cluster', ...all.columns], all.rows, cellsOf, half)
  return joinParts([
    isCounted && `**Subscriptions and registries**: the numbers count clusters (${legend}).`,
    table(header, rows, cellsOf, more, half),
    all && clusters && folded(`${plural(all.rows.length, 'cluster')}, worst first`, clusters),
  ])
}

/** As many rows as fit, with the number of the others below them. */
function itemTable(items: DriftItem[], header: string, room: number, ageOf?: (item: DriftItem) => string): string {
  if (items.length === 0) return ''
  const tell = createTeller()
  const toCells = (item: DriftItem): string[] => {
    const { said, answer } = tell(item)
    return [
      states[item.state].mark,
      item.name,
      item.registry,
      // What to do has the quotes about drift, and the failures have the answers about items that could not be checked.
      `${cut(describeCell(item, header === 'drift' ? sayTitle({ ...said, quote: undefined }) : withoutIds(sayTitle(said))))}${header === 'drift' ? answer : ''}`,
      ...(ageOf ? [ageOf(item)] : []),
    ]
  }
  const columns = ['', 'what', 'registry', header, ...(ageOf ? ['since'] : [])]
  return fittingTable(columns, items, toCells, room - 60)
}

function describeCell({ code }: DriftItem, what: string): string {
  return code === 'missing' || code === 'DRIFT' ? what || 'missing' : `${code}: ${what}`
}

/** What to do about each cause, and the command that shows who caused it, in Markdown; empty without drift. */
function adviseOnDrift(drift: Drift, room: number): string {
  const { items } = drift
  if (items.length === 0) return ''
  const causes = findCauses(drift)
  const codes = items.flatMap(({ kind, code }) =>
    (kind !== 'pair' && code !== 'RUNNING_IMAGE_GONE') || code === 'missing' ? [] : code,
  )
  const changes = items.flatMap(item =>
    item.kind === 'pair' && !isHarmless(item) && parseResourceId(item.registryId)
      ? listRoleAssignmentChangesCommand(item.registryId)
      : [],
  )
  const looks = [...new Set(changes)].slice(0, maxLooks)
  const look = looks.length > 0 && looks.join('').length < room / 4 ? commandBlock(looks) : ''
  const attach = attachText(drift)
  let left = room - look.length
  const title = countDrift(drift)
  const told = causes.map(cause => causeToMarkdown(cause, title))
  const fitting = told.filter(text => (left -= text.length) > 0)
  const rest = told.length - fitting.length
  return joinParts([
    '### What to do',
    attach && joinParts([`${attach}.`, attachStep()]),
    ...fitting,
    rest > 0 && `and ${plural(rest, 'more cause')}, which the rows below have`,
    look && folded('Who changed role assignments there in the last seven days', look),
    `${[...new Set(['DRIFT', ...codes])].map(linkCode).join(', ')}: ${documentationLink('DRIFT') ? 'what it means' : 'see docs/troubleshooting.md of the action'}.`,
  ])
}

/**
 * A cause with its clusters, its commands, folded if the step makes them unnecessary, and what its items say, folded if that is more than a line.
 * @param title the headline of summary and issue, which an only cause begins with
 */
function causeToMarkdown({ said, claim, text, list, details, advice, items }: Cause, title: string): string {
  const lines = details.map(each =>
    [escapeSaid(each.said, maxMessageLength), each.answer && codeSpan(each.answer)].filter(Boolean).join(' '),
  )
  const below = claim === title ? sayTitle({ ...said, what: '' }) : ''
  const told = adviceToMarkdown(advice)
  return joinParts([
    `**${escapeMarkdown(cut(below || text))}**${list && `: ${escapeMarkdown(list)}`}`,
    ...(isAttachable(items[0]) && told.length > 0 ? [folded('By hand', joinParts(told))] : told),
    lines.length > 0 && folded('In full', bullets(lines)),
  ])
}

/** Variables: docs.github.com/actions/reference/variables-reference (the repository is empty for a local action). */
function attachStep(): string {
  const { GITHUB_ACTION_REPOSITORY: repository, GITHUB_ACTION_REF: ref } = process.env
  const { file } = currentRun()
  return fence('yaml', [
    `- uses: ${repository ? `${repository}${ref ? `@${ref}` : ''}` : './'}`,
    '  with:',
    '    mode: attach',
    `    # and the other inputs of the step${file && ` in ${file}`}, with an identity that is allowed to assign roles`,
  ])
}
