import { lastSegment, parseResourceId } from '../../model/resource-id.js'
import { countDrift, type Drift, type DriftItem } from '../drift.js'
import { documentationLink, fence, plural, shortGuid } from '../text.js'

const mostCommands = 10

/** A condition on many repositories makes a command as long as a page; such a one is left to `attach`. */
const longestCommand = 1000

/** What heals the drift, and how to find out who caused it, in Markdown; empty without drift. */
function adviseOnDrift({ items, commands }: Drift, workflow: string): string {
  if (items.length === 0) return ''
  const codes = [...new Set(items.flatMap(({ kind, code }) => (kind === 'image' || code === 'missing' ? [] : code)))]
  const shown = commands.filter(({ length }) => length <= longestCommand).slice(0, mostCommands)
  const rest = commands.length - shown.length
  const parts = [
    items.some(isHealable) && `The same step with \`mode: attach\` makes what is missing:\n\n${attachStep(workflow)}`,
    shown.length > 0 && `Or by hand:\n\n${fence('sh', shown)}${rest > 0 ? `\n\nand ${rest} more.` : ''}`,
    items.some(isGone) && "What is gone can't be attached: correct the inputs of the step, or create it again.",
    `Who changed it, of the last seven days:\n\n${fence('sh', [activityLog])}`,
    ['DRIFT', ...codes].map(code => `- About ${code}: ${documentationLink(code)}`).join('\n'),
  ]
  return `### What to do\n\n${parts.filter(Boolean).join('\n\n')}`
}

const activityLog = `az monitor activity-log list --resource-group <group> --offset 7d --query "[?contains(operationName.value, 'roleAssignments')].[eventTimestamp, caller, operationName.value, resourceId]" --output table`

/** What `attach` makes. */
function isHealable({ kind, code }: DriftItem): boolean {
  return code === 'missing' || kind === 'image'
}

/** What someone has to create again. */
function isGone({ kind, code }: DriftItem): boolean {
  return kind === 'pair' && /^(CLUSTER|REGISTRY|IDENTITY)_NOT_FOUND$|^NO_KUBELET_IDENTITY$/.test(code)
}

/** Variables: docs.github.com/actions/reference/variables-reference (the repository is empty for a local action). */
function attachStep(workflow: string): string {
  const { GITHUB_ACTION_REPOSITORY: repository, GITHUB_ACTION_REF: ref } = process.env
  return fence('yaml', [
    `- uses: ${repository ? `${repository}${ref ? `@${ref}` : ''}` : './'}`,
    '  with:',
    '    mode: attach',
    `    # and the other inputs of the step in ${workflow}, with an identity that may assign roles`,
  ])
}

/** The run that a text speaks of. */
export interface RunReference {
  /** `Nightly drift, run 42`. */
  name: string
  url: string
  /** Path of the workflow's file. */
  workflow: string
}

/** How a drift differs from what the issue showed. */
export interface Change {
  worse: DriftItem[]
  /** Was not as wanted and is so again. */
  better: DriftItem[]
  /** Was not as wanted and is not among what is looked at any more. */
  dropped: number
}

/** GitHub takes 256 characters (its own error says so). */
const longestTitle = 256

/** Of one cell: what Azure says may be long. */
const longestCell = 400

/** Of a list in a comment. */
const mostListed = 20

/** `Drift: 2 of 14 clusters and 1 image not as wanted on contosoacr.azurecr.io`. */
export function driftTitle(drift: Drift): string {
  const registries = [...new Set(drift.items.map(({ registry }) => registry))]
  const where = registries.length > 2 ? `${registries.length} registries` : registries.join(' and ')
  return `Drift: ${countDrift(drift)} not as wanted on ${where}`.slice(0, longestTitle)
}

/**
 * What is not as wanted and what to do about it, in Markdown: worst first, then counts, so that it fits.
 * @param room most characters
 */
export function describeDriftInFull(drift: Drift, workflow: string, room: number): string {
  const advice = adviseOnDrift(drift, workflow)
  const reasons = drift.blind.slice(0, mostListed).map(reason => `- ${escapeText(cut(reason))}`)
  const blind = [...reasons, ...moreLines(drift.blind.length)].join('\n')
  const left = room - advice.length - blind.length - 300
  const unknown = table(drift.unknown, 'why', Math.floor(left / 4))
  const items = table(drift.items, 'what is not as wanted', left - unknown.length)
  return [
    items,
    unknown && `**Could not be looked at**, and is not counted above:\n\n${unknown}`,
    blind && `**Could not be looked at at all**:\n\n${blind}`,
    advice,
  ]
    .filter(Boolean)
    .join('\n\n')
}

