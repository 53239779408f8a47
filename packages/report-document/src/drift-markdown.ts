import {
  adviceToMarkdown,
  bullets,
  commandBlock,
  drawTable,
  escapeMarkdown,
  fence,
  fittingTable,
  folded,
  joinParts,
  cut,
  documentationLink,
  currentRun,
  linkCode,
  plural,
} from 'texts'
import { listRoleAssignmentChangesCommand, parseResourceId, shortGuid } from 'azure'
import { groupBy, type Unknown } from 'kernel'
import { createTeller } from './problems.js'
import { nameRegistry, repairDrift, wayOf } from './drift-text.js'
import { isAttachable, isHarmless, type Drift, type DriftItem } from './drift.js'

/** Maximum number of groups of items that are counted. */
const maxGroups = 20

/** Maximum number of registries whose role assignment changes a command lists. */
const maxLooks = 3

/** Number of items above which their counts come first. */
const maxRows = 50

/** Characters that stay free below a table, for the counts of the other rows. */
const roomForCounts = 600

/**
 * The drift and what to do about it, in Markdown, worst first. A few rows are above what to do; for many, their counts are above it, and as many rows
 * as fit are folded below.
 * @param room maximum number of characters
 * @param ageOf since when an item has drifted, for a column of its own
 */
export function describeDriftInFull(drift: Drift, room: number, ageOf?: (item: DriftItem) => string): string {
  const { items, unknown, blind, unseen } = drift
  const advice = adviseOnDrift(drift)
  const gaps = bullets(
    blind.map(({ text }) => escapeMarkdown(cut(text))),
    '',
  )
  const isMany = items.length > maxRows
  const counts = isMany ? countTable(items) : ''
  const others = unseenToMarkdown(unseen.map(({ message }) => ({ message: cut(message) })))
  const left = room - advice.length - gaps.length - others.length - counts.length - 300
  const quarter = Math.floor(left / 4)
  const doubtful = describeMany(unknown, 'why', quarter) || itemTable(unknown, 'why', quarter)
  const unchecked = doubtful && `**Could not be checked** (not counted as drift):\n\n${doubtful}`
  const rows = itemTable(items, 'drift', left - doubtful.length, ageOf)
  return joinParts([
    gaps && `**Not checked** (not counted as drift):\n\n${gaps}`,
    ...(isMany
      ? [counts, advice, folded(`${plural(items.length, 'row')}, worst first`, rows), unchecked]
      : [rows, unchecked, advice]),
    others,
  ])
}

/** Counts of many items, with their rows folded; empty for a few. */
export function describeMany(items: DriftItem[], header: string, room: number): string {
  if (items.length <= maxRows) return ''
  const counts = countTable(items)
  return joinParts([counts, folded(plural(items.length, 'row'), itemTable(items, header, room - counts.length - 100))])
}

function countTable(items: DriftItem[]): string {
  const groups = groupBy(items, item => {
    const { kind, target, code } = item
    const subscription = kind === 'image' ? '' : shortGuid(parseResourceId(target)?.subscriptionId ?? '')
    return [nameRegistry(item), subscription, kind === 'image' ? `image: ${code}` : code]
      .map(text => cut(text))
      .join('\n')
  })
  const sorted = [...groups].sort(([, a], [, b]) => b.length - a.length)
  const rows = sorted.slice(0, maxGroups).map(([key, { length }]) => [...key.split('\n'), String(length)])
  const more = sorted.length - rows.length
  return joinParts([
    drawTable(['registry', 'subscription', 'reason', 'how many'], rows),
    more > 0 && `and ${more} more such groups`,
  ])
}

/** As many rows as fit, with the counts of the others below them. */
function itemTable(items: DriftItem[], header: string, room: number, ageOf?: (item: DriftItem) => string): string {
  if (items.length === 0) return ''
  const tell = createTeller()
  const toCells = (item: DriftItem): string[] => {
    const { message, answer } = tell(item)
    return [
      item.name,
      item.registry,
      // The failures have the answers about items that could not be checked.
      `${cut(describeCell(item, message))}${header === 'drift' ? answer : ''}`,
      ...(ageOf ? [ageOf(item)] : []),
    ]
  }
  const columns = ['what', 'registry', header, ...(ageOf ? ['since'] : [])]
  const { drawn, rest } = fittingTable(columns, items, toCells, room - roomForCounts)
  return joinParts([drawn, rest.length > 0 && `and ${plural(rest.length, 'more', 'more')}: ${countCodes(rest)}`])
}

function describeCell(item: DriftItem, what: string): string {
  const { code, access } = item
  if (code !== 'missing' && code !== 'DRIFT') return `${code}: ${what}`
  const despite =
    access === 'by-broader-role'
      ? '; it pulls only through a broader role'
      : access === 'otherwise'
        ? `; it pulls, but not ${wayOf(item)}`
        : ''
  return `${what || 'missing'}${despite}`
}

/** `9800 missing, 12 CLUSTER_NOT_FOUND`, most first. */
function countCodes(items: DriftItem[]): string {
  const groups = groupBy(items, ({ kind, code }) => (kind === 'image' ? `images (${code})` : code))
  return [...groups]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([code, { length }]) => `${length} ${code}`)
    .join(', ')
}

/** The commands that repair the drift, and the one that shows who caused it, in Markdown; empty without drift. */
function adviseOnDrift(drift: Drift): string {
  const { items } = drift
  if (items.length === 0) return ''
  const codes = [
    ...new Set(
      items.flatMap(({ kind, code }) =>
        (kind === 'image' && code !== 'RUNNING_IMAGE_GONE') || code === 'missing' ? [] : code,
      ),
    ),
  ]
  const changes = items.flatMap(item =>
    item.kind === 'pair' && !isHarmless(item) && parseResourceId(item.registryId)
      ? listRoleAssignmentChangesCommand(item.registryId)
      : [],
  )
  const looks = [...new Set(changes)].slice(0, maxLooks)
  return joinParts([
    '### What to do',
    ...adviceToMarkdown(repairDrift(drift)),
    items.some(isAttachable) && `The step:\n\n${attachStep()}`,
    looks.length > 0 && `Who changed role assignments there in the last seven days:\n\n${commandBlock(looks)}`,
    `${[...new Set(['DRIFT', ...codes])].map(linkCode).join(', ')}: ${documentationLink('DRIFT') ? 'what it means' : 'see docs/troubleshooting.md of the action'}.`,
  ])
}

/** Variables: docs.github.com/actions/reference/variables-reference (the repository is empty for a local action). */
function attachStep(): string {
  const { GITHUB_ACTION_REPOSITORY: repository, GITHUB_ACTION_REF: ref } = process.env
  return fence('yaml', [
    `- uses: ${repository ? `${repository}${ref ? `@${ref}` : ''}` : './'}`,
    '  with:',
    '    mode: attach',
    `    # and the other inputs of the step in ${currentRun().file}, with an identity that is allowed to assign roles`,
  ])
}

/** The items that could not be checked, in Markdown; empty if there are none. */
export function unseenToMarkdown(unseen: readonly Pick<Unknown, 'message'>[]): string {
  if (unseen.length === 0) return ''
  const messages = unseen.map(({ message }) => escapeMarkdown(message))
  return `**? Could not be checked:**${messages.length === 1 ? ` ${messages.join()}` : `\n\n${bullets(messages)}`}`
}
