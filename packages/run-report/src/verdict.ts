import { plural } from 'texts'
import { describeRepositories } from 'repository-conditions'
import { titlesOf, namePlaces, namesOf, parseResourceId, describeSource, lastSegment } from 'azure'
import type { Access, Nameable, Target } from 'azure'
import { formatSeconds, groupBy, valuesOf, type ActionError, type Finding, type Unknown } from 'kernel'
import {
  countDrift,
  countTargets,
  countUnchecked,
  selectUnchecked,
  markOf,
  toHeadline,
  whereAsked,
  worstState,
} from 'report-document'
import type { Drift } from 'report-document'
import { selectWantedBy, type Inputs, type PairResult, type Result, type Run } from 'run-model'
import { selectUnread } from './conclude-images.js'

/** Finds a target of the run by its ID; its name has its place if others share the name. */
export function createTargetOf({ observed }: Run): (id: string) => Target | undefined {
  const byId = new Map(valuesOf(observed?.targets ?? []).map(target => [target.id, target]))
  return id => byId.get(id)
}

/** The target of a pair, with what distinguishes it from others with its name. */
export function toNameable({ target }: PairResult, inputs: Inputs | undefined): Nameable {
  return { target, where: whereAsked(target, inputs) }
}

export type NameRegistry = (pair: Pick<PairResult, 'registry' | 'loginServer'>) => string

/** A registry by its login server; by its name until it exists. */
export const nameByServer: NameRegistry = ({ loginServer, registry }) => loginServer || lastSegment(registry)

export function describeVerdict(result: Result, drift: Drift, nameRegistry: NameRegistry): string {
  const { pairs, errors, findings } = result
  const unread = selectUnread(result.images, pairs).length
  const { noted, isDoubtful } = describeDoubts(findings, unread, drift.unseen.length)
  const unknown = pairs.filter(({ status }) => status === 'unknown')
  const isBroken = pairs.some(isFailed) || unknown.length === 0
  const isDrift = drift.items.length > 0
  if (errors.length > 0 && isBroken) {
    const open = unknown.length > 0 ? `${nameUnknown(result, unknown)} could not be checked` : ''
    const isRefused = worstState(drift) === 'refused'
    const failed = [describeFailure(result), countDrift(drift)]
    return `✗ ${[...(isRefused ? failed.reverse() : failed), open].filter(Boolean).join('; ')}`
  }
  if (isDrift) {
    const unchecked = selectUnchecked(drift)
    const open = unchecked.length > 0 ? `; ${countUnchecked(unchecked)}` : ''
    return `${markOf(drift)} ${countDrift(drift)}${open}${noted}`
  }
  if (unknown.length > 0) return `? ${describeUnknown(result, unknown)}${noted}`
  // What a detach leaves is the verdict, whatever else there is to say.
  const left = pairs.filter(canStillPull)
  if (left.length > 0) return `⚠ ${describeResidual(result, left, nameRegistry)}`
  return `${isDoubtful ? '⚠' : '✓'} ${describeDone(result, nameRegistry)}${noted}`
}

/** `aks-prod-1 can still pull from contosoacr.azurecr.io (1 other assignment)`. */
function describeResidual(result: Result, left: PairResult[], nameRegistry: NameRegistry): string {
  const residual = result.findings.filter(({ code }) => code === 'RESIDUAL_ACCESS').length
  const rest = left.length < result.pairs.length ? '; the others are detached' : ''
  const places = namePlaces(left.map(pair => ({ target: pair.target, registry: nameRegistry(pair) })))
  return `${nameTargets(left, result)} can still pull${places} (${plural(residual, 'other assignment')})${rest}`
}