function table(items: DriftItem[], header: string, room: number): string {
  if (items.length === 0) return ''
  const name = namesOf(items)
  const lines = [`| what | registry | ${header} |`, '| - | - | - |']
  let used = lines.join('\n').length
  let shown = 0
  for (const item of items) {
    const line = `| ${[name(item), item.registry, cut(item.what)].map(escapeText).join(' | ')} |`
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
export function driftBody(drift: Drift, run: RunReference, room: number): string {
  const head =
    `**${countDrift(drift)} not as wanted**, found by [${escapeText(run.name)}](${run.url}).\n\n` +
    'This text is rewritten when the drift changes, and the issue closes itself when it is gone; notes are safe in comments.'
  return `${head}\n\n${describeDriftInFull(drift, run.workflow, room - head.length - 2)}`
}

/** The comment on an issue whose drift is another one; empty where nothing got worse or better. */
export function changeComment({ worse, better, dropped }: Change, run: RunReference): string {
  const gone = dropped > 0 ? `${plural(dropped, 'thing')} that was not as wanted is no longer looked at.` : ''
  const parts = [
    worse.length > 0 &&
      `**Worse**: ${worse.length} more not as wanted.\n${list(worse, ({ what }) => `: ${escapeText(cut(what))}`)}`,
    better.length > 0 && `**Better**: ${better.length} as wanted again.\n${list(better, () => '')}`,
    gone && `**Better**: ${gone}`,
  ].filter(Boolean)
  return parts.length > 0 ? `${parts.join('\n\n')}\n\n${foundBy(run)}` : ''
}

/** The comment on a drift that there are too many of to be told apart. */
export function countComment(before: number, now: number, run: RunReference): string {
  const change = now > before ? `**Worse**: ${now} not as wanted` : `**Better**: ${now} not as wanted still`
  return `${change}, after ${before}.\n\n${foundBy(run)}`
}

/** The comment that an issue is closed with. */
export function closingComment({ unknown, blind }: Drift, run: RunReference): string {
  const left = unknown.length + blind.length
  const doubt = left > 0 ? `\n\n${left} that this issue did not name could not be looked at.` : ''
  return `All that this issue named is as wanted again.${doubt}\n\n${foundBy(run)}`
}

/** The comment on an issue that was closed and is open again. */
export function reopeningComment({ items }: Drift, run: RunReference): string {
  return `**Worse**: the drift is back, or still there.\n${list(items, ({ what }) => `: ${escapeText(cut(what))}`)}\n\n${foundBy(run)}`
}

/** The comment on, and the body of, an issue that another one was opened beside. */
export function duplicateText(number: number): string {
  return `Two runs at once opened an issue each. #${number} goes on.`
}

const foundBy = ({ name, url }: RunReference): string => `[${escapeText(name)}](${url})`

function list(items: DriftItem[], more: (item: DriftItem) => string): string {
  const name = namesOf(items)
  const lines = items
    .slice(0, mostListed)
    .map(item => `- ${escapeText(`${name(item)} on ${item.registry}`)}${more(item)}`)
  return [...lines, ...moreLines(items.length)].join('\n')
}

function moreLines(count: number): string[] {
  return count > mostListed ? [`- and ${count - mostListed} more`] : []
}

/** The last segment of a target's ID, with as much before it as tells the targets apart. */
function namesOf(items: DriftItem[]): (item: DriftItem) => string {
  const called = new Map<string, Set<string>>()
  for (const { kind, target } of items) {
    if (kind === 'image') continue
    const ids = called.get(lastSegment(target)) ?? new Set()
    called.set(lastSegment(target), ids.add(target.toLowerCase()))
  }
  return ({ kind, target }) => {
    if (kind === 'image') return target
    const name = lastSegment(target)
    const id = parseResourceId(target)
    const isAlone = (called.get(name)?.size ?? 0) < 2
    return isAlone || !id ? name : `${name} (${id.resourceGroup}, subscription ${shortGuid(id.subscriptionId)})`
  }
}

function cut(text: string): string {
  return text.length > longestCell ? `${text.slice(0, longestCell - 1)}…` : text
}

/** Text as text in a table, not as HTML or Markdown; and nobody is mentioned by it. */
function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('@', '&#64;')
    .replace(/([\\*_`[\]|~])/g, '\\$1')
    .replace(/\s*\n\s*/g, ' ')
}
