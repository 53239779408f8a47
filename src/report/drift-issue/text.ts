import type { Fate, FormerDrift } from '../../model/former-drift.js'
import { groupBy } from '../../model/lists.js'
import { listRoleAssignmentChangesCommand } from '../../model/az-commands.js'
import { parseResourceId } from '../../model/resource-id.js'
import { countDrift, describeDrift, nameRegistry, namesOf, repairDrift } from '../drift-text.js'
import { isAttachable, isHarmless, type Drift, type DriftItem } from '../drift.js'
import { tellAdvice } from '../advice.js'
import { escapeMarkdown, escapeMessage, fence } from '../escape.js'
import { folded } from '../markdown.js'
import { tellUnseen } from '../unseen.js'
import type { Change, Settled } from './compare.js'
import type { Carried } from './memory.js'
import { documentationLink, linkCode, nameWorkflow, plural, sayOnce, shortGuid } from '../text.js'

/** Maximum number of resource groups whose changes a command lists. */
const mostLooks = 3

/** The commands that repair the drift, and the one that shows who caused it, in Markdown; empty without drift. */
function adviseOnDrift(drift: Drift): string {
  const { items } = drift
  if (items.length === 0) return ''
  const advice = repairDrift(drift)
  const codes = [...new Set(items.flatMap(({ kind, code }) => (kind === 'image' || code === 'missing' ? [] : code)))]
  const changed = items.flatMap(item =>
    item.kind === 'pair' && !isHarmless(item) && item.registryId
      ? listRoleAssignmentChangesCommand(item.registryId)
      : [],
  )
  const looks = [...new Set(changed)].slice(0, mostLooks)
  const parts = [
    ...tellAdvice(advice),
    items.some(isAttachable) && `The step:\n\n${attachStep()}`,
    looks.length > 0 && `Who changed role assignments there in the last seven days:\n\n${fence('sh', looks)}`,
    `${['DRIFT', ...codes].map(linkCode).join(', ')}: ${documentationLink('DRIFT') ? 'what it means' : 'see docs/troubleshooting.md of the action'}.`,
  ]
  return `### What to do\n\n${parts.filter(Boolean).join('\n\n')}`
}

/** Variables: docs.github.com/actions/reference/variables-reference (the repository is empty for a local action). */
function attachStep(): string {
  const { GITHUB_ACTION_REPOSITORY: repository, GITHUB_ACTION_REF: ref } = process.env
  return fence('yaml', [
    `- uses: ${repository ? `${repository}${ref ? `@${ref}` : ''}` : './'}`,
    '  with:',
    '    mode: attach',
    `    # and the other inputs of the step in ${nameWorkflow()}, with an identity that may assign roles`,
  ])
}

/** The run that a text links to. */
export interface RunReference {
  /** `Nightly drift, run 42`. */
  name: string
  url: string
}

/** What an issue shows. */
export interface Standing {
  drift: Drift
  /** What it lists from before, and is neither healed nor gone. */
  carried: readonly Carried[]
  /** What it listed before and this run did not see. */
  settled: readonly Settled[]
}

/** GitHub takes 256 characters (its own error says so). */
const longestTitle = 256

/** Maximum length of a cell, in characters, because Azure's messages can be long. */
const longestCell = 700

/** Maximum length of what became of one former drift, in characters. */
const maxSettled = 300

/** Maximum number of lines of a list in a comment. */
const mostListed = 20

/** `Drift: 2 of 14 clusters can no longer pull from contosoacr`, `Drift: aks-7 on contosoacr was not checked`. */
export function driftTitle({ drift, carried }: Pick<Standing, 'drift' | 'carried'>): string {
  const title = `Drift: ${headline(drift, carried)}`
  return title.length > longestTitle ? `${title.slice(0, longestTitle - 1)}…` : title
}

function headline(drift: Drift, carried: readonly Carried[]): string {
  const [only] = carried
  if (drift.items.length > 0 || !only) return countDrift(drift)
  if (carried.length > 1) return `${carried.length} earlier drifts were not checked`
  return `${nameFormer([only])(only.former)} was not checked`
}

/** Above this, counts say more than rows. */
const mostRows = 50

/**
 * What has drifted and what to do about it, in Markdown, worst first: the rows of a few above what to do; of many their counts above it, and as many
 * rows as fit folded below.
 * @param room most characters
 */
