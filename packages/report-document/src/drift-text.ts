import { plural } from 'texts'
import { describeRepositories } from 'repository-conditions'
import { lastSegment, namePlaces } from 'azure'
import { say, sayClause, type Group, type Said } from 'kernel'
import { countTargets, isAttachable, locked, wayOf, type Drift, type DriftItem } from './drift.js'

/** The worst of the drift: `7 of 61 clusters can't pull`. Empty without drift. */
export function countWorst(drift: Pick<Drift, 'items' | 'unknown' | 'fine'>): string {
  return listClauses(drift)[0] ?? ''
}

/**
 * Describes the drift, in clusters and not in pairs, worst first: `2 of 14 clusters can't pull from contosoacr`, `3 of 9 clusters can't pull and 1 was not found`,
 * `aks-prod-1 can't pull from 2 registries and 1 image is missing`. Each cluster counts once. Empty without drift.
 */
export function countDrift(drift: Pick<Drift, 'items' | 'unknown' | 'fine'>): string {
  const clauses = listClauses(drift)
  return [clauses.slice(0, -1).join(', '), clauses.at(-1)].filter(Boolean).join(' and ')
}

/** The clauses about a drift: those about clusters, and those about images, which come first if no cluster is as bad. */
function listClauses(drift: Pick<Drift, 'items' | 'unknown' | 'fine'>): string[] {
  const clusters = describeTargets(
    drift.items.filter(({ kind }) => kind === 'pair'),
    drift,
  )
  const images = countImages(drift.items)
  const [worst] = drift.items
  return worst && worst.kind !== 'pair' ? [...images, ...clusters] : [...clusters, ...images]
}

/** Nothing without pairs. */
function describeTargets(pairs: DriftItem[], drift: Pick<Drift, 'items' | 'unknown' | 'fine'>): string[] {
  const count = (some: DriftItem[]): string => nameOrCountTargets([...targetsOf(some)], drift)
  const registries = [...new Set(pairs.map(nameRegistry))]
  if (pairs.length > 0 && pairs.every(({ lost }) => lost === 'registry'))
    return [
      registries.length === 1 ? `${registries.join()} was not found` : `${registries.length} registries were not found`,
    ]
  const [first, ...others] = splitByAccess(pairs)
  if (!first) return []
  const name = first.items[0].name
  const who = first.kind === 'lost' && first.count === 1 ? name : count(first.items)
  return [
    `${who} ${first.says}${others.length === 0 ? first.places : ''}`,
    ...others.map(kind => `${kind.count} ${kind.says}`),
  ]
}

/** What is wrong with images, each kind with its number. */
export function countImages(items: readonly DriftItem[]): string[] {
  const images = items.filter(({ kind }) => kind !== 'pair')
  const changed = images.filter(({ code }) => code === 'IMAGE_CONFLICT')
  const replaced = changed.filter(isAttachable).length
  const running = images.filter(item => item.running).length
  const unpullable = images.filter(({ code }) => code === locked).length
  const missing = images.length - changed.length - running - unpullable
  const counts = [
    [missing, 'image is missing', 'images are missing'],
    [running, 'image that runs is gone', 'images that run are gone'],
    [unpullable, 'image is locked', 'images are locked'],
    // With force-import, attach replaces them.
    [replaced, 'image would be replaced', 'images would be replaced'],
    [changed.length - replaced, 'image is a different one', 'images are different ones'],
  ] as const
  return counts.flatMap(([count, one, many]) => (count > 0 ? plural(count, one, many) : []))
}

/** The drifted targets by what they can still pull, the least first and those that were not found last, each in one list only, with what the list says of them. */
export function splitByAccess(pairs: readonly DriftItem[]) {
  const listed = new Set<string>()
  const kinds = ['none', 'some', 'by-broader-role', 'otherwise', 'until-ABAC', 'until-RBAC', 'lost'] as const
  return kinds.flatMap(kind => {
    const [first, ...others] = pairs.filter(
      item => (item.state === 'gone' ? 'lost' : item.today) === kind && !listed.has(item.target.toLowerCase()),
    )
    if (!first) return []
    const items: Group<DriftItem> = [first, ...others]
    const targets = targetsOf(items)
    for (const target of targets) listed.add(target)
    const isOne = targets.size === 1
    const says = kind === 'lost' ? `${isOne ? 'was' : 'were'} not found` : describeAccess(items, isOne)
    return {
      kind,
      items,
      count: targets.size,
      says,
      places: kind === 'none' || kind === 'some' ? placesOfItems(items) : '',
    }
  })
}

