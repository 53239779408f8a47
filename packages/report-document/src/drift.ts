import { isIdOf, labelOf, namesOf, shortGuid, type Nameable } from 'azure'
import {
  type ActionError,
  type Finding,
  compareNaturally,
  distinctOf,
  groupBy,
  nameSome,
  say,
  type Fix,
  type Group,
  type Unknown,
} from 'kernel'
import { plural } from 'texts'
import {
  countUses,
  nameUses,
  states,
  worstOf,
  type CheckedImage,
  type Lack,
  type Lost,
  type State,
  type Today,
} from 'run-model'
import type { Problem } from './problems.js'

/**
 * A pair of target and registry, or an image in a registry, with what is missing or why it could not be checked: its code is `missing`, that of the
 * error, or `IMAGE_NOT_COMPARED` for an image that is present but could not be read, which fails nothing.
 */
export interface DriftItem extends Pick<Problem, 'code' | 'said' | 'azure'> {
  /** Stable for anything that was found, however the inputs spell it. */
  key: string
  /** That of its pair, or of the image: judged once, where the item is made. Its list, mark and rank follow from it. */
  state: State
  /** A pair, or an image by what wants it (see `CheckedImage`). A cluster whose workloads could not be read is one of `workload` without a registry. */
  kind: 'pair' | Exclude<CheckedImage['wantedBy'], 'probe'>
  /** Resource ID or name of the target, or the image's name. */
  target: string
  /** The jobs that found it, by their hashes. */
  jobs?: readonly string[]
  /** Where a target was looked for that was not found. */
  where?: string
  /** As texts name it: with its place if another target of the run or the fleet has the same name. */
  name: string
  /** Login server or name. */
  registry: string
  /** Resource ID of the registry; empty if it was not found. */
  registryId: string
  /** What the check did not see of a pair: that its pull identity exists (it may have been deleted), or that a node has pulled. */
  unproven?: readonly ('identity' | 'pull')[]
  /**
   * The nodes of a cluster that was asked to pull, by name: those that pulled, those that the registry refused, and all that have not pulled; the last ones
   * are null if not all are known.
   */
  nodes?: { pulled: readonly string[]; refused: readonly string[]; left: readonly string[] | null }
  /**
   * What a target can pull despite the drift; `none` for an image.
   */
  today: Today
  /** The repositories that it can pull, if it can pull some; none are named if their conditions are not understood. */
  onlyTo: readonly string[]
  /** What does not exist, of a pair of which that is why. */
  lost?: Lost
  /** The fix of the failure; null if `attach` repairs it. */
  fix: Fix | null
  /** What a pair lacks; absent for images. */
  lacks?: readonly Lack[]
  /** The role of a pair: the one that it has or, if it has none, the desired one. */
  role?: string
  /** The writes of `attach` that one `az` command can do, too; absent without any. */
  repairs?: readonly Repair[]
  /** For an image that runs: resource IDs of the clusters that run it. */
  clusters?: readonly string[]
  /** For an image that is gone: its name, and who runs it. */
  running?: { name: string; uses: Parameters<typeof countUses>[0] }
}

/** A write for a principal: a role at a scope or, with a group, its membership, for which the other texts are empty. */
export interface Repair extends Record<'role' | 'type' | 'scope' | 'condition' | 'group', string> {
  principalId: string
}

/** A cluster at a registry, or a part of the fleet that nobody has checked. */
export interface Spot {
  /** ID of the subscription; empty if it is not known. */
  subscription: string
  /** As people call it. */
  place?: string
  /** Login server, name or ID of the registry; `*` for all of a scope, and empty if it is not known. */
  registry: string
  /** Resource ID or name of the cluster; absent for a part of unknown extent. */
  target?: string
  /** The job that has not checked a part, as people know it. */
  job?: string
  state: State
  /** The state with its mark, and how it is known: `✓ pulled · 5.0 s`, `✗ role missing`, `? not checked`. */
  text: string
}

/** What a check, or the checks of a fleet, found. Log, annotations, summary and issue all show this. */
export interface Drift {
  /** Items that differ from the inputs, worst first. */
  items: DriftItem[]
  /** Items that could not be checked. */
  unknown: DriftItem[]
  /** Items that match the inputs. */
  fine: DriftItem[]
  /** Items of a fleet that one job could not check, and another one has found drifted: they are shown as that one has. Absent for a single run. */
  doubted?: DriftItem[]
  /** Why parts whose extent is not known could not be checked; the subject is an error code or the name of a job, stable as long as the same part is missing. */
  gaps: Unknown[]
  /** Other things that could not be checked, such as a role definition. */
  unseen: Unknown[]
  /** Warnings of secrets that end, which are no drift; an open issue shows them. */
  ending?: string[]
  /** Every cluster at every registry, and the parts that nobody has checked. */
  spots: readonly Spot[]
  /** Set if it is that of several jobs, each with its own question. */
  isMerged?: boolean
  /** Which jobs of a fleet were checked in an earlier attempt of the run, the subject, and when. Absent if none were. */
  earlier?: Unknown
}

