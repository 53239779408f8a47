import { groupBy } from '../model/lists.js'
import type { ActionError } from '../model/error.js'
import { isAsked } from '../model/outcome.js'
import { describeRepositories } from '../model/repository-pattern.js'
import { lastSegment } from '../model/resource-id.js'
import type { PairResult, Result } from '../model/run.js'
import { escapeLabel, fence } from './escape.js'
import { describeSource, shortGuid } from './text.js'
import { canStillPull, describeLeft } from './verdict.js'

/** Above this, a picture says less than the table. */
const mostCards = 12

/** Above this, edges cross so often that none can be followed. */
const mostEdges = 8

/**
 * Of one of the two kinds, where both have several cards: those stand on either side of the others, so that no two lines cross, because Mermaid puts
 * labels into the middle of lines, one over the other.
 */
const mostColumns = 2

/** Clusters named on a card that stands for several. */
const mostNamed = 3

/** Bars of nodes. */
const mostBars = 25

/** A card of one target, or of several that fared alike everywhere. */
interface Card {
  pairs: PairResult[]
  label: string
}

/**
 * A Mermaid picture of who may pull from where: a card for each cluster with its pull identity, one for each registry with the role, and edges.
 * What failed, and what a detach left, is red and dashed, with a label in the colour of the theme that says why. Where that makes too many edges,
 * clusters that fared alike share a card; where that does not help, there is no picture. Lines have arrows where all of them go one way.
 */
export function drawAccess(pairs: PairResult[]): string {
  const drawn = pairs.filter(pair => pair.status !== 'detached' || canStillPull(pair))
  const registries = gather(drawn, keyOfRegistry)
  const usual = new Map(registries.map(registry => [keyOfRegistry(registry.first), findUsual(registry)]))
  const targets = gather(drawn, keyOfTarget)
  const alone = targets.map(({ first, all }): Card => ({ pairs: all, label: describeTarget(first) }))
  const fits = (cards: Card[]): boolean =>
    cards.length + registries.length <= mostCards &&
    Math.min(cards.length, registries.length) <= mostColumns &&
    cards.reduce((sum, card) => sum + card.pairs.length, 0) <= mostEdges
  const cards = [alone, shareCards(targets, usual)].find(fits)
  if (drawn.length === 0 || !cards) return ''
  const keys = [...usual.keys()]
  const canCross = cards.length > 1 && keys.length > 1
  const edges = cards.flatMap(({ pairs: own }, row) =>
    own.map(pair => {
      const isGood = pair.status === 'attached'
      const label = describeEdge(pair, usual)
      const text = label && `|"${escapeLabel(label)}"|`
      const column = keys.indexOf(keyOfRegistry(pair))
      const [card, registry] = [`n${row}`, `n${cards.length + column}`]
      // The two of a kind are on either side of the others: a line begins on the left.
      const isTurned = keys.length <= mostColumns ? column === 0 : row === 1
      const [from, to] = canCross && isTurned ? [registry, card] : [card, registry]
      const arrow = `${isGood ? '--' : '-.-'}${canCross ? (isGood ? '-' : '') : '>'}`
      return { line: `${from} ${arrow}${text} ${to}`, isGood }
    }),
  )
  const shown = [...cards.map(({ label }) => label), ...[...usual.values()].map(describeRegistry)]
  const nodes = shown.map((label, index) => `  n${index}${label}`)
  const red = edges.flatMap(({ isGood }, index) => (isGood ? [] : `  linkStyle ${index} stroke:#d1242f`))
  return fence('mermaid', ['flowchart LR', ...nodes, ...edges.map(({ line }) => `  ${line}`), ...red])
}

/** The pair that a registry's card is about: its role is the one that most clusters hold there. */
function findUsual({ first, all }: Gathered): PairResult {
  // The error of a pair without a target is not the registry's; a broader role is what one cluster happens to hold.
  const found = all.filter(({ target }) => target)
  return found.find(({ grantedBy }) => grantedBy !== 'broader-role') ?? found[0] ?? first
}

type Usual = ReadonlyMap<string, PairResult>

function describeEdge(pair: PairResult, usual: Usual): string {
  return pair.status === 'attached'
    ? describeGrant(pair, usual.get(keyOfRegistry(pair))?.role ?? '')
    : describeTrouble(pair)
}

/** Targets whose edges go to the same registries with the same labels, on one card. */
function shareCards(targets: Gathered[], usual: Usual): Card[] {
  const fateOf = ({ all }: Gathered): string =>
    all
      .map(pair => `${keyOfRegistry(pair)} ${pair.status} ${describeEdge(pair, usual)}`)
      .sort()
      .join('\n')
  return [...groupBy(targets, fateOf).values()].flatMap(alike =>
    alike.slice(0, 1).map(({ first, all }): Card => ({
      pairs: all,
      label: alike.length > 1 ? describeTargets(alike.map(each => each.first)) : describeTarget(first),
    })),
  )
}

/** The pairs of one target, or of one registry. */
interface Gathered {
  first: PairResult
  all: PairResult[]
}

