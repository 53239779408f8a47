import { bullets, cut, escapeMarkdown, escapeSaid, joinParts, maxMessageLength, plural, type currentRun } from 'texts'
import { groupBy, nameSome } from 'kernel'
import {
  countDrift,
  countUnchecked,
  countWorst,
  sayDrift,
  describeDriftInFull,
  nameRegistry,
  nameTargets,
  selectUnchecked,
} from 'report-document'
import type { Drift, DriftItem } from 'report-document'
import {
  countDays,
  describeAge,
  describeSince,
  packSince,
  sayAge,
  type FormerDrift,
  type Since,
} from './former-drift.js'
import type { Comparison } from './compare.js'
import type { Gone, Staying } from './memory.js'

/** The run that a text links to. */
export type RunReference = Pick<ReturnType<typeof currentRun>, 'name' | 'url'>

/** What an issue shows. */
export interface IssueContent {
  drift: Drift
  /** Earlier drift that this run did not see, neither as drift nor right. */
  staying: readonly Staying[]
  /** Since when the drift lasts; absent if nobody knows. */
  age?: {
    /** That of the oldest drift. */
    since: Since | undefined
    sinceOf: (item: DriftItem) => Since
    /** In ms since the epoch. */
    now: number
  }
}

/** GitHub's limit of a title, in characters (its error names it). */
const maxTitleLength = 256

const maxLineLength = 300

/** Maximum length of each list of a comment, in characters: GitHub takes comments as long as bodies. */
const maxListLength = 15_000

/** `Drift: 2 of 14 clusters can't pull`, `Drift: aks-7 on contosoacr was not checked`: the worst alone. */
export function driftTitle({ drift, staying }: Pick<IssueContent, 'drift' | 'staying'>): string {
  return cut(`Drift: ${countWorst(drift) || headline(drift, staying)}`, maxTitleLength)
}

function headline(drift: Drift, staying: readonly Staying[]): string {
  const [only] = staying
  if (drift.items.length > 0 || !only) return countDrift(drift)
  if (staying.length > 1) return `${staying.length} earlier drifts were not checked`
  return `${nameFormer([only], drift)(only.former)} was not checked`
}

/** The body of the issue, without its hidden lines. */
export function driftBody(standing: IssueContent, run: RunReference, room: number): string {
  const head =
    `${firstLine(standing, run)}\n\n` +
    'This text is rewritten when the drift changes, and the issue closes itself when the drift is gone. ' +
    'Text below the line at its end is kept, and so are comments.'
  return joinParts([head, listDrift(standing, room - head.length - 2)])
}

/**
 * How the worst of the drift has changed, in clusters: `3 more since last night, 4 for 7 days`, `new`, `for up to 7 days`. Empty if it is about images.
 * @param sinceOf since when an item lasts
 * @param now in ms since the epoch
 */
export function describeChange({ items }: Drift, sinceOf: (item: DriftItem) => Since, now: number): string {
  const [worst] = items
  if (worst?.kind !== 'pair') return ''
  const same = items.filter(item => item.kind === 'pair' && item.state === worst.state)
  const ages = [...groupBy(same, ({ target }) => target.toLowerCase()).values()].map(own =>
    Math.max(...own.map(item => countDays(sinceOf(item), now))),
  )
  const older = ages.filter(days => days > 1)
  if (older.length === 0) return 'new'
  const added = ages.length - older.length
  const lasting = describeAge(Math.max(...older), new Set(older).size > 1 ? 'up to ' : '')
  return added > 0 ? `${added} more since last night, ${older.length} ${lasting}` : lasting
}

function firstLine({ drift, staying, age }: IssueContent, run: RunReference): string {
  const since = age?.since ? ` ${sinceToMarkdown(age.since, age.now, run)}` : ''
  const earlier = drift.earlier ? ` **${drift.earlier.message}**: re-run all jobs to check again.` : ''
  const unchecked = selectUnchecked(drift)
  const open = unchecked.length > 0 ? `; ${countUnchecked(unchecked)}` : ''
  // If all is equally old, the date says so.
  const changed = age && describeAges(drift, drift, age) ? ` · ${describeChange(drift, age.sinceOf, age.now)}` : ''
  return `**${escapeMarkdown(cut(`${headline(drift, staying)}${open}`))}**${changed}, found by ${foundBy(run)}.${since}${earlier}`
}

function listDrift({ drift, staying, age }: IssueContent, room: number): string {
  const rest = describeStaying(staying, drift, Math.floor(room / 4))
  const shown = withoutAnswers(drift)
  return joinParts([describeDriftInFull(shown, room - rest.length - 2, age && describeAges(drift, shown, age)), rest])
}

/** The drift without Azure's answers: their correlation IDs change with every run, but the text only with the drift. */
function withoutAnswers(drift: Drift): Drift {
  const strip = (items: DriftItem[]): DriftItem[] => items.map(item => ({ ...item, azure: null }))
  return { ...drift, items: strip(drift.items), unknown: strip(drift.unknown) }
}

/** `Since 2026-11-25 (for 3 days), first seen by [run 40](…).` */
function sinceToMarkdown(since: Since, now: number, run: RunReference): string {
  const link = since.isOrEarlier || since.run === '' ? '' : `, first seen by ${linkRun(since, run)}`
  return `Since ${describeSince(since, now)}${link}.`
}

/** `run 42`; empty if nothing is known of it. */
export function nameRun({ run: id, number }: Pick<Since, 'run' | 'number'>): string {
  return number || id ? `run ${number || id}` : ''
}

/** The same as a link to another run of the repository. */
export function linkRun(other: Pick<Since, 'run' | 'number'>, { url }: RunReference): string {
  return other.run ? `[${nameRun(other)}](${url.replace(/[^/]*$/, other.run)})` : ''
}