/** The code of an image that is present but could not be read, which fails nothing. */
export const notCompared: Finding['code'] = 'IMAGE_NOT_COMPARED'

/** The code of an image that nobody can pull. */
export const locked: ActionError['code'] = 'AZURE_REFUSED'

/** The items that could not be checked, which fails the step. */
export function selectUnchecked({ unknown }: Pick<Drift, 'unknown'>): DriftItem[] {
  return unknown.filter(({ code }) => code !== notCompared)
}

/** The unknowns that no pair and no image reports. */
export function selectUnseen(unknown: readonly Unknown[]): Unknown[] {
  return unknown.filter(({ about }) => !about)
}

export function isAttachable({ fix }: DriftItem): boolean {
  return fix === null
}

/** Whether a cluster, identity or registry was not found, so that the problem isn't a missing role. A cluster without an identity exists. */
export function isLost({ kind, lost }: Pick<DriftItem, 'kind' | 'lost'>): boolean {
  return kind === 'pair' && (lost === 'target' || lost === 'registry')
}

/** Whether the target can pull everything nevertheless. */
export function isHarmless({ kind, state }: Pick<DriftItem, 'kind' | 'state'>): boolean {
  return kind === 'pair' && state === 'drifted'
}

/**
 * The drift of several jobs. What they say of one thing is one item in the list of the worst of it, whatever the order of the jobs; a drift stays a drift, whatever
 * another job failed at.
 * @param spots those of a fleet, with the names of its subscriptions
 */
export function mergeDrifts(drifts: Drift[], spots: Drift['spots'] = drifts.flatMap(each => each.spots)): Drift {
  const unseen = drifts.flatMap(drift => drift.unseen)
  const ending = new Set(drifts.flatMap(drift => drift.ending ?? []))
  const all = drifts.flatMap(({ items, unknown, fine }) => [...items, ...unknown, ...fine])
  const judged = [...groupBy(all, ({ kind, key }) => `${kind} ${key}`).values()].map(group => {
    const lists = groupBy(group, ({ state }) => states[state].list)
    const join = (list: 'items' | 'unknown' | 'fine'): DriftItem[] => {
      const own = lists.get(list)
      return own ? [joinJobs(own, group)] : []
    }
    const [items, unknown] = [join('items'), join('unknown')]
    const isWorse = worstState({ items: unknown }) === 'failed' && worstState({ items }) !== 'refused'
    const isHidden = items.length > 0 && !isWorse
    return {
      // One thing has one mark, in whatever list: what one job found drifted, and another one failed at, has that of a failure.
      items: isWorse ? items.map(item => ({ ...item, state: 'failed' as const })) : items,
      unknown: isHidden ? [] : unknown,
      doubted: isHidden ? unknown : [],
      fine: items.length + unknown.length > 0 ? [] : join('fine'),
    }
  })
  const doubted = judged.flatMap(each => each.doubted)
  return arrange({
    items: judged.flatMap(each => each.items),
    unknown: judged.flatMap(each => each.unknown),
    fine: judged.flatMap(each => each.fine),
    ...(doubted.length > 0 && { doubted }),
    gaps: drifts.flatMap(({ gaps }) => gaps),
    unseen: distinctOf(unseen, ({ subject, message }) => `${subject} ${message}`),
    ...(ending.size > 0 && { ending: [...ending] }),
    spots,
  })
}

/** Items worst first, clusters before images; the order is the same every night. With names that differ. */
export function arrange(drift: Drift): Drift {
  const rank = (item: DriftItem): number => states[item.state].rank + (item.kind === 'pair' ? 0 : 0.5)
  const sort = (items: DriftItem[]): DriftItem[] =>
    [...items].sort((a, b) => rank(a) - rank(b) || compareNaturally(a.name, b.name) || compareNaturally(a.key, b.key))
  return withNames({ ...drift, items: sort(drift.items), unknown: sort(drift.unknown) })
}

/** Names the targets, so that those with the same name differ, also from the targets without drift. */
export function withNames(drift: Drift): Drift {
  const nameTarget = nameTargets(drift)
  const name = (items: DriftItem[]): DriftItem[] =>
    items.map(item => (item.kind === 'pair' ? { ...item, name: nameTarget(item) } : item))
  const { items, unknown, fine, doubted } = drift
  return {
    ...drift,
    items: name(items),
    unknown: name(unknown),
    fine: name(fine),
    ...(doubted && { doubted: name(doubted) }),
  }
}

/** Names the targets of a run or a fleet. @param others more targets, which can have the same names */
export function nameTargets(
  { items, unknown, fine, spots }: Drift,
  others: readonly Nameable[] = [],
): ReturnType<typeof namesOf> {
  const own = [...items, ...unknown, ...fine].filter(({ kind }) => kind === 'pair')
  return namesOf([...others, ...own], placesOf(spots))
}

/** Key of a pair. A resource ID means the same in every job, whatever else the job checks; a name means something only in its own job. */
export function keyOf(leg: string, target: string, registry: string): string {
  return [...(target.startsWith('/') ? [] : [leg]), target, labelOf(registry)].join(' ').toLowerCase()
}