/** A run that has done all that was asked. */
function describeDone(result: Result, nameRegistry: NameRegistry): string {
  const { pairs, inputs } = result
  if (pairs.length === 0) {
    const kind = result.observed?.targets.length === 0 ? 'cluster' : 'registry'
    return `nothing to do: * stands for no ${kind}`
  }
  const [from, to] = [nameTargets(pairs, result), nameRegistries(pairs, nameRegistry)]
  if (inputs?.mode !== 'detach') return describeAttached(result, from, to, nameRegistry)
  const what = inputs.repositories.length > 0 ? `${describeRepositories(inputs.repositories)} on ` : ''
  const written = result.changed ? '' : ' (nothing to write)'
  return `${from} ${isOne(pairs) ? 'is' : 'are'} detached from ${what}${to}${written}`
}

/** Whether a `detach` leaves the target of a pair access. */
export function canStillPull({ left = [] }: PairResult): boolean {
  return left.length > 0
}

/** `can still pull: Reader, broader role at resource group rg-shop, and 2 more`. */
export function describeLeft([first, ...others]: readonly Access[]): string {
  if (!first) return ''
  const { role, grantedBy, assignment } = first
  const source = grantedBy === 'direct' ? '' : `, ${describeSource(grantedBy, assignment.scope)}`
  return `can still pull: ${role}${source}${others.length > 0 ? `, and ${others.length} more` : ''}`
}

/**
 * ` · 1 image not compared · 2 warnings`; a notice alone doesn't make a result doubtful.
 * @param unread number of images that were not compared
 * @param unseen number of other things that could not be checked
 */
export function describeDoubts(findings: readonly Finding[], unread: number, unseen: number) {
  const warnings = findings.filter(({ severity }) => severity === 'warning').length
  const notices = findings.length - warnings
  const doubts = [
    unread > 0 && `${plural(unread, 'image')} not compared`,
    unseen > 0 && `${plural(unseen, 'item')} not checked`,
    warnings > 0 && plural(warnings, 'warning'),
    notices > 0 && plural(notices, 'notice'),
  ]
  const noted = doubts.flatMap(doubt => (doubt === false ? [] : ` · ${doubt}`)).join('')
  return { noted, isDoubtful: unread + unseen + warnings > 0 }
}

/** `3 of 18 clusters failed at some registries: The cluster aks-nope was not found (15 attached)`; for one cluster, its registries. */
function describeFailure(result: Result): string {
  const { pairs, errors } = result
  const images = selectWantedBy('input', result.images)
  // What could not be checked did not fail.
  const first = pairs.find(pair => isFailed(pair) && pair.error)?.error ?? errors[0]
  const reason = first ? nameFailure(first, nameTargetsOf(result)) : 'The step failed'
  const targets = new Set(pairs.map(keyOf))
  const failed = new Set(pairs.filter(isFailed).map(keyOf))
  const done = pairs.some(({ status }) => status === 'detached') ? 'detached' : 'attached'
  const withDone = (count: number): string => `${reason}${count > 0 ? ` (${count} ${done})` : ''}`
  if (targets.size > 1 && failed.size > 0) {
    const fine = targets.size - new Set(pairs.filter(pair => !isDone(pair)).map(keyOf)).size
    const isPart = pairs.some(pair => isDone(pair) && failed.has(keyOf(pair)))
    return `${failed.size} of ${countTargets(targets)} failed${isPart ? ' at some registries' : ''}: ${withDone(fine)}`
  }
  // What fails at every registry is about the target.
  const registries = countRegistries(pairs)
  const refused = countRegistries(pairs.filter(isFailed))
  if (refused > 0 && refused < registries)
    return `${refused} of ${registries} registries failed: ${withDone(countRegistries(pairs.filter(isDone)))}`
  const lost = images.filter(({ status }) => status === 'failed' || status === 'locked').length
  if (failed.size === 0 && lost > 1) return `${lost} of ${plural(images.length, 'image')} failed: ${reason}`
  return reason
}

const isDone = ({ status }: PairResult): boolean => status === 'attached' || status === 'detached'

const isFailed = ({ status }: PairResult): boolean => status === 'failed'

