import { endSentence, excerpt, plural } from 'texts'
import { describeRepositories } from 'repository-conditions'
import { lastSegment } from 'azure'
import { distinctOf, fix, groupBy, isErrorCode, isGone, choices, type Fix } from 'kernel'
import { annotate } from 'runner'
import { isRunningKey } from 'run-model'
import { adviceOf, createTeller, groupByFix, maxAnnotations, maxCommands, type Problem } from './problems.js'
import { isAttachable, locked, selectUnchecked, type Drift, type DriftItem, countTargets, namePlaces } from './drift.js'

/** Maximum length of a printed command, in characters: a condition on many repositories fills a page, so only `attach` handles it. */
const maxCommandLength = 1000

/**
 * Counts the drift, in clusters and not in pairs: `2 of 14 clusters can't pull from contosoacr`, `aks-prod-1 can't pull from 2
 * registries and 1 image is missing`. Empty without drift.
 */
export function countDrift({ items, unknown, fine }: Pick<Drift, 'items' | 'unknown' | 'fine'>): string {
  // Nobody knows how many clusters an incomplete list omits.
  const all = targetsOf([...items, ...unknown, ...fine].filter(({ target }) => target !== '*'))
  const gone = items.filter(isLost)
  const [lost, partial, broader, other] = splitByAccess(items.filter(item => !isLost(item)))
  const count = (some: DriftItem[]): string => nameTargets([...targetsOf(some)], [...all], items)
  const isOrAre = (some: DriftItem[]): string => (targetsOf(some).size === 1 ? 'is' : 'are')
  const changed = items.filter(({ kind, code }) => kind === 'image' && code === 'IMAGE_CONFLICT')
  const replaced = changed.filter(isReplaced).length
  const different = changed.length - replaced
  const running = items.filter(item => item.running).length
  const unpullable = items.filter(({ kind, code }) => kind === 'image' && code === locked).length
  const missing = items.filter(({ kind }) => kind === 'image').length - changed.length - running - unpullable
  const parts = [
    lost.length > 0 && `${count(lost)} can't pull${placesOf(lost)}`,
    partial.length > 0 &&
      `${count(partial)} ${isOrAre(partial)} only allowed to pull ${nameLimit(partial)}${placesOf(partial)}`,
    broader.length > 0 &&
      `${count(broader)} ${targetsOf(broader).size === 1 ? 'pulls' : 'pull'} only through a broader role`,
    other.length > 0 &&
      `${count(other)} ${isOrAre(other)} allowed to pull, but not ${[...new Set(other.map(wayOf))].join(' or ')}`,
    gone.length > 0 && countGone(gone),
    missing > 0 && `${plural(missing, 'image is', 'images are')} missing`,
    running > 0 && `${plural(running, 'image that runs is', 'images that run are')} gone`,
    unpullable > 0 && `${plural(unpullable, 'image is', 'images are')} locked`,
    replaced > 0 && `${plural(replaced, 'image')} would be replaced`,
    different > 0 && plural(different, 'image is a different one', 'images are different ones'),
  ].filter(part => part !== false)
  return [parts.slice(0, -1).join(', '), parts.at(-1)].filter(Boolean).join(' and ')
}

/** Whether `attach` would replace the image, because the inputs have force-import. */
const isReplaced = (item: DriftItem): boolean =>
  item.kind === 'image' && item.code === 'IMAGE_CONFLICT' && isAttachable(item)

/** The way in which a target should pull, and doesn't. */
export function wayOf({ code }: Pick<DriftItem, 'code'>): string {
  return code === 'DRIFT' ? 'with the desired role' : 'through the group'
}

/** Splits the items of targets by what these can still pull, the least first. Each target is in one list only. */
function splitByAccess(items: DriftItem[]): [DriftItem[], DriftItem[], DriftItem[], DriftItem[]] {
  const pairs = items.filter(({ kind }) => kind === 'pair')
  const listed = new Set<string>()
  const take = (isOfKind: (item: DriftItem) => boolean): DriftItem[] => {
    const some = pairs.filter(item => isOfKind(item) && !listed.has(item.target.toLowerCase()))
    for (const target of targetsOf(some)) listed.add(target)
    return some
  }
  return [
    take(({ access }) => access === 'none'),
    take(({ access }) => typeof access === 'object'),
    take(({ access }) => access === 'by-broader-role'),
    take(({ access }) => access === 'otherwise'),
  ]
}

/** Whether a cluster, identity or registry does not exist, so that the problem isn't a missing role. */
const isLost = (item: DriftItem): boolean => isGoneItem(item) && item.code !== 'NO_KUBELET_IDENTITY'

