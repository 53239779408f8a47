import { plural } from 'texts'
import { describeRepositories } from 'repository-conditions'
import { namePlaces, namesOf, parseResourceId, shortenGuids, lastSegment } from 'azure'
import { formatSeconds, groupBy, nameSome } from 'kernel'
import {
  countDrift,
  countTargets,
  countUnchecked,
  nameTargetsOf,
  selectUnchecked,
  toHeadline,
  worstState,
  type Drift,
  type Pair,
  type Problem,
  type Report,
} from 'report-document'
import { errorOf, stateOf, states, statusOf, worstOf } from 'run-model'
import type { Telling } from './telling.js'

export type NameRegistry = (pair: Pick<Pair, 'registry' | 'loginServer'>) => string

/** A registry by its login server; by its name until it exists. */
export const nameByServer: NameRegistry = ({ loginServer, registry }) => loginServer || lastSegment(registry)

/** The result of a run or a fleet with its mark, on one line: the last line of the log, and the headline of summary and page. */
export function sayHeadline(telling: Telling, nameRegistry: NameRegistry): string {
  const { report, drift, failures } = telling
  const doubts = listDoubts(report, drift)
  const state = worstOf([
    ...[...drift.items, ...selectUnchecked(drift)].map(each => each.state),
    ...failures.map(each => each.state ?? 'failed'),
    ...report.pairs.map(({ standing }) => stateOf(standing)),
  ])
  const mark = state === 'fine' && doubts.isDoubtful ? '⚠' : states[state].mark
  return `${mark} ${sayResult(telling, doubts.noted, nameRegistry)}`
}

/** What is worst in a sentence. @param noted what else there is to say, behind it */
function sayResult(telling: Telling, noted: string, nameRegistry: NameRegistry): string {
  const { report, drift, jobs, failures } = telling
  const unchecked = selectUnchecked(drift)
  const found = [countDrift(drift), unchecked.length > 0 ? countUnchecked(unchecked) : '', nameLacking(jobs)]
    .filter(Boolean)
    .join('; ')
  if (report.mode === 'merge') return `${found || describeFine(drift)}${noted}${noteEarlier(drift)}`
  const unknown = report.pairs.filter(({ standing }) => standing.is === 'unknown')
  const isBroken = report.pairs.some(isFailed) || failures.some(({ state }) => state !== 'unknown')
  if (failures.length > 0 && (isBroken || unknown.length === 0)) {
    const open = unknown.length > 0 ? `${nameUnknown(report, unknown)} could not be checked` : ''
    const failed = [describeFailure(telling), countDrift(drift)]
    return [...(worstState(drift) === 'refused' ? failed.reverse() : failed), open].filter(Boolean).join('; ')
  }
  if (drift.items.length > 0) return `${found}${noted}`
  if (unknown.length > 0) return `${describeUnknown(telling, unknown)}${noted}`
  // What a detach leaves is the headline, whatever else there is to say.
  const left = report.pairs.filter(({ standing }) => stateOf(standing) === 'remaining')
  return left.length > 0 ? describeResidual(report, left, nameRegistry) : `${sayDone(report, nameRegistry)}${noted}`
}

const describeFine = ({ fine }: Drift): string =>
  `no drift: ${plural(fine.length, 'cluster or image', 'clusters and images')} checked`

const noteEarlier = ({ earlier }: Drift): string =>
  earlier ? ` · ${earlier.message}: re-run all jobs to check again` : ''

const maxLacking = 2

/** `rg-eu was not checked`, `3 of 5 jobs did not complete their check: rg-eu, aks-1 and 1 more`; empty if all did. */
function nameLacking(jobs: Telling['jobs']): string {
  const lacking = jobs.filter(({ lack }) => lack !== '')
  const [only] = lacking
  if (!only || lacking.length === 1) return shortenGuids(only?.lack ?? '')
  const names = lacking.map(({ name }) => name)
  return shortenGuids(
    `${lacking.length} of ${plural(jobs.length, 'job')} did not complete their check: ${nameSome(names, maxLacking)}`,
  )
}

/** `aks-prod-1 can still pull from contosoacr.azurecr.io (1 other assignment)`. */
function describeResidual(report: Report, left: readonly Pair[], nameRegistry: NameRegistry): string {
  const residual = report.findings.filter(({ code }) => code === 'RESIDUAL_ACCESS').length
  const rest = left.length < report.pairs.length ? '; the others are detached' : ''
  const places = namePlaces(left.map(pair => ({ target: pair.target, registry: nameRegistry(pair) })))
  return `${nameOrCount(left)} can still pull${places} (${plural(residual, 'other assignment')})${rest}`
}

