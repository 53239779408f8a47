import { ActionError, isErrorCode, isGone } from '../model/error.js'
import { fix, joinFixes, type Fix } from '../model/fix.js'
import { describeRepositories } from '../model/repository-pattern.js'
import { lastSegment, parseResourceId } from '../model/resource-id.js'
import { annotate } from '../services/runner/annotations.js'
import { adviceOf, group, mostAnnotations, mostCommands } from './annotations.js'
import { isAttachable, type Drift, type DriftItem } from './drift.js'
import { countTargets, endSentence, excerpt, mostNamed, plural, sayOnce, shortGuid } from './text.js'

/** Maximum length of such a command, in characters: a condition on many repositories fills a page, which is left to `attach`. */
const longestCommand = 1000

/**
 * Says how much has drifted, in clusters and not in pairs: `2 of 14 clusters can no longer pull from contosoacr`, `aks-prod-1 can no longer pull
 * from 2 registries and 1 image is missing`. Empty without drift.
 */
export function countDrift({ items, unknown, fine }: Pick<Drift, 'items' | 'unknown' | 'fine'>): string {
  // What a list omits is not counted: nobody knows how many that are.
  const all = targetsOf([...items, ...unknown, ...fine].filter(({ target }) => target !== '*'))
  const gone = items.filter(isLost)
  const [lost, partial, broader, other] = splitByAccess(items.filter(item => !isLost(item)))
  const count = (some: DriftItem[]): string => nameTargets([...targetsOf(some)], [...all], items)
  const changed = items.filter(({ kind, code }) => kind === 'image' && code === 'IMAGE_CONFLICT').length
  const missing = items.filter(({ kind }) => kind === 'image').length - changed
  const parts = [
    lost.length > 0 && `${count(lost)} can no longer pull from ${namePlaces(lost)}`,
    partial.length > 0 && `${count(partial)} can pull only ${nameLimit(partial)} from ${namePlaces(partial)}`,
    broader.length > 0 && `${count(broader)} can pull by a broader role only`,
    other.length > 0 && `${count(other)} can pull, but not through the group`,
    gone.length > 0 && countGone(gone),
    missing > 0 && `${plural(missing, 'image is', 'images are')} missing`,
    changed > 0 && plural(changed, 'image is a different one', 'images are different ones'),
  ].filter(part => part !== false)
  return [parts.slice(0, -1).join(', '), parts.at(-1)].filter(Boolean).join(' and ')
}

/** Splits the items about targets by what these can pull, the least first. Each target is in one list only. */
function splitByAccess(items: DriftItem[]): [DriftItem[], DriftItem[], DriftItem[], DriftItem[]] {
  const pairs = items.filter(({ kind }) => kind === 'pair')
  const told = new Set<string>()
  const take = (isOfKind: (item: DriftItem) => boolean): DriftItem[] => {
    const some = pairs.filter(item => isOfKind(item) && !told.has(item.target.toLowerCase()))
    for (const target of targetsOf(some)) told.add(target)
    return some
  }
  return [
    take(({ access }) => access === 'none'),
    take(({ access }) => typeof access === 'object'),
    take(({ access }) => access === 'by-broader-role'),
    take(({ access }) => access === 'otherwise'),
  ]
}

/** Whether a cluster, identity or registry is not there, in which case no role is what is wrong. */
const isLost = ({ kind, code }: DriftItem): boolean => kind === 'pair' && isGone(code) && code !== 'NO_KUBELET_IDENTITY'

/** `aks-prod-1 was not found`, `2 clusters and 1 registry were not found`. */
function countGone(items: readonly DriftItem[]): string {
  const isRegistry = ({ code }: DriftItem): boolean => code === 'REGISTRY_NOT_FOUND'
  // Two clusters may have one name.
  const targets = new Map(items.flatMap(item => (isRegistry(item) ? [] : [[item.target.toLowerCase(), item.target]])))
  const registries = new Set(items.flatMap(item => (isRegistry(item) ? nameRegistry(item) : [])))
  const [only = '', ...others] = [...targets.values(), ...registries]
  if (others.length === 0) return `${lastSegment(only)} was not found`
  const counts = [
    targets.size > 0 && countTargets([...targets.keys()]),
    registries.size > 0 && plural(registries.size, 'registry', 'registries'),
  ]
  return `${counts.filter(Boolean).join(' and ')} were not found`
}

/** What could not be looked at, by its name or as a number: `aks-prod-1 on contosoacr could not be looked at`. */
export function countUnlooked(items: readonly DriftItem[]): string {
  const [first] = items
  if (first && items.length === 1)
    return `${first.target === '*' ? 'other clusters' : shortName(first)} on ${nameRegistry(first)} could not be looked at`
  const targets = [...targetsOf([...items])]
  const images = items.filter(({ kind }) => kind === 'image').length
  const counts = [targets.length > 0 && countTargets(targets), images > 0 && plural(images, 'image')]
  return `${counts.filter(Boolean).join(' and ')} could not be looked at`
}

/** What the targets can pull, where it is the same for all of them. */
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
  if (all.length === 1) return lastSegment(items.find(({ target }) => target.toLowerCase() === first)?.target ?? first)
  return `${targets.length} of ${countTargets(all)}`
}

function namePlaces(items: DriftItem[]): string {
  const names = [...new Set(items.map(nameRegistry))].sort()
  return names.length > 2 ? `${names.length} registries` : names.join(' and ')
}