/** `aks-prod-1 was not found`, `2 clusters and 1 registry were not found`. */
function countGone(items: readonly DriftItem[]): string {
  const isRegistry = ({ code }: DriftItem): boolean => code === 'REGISTRY_NOT_FOUND'
  // Two clusters may have one name.
  const targets = new Map(items.flatMap(item => (isRegistry(item) ? [] : [[item.target.toLowerCase(), item.name]])))
  const registries = new Set(items.flatMap(item => (isRegistry(item) ? nameRegistry(item) : [])))
  const [only = '', ...others] = [...targets.values(), ...registries]
  if (others.length === 0) return `${only} was not found`
  const counts = [
    targets.size > 0 && countTargets([...targets.keys()]),
    registries.size > 0 && plural(registries.size, 'registry', 'registries'),
  ]
  return `${counts.filter(Boolean).join(' and ')} were not found`
}

/** Items that could not be checked, by name or as a number: `aks-prod-1 on contosoacr could not be checked`. */
export function countUnchecked(items: readonly DriftItem[]): string {
  const [first] = items
  const [unread, watched] = [items.filter(isUnreadCluster), items.filter(item => !isUnreadCluster(item))]
  if (first && unread.length === 1 && watched.length === 0) return `${first.target} could not be checked`
  if (first && items.length === 1) {
    const [target, registry] = [first.name, nameRegistry(first)]
    return `${target === '*' ? 'other clusters' : target} on ${registry === '*' ? 'other registries' : registry} could not be checked`
  }
  const targets = [...targetsOf([...items])]
  const images = watched.filter(({ kind }) => kind === 'image').length
  const counts = [
    targets.length > 0 && countTargets(targets),
    images > 0 && plural(images, 'image'),
    unread.length > 0 && `the workloads of ${plural(unread.length, 'cluster')}`,
  ]
  return `${counts.filter(Boolean).join(' and ')} could not be checked`
}

/** Whether the item stands for all workloads of a cluster, which could not be read. */
const isUnreadCluster = ({ key, registry }: DriftItem): boolean => isRunningKey(key) && registry === ''

/** What the targets can pull, if it is the same for all of them. */
function nameLimit(items: DriftItem[]): string {
  const limits = new Set(
    items.map(({ access }) => describeRepositories(typeof access === 'object' ? access.onlyTo : [])),
  )
  const [only = ''] = limits
  return limits.size === 1 ? only : 'some repositories'
}

function targetsOf(items: DriftItem[]): Set<string> {
  return new Set(items.flatMap(({ kind, target }) => (kind === 'pair' ? target.toLowerCase() : [])))
}

function nameTargets(targets: string[], all: string[], items: DriftItem[]): string {
  const [first = ''] = targets
  if (all.length === 1) return items.find(({ target }) => target.toLowerCase() === first)?.name ?? first
  return `${targets.length} of ${countTargets(all)}`
}

/** The registries of drifted targets. */
function placesOf(items: DriftItem[]): string {
  return namePlaces(items.map(item => ({ target: item.target, registry: nameRegistry(item) })))
}

/** The name of a registry; its login server may have a hash after the name. */
export function nameRegistry({ registry, registryId }: Pick<DriftItem, 'registry' | 'registryId'>): string {
  return lastSegment(registryId) || (registry.split('.')[0] ?? registry)
}

/** Describes one item: `aks-prod-2 can't pull from contosoacr: AcrPull is missing`. */
export function describeDrift(item: DriftItem, what = item.message): string {
  const { kind, code, access, name } = item
  if (kind === 'image') return what || `${item.target} is missing`
  if (isGoneItem(item)) return `${code}: ${what}`
  const place = nameRegistry(item)
  if (access === 'by-broader-role') return `${name} pulls from ${place} only through a broader role: ${what}`
  if (access === 'otherwise') return `${name} is allowed to pull from ${place}, but not ${wayOf(item)}: ${what}`
  if (access !== 'none')
    return `${name} is only allowed to pull ${describeRepositories(access.onlyTo)} from ${place}: ${what}`
  return `${name} can't pull from ${place}${code === 'missing' || code === 'DRIFT' ? '' : ` (${code})`}: ${what}`
}

const isGoneItem = ({ kind, code }: DriftItem): boolean => kind === 'pair' && isGone(code)