/** A run that has done all that was asked. */
function sayDone(report: Report, nameRegistry: NameRegistry): string {
  const { pairs, own } = report
  if (pairs.length === 0) {
    const kind = own?.isWithoutTargets ? 'cluster' : 'registry'
    return `nothing to do: * stands for no ${kind}`
  }
  const [from, to] = [nameOrCount(pairs), nameRegistries(pairs, nameRegistry)]
  if (report.mode !== 'detach') return describeAttached(report, from, to, nameRegistry)
  const repositories = own?.repositories ?? []
  const what = repositories.length > 0 ? `${describeRepositories(repositories)} on ` : ''
  const written = report.changed ? '' : ' (nothing to write)'
  return `${from} ${isOne(pairs) ? 'is' : 'are'} detached from ${what}${to}${written}`
}

/** ` · 1 image not compared · 2 warnings`; a notice alone doesn't make a result doubtful. */
function listDoubts({ findings, images, manifests }: Report, { unseen }: Drift) {
  const unread = [...images, ...manifests].filter(({ state, error }) => state === 'unknown' && !error).length
  const warnings = findings.filter(({ severity }) => severity === 'warning').length
  const notices = findings.length - warnings
  const doubts = [
    unread > 0 && `${plural(unread, 'image')} not compared`,
    unseen.length > 0 && `${plural(unseen.length, 'item')} not checked`,
    warnings > 0 && plural(warnings, 'warning'),
    notices > 0 && plural(notices, 'notice'),
  ]
  const noted = doubts.flatMap(doubt => (doubt === false ? [] : ` · ${doubt}`)).join('')
  return { noted, isDoubtful: unread + unseen.length + warnings > 0 }
}

/** `3 of 18 clusters failed at some registries: The cluster aks-nope was not found (15 attached)`; for one cluster, its registries. */
function describeFailure({ report, failures }: Telling): string {
  const { pairs, images } = report
  // What could not be checked did not fail.
  const first = pairs.flatMap(pair => (isFailed(pair) ? (errorOf(pair.standing) ?? []) : []))[0] ?? failures[0]
  const reason = first ? nameFailure(first, nameTargetsOf(report)) : 'The step failed'
  const targets = new Set(pairs.map(keyOfTarget))
  const failed = new Set(pairs.filter(isFailed).map(keyOfTarget))
  const done = pairs.some(({ standing }) => standing.is === 'removed') ? 'detached' : 'attached'
  const withDone = (count: number): string => `${reason}${count > 0 ? ` (${count} ${done})` : ''}`
  if (targets.size > 1 && failed.size > 0) {
    const fine = targets.size - new Set(pairs.filter(pair => !isPairDone(pair)).map(keyOfTarget)).size
    const isPart = pairs.some(pair => isPairDone(pair) && failed.has(keyOfTarget(pair)))
    return `${failed.size} of ${countTargets(targets)} failed${isPart ? ' at some registries' : ''}: ${withDone(fine)}`
  }
  // What fails at every registry is about the target.
  const registries = countRegistries(pairs)
  const refused = countRegistries(pairs.filter(isFailed))
  if (refused > 0 && refused < registries)
    return `${refused} of ${registries} registries failed: ${withDone(countRegistries(pairs.filter(isPairDone)))}`
  const lost = images.filter(({ status }) => status === 'failed' || status === 'locked').length
  if (failed.size === 0 && lost > 1) return `${lost} of ${plural(images.length, 'image')} failed: ${reason}`
  return reason
}

const isPairDone = ({ standing }: Pair): boolean => standing.is === 'removed' || statusOf(standing) === 'attached'

const isFailed = ({ standing }: Pair): boolean => standing.is === 'failed'

function countRegistries(pairs: readonly Pair[]): number {
  return new Set(pairs.map(({ registry }) => registry.toLowerCase())).size
}

function describeUnknown({ report, failures }: Telling, pairs: readonly Pair[]): string {
  const why = failures[0] ?? report.unknown[0]
  const isAll = report.pairs.every(({ asked }) => asked.target === '*')
  return `${isAll ? 'no cluster could' : `${nameUnknown(report, pairs)} could not`} be checked${why ? `: ${nameFailure(why, nameTargetsOf(report))}` : ''}`
}

function nameUnknown(report: Report, pairs: readonly Pair[]): string {
  const nameTarget = nameTargetsOf(report)
  const nameOf = (pair: Pair): string => (pair.asked.target === '*' ? 'other clusters' : nameTarget(pair))
  const targets = new Map(pairs.map(pair => [keyOfTarget(pair), nameOf(pair)]))
  return targets.size < 3 ? [...targets.values()].join(' and ') : countTargets(targets.keys())
}

const notFound: Readonly<Record<string, string>> = {
  CLUSTER_NOT_FOUND: 'cluster',
  REGISTRY_NOT_FOUND: 'registry',
  IDENTITY_NOT_FOUND: 'user-assigned identity',
}

/** What a headline says of a failure, or of what could not be checked. */
function nameFailure(failure: Problem | Report['unknown'][number], nameTarget: ReturnType<typeof namesOf>): string {
  if (!('said' in failure)) return toHeadline({ what: failure.message })
  const { code, resource, azure, said } = failure
  const id = azure?.status === 404 && resource ? parseResourceId(resource) : undefined
  const kind = notFound[code]
  return id && kind ? `The ${kind} ${nameTarget({ target: resource ?? '' })} was not found` : toHeadline(said)
}