/**
 * What several jobs say of one item, as one.
 * @param items those of one list
 * @param all those of all lists: what one job has proven is proven
 */
function joinJobs(items: Group<DriftItem>, all: Group<DriftItem>): DriftItem {
  if (all.length === 1) return items[0]
  const item = joinRunning(items)
  const [jobs, clusters] = (['jobs', 'clusters'] as const).map(key => new Set(items.flatMap(each => each[key] ?? [])))
  const nodes = joinNodes(all)
  const unproven = item.unproven?.filter(proof => all.every(each => each.unproven?.includes(proof)))
  return {
    ...item,
    ...(unproven && { unproven }),
    ...(jobs?.size && { jobs: [...jobs].sort() }),
    ...(clusters?.size && { clusters: [...clusters].sort() }),
    ...(nodes && { nodes }),
  }
}

/** What several jobs saw of the nodes of one cluster: one that any job saw refused has not pulled. */
function joinNodes(items: Group<DriftItem>): DriftItem['nodes'] {
  const seen = items.flatMap(({ nodes }) => nodes ?? [])
  if (seen.length < 2) return seen[0]
  const join = (some: readonly string[]): string[] => [...new Set(some)].sort(compareNaturally)
  const refused = join(seen.flatMap(each => each.refused))
  const pulled = join(seen.flatMap(each => each.pulled)).filter(name => !refused.includes(name))
  const isKnown = seen.every(({ left }) => left !== null)
  const left = join(seen.flatMap(each => each.left ?? [])).filter(name => !pulled.includes(name))
  return { pulled, refused, left: isKnown ? left : null }
}

/** What several jobs found about one image, as one: a fleet's job each knows only its own clusters. */
function joinRunning(items: Group<DriftItem>): DriftItem {
  const worst = worstItem(items)
  const running = items.flatMap(item => item.running ?? [])
  if (!worst.running || running.length < 2) return worst
  const all = distinctOf(
    running.flatMap(({ uses }) => uses),
    use => Object.values(use).join(' ').toLowerCase(),
  )
  const uses = all.sort((a, b) => compareNaturally(JSON.stringify(a), JSON.stringify(b)))
  const joined = { ...worst.running, uses }
  return { ...worst, running: joined, said: { what: describeGone(joined, worst.registry) } }
}

/** What the job that saw the worst says, because the others asked less. */
const worstItem = ([first, ...others]: Group<DriftItem>): DriftItem =>
  others.reduce((worst, each) => (compareJudged(each, worst) < 0 ? each : worst), first)

/** Puts the worst of what several jobs say of one thing first, and orders those that are as bad by their content: their order must not decide. */
export function compareJudged<T extends Pick<DriftItem, 'state' | 'code' | 'said'>>(a: T, b: T): number {
  const texts = ({ code, said }: T): string => `${code}\n${say(said)}`
  return (
    states[a.state].rank - states[b.state].rank ||
    compareWords(texts(a), texts(b)) ||
    compareWords(JSON.stringify(a), JSON.stringify(b))
  )
}

const compareWords = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1)

/** What holds for a target at several registries once, for all of these. */
export function joinRegistries(items: readonly DriftItem[]): DriftItem[] {
  const same = groupBy(items, ({ target, state, said }) => `${target} ${state} ${say(said)}`.toLowerCase())
  return [...same.values()].map(group => {
    const registries = [...new Set(group.map(({ registry }) => labelOf(registry)))]
    return registries.length > 1 ? { ...group[0], registry: nameSome(registries) } : group[0]
  })
}

export function describeGone({ name, uses }: NonNullable<DriftItem['running']>, host: string): string {
  return `${name} is gone from ${labelOf(host)}, but ${countUses(uses)}: ${nameUses(uses)}`
}

/** `2 clusters`; `2 targets` if one of them is an identity without a cluster. Each counts once, in whatever letter case. */
export function countTargets(ids: Iterable<string>): string {
  const each = new Set([...ids].map(id => id.toLowerCase()))
  return plural(each.size, [...each].some(id => isIdOf('kubelet-identity', id)) ? 'target' : 'cluster')
}

/** Names subscriptions as their spots do. */
export function placesOf(spots: readonly Spot[]): (id: string) => string {
  const places = new Map(spots.map(({ subscription, place = '' }) => [subscription.toLowerCase(), place]))
  return id => places.get(id.toLowerCase()) || (id && shortGuid(id))
}

/** The way in which a target should pull, and doesn't: through its group, or with a role that it lacks or that its registry ignores. */
export function wayOf({ lacks }: { lacks?: readonly Lack[] }): string {
  return lacks?.some(({ group }) => group !== null) ? 'through the group' : 'with the desired role'
}

/** The worst of a drift; `fine` without any. */
export function worstState({ items }: Pick<Drift, 'items'>): State {
  return worstOf(items.map(({ state }) => state))
}

/** The mark of a drift: that of its worst state. */
export function markOf(drift: Pick<Drift, 'items'>): string {
  return states[worstState(drift)].mark
}