/** The name of a registry; the login server may have a hash after it. */
export function nameRegistry({ registry, registryId }: Pick<DriftItem, 'registry' | 'registryId'>): string {
  return lastSegment(registryId) || (registry.split('.')[0] ?? registry)
}

/** Says what has become of one thing: `aks-prod-2 can no longer pull from contosoacr: AcrPull is missing`. */
export function describeDrift(item: DriftItem, nameOf: (item: DriftItem) => string = shortName): string {
  const { kind, code, what, access } = item
  if (kind === 'image') return what || `${item.target} is missing`
  if (isGoneItem(item)) return `${code}: ${what}`
  const place = nameRegistry(item)
  if (access === 'by-broader-role') return `${nameOf(item)} can pull from ${place} by a broader role only: ${what}`
  if (access === 'otherwise') return `${nameOf(item)} can pull from ${place}, but not through the group: ${what}`
  if (access !== 'none')
    return `${nameOf(item)} can pull only ${describeRepositories(access.onlyTo)} from ${place}: ${what}`
  return `${nameOf(item)} can no longer pull from ${place}${code === 'missing' ? '' : ` (${code})`}: ${what}`
}

type Named = Pick<DriftItem, 'kind' | 'target'>

const shortName = ({ kind, target }: Named): string => (kind === 'image' ? target : lastSegment(target))

/** Names things unambiguously: by the last segment of a target's ID, with as much before it as is needed. */
export function namesOf(items: readonly Named[]): (item: Named) => string {
  const called = new Map<string, Set<string>>()
  for (const { kind, target } of items) {
    if (kind === 'image') continue
    const ids = called.get(lastSegment(target)) ?? new Set()
    called.set(lastSegment(target), ids.add(target.toLowerCase()))
  }
  return item => {
    const name = shortName(item)
    const id = parseResourceId(item.target)
    const isAlone = (called.get(name)?.size ?? 0) < 2
    return isAlone || !id ? name : `${name} (${id.resourceGroup}, subscription ${shortGuid(id.subscriptionId)})`
  }
}

const isGoneItem = ({ kind, code }: DriftItem): boolean => kind === 'pair' && isGone(code)

/** What repairs the drift: the same prose and commands in log, summary and issue. */
export function repairDrift({ items, commands }: Pick<Drift, 'items' | 'commands'>): Fix {
  const shown = commands.filter(({ length }) => length <= longestCommand).slice(0, mostCommands)
  const rest = commands.length - shown.length
  const refused = items.flatMap(item => (item.fix && !isGoneItem(item) ? [{ code: item.code, fix: item.fix }] : []))
  const others = refused.some(({ fix: advice }) => advice.commands.length > 0)
  const byHand =
    shown.length === 0
      ? '.'
      : rest > 0
        ? `; ${shown.length} of ${commands.length} commands:`
        : others
          ? `, or by hand (${plural(shown.length, 'command')}):`
          : ', or by hand:'
  return joinFixes(
    fix(
      [
        ...(items.some(isGoneItem) ? ["What is gone can't be attached: correct the inputs, or create it again."] : []),
        ...(items.some(isAttachable) ? [`The same step with mode: attach creates what is missing${byHand}`] : []),
      ].join('\n'),
      ...shown,
    ),
    ...group(
      refused,
      each => `${each.code}\n${each.fix.text}`,
      ({ code }) => code,
    ).map(adviceOf),
  )
}

/** The contract's error for what a check found: that of the look-up where nothing differs but that something the inputs name is not there. */
export function checkFailure(drift: Drift): ActionError {
  const [first, ...others] = drift.items.map(item =>
    isGoneItem(item) && isErrorCode(item.code) ? item.code : undefined,
  )
  const failure = driftFailure(drift)
  if (first === undefined || others.includes(undefined)) return failure
  const told = new Set(drift.items.map(({ what }) => what))
  return new ActionError(first, told.size === 1 ? endSentence([...told].join()) : failure.message, { fix: failure.fix })
}

/** The contract's error for drift, of one check or of a fleet. */
export function driftFailure(drift: Drift): ActionError {
  const nameOf = namesOf(drift.items)
  const lines = sayOnce([...new Set(drift.items.map(item => describeDrift(item, nameOf)))])
  const [only = ''] = lines
  if (lines.length === 1) return new ActionError('DRIFT', endSentence(only), { fix: repairDrift(drift) })
  const listed = fix(excerpt(lines, mostNamed).join('\n'))
  return new ActionError('DRIFT', `${countDrift(drift)}.`, { fix: joinFixes(listed, repairDrift(drift)) })
}

/** One annotation a drift, worst first; where there are too many, the last one says how many more. */
export function annotateDrift({ items }: Drift, isFailure: boolean, most = mostAnnotations): void {
  const level = isFailure ? 'error' : 'warning'
  const shown = items.length > most ? items.slice(0, Math.max(0, most - 1)) : items
  const nameOf = namesOf(items)
  for (const item of shown)
    annotate(
      level,
      endSentence(describeDrift(item, nameOf)),
      `attach-acr: ${isGoneItem(item) ? item.code : 'DRIFT'} on ${shortName(item)}`,
    )
  if (shown.length < items.length && most > 0) {
    const rest = items.length - shown.length
    annotate(
      level,
      `${rest} more that summary and report list: ${countDrift({ items, unknown: [], fine: [] })}.`,
      'attach-acr: DRIFT',
    )
  }
}