export function describeDriftInFull(drift: Drift, room: number): string {
  const advice = adviseOnDrift(drift)
  const reasons = drift.blind.slice(0, mostListed).map(reason => `- ${escapeMarkdown(cut(reason))}`)
  const blind = [...reasons, ...moreLines(drift.blind.length)].join('\n')
  const counts = drift.items.length > mostRows ? countTable(drift.items) : ''
  const unseen = tellUnseen(drift.unseen.map(text => cut(text)))
  const left = room - advice.length - blind.length - unseen.length - counts.length - 300
  const quarter = Math.floor(left / 4)
  const unknown = describeMany(drift.unknown, 'why', quarter) || table(drift.unknown, 'why', quarter)
  const told = unknown && `**Could not be looked at**, and is not counted:\n\n${unknown}`
  const items = table(drift.items, 'drift', left - unknown.length)
  return [
    blind && `**Not looked at**, and not counted:\n\n${blind}`,
    counts,
    // Of a few, the rows are read at a glance; many come below what to do, folded.
    counts ? '' : items,
    counts ? '' : told,
    advice,
    counts && folded(`${plural(drift.items.length, 'row')}, worst first`, items),
    counts && told,
    unseen,
  ]
    .filter(Boolean)
    .join('\n\n')
}

/** So many that their counts say more than their rows, in Markdown: the rows are folded. Empty for a few. */
export function describeMany(items: DriftItem[], header: string, room: number): string {
  if (items.length <= mostRows) return ''
  const counts = countTable(items)
  return `${counts}\n\n${folded(plural(items.length, 'row'), table(items, header, room - counts.length - 100))}`
}

/** How many by registry, subscription and reason, most first. */
function countTable(items: DriftItem[]): string {
  const groups = groupBy(items, item => {
    const { kind, target, code } = item
    const subscription = kind === 'image' ? '' : shortGuid(parseResourceId(target)?.subscriptionId ?? '')
    return [nameRegistry(item), subscription, kind === 'image' ? `image: ${code}` : code]
      .map(text => cut(text))
      .join('\n')
  })
  const rows = [...groups].sort(([, a], [, b]) => b.length - a.length)
  const shown = rows.slice(0, mostListed).map(([key, { length }]) => {
    const cells = [...key.split('\n'), String(length)]
    return `| ${cells.map(escapeMarkdown).join(' | ')} |`
  })
  const rest = rows.length > mostListed ? `\n\nand ${rows.length - mostListed} more such groups` : ''
  return ['| registry | subscription | reason | how many |', '| - | - | - | -: |', ...shown].join('\n') + rest
}

function table(items: DriftItem[], header: string, room: number): string {
  if (items.length === 0) return ''
  const name = namesOf(items)
  const lines = [`| what | registry | ${header} |`, '| - | - | - |']
  let used = lines.join('\n').length
  let shown = 0
  const reasons = sayOnce(items.map(describeCell))
  for (const [index, item] of items.entries()) {
    const line = `| ${[name(item), item.registry, cut(reasons[index] ?? '')].map(escapeMarkdown).join(' | ')} |`
    // Room for the counts of the rest.
    if (used + line.length + 600 > room) break
    lines.push(line)
    used += line.length + 1
    shown += 1
  }
  const rest = items.slice(shown)
  return rest.length > 0
    ? `${lines.join('\n')}\n\nand ${plural(rest.length, 'more', 'more')}: ${countCodes(rest)}`
    : lines.join('\n')
}

function describeCell(item: DriftItem): string {
  return item.code === 'missing' ? `${item.what || 'missing'}${noteAccess(item)}` : `${item.code}: ${item.what}`
}

/** What a target can pull although its role is missing; empty for nothing, and where the cell says it. */
function noteAccess({ access }: DriftItem): string {
  if (access === 'by-broader-role') return '; it pulls by a broader role'
  return access === 'otherwise' ? '; it pulls, but not through the group' : ''
}

/** `9,800 missing, 12 CLUSTER_NOT_FOUND`, most first. */
function countCodes(items: DriftItem[]): string {
  const counts = new Map<string, number>()
  for (const { kind, code } of items) {
    const what = kind === 'image' ? `images (${code})` : code
    counts.set(what, (counts.get(what) ?? 0) + 1)
  }
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([code, count]) => `${count} ${code}`)
    .join(', ')
}

/** The body of the issue, without its hidden lines. */
export function driftBody({ drift, carried, settled }: Standing, run: RunReference, room: number): string {
  const head =
    `**${escapeMarkdown(headline(drift, carried))}**, found by [${escapeMarkdown(run.name)}](${run.url}).\n\n` +
    'This text is rewritten when the drift changes, and the issue closes itself when the drift is gone. ' +
    'What you write below the line at its end stays, and so do comments.'
  const rest = describeSettled(settled)
  const parts = [head, describeDriftInFull(drift, room - head.length - rest.length - 4), rest]
  return parts.filter(Boolean).join('\n\n')
}