function countRegistries(pairs: PairResult[]): number {
  return new Set(pairs.map(({ registry }) => registry.toLowerCase())).size
}

function describeUnknown(result: Result, pairs: PairResult[]): string {
  const why = result.errors[0] ?? result.unknown[0]
  const isAll = result.pairs.every(({ asked }) => asked.target === '*')
  return `${isAll ? 'no cluster could' : `${nameUnknown(result, pairs)} could not`} be checked${why ? `: ${nameFailure(why, nameTargetsOf(result))}` : ''}`
}

function nameUnknown(result: Result, pairs: PairResult[]): string {
  const { inputs } = result
  const nameTarget = nameTargetsOf(result)
  const nameOf = (pair: PairResult): string =>
    pair.asked.target === '*' ? 'other clusters' : nameTarget(toNameable(pair, inputs))
  const targets = new Map(pairs.map(pair => [keyOf(pair), nameOf(pair)]))
  return targets.size < 3 ? [...targets.values()].join(' and ') : countTargets(targets.keys())
}

export function nameTargetsOf({ pairs, inputs, subscriptions }: Result): ReturnType<typeof namesOf> {
  return namesOf(
    pairs.map(pair => toNameable(pair, inputs)),
    titlesOf(subscriptions),
  )
}

const notFound: Partial<Record<ActionError['code'], string>> = {
  CLUSTER_NOT_FOUND: 'cluster',
  REGISTRY_NOT_FOUND: 'registry',
  IDENTITY_NOT_FOUND: 'user-assigned identity',
}

/** What a headline says of a failure, or of what could not be checked. */
function nameFailure(error: ActionError | Unknown, nameTarget: ReturnType<typeof namesOf>): string {
  if (!('said' in error)) return toHeadline({ what: error.message })
  const { code, resource, azure, said } = error
  const id = azure?.status === 404 && resource ? parseResourceId(resource) : undefined
  const kind = notFound[code]
  return id && kind ? `The ${kind} ${nameTarget({ target: resource ?? '' })} was not found` : toHeadline(said)
}

const keyOf = ({ target }: PairResult): string => target.toLowerCase()

function isOne(pairs: PairResult[]): boolean {
  return new Set(pairs.map(keyOf)).size === 1
}

function nameTargets(pairs: PairResult[], result: Result): string {
  const [first] = pairs
  if (isOne(pairs) && first) return createTargetOf(result)(first.target)?.name ?? lastSegment(first.target)
  return countTargets(pairs.map(keyOf))
}

function nameRegistries(pairs: PairResult[], nameRegistry: NameRegistry): string {
  const names = [...new Set(pairs.map(nameRegistry))]
  return names.length > 2 ? `${names.length} registries` : names.join(' and ')
}

/** `2 clusters have AcrPull on contosoacr`, or a pull role there if not all have the same. */
function describeRoles(pairs: PairResult[], from: string, to: string): string {
  const roles = new Set(pairs.map(({ role }) => role))
  const role = roles.size === 1 ? [...roles].join('') : 'a pull role'
  return `${from} ${isOne(pairs) ? 'has' : 'have'} ${role} on ${to}`
}