/**
 * What targets can pull despite the drift: `can't pull`, `is only allowed to pull team/app from contosoacr`.
 * @param items with the same access
 * @param place from where, with a space before it
 */
export function describeAccess(items: Group<DriftItem>, isOne: boolean, place = ''): string {
  const [{ today }] = items
  const be = isOne ? 'is' : 'are'
  if (today === 'until-ABAC' || today === 'until-RBAC') return describeLoss(items, isOne, today.slice(-4))
  if (today === 'none') return `can't pull${place}`
  if (today === 'by-broader-role') return `${isOne ? 'pulls' : 'pull'}${place} only through a broader role`
  if (today === 'otherwise')
    return `${be} allowed to pull${place}, but not ${[...new Set(items.map(wayOf))].join(' or ')}`
  const limits = new Set(items.map(({ onlyTo }) => describeRepositories(onlyTo)))
  return `${be} only allowed to pull ${limits.size === 1 ? [...limits].join() : 'some repositories'}${place}`
}

/** `pulls today; loses access when contosoacr moves to ABAC`, `lose access when registries move to ABAC: 5 from contosoacr, 1 from contosobase`. */
function describeLoss(items: Group<DriftItem>, isOne: boolean, mode: string): string {
  const places = placesOfItems(items)
  const verb = new Set(items.map(nameRegistry)).size === 1 ? 'moves' : 'move'
  const when = places.startsWith(':')
    ? `registries move to ${mode}${places}`
    : `${places.replace(' from ', '')} ${verb} to ${mode}`
  return isOne ? `pulls today; loses access when ${when}` : `pull today and lose access when ${when}`
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
  const targets = [...targetsOf(items)]
  const images = watched.filter(({ kind }) => kind !== 'pair').length
  const counts = [
    targets.length > 0 && countTargets(targets),
    images > 0 && plural(images, 'image'),
    unread.length > 0 && `the workloads of ${plural(unread.length, 'cluster')}`,
  ]
  return `${counts.filter(Boolean).join(' and ')} could not be checked`
}

/** Whether the item stands for all workloads of a cluster, which could not be read. */
const isUnreadCluster = ({ kind, registry }: DriftItem): boolean => kind === 'workload' && registry === ''

function targetsOf(items: readonly DriftItem[]): Set<string> {
  return new Set(items.flatMap(({ kind, target }) => (kind === 'pair' ? target.toLowerCase() : [])))
}

/** The name of the only target that was checked, or `2 of 14 clusters`. */
function nameOrCountTargets(
  targets: string[],
  { items, unknown, fine }: Pick<Drift, 'items' | 'unknown' | 'fine'>,
): string {
  // Nobody knows how many clusters an incomplete list omits.
  const all = targetsOf([...items, ...unknown, ...fine].filter(({ target }) => target !== '*'))
  if (all.size === 1) return items.find(({ target }) => target.toLowerCase() === targets[0])?.name ?? ''
  return `${targets.length} of ${countTargets(all)}`
}

/** The registries of drifted targets. */
export function placesOfItems(items: readonly DriftItem[]): string {
  return namePlaces(items.map(item => ({ target: item.target, registry: nameRegistry(item) })))
}

/** The name of a registry; its login server may have a hash after the name. */
export function nameRegistry({ registry, registryId }: Pick<DriftItem, 'registry' | 'registryId'>): string {
  return lastSegment(registryId) || (registry.split('.')[0] ?? registry)
}

/** Says of one item: `aks-prod-2 can't pull from contosoacr: AcrPull is missing`. */
export function sayDrift(item: DriftItem, said = item.said): Said {
  const { kind, code, today, target } = item
  if (kind !== 'pair') return say(said) === '' ? { what: `${target} is missing` } : said
  const why = sayClause(said)
  if (isGoneItem(item)) return { ...said, what: code, why }
  const cause = today !== 'none' || code === 'missing' || code === 'DRIFT' ? '' : ` (${code})`
  return { ...said, what: `${claimDrift(item)}${cause}`, why }
}

/** What a headline says of a pair: `aks-prod-2 can't pull from contosoacr`. */
export const claimDrift = (item: DriftItem): string =>
  `${item.name} ${describeAccess([item], true, ` from ${nameRegistry(item)}`)}`

/** Whether the code of an item names what was not found. */
export const isGoneItem = ({ lost }: DriftItem): boolean => lost !== undefined && lost !== 'principal'