/** What became of what the issue listed and the run did not see; empty if it saw everything. */
function describeSettled(settled: readonly Settled[]): string {
  if (settled.length === 0) return ''
  const isStuck = settled.some(({ fate }) => fate.kind === 'dropped')
  const advice = isStuck
    ? '\n\nDrift that is no longer checked keeps this issue open. Check it again, or close the issue.'
    : ''
  return `**Listed before, and not seen by this run:**\n\n${listSettled(settled)}${advice}`
}

function listSettled(settled: readonly Settled[]): string {
  const nameOf = nameFormer(settled)
  const lines = settled.slice(0, mostListed).map(({ former, fate }) => {
    return `- ${escapeMessage(cut(`${nameOf(former)}: ${prefixes[fate.kind]}${fate.text}`, maxSettled))}`
  })
  return [...lines, ...moreLines(settled.length)].join('\n')
}

const prefixes: Record<Fate['kind'], string> = {
  gone: '',
  dropped: 'no longer checked by this workflow: ',
  unseen: 'could not be checked: ',
}

/** Names former drifts as the issue names drift: `aks-7 on contosoacr`. */
function nameFormer(all: readonly Pick<Settled, 'former'>[]): (former: FormerDrift) => string {
  const nameOf = namesOf(all.map(({ former }) => former))
  return former => `${nameOf(former)} on ${nameRegistry({ registry: former.registry, registryId: '' })}`
}

/** The comment on an issue whose drift is another one; empty where nothing got worse or better, or is no longer checked. */
export function changeComment({ worse, better, settled }: Change, run: RunReference): string {
  const gone = settled.filter(({ fate }) => fate.kind === 'gone')
  // Said once: the issue stays open until a person decides.
  const dropped = settled.filter(({ former, fate }) => fate.kind === 'dropped' && !former.wasDropped)
  const parts = [
    worse.length > 0 && `**Worse**: ${worse.length} more.\n${list(worse, describeDrift)}`,
    better.length > 0 && `**Better**: ${better.length} repaired.\n${list(better, nameItem)}`,
    gone.length > 0 && `**Better**: ${gone.length} gone.\n${listSettled(gone)}`,
    dropped.length > 0 && `**Not known**: ${dropped.length} no longer checked.\n${listSettled(dropped)}`,
  ].filter(Boolean)
  return parts.length > 0 ? `${parts.join('\n\n')}\n\n${foundBy(run)}` : ''
}

/** The comment on a drift with too many entries to list what changed. */
export function countComment(before: number, now: number, run: RunReference): string {
  const change = now > before ? `**Worse**: ${now} have drifted` : `**Better**: ${now} have still drifted`
  return `${change}, after ${before}.\n\n${foundBy(run)}`
}

/** The comment that an issue is closed with. */
export function closingComment({ unknown, blind }: Drift, settled: readonly Settled[], run: RunReference): string {
  const left = unknown.length + blind.length
  const doubt = left > 0 ? `\n\n${left} that this issue did not name could not be checked.` : ''
  const end =
    settled.length > 0
      ? `Everything that this issue listed matches again or is gone.\n${listSettled(settled)}`
      : 'All that this issue named matches again.'
  return `${end}${doubt}\n\n${foundBy(run)}`
}

/** The comment on an issue that was closed and is open again. */
export function reopeningComment({ items }: Drift, run: RunReference): string {
  return `**Worse**: the drift is back, or still there.\n${list(items, describeDrift)}\n\n${foundBy(run)}`
}

/** The comment on, and the body of, an issue that another one was opened beside. */
export function duplicateText(number: number): string {
  return `Two runs at once opened an issue each. #${number} goes on.`
}

const foundBy = ({ name, url }: RunReference): string => `[${escapeMarkdown(name)}](${url})`

type NameOf = (item: DriftItem) => string

function list(items: DriftItem[], describe: (item: DriftItem, nameOf: NameOf) => string): string {
  const nameOf = namesOf(items)
  const lines = items.slice(0, mostListed).map(item => `- ${escapeMessage(cut(describe(item, nameOf)))}`)
  return [...lines, ...moreLines(items.length)].join('\n')
}

function nameItem(item: DriftItem, nameOf: NameOf): string {
  return `${nameOf(item)} from ${nameRegistry(item)}`
}

function moreLines(count: number): string[] {
  return count > mostListed ? [`- and ${count - mostListed} more`] : []
}

function cut(text: string, max = longestCell): string {
  return text.length > max ? `${text.slice(0, max - 1)}…` : text
}