const keyOfTarget = ({ target }: Pair): string => target.toLowerCase()

function isOne(pairs: readonly Pair[]): boolean {
  return new Set(pairs.map(keyOfTarget)).size === 1
}

function nameOrCount(pairs: readonly Pair[]): string {
  const [first] = pairs
  if (isOne(pairs) && first) return first.name
  return countTargets(pairs.map(keyOfTarget))
}

function nameRegistries(pairs: readonly Pair[], nameRegistry: NameRegistry): string {
  const names = [...new Set(pairs.map(nameRegistry))]
  return names.length > 2 ? `${names.length} registries` : names.join(' and ')
}

/** `2 clusters have AcrPull on contosoacr`, or a pull role there if not all have the same. */
function describeRoles(pairs: readonly Pair[], from: string, to: string): string {
  const roles = new Set(pairs.map(({ role }) => role))
  const role = roles.size === 1 ? [...roles].join('') : 'a pull role'
  return `${from} ${isOne(pairs) ? 'has' : 'have'} ${role} on ${to}`
}

/** What proves that targets can pull or, if nothing does, which role they have: "can pull" is said only of what has pulled. */
function describeAttached(report: Report, from: string, to: string, nameRegistry: NameRegistry): string {
  const { verified, pairs, own } = report
  if (verified === 'pull') {
    const waits = pairs.flatMap(({ propagationSeconds }) => propagationSeconds ?? [])
    const after = waits.length > 0 ? `, ${formatSeconds(Math.max(...waits))} after the grant` : ''
    const proven = `proven on ${countProvenNodes(pairs, nameRegistry)}${after}`
    const layers = describeLayers(pairs)
    // Without layers, a pull proves the role alone.
    if (pairs.some(({ pulls }) => pulls.every(({ layers: each }) => each === 'on-node')))
      return `${describeRoles(pairs, from, to)}; role ${proven}; ${layers}`
    return `${from} can pull from ${to} (${[proven, layers].filter(Boolean).join('; ')})`
  }
  const isGroup = pairs.every(({ standing }) => standing.by === 'group')
  const through = isGroup ? ', through the group' : ''
  const roles = `${describeRoles(pairs, from, to)}${through}`
  const stopped = describeStopped(report)
  if (stopped) return `${roles}; ${stopped}`
  if (own?.verify === 'pull') return `${roles}; pulls ${describeUnproven(pairs)}`
  // Nothing was written, or images alone.
  if (!pairs.some(pair => pair.changed)) return `${roles} (no pull tried)`
  if (own?.verify === 'none') return `${roles} (not verified: verify is none)`
  // A node keeps its token, with the groups at the time when it was issued, for up to a day.
  const isSlow = own?.hasNewMember && pairs.some(({ standing }) => standing.by === 'group')
  return `${roles} (no pull tried: nodes can be refused for up to ${isSlow ? 'a day' : '10 minutes'}; verify: pull waits for them)`
}

/** `aks-prod-1 is stopped: nothing can pull there until it runs`; empty if all clusters run. */
function describeStopped({ pairs }: Report): string {
  const stopped = pairs.filter(({ isStopped }) => isStopped)
  if (stopped.length === 0) return ''
  const [is, runs] = isOne(stopped) ? ['is', 'it runs'] : ['are', 'they run']
  return `${nameOrCount(stopped)} ${is} stopped: nothing can pull there until ${runs}`
}

const keysOfNodes = (pairs: readonly Pair[]): Set<string> =>
  new Set(pairs.flatMap(pair => pair.pulls.map(({ node }) => `${keyOfTarget(pair)} ${node}`)))

/** `6 nodes`, or with the registries that the fewest pulled from: `6 nodes, but only 2 for contosobase`. */
function countProvenNodes(pairs: readonly Pair[], nameRegistry: NameRegistry): string {
  const total = keysOfNodes(pairs).size
  const byRegistry = groupBy(pairs, ({ registry }) => registry.toLowerCase())
  const byCount = groupBy([...byRegistry.values()], own => keysOfNodes(own).size)
  const least = Math.min(...byCount.keys())
  if (least === total) return plural(total, 'node')
  const registries = nameRegistries((byCount.get(least) ?? []).flat(), nameRegistry)
  return `${plural(total, 'node')}, but only ${least} for ${registries}`
}

const isFetched = ({ layers }: Pair['pulls'][number]): boolean => layers === 'fetched'

/** `layers fetched on 2`; empty if every node is known to have fetched layers of each registry. */
function describeLayers(pairs: readonly Pair[]): string {
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
function describeUnproven(pairs: readonly Pair[]): string {
  const proven = pairs.filter(({ standing }) => standing.proof === 'pull').length
  if (proven > 0) return `proven for only ${proven} of ${pairs.length} pairs of cluster and registry`
  const hasPulled = pairs.some(({ pulls }) => pulls.some(({ verdict }) => verdict === 'pulled'))
  return `not proven: ${hasPulled ? 'nodes pulled, but their role might not be why' : 'no node has pulled'}`
}
