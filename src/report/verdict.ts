import type { Finding } from '../model/finding.js'
import { isUnread, pinned, shortDigest } from '../model/image.js'
import type { Access } from '../model/plan.js'
import type { Registry } from '../model/registry.js'
import { lastSegment } from '../model/resource-id.js'
import type { PairResult, Result } from '../model/run.js'
import { formatSeconds } from '../model/time.js'
import { countDrift, countUnlooked } from './drift-text.js'
import { selectUnlooked, type Drift } from './drift.js'
import { countTargets, describeSource, plural, shortenGuids } from './text.js'
import { findUnseen } from './unseen.js'

type NameRegistry = (registry: Registry) => string

/** Maximum length of a sentence of Azure in a verdict, in characters. */
const longestReason = 160

/** How a run ended, in one sentence with its mark: the last line of the log and the headline of the summary. */
export function describeVerdict(result: Result, drift: Drift, nameRegistry: NameRegistry): string {
  const { pairs, errors, inputs, findings } = result
  const notes = noteDoubts(result)
  const noted = notes.length > 0 ? ` · ${notes.join(' · ')}` : ''
  const unseen = pairs.filter(({ status }) => status === 'unknown')
  const isFailed = pairs.some(({ status }) => status === 'failed') || unseen.length === 0
  const isDrift = drift.items.length > 0
  if (errors.length > 0 && isFailed) return `✗ ${describeFailure(result)}${isDrift ? `; ${countDrift(drift)}` : ''}`
  if (isDrift) {
    const unlooked = selectUnlooked(drift)
    const open = unlooked.length > 0 ? `; ${countUnlooked(unlooked)}` : ''
    return `⟳ ${countDrift(drift)}${open}${noted}`
  }
  if (unseen.length > 0) return `? ${describeUnseen(result, unseen)}${noted}`
  const mark = isDoubtful(result) ? '⚠' : '✓'
  const [from, to] = [nameTargets(pairs), nameRegistries(pairs, nameRegistry)]
  if (inputs?.mode === 'detach') {
    const left = pairs.filter(canStillPull)
    if (left.length > 0) {
      const residual = findings.filter(({ code }) => code === 'RESIDUAL_ACCESS').length
      const rest = left.length < pairs.length ? '; the others are detached' : ''
      return `⚠ ${nameTargets(left)} can still pull from ${nameRegistries(left, nameRegistry)} (${plural(residual, 'other assignment')})${rest}`
    }
    return `${mark} ${from} ${isOne(pairs) ? 'is' : 'are'} detached from ${to}${result.changed ? '' : ' (nothing to do)'}${noted}`
  }
  return `${mark} ${from} can pull from ${to}${describeProof(result)}${noted}`
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

/** Whether a run that succeeded has warnings or unknowns. */
function isDoubtful({ images, findings, unknown }: Result): boolean {
  return images.some(isUnread) || unknown.length > 0 || findings.some(({ severity }) => severity === 'warning')
}

function noteDoubts(result: Result): string[] {
  const unread = result.images.filter(isUnread)
  return describeDoubts({ unread, findings: result.findings, unseen: selectUnseen(result).length })
}

/** What a run could not look at besides targets, registries and images. */
export function selectUnseen({ images, unknown, pairs }: Result): string[] {
  const unread = images.filter(isUnread).map(pinned)
  return findUnseen({ pairs, unknown, unread }).map(({ message }) => message)
}

/** `1 image not compared`, `2 warnings`. */
export function describeDoubts({
  unread: { length: unread },
  unseen,
  findings,
}: {
  unread: readonly unknown[]
  unseen: number
  findings: readonly Finding[]
}): string[] {
  const warnings = findings.filter(({ severity }) => severity === 'warning').length
  const notices = findings.length - warnings
  return [
    ...(unread > 0 ? [`${plural(unread, 'image')} not compared`] : []),
    ...(unseen > 0 ? [`${plural(unseen, 'thing')} not looked at`] : []),
    ...(warnings > 0 ? [plural(warnings, 'warning')] : []),
    ...(notices > 0 ? [plural(notices, 'notice')] : []),
  ]
}

/** `3 of 18 clusters failed, 2 of them at some registries only: The cluster aks-nope was not found (15 attached)`. */
function describeFailure({ pairs, images, errors }: Result): string {
  const [first] = errors
  const reason = shorten(first?.message ?? 'The step failed.')
  const targets = new Set(pairs.map(keyOf))
  const failed = new Set(pairs.filter(({ status }) => status === 'failed').map(keyOf))
  if (targets.size > 1 && failed.size > 0) {
    const isDone = ({ status }: PairResult): boolean => status === 'attached' || status === 'detached'
    const fine = targets.size - new Set(pairs.filter(pair => !isDone(pair)).map(keyOf)).size
    const done = pairs.some(({ status }) => status === 'detached') ? 'detached' : 'attached'
    const halved = new Set(pairs.filter(pair => isDone(pair) && failed.has(keyOf(pair))).map(keyOf)).size
    const some = halved > 0 ? `, ${halved === failed.size ? '' : `${halved} of them `}at some registries only` : ''
    return `${failed.size} of ${countTargets([...targets])} failed${some}: ${reason}${fine > 0 ? ` (${fine} ${done})` : ''}`
  }
  const lost = images.filter(({ status }) => status === 'failed').length
  if (failed.size === 0 && lost > 1) return `${lost} of ${plural(images.length, 'image')} failed: ${reason}`
  return reason
}

function describeUnseen({ errors, unknown }: Result, unseen: PairResult[]): string {
  const nameOf = ({ target, asked }: PairResult): string =>
    asked.target === '*' ? 'other clusters' : (target?.name ?? lastSegment(asked.target))
  const targets = new Map(unseen.map(pair => [keyOf(pair), nameOf(pair)]))
  const names = new Set(targets.values())
  // Two clusters may have one name.
  const isFew = names.size < 3 && names.size === targets.size
  const what = isFew ? [...names].join(' and ') : countTargets([...targets.keys()])
  const why = errors[0]?.message ?? unknown[0]?.message ?? ''
  return `${what} could not be looked at${why && `: ${shorten(why)}`}`
}

/** The first sentence, with names in place of IDs. */
function shorten(whole: string): string {
  const text = whole
    .replaceAll(/ \(object ID [0-9a-f-]{36}\)/gi, '')
    .replaceAll(/\/subscriptions\/[\w./()-]*\/([\w.()-]+)/gi, '$1')
    .replace(/ could not be read: there is no [^:]*$/, ' was not found')
  const [first = text] = shortDigest(shortenGuids(text)).split(/(?<=[a-z0-9)"…])\.(?=\s|$)|\n/)
  if (first.length <= longestReason) return first
  return `${first.slice(0, longestReason - 1).replace(/[\s,:;]+\S*$/, '')}…`
}

const keyOf = ({ target, asked }: PairResult): string => (target?.id ?? asked.target).toLowerCase()

function isOne(pairs: PairResult[]): boolean {
  return new Set(pairs.map(keyOf)).size === 1
}

function nameTargets(pairs: PairResult[]): string {
  const [first] = pairs
  if (isOne(pairs) && first?.target) return first.target.name
  return countTargets([...new Set(pairs.map(keyOf))])
}

function nameRegistries(pairs: PairResult[], nameRegistry: NameRegistry): string {
  const names = [...new Set(pairs.flatMap(({ registry }) => (registry ? nameRegistry(registry) : [])))]
  return names.length > 2 ? `${names.length} registries` : names.join(' and ')
}

function describeProof({ verified, pairs, changed, inputs, outcomes }: Result): string {
  const nodes = new Set(pairs.flatMap(({ target, pulls }) => pulls.map(({ node }) => `${target?.id ?? ''} ${node}`)))
  const waits = pairs.flatMap(({ propagationSeconds }) => propagationSeconds ?? [])
  const after = waits.length > 0 ? `, ${formatSeconds(Math.max(...waits))} after the grant` : ''
  if (verified === 'pull') return ` (proven on ${plural(nodes.size, 'node')}${after})`
  const unproven = inputs?.verify === 'pull' ? '; no pull has proven it' : ''
  if (!changed) return unproven ? ` (Azure reports the grant${unproven})` : ' (nothing to do)'
  // Images were imported, and nobody waited for a grant.
  if (!pairs.some(pair => pair.changed)) return ` (access was there already${unproven})`
  if (inputs?.verify === 'none') return ' once the grant has taken effect, which was not waited for'
  // A node keeps its token, with the groups of the time when it was issued, for up to a day.
  const isNewMember = outcomes.some(each => each.changed && each.operation.operation === 'add-group-member')
  const isSlow = isNewMember && pairs.some(({ grantedBy }) => grantedBy === 'group')
  const more = unproven || `; nodes can take ${isSlow ? 'up to a day' : 'some minutes'} more`
  return ` (Azure reports the grant, ${formatSeconds(Math.max(0, ...waits))} after it was made${more})`
}