/** The age of each item as it is shown, if not all are equally old: the text above the table has that of the oldest. */
function describeAges(
  drift: Drift,
  shown: Drift,
  { sinceOf, now }: NonNullable<IssueContent['age']>,
): ((item: DriftItem) => string) | undefined {
  const dates = drift.items.map(sinceOf)
  if (new Set(dates.map(packSince)).size < 2) return undefined
  const ages = new Map(shown.items.map((item, index) => [item, dates[index]]))
  return item => {
    const since = ages.get(item)
    if (!since) return ''
    return `${sayAge(since, now)}${since.isOrEarlier ? '' : since.number && `, run ${since.number}`}`
  }
}

/** Earlier drift that the run did not see; empty if it saw everything. */
function describeStaying(staying: readonly Staying[], drift: Drift, room: number): string {
  const unseen = staying.filter(({ isListed }) => !isListed)
  if (unseen.length === 0) return ''
  const nameOf = nameFormer(staying, drift)
  const lines = unseen.map(each =>
    toLine(nameOf(each.former), `not looked at since ${each.former.seenOn}${whyUnproven(each)}`),
  )
  return (
    `**Listed before, and not seen right since:**\n\n${bullets(lines, '', room)}\n\n` +
    'This keeps the issue open until a run sees it right. If nothing checks it any more, close the issue.'
  )
}

/** What a run did not see of a pair that looks right. */
function whyUnproven({ lacks, former: { nodes } }: Staying): string {
  if (lacks === 'identity') return ' (its pull identity was not looked up)'
  if (lacks === 'pull') return ' (no node has tried to pull)'
  if (lacks === undefined) return ''
  const refused =
    nodes.length > 0
      ? `refused nodes that have not pulled since: ${nameSome(nodes)}`
      : 'not all refused nodes have been seen to pull since'
  return ` (${refused}; a run with probe-nodes: all settles it)`
}

const listGone = (gone: readonly Gone[], drift: Drift): string => {
  const nameOf = nameFormer(gone, drift)
  return bullets(
    gone.map(({ former, why }) => toLine(nameOf(former), why)),
    '',
    maxListLength,
  )
}

const listItems = (items: readonly DriftItem[], toMarkdown: (item: DriftItem) => string): string =>
  bullets(items.map(toMarkdown), '', maxListLength)

const toLine = (name: string, text: string): string => escapeMarkdown(cut(`${name}: ${text}`, maxLineLength))

/** Names earlier drift like the issue does: `aks-7 on contosoacr`. The targets that the run checked can have the same names. */
function nameFormer(all: readonly Pick<Gone, 'former'>[], drift: Drift): (former: FormerDrift) => string {
  const targets = all.flatMap(({ former }) => (former.kind === 'pair' ? former : []))
  const nameTarget = nameTargets(drift, targets)
  return former =>
    `${former.kind === 'pair' ? nameTarget(former) : former.target} on ${nameRegistry({ registry: former.registry, registryId: '' })}`
}

/** The comment on an issue whose drift has changed; empty if nothing got worse or better. */
export function changeComment(
  { worse, lost, better, gone }: Pick<Comparison, 'worse' | 'lost' | 'better' | 'gone'>,
  drift: Drift,
  run: RunReference,
): string {
  const changes = joinParts([
    worse.length > 0 && `**Worse**: ${worse.length} more.\n${listItems(worse, itemToMarkdown)}`,
    lost.length > 0 && `**Worse**: ${lost.length} lost the access that was left.\n${listItems(lost, itemToMarkdown)}`,
    better.length > 0 && `**Better**: ${better.length} repaired.\n${listItems(better, nameItem)}`,
    gone.length > 0 && `**Better**: ${gone.length} gone.\n${listGone(gone, drift)}`,
  ])
  return changes && `${changes}\n\n${foundBy(run)}`
}

/** The comment on a drift with too many entries to list the changes. */
export function countComment(before: number, now: number, run: RunReference): string {
  const change = now > before ? `**Worse**: ${now} drifted` : `**Better**: ${now} still drifted`
  return `${change}, ${before} before.\n\n${foundBy(run)}`
}

export function closingComment(drift: Drift, gone: readonly Gone[], run: RunReference): string {
  const { unknown, gaps } = drift
  const left = unknown.length + gaps.length
  const doubt = left > 0 ? `\n\n${plural(left, 'item')} that this issue did not list could not be checked.` : ''
  const end =
    gone.length > 0
      ? `Everything that this issue listed is repaired or gone.\n${listGone(gone, drift)}`
      : 'Everything that this issue listed is repaired.'
  return `${end}${doubt}\n\n${foundBy(run)}`
}

export function reopeningComment({ items }: Drift, run: RunReference): string {
  if (items.length === 0)
    return `A bot closed this issue, but no run has seen everything in it repaired. To accept what it lists, close it as not planned.\n\n${foundBy(run)}`
  return `**Worse**: the drift is back, or was never repaired.\n${listItems(items, itemToMarkdown)}\n\n${foundBy(run)}`
}

/** The comment and the body of a duplicate. */
export function duplicateText(number: number): string {
  return `Two runs opened an issue at the same time. #${number} replaces this one.`
}

const foundBy = ({ name, url }: RunReference): string => `[${escapeMarkdown(name)}](${url})`

function itemToMarkdown(item: DriftItem): string {
  return escapeSaid(sayDrift(item), maxMessageLength)
}

function nameItem(item: DriftItem): string {
  return escapeMarkdown(`${item.name} from ${nameRegistry(item)}`)
}