/** What repairs the drift: the same text and commands in log, summary and issue. */
export function repairDrift({ items, commands }: Pick<Drift, 'items' | 'commands'>): Fix {
  const shown = commands.filter(({ length }) => length <= maxCommandLength).slice(0, maxCommands)
  const rest = commands.length - shown.length
  const refused = items.flatMap(item => (item.fix && !isLost(item) ? [{ code: item.code, fix: item.fix }] : []))
  const others = refused.some(({ fix: advice }) => advice.commands.length > 0)
  const byHand =
    shown.length === 0
      ? '.'
      : rest > 0
        ? `; ${shown.length} of ${commands.length} commands:`
        : others
          ? `, or by hand (${plural(shown.length, 'command')}):`
          : ', or by hand:'
  return choices(
    fix(
      [
        ...(items.some(isLost)
          ? ["A resource that no longer exists can't be attached: correct the inputs, or create it again."]
          : []),
        ...(items.some(isAttachable)
          ? [
              `The same step with mode: attach creates what is missing${items.some(isReplaced) ? ' and overwrites tags' : ''}${byHand}`,
            ]
          : []),
      ].join('\n'),
      ...shown,
    ),
    ...groupByFix(refused).map(adviceOf),
  )
}

/**
 * The contract's failure for drift. A check fails with the code of the look-up if all drift is one missing resource or several.
 * @param isFleet whether several checks found it: then the code is always `DRIFT`
 */
export function explainDrift(drift: Drift, isFleet: boolean): Problem {
  const causes = distinctOf(drift.items, causeOf)
  const tell = createTeller()
  const told = causes.map(item => {
    const { message, answer } = tell(item)
    return { text: describeDrift(item, message), answer }
  })
  const codes = new Set(drift.items.map(item => (isGoneItem(item) && isErrorCode(item.code) ? item.code : 'DRIFT')))
  const [first = 'DRIFT'] = codes
  const isLookUp = !isFleet && !codes.has('DRIFT')
  const code = isLookUp ? first : 'DRIFT'
  const [only, ...others] = causes
  if (only && others.length === 0) {
    const message = isLookUp ? only.message : (told[0]?.text ?? '')
    return { code, message: endSentence(message), fix: repairDrift(drift), azure: only.azure }
  }
  const listed = fix(excerpt(told.map(({ text, answer }) => text + answer)).join('\n'))
  return { code, message: `${countDrift(drift)}.`, fix: choices(listed, repairDrift(drift)) }
}

/** Items with one cause are one problem: a missing registry is drift of every cluster. Jobs of a fleet can look for one name in several places. */
function causeOf(item: DriftItem): string {
  const { key, code, target, registry, message } = item
  if (!isGoneItem(item)) return key
  return `${code} ${code === 'REGISTRY_NOT_FOUND' ? registry : target} ${message}`.toLowerCase()
}

/** One failure of a fleet for each code with which items could not be checked, most first; images that were only not compared fail nothing. */
export function explainUnchecked(drift: Drift): Problem[] {
  const groups = groupBy(selectUnchecked(drift), ({ code }) => (isErrorCode(code) ? code : 'INVALID_INPUT'))
  const sorted = [...groups].sort(([, a], [, b]) => b.length - a.length)
  return sorted.map(([code, items]) => {
    const tell = createTeller()
    const describe = (item: DriftItem): string => {
      const { message, answer } = tell(item)
      return `${item.name} on ${item.registry}: ${message || 'its job gave no reason'}${answer}`
    }
    return { code, message: `${countUnchecked(items)}.`, fix: fix(excerpt(items.map(describe)).join('\n')) }
  })
}

/**
 * One annotation per problem, worst first; if there are too many, the last one counts the rest.
 * @param others number of other annotations of the same level
 */
export function annotateDrift({ items }: Drift, isFailure: boolean, others = 0): void {
  const max = maxAnnotations - others
  const level = isFailure ? 'error' : 'warning'
  const causes = distinctOf(items, causeOf)
  const shown = causes.length > max ? causes.slice(0, Math.max(0, max - 1)) : causes
  for (const item of shown) {
    const subject = item.code === 'REGISTRY_NOT_FOUND' ? nameRegistry(item) : item.name
    annotate(
      level,
      endSentence(describeDrift(item)),
      `attach-acr: ${isGoneItem(item) ? item.code : 'DRIFT'} on ${subject}`,
    )
  }
  if (shown.length < causes.length && max > 0) {
    const rest = causes.length - shown.length
    annotate(
      level,
      `${rest} more that summary and report list: ${countDrift({ items, unknown: [], fine: [] })}.`,
      'attach-acr: DRIFT',
    )
  }
}
