import { describeRepositories } from 'repository-conditions'
import { lastSegment, shortGuid } from 'azure'
import { groupBy, plainText, type ActionError, type Group } from 'kernel'
import { describeSource, fence } from 'report-document'
import { isAsked, isDrifted, type PairResult, type Result } from 'run-model'
import { canStillPull, describeLeft } from './verdict.js'

/** Number of cards above which the table shows more than a diagram. */
const maxCards = 12

/** Number of edges above which none can be followed. */
const maxEdges = 8

/**
 * Maximum number of cards of one kind if both kinds have several: these stand on both sides of the others, so that no two lines cross, because Mermaid
 * puts labels into the middle of lines, one over the other.
 */
const maxColumns = 2

const maxNames = 3

const maxBars = 25

/** Shorter runs need no picture of their time, in milliseconds. */
const minChartMs = 10_000

/** A card of one target, or of several with the same results. */
interface Card {
  pairs: PairResult[]
  label: string
}

/**
 * A Mermaid diagram of the access: a card for each cluster with its pull identity, one for each registry with the role, and edges. Failures, and
 * access left after a detach, are red and dashed, with the reason as a label in the colour of the theme. If there are too many edges, clusters with
 * the same results share a card; if there still are, there is no diagram. A single pair with access has none either: the headline shows as much.
 * Lines have arrows if all of them go the same way.
 */
export function drawAccess(pairs: PairResult[]): string {
  const drawn = pairs.filter(pair => pair.status !== 'detached' || canStillPull(pair))
  const registries = groupBy(drawn, keyOfRegistry)
  const usual = new Map([...registries].map(([key, own]) => [key, findUsual(own)]))
  const targets = [...groupBy(drawn, keyOfTarget).values()]
  const alone = targets.map((pairs): Card => ({ pairs, label: describeTarget(pairs[0]) }))
  const fits = (cards: Card[]): boolean =>
    cards.length + registries.size <= maxCards &&
    Math.min(cards.length, registries.size) <= maxColumns &&
    cards.reduce((sum, card) => sum + card.pairs.length, 0) <= maxEdges
  const cards = [alone, shareCards(targets, usual)].find(fits)
  const isHealthyAlone = drawn.length === 1 && drawn.every(isFine)
  if (drawn.length === 0 || isHealthyAlone || !cards) return ''
  const keys = [...usual.keys()]
  const canCross = cards.length > 1 && keys.length > 1
  const edges = cards.flatMap(({ pairs: own }, row) =>
    own.map(pair => {
      const isGood = isFine(pair)
      const label = describeEdge(pair, usual)
      const text = label && `|"${escapeLabel(label)}"|`
      const column = keys.indexOf(keyOfRegistry(pair))
      const [card, registry] = [`n${row}`, `n${cards.length + column}`]
      // A line begins on the left, and the two cards of a kind are on both sides of the others.
      const isTurned = keys.length <= maxColumns ? column === 0 : row === 1
      const [from, to] = canCross && isTurned ? [registry, card] : [card, registry]
      const arrow = `${isGood ? '--' : '-.-'}${canCross ? (isGood ? '-' : '') : '>'}`
      return { line: `${from} ${arrow}${text} ${to}`, isGood }
    }),
  )
  const shown = [
    ...cards.map(({ label }) => label),
    ...[...registries.values()].map(own => describeRegistry(findUsual(own), isGranted(own))),
  ]
  const nodes = shown.map((label, index) => `  n${index}${label}`)
  const red = edges.flatMap(({ isGood }, index) => (isGood ? [] : `  linkStyle ${index} stroke:#d1242f`))
  return fence('mermaid', ['flowchart LR', ...nodes, ...edges.map(({ line }) => `  ${line}`), ...red])
}

/** The pair that a registry's card shows: its role is the one that most clusters have there. */
function findUsual(all: Group<PairResult>): PairResult {
  // The error of a pair without a target isn't about the registry, and few clusters have a broader role.
  const found = all.filter(({ target }) => target)
  return found.find(({ grantedBy }) => grantedBy !== 'broader-role') ?? found[0] ?? all[0]
}

/** Whether every cluster has a role at a registry, so that its card can name the usual one. */
function isGranted(all: readonly PairResult[]): boolean {
  return all.every(({ target, grantedBy }) => !target || grantedBy !== null)
}

/** Whether a pair is attached in the desired way. */
function isFine(pair: PairResult): boolean {
  return pair.status === 'attached' && !isDrifted(pair)
}

type Usual = ReadonlyMap<string, PairResult>

function describeEdge(pair: PairResult, usual: Usual): string {
  return isFine(pair) ? describeGrant(pair, usual.get(keyOfRegistry(pair))?.role ?? '') : describeTrouble(pair)
}

/** Puts targets whose edges go to the same registries with the same labels on one card. */
function shareCards(targets: Group<PairResult>[], usual: Usual): Card[] {
  const resultOf = (pairs: readonly PairResult[]): string =>
    pairs
      .map(pair => `${keyOfRegistry(pair)} ${pair.status} ${describeEdge(pair, usual)}`)
      .sort()
      .join('\n')
  return [...groupBy(targets, resultOf).values()].map((alike): Card => {
    const [pairs, ...others] = alike
    const label = others.length > 0 ? describeTargets(alike.map(([first]) => first)) : describeTarget(pairs[0])
    return { pairs, label }
  })
}

const keyOfTarget = ({ target, asked }: PairResult): string => `target ${(target?.id ?? asked.target).toLowerCase()}`

const keyOfRegistry = ({ registry, asked }: PairResult): string =>
  `registry ${(registry?.id ?? asked.registry).toLowerCase()}`