function gather(pairs: PairResult[], keyOf: (pair: PairResult) => string): Gathered[] {
  return [...groupBy(pairs, keyOf).values()].flatMap(all => all.slice(0, 1).map(first => ({ first, all })))
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
  const names = alike.slice(0, mostNamed).map(({ target, asked }) => target?.name ?? lastSegment(asked.target))
  const isClusters = alike.every(({ target }) => target?.kind !== 'kubelet-identity')
  const rest = alike.length > mostNamed ? `<br/>and ${alike.length - mostNamed} more` : ''
  return `["${alike.length} ${isClusters ? 'clusters' : 'targets'}<br/>${escapeLabel(names.join(', '))}${rest}"]`
}

function describeRegistry({ target, registry, asked, role, error }: PairResult): string {
  const lines = registry
    ? [registry.loginServer || registry.name, role]
    : [lastSegment(asked.registry), target ? describeLoss(error) : '']
  return `[("${lines.filter(Boolean).map(escapeLabel).join('<br/>')}")]`
}

/** Why something is not known: only what Azure does not have is not found. */
function describeLoss(error: ActionError | undefined): string {
  return error && !error.code.endsWith('_NOT_FOUND') ? error.code : 'not found'
}

/** What differs from a direct assignment of the registry's role; empty for one. */
function describeGrant({ grantedBy, role, scope }: PairResult, usual: string): string {
  const which = role === usual ? '' : role
  if (grantedBy === 'direct' || grantedBy === null) return which
  return [which, describeSource(grantedBy, scope)].filter(Boolean).join(', ')
}

function describeTrouble(pair: PairResult): string {
  const { status, error, role, target, registry, limitedTo, grantedBy, scope, left = [] } = pair
  if (status === 'unknown') return '? not known'
  if (!target || !registry) return '✗'
  if (left.length > 0) return `⚠ ${describeLeft(left)}`
  if (error) return `✗ ${error.code}`
  if (limitedTo) return `✗ only ${describeRepositories(limitedTo)}`
  return grantedBy ? `⟳ ${role}, ${describeSource(grantedBy, scope)}` : `✗ ${role} is missing`
}

/** A Mermaid Gantt chart of the stages and of the wait of each node; empty when nothing was waited for. */
export function drawTime({ stages, pairs, startedAt }: Result): string {
  const waited = pairs.some(
    ({ propagationSeconds = 0, pulls }) => propagationSeconds >= 1 || pulls.some(({ attempts }) => attempts > 1),
  )
  if (!waited) return ''
  const bar = (name: string, from: number, to: number, mark = ''): string => {
    const [start, end] = [from - startedAt, Math.max(to - startedAt, from - startedAt + 1)]
    // What separates a task's name from its times can't be in it (mermaid.js.org/syntax/gantt.html).
    return `  ${escapeLabel(name).replace(/[:,;#]/g, ' ')} :${mark}${formatClock(start)}, ${formatClock(end)}`
  }
  const steps = stages.map(({ name, startedAt: from, finishedAt: to }) => bar(name, from, to))
  const byNode = groupBy(
    pairs.flatMap(({ target, pulls }) => pulls.filter(isAsked).map(pull => ({ ...pull, cluster: target?.name ?? '' }))),
    ({ cluster, node }) => `${cluster} ${node}`,
  )
  const nodes = [...byNode.values()].slice(0, mostBars).map(pulls => {
    const refused = pulls.find(({ verdict }) => verdict !== 'pulled')
    const [first] = pulls
    const from = Math.min(...pulls.map(pull => pull.startedAt))
    const to = Math.max(...pulls.map(pull => pull.finishedAt))
    return bar(`${first?.node ?? ''} ${refused?.verdict ?? 'pulled'}`, from, to, refused ? 'crit, ' : '')
  })
  const lastedMs = Math.max(0, ...stages.map(({ finishedAt }) => finishedAt - startedAt))
  const sections = nodes.length > 0 ? ['  section Nodes', ...nodes] : []
  return fence('mermaid', [
    'gantt',
    // Times since the start as times of day: they are the same in every time zone.
    '  dateFormat HH:mm:ss.SSS',
    `  axisFormat ${lastedMs >= 3_600_000 ? '%-Hh%Mm' : '%M:%S'}`,
    `  tickInterval ${chooseTick(lastedMs)}`,
    '  section Step',
    ...steps,
    ...sections,
  ])
}

/** Maximum number of times below a Gantt chart. */
const mostTicks = 10

/** The pause between two times below a Gantt chart: Mermaid's own choice repeats one second several times below a short run. */
function chooseTick(lastedMs: number): string {
  const seconds = lastedMs / 1000
  const pick = (steps: number[], count: number): number => steps.find(step => count / step <= mostTicks) ?? count
  if (seconds <= 30 * mostTicks) return `${pick([1, 2, 5, 10, 15, 30], seconds)}second`
  return `${Math.ceil(pick([1, 2, 5, 10, 15, 30, 60], seconds / 60))}minute`
}

/** Milliseconds as `HH:mm:ss.SSS`. */
function formatClock(ms: number): string {
  return new Date(ms).toISOString().slice(11, 23)
}