/** What proves that targets can pull or, if nothing does, which role they have: "can pull" is said only of what has pulled. */
function describeAttached(result: Result, from: string, to: string, nameRegistry: NameRegistry): string {
  const { verified, pairs, inputs, outcomes } = result
  if (verified === 'pull') {
    const waits = pairs.flatMap(({ propagationSeconds }) => propagationSeconds ?? [])
    const after = waits.length > 0 ? `, ${formatSeconds(Math.max(...waits))} after the grant` : ''
    const proven = `proven on ${countNodes(pairs, nameRegistry)}${after}`
    const layers = describeLayers(pairs)
    // Without layers, a pull proves the role alone.
    if (pairs.some(({ pulls }) => pulls.every(({ layers: each }) => each === 'on-node')))
      return `${describeRoles(pairs, from, to)}; role ${proven}; ${layers}`
    return `${from} can pull from ${to} (${[proven, layers].filter(Boolean).join('; ')})`
  }
  const isGroup = pairs.every(({ grantedBy }) => grantedBy === 'group')
  const through = isGroup ? ', through the group' : ''
  const roles = `${describeRoles(pairs, from, to)}${through}`
  const stopped = describeStopped(result)
  if (stopped) return `${roles}; ${stopped}`
  if (inputs?.verify === 'pull') return `${roles}; pulls ${describeUnproven(pairs)}`
  // Nothing was written, or images alone.
  if (!pairs.some(pair => pair.changed)) return `${roles} (no pull tried)`
  if (inputs?.verify === 'none') return `${roles} (not verified: verify is none)`
  // A node keeps its token, with the groups at the time when it was issued, for up to a day.
  const isNewMember = outcomes.some(each => each.changed && each.operation.operation === 'add-group-member')
  const isSlow = isNewMember && pairs.some(({ grantedBy }) => grantedBy === 'group')
  return `${roles} (no pull tried: nodes can be refused for up to ${isSlow ? 'a day' : '10 minutes'}; verify: pull waits for them)`
}

/** `aks-prod-1 is stopped: nothing can pull there until it runs`; empty if all clusters run. */
function describeStopped(result: Result): string {
  const targetOf = createTargetOf(result)
  const stopped = result.pairs.filter(({ target }) => targetOf(target)?.isStopped)
  if (stopped.length === 0) return ''
  const [is, runs] = isOne(stopped) ? ['is', 'it runs'] : ['are', 'they run']
  return `${nameTargets(stopped, result)} ${is} stopped: nothing can pull there until ${runs}`
}

const keysOfNodes = (pairs: PairResult[]): Set<string> =>
  new Set(pairs.flatMap(pair => pair.pulls.map(({ node }) => `${keyOf(pair)} ${node}`)))

/** `6 nodes`, or with the registries that the fewest pulled from: `6 nodes, but only 2 for contosobase`. */
function countNodes(pairs: PairResult[], nameRegistry: NameRegistry): string {
  const total = keysOfNodes(pairs).size
  const byRegistry = groupBy(pairs, ({ registry }) => registry.toLowerCase())
  const byCount = groupBy([...byRegistry.values()], own => keysOfNodes(own).size)
  const least = Math.min(...byCount.keys())
  if (least === total) return plural(total, 'node')
  const registries = nameRegistries((byCount.get(least) ?? []).flat(), nameRegistry)
  return `${plural(total, 'node')}, but only ${least} for ${registries}`
}

const isFetched = ({ layers }: PairResult['pulls'][number]): boolean => layers === 'fetched'

/** `layers fetched on 2`; empty if every node is known to have fetched layers of each registry. */
function describeLayers(pairs: PairResult[]): string {
  const own = pairs.filter(({ pulls }) => pulls.some(isFetched)).length
  if (own === 0)
    return pairs.every(({ pulls }) => pulls.every(({ layers }) => layers === 'on-node'))
      ? 'the layers were there already'
      : 'layers not known'
  if (own < pairs.length) return `layers fetched for only ${own} of ${pairs.length} pairs of cluster and registry`
  const count = keysOfNodes(pairs.map(pair => ({ ...pair, pulls: pair.pulls.filter(isFetched) }))).size
  return count < keysOfNodes(pairs).size ? `layers fetched on ${count}` : ''
}

/** For how many pairs pulls were proven or, if for none, why not. */
function describeUnproven(pairs: PairResult[]): string {
  const proven = pairs.filter(({ verified }) => verified === 'pull').length
  if (proven > 0) return `proven for only ${proven} of ${pairs.length} pairs of cluster and registry`
  const hasPulled = pairs.some(({ pulls }) => pulls.some(({ verdict }) => verdict === 'pulled'))
  return `not proven: ${hasPulled ? 'nodes pulled, but their role might not be why' : 'no node has pulled'}`
}