function describeTarget({ target, asked, error }: PairResult): string {
  if (!target) return `["${escapeLabel(lastSegment(asked.target))}<br/>${escapeLabel(describeLoss(error))}"]`
  const { name, identity } = target
  return `["${escapeLabel(name)}<br/>${escapeLabel(identity.name)}<br/>${escapeLabel(shortGuid(identity.objectId))}"]`
}

function describeTargets(alike: PairResult[]): string {
  const names = alike.slice(0, maxNames).map(({ target, asked }) => target?.name ?? lastSegment(asked.target))
  const isClusters = alike.every(({ target }) => target?.kind !== 'kubelet-identity')
  const rest = alike.length > maxNames ? `<br/>and ${alike.length - maxNames} more` : ''
  return `["${alike.length} ${isClusters ? 'clusters' : 'targets'}<br/>${escapeLabel(names.join(', '))}${rest}"]`
}

function describeRegistry({ target, registry, asked, role, error }: PairResult, isNamed: boolean): string {
  const lines = registry
    ? [registry.loginServer || registry.name, isNamed ? role : '']
    : [lastSegment(asked.registry), target ? describeLoss(error) : '']
  return `[("${lines.filter(Boolean).map(escapeLabel).join('<br/>')}")]`
}

/** Why something is unknown: an error code, or `not found` if Azure does not have it. */
function describeLoss(error: ActionError | undefined): string {
  return error && !error.code.endsWith('_NOT_FOUND') ? error.code : 'not found'
}

/** The difference from a direct assignment of the registry's role; empty for one. */
function describeGrant({ grantedBy, role, scope }: PairResult, usual: string): string {
  const which = role === usual ? '' : role
  if (grantedBy === 'direct' || grantedBy === null) return which
  return [which, describeSource(grantedBy, scope)].filter(Boolean).join(', ')
}

function describeTrouble(pair: PairResult): string {
  const { status, error, role, target, registry, limitedTo, grantedBy, scope, left = [] } = pair
  if (status === 'unknown') return '? unknown'
  if (!target || !registry) return '✗'
  if (left.length > 0) return `⚠ ${describeLeft(left)}`
  if (error) return `✗ ${error.code}`
  if (limitedTo) return `✗ only ${describeRepositories(limitedTo)}`
  return grantedBy ? `⟳ ${role}, ${describeSource(grantedBy, scope)}` : `✗ ${role} is missing`
}

/** A Mermaid Gantt chart of the stages and of the wait of each node; empty if there was no wait, or just a short one. */
export function drawTime({ stages, pairs, startedAt }: Result): string {
  const lastedMs = Math.max(0, ...stages.map(({ finishedAt }) => finishedAt - startedAt))
  const waited = pairs.some(
    ({ propagationSeconds = 0, pulls }) => propagationSeconds >= 1 || pulls.some(({ attempts }) => attempts > 1),
  )
  if (!waited || lastedMs < minChartMs) return ''
  const bar = (name: string, from: number, to: number, mark = ''): string => {
    const [start, end] = [from - startedAt, Math.max(to - startedAt, from - startedAt + 1)]
    // The characters that separate a task's name from its times can't be in it (mermaid.js.org/syntax/gantt.html).
    return `  ${escapeLabel(name).replace(/[:,;#]/g, ' ')} :${mark}${formatClock(start)}, ${formatClock(end)}`
  }
  const steps = stages.map(({ name, startedAt: from, finishedAt: to }) => bar(name, from, to))
  const byNode = groupBy(
    pairs.flatMap(({ target, pulls }) => pulls.filter(isAsked).map(pull => ({ ...pull, cluster: target?.name ?? '' }))),
    ({ cluster, node }) => `${cluster} ${node}`,
  )
  const nodes = [...byNode.values()].slice(0, maxBars).map(pulls => {
    const refused = pulls.find(({ verdict }) => verdict !== 'pulled')
    const [first] = pulls
    const from = Math.min(...pulls.map(pull => pull.startedAt))
    const to = Math.max(...pulls.map(pull => pull.finishedAt))
    return bar(`${first.node} ${refused?.verdict ?? 'pulled'}`, from, to, refused ? 'crit, ' : '')
  })
  const sections = nodes.length > 0 ? ['  section Nodes', ...nodes] : []
  return fence('mermaid', [
    'gantt',
    // Times since the start as times of day, because these are the same in every time zone.
    '  dateFormat HH:mm:ss.SSS',
    `  axisFormat ${lastedMs >= 3_600_000 ? '%-Hh%Mm' : '%M:%S'}`,
    `  tickInterval ${chooseTick(lastedMs)}`,
    '  section Step',
    ...steps,
    ...sections,
  ])
}

const maxTicks = 10

/** The pause between two times below a Gantt chart: Mermaid's own choice repeats one second several times below a short run. */
function chooseTick(lastedMs: number): string {
  const seconds = lastedMs / 1000
  const pick = (steps: number[], count: number): number => steps.find(step => count / step <= maxTicks) ?? count
  if (seconds <= 30 * maxTicks) return `${pick([1, 2, 5, 10, 15, 30], seconds)}second`
  return `${Math.ceil(pick([1, 2, 5, 10, 15, 30, 60], seconds / 60))}minute`
}

function formatClock(ms: number): string {
  return new Date(ms).toISOString().slice(11, 23)
}

/** A label of a Mermaid diagram, within double quotes (mermaid.js.org/syntax/flowchart.html#entity-codes-to-escape-characters). */
export function escapeLabel(text: string): string {
  return plainText(text).replace(/[#"`<>&;]/g, character => `#${character.charCodeAt(0)};`)
}
