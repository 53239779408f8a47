import { plural } from 'texts'
import { describeRepositories } from 'repository-conditions'
import { lastSegment, namePlaces } from 'azure'
import { isGone } from 'kernel'
import { isRunningKey } from 'run-model'
import { countTargets, isAttachable, isLost, locked, wayOf, type Drift, type DriftItem } from './drift.js'

/** The drifted clusters out of the checked ones, and the drifted images: `11 of 61 clusters`, `aks-prod-1 and 2 images`. Empty without drift. */
export function countDrifted(drift: Pick<Drift, 'items' | 'unknown' | 'fine'>): string {
  const targets = [...targetsOf(drift.items)]
  const images = drift.items.length - drift.items.filter(({ kind }) => kind === 'pair').length
  const parts = [targets.length > 0 && nameTargets(targets, drift), images > 0 && plural(images, 'image')]
  return parts.filter(Boolean).join(' and ')
}

/**
 * Describes the drift, in clusters and not in pairs: `2 of 14 clusters can't pull from contosoacr`, `4 of 9 clusters drifted: 3 can't pull, 1 was not found`,
 * `aks-prod-1 can't pull from 2 registries and 1 image is missing`. The numbers of clusters add up. Empty without drift.
 */
export function countDrift(drift: Pick<Drift, 'items' | 'unknown' | 'fine'>): string {
  const pairs = drift.items.filter(({ kind }) => kind === 'pair')
  const parts = [...describeTargets(pairs, drift), ...countImages(drift.items)]
  return [parts.slice(0, -1).join(', '), parts.at(-1)].filter(Boolean).join(' and ')
}

/** Nothing without pairs. */
function describeTargets(pairs: DriftItem[], drift: Pick<Drift, 'items' | 'unknown' | 'fine'>): string[] {
  const count = (some: DriftItem[]): string => nameTargets([...targetsOf(some)], drift)
  const registries = [...new Set(pairs.map(nameRegistry))]
  if (pairs.length > 0 && pairs.every(({ code }) => code === 'REGISTRY_NOT_FOUND'))
    return [
      registries.length === 1 ? `${registries.join()} was not found` : `${registries.length} registries were not found`,
    ]
  const kinds = splitByAccess(pairs)
  const [first, ...others] = kinds
  if (!first) return []
  const name = first.items[0]?.name ?? ''
  if (others.length === 0)
    return [`${first.kind === 'lost' && first.count === 1 ? name : count(first.items)} ${first.says}${first.places}`]
  return [`${count(pairs)} drifted: ${kinds.map(kind => `${kind.count} ${kind.says}`).join(', ')}`]
}

/** What is wrong with images, each kind with its number. */
export function countImages(items: readonly DriftItem[]): string[] {
  const images = items.filter(({ kind }) => kind === 'image')
  const changed = images.filter(({ code }) => code === 'IMAGE_CONFLICT')
  const replaced = changed.filter(isAttachable).length
  const running = images.filter(item => item.running).length
  const unpullable = images.filter(({ code }) => code === locked).length
  const missing = images.length - changed.length - running - unpullable
  return [
    ...(missing > 0 ? [plural(missing, 'image is missing', 'images are missing')] : []),
    ...(running > 0 ? [plural(running, 'image that runs is gone', 'images that run are gone')] : []),
    ...(unpullable > 0 ? [plural(unpullable, 'image is locked', 'images are locked')] : []),
    // With force-import, attach replaces them.
    ...(replaced > 0 ? [`${plural(replaced, 'image')} would be replaced`] : []),
    ...(changed.length > replaced
      ? [plural(changed.length - replaced, 'image is a different one', 'images are different ones')]
      : []),
  ]
}

/** The drifted targets by what they can still pull, the least first, each in one list only, with what the list says of them. */
function splitByAccess(pairs: readonly DriftItem[]) {
  const listed = new Set<string>()
  const kinds = (['lost', 'none', 'limited', 'by-broader-role', 'otherwise'] as const).map(kind => {
    const items = pairs.filter(item => kindOf(item) === kind && !listed.has(item.target.toLowerCase()))
    const targets = targetsOf(items)
    for (const target of targets) listed.add(target)
    const isOne = targets.size === 1
    const says = {
      lost: () => `${isOne ? 'was' : 'were'} not found`,
      none: () => "can't pull",
      limited: () => `${isOne ? 'is' : 'are'} only allowed to pull ${nameLimit(items)}`,
      'by-broader-role': () => `${isOne ? 'pulls' : 'pull'} only through a broader role`,
      otherwise: () =>
        `${isOne ? 'is' : 'are'} allowed to pull, but not ${[...new Set(items.map(wayOf))].join(' or ')}`,
    }[kind]
    const places = kind === 'none' || kind === 'limited' ? placesOf : () => ''
    return { kind, items, count: targets.size, says: says(), places: items.length > 0 ? places(items) : '' }
  })
  return kinds.filter(({ count }) => count > 0)
}

function kindOf(item: DriftItem): 'lost' | 'none' | 'limited' | 'by-broader-role' | 'otherwise' {
  if (isLost(item) && item.code !== 'REGISTRY_NOT_FOUND') return 'lost'
  return typeof item.access === 'object' ? 'limited' : item.access
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

function targetsOf(items: readonly DriftItem[]): Set<string> {
  return new Set(items.flatMap(({ kind, target }) => (kind === 'pair' ? target.toLowerCase() : [])))
}

/** The name of the only target that was checked, or `2 of 14 clusters`. */
function nameTargets(targets: string[], { items, unknown, fine }: Pick<Drift, 'items' | 'unknown' | 'fine'>): string {
  // Nobody knows how many clusters an incomplete list omits.
  const all = targetsOf([...items, ...unknown, ...fine].filter(({ target }) => target !== '*'))
  if (all.size === 1) return items.find(({ target }) => target.toLowerCase() === targets[0])?.name ?? ''
  return `${targets.length} of ${countTargets([...all])}`
}

/** The registries of drifted targets. */
export function placesOf(items: readonly DriftItem[]): string {
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

/** Whether the code of an item names what does not exist. */
export const isGoneItem = ({ kind, code }: DriftItem): boolean => kind === 'pair' && isGone(code)
