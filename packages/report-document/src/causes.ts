import { addGroupMemberCommand, createRoleAssignmentCommand, labelOf, withoutIds } from 'azure'
import {
  compareNaturally,
  distinctOf,
  fix,
  groupBy,
  inShort,
  nameSome,
  choices,
  isErrorCode,
  reasonOf,
  say,
  sayClause,
  sayShort,
} from 'kernel'
import type { Fix, Group, Said } from 'kernel'
import { excerpt } from 'texts'
import { annotate } from 'runner'
import { states, worstOf } from 'run-model'
import { countTargets, isAttachable, isLost, joinRegistries, keyOf, selectUnchecked, worstState } from './drift.js'
import type { Drift, DriftItem, Repair } from './drift.js'
import {
  countImages,
  describeAccess,
  claimDrift,
  isGoneItem,
  nameRegistry,
  placesOfItems,
  countDrift,
  sayDrift,
} from './drift-text.js'
import { adviceOf, createTeller, groupByFix, maxCommands, maxAnnotations, type Problem } from './problems.js'

/** Drift with one cause, and what to do about it, as plain data: the same in log, annotations, summary, issue and page. */
export type Cause = ReturnType<typeof toCause>

const maxNames = 50

/** Maximum length of a printed command for one principal, in characters: a condition on many repositories fills a page, so only `attach` handles it. */
const maxCommandLength = 1000

/** Maximum number of principals of one command: `attach` handles more. */
const maxPrincipals = 250

/** Groups drift by cause, worst first: each role at each registry, all missing clusters, each missing registry, and each advice of the others. */
export function findCauses({ items }: Pick<Drift, 'items'>) {
  const own = items.filter(hasOwnFix)
  const refused = new Map(
    [true, false].flatMap(isPair =>
      groupByFix(own.filter(({ kind }) => (kind === 'pair') === isPair)).flatMap((group, index) =>
        group.map((item): [DriftItem, string] => [
          item,
          `${isPair} ${index} ${JSON.stringify([item.today, item.onlyTo])}`,
        ]),
      ),
    ),
  )
  const tell = createTeller()
  return [...groupBy(items, item => refused.get(item) ?? keyOfCause(item)).values()]
    .map(group => toCause(group, tell))
    .sort(compareCauses)
}

/** The one order of causes, on page, summary and issue: worst first, clusters before images; then most clusters, then by registry. */
function compareCauses(a: Cause, b: Cause): number {
  const rankOf = ({ state, items: [first] }: Cause): number => states[state].rank + (first.kind === 'pair' ? 0 : 0.5)
  return rankOf(a) - rankOf(b) || b.names.length - a.names.length || compareNaturally(a.registry, b.registry)
}

function toCause(group: Group<DriftItem>, tell: ReturnType<typeof createTeller>) {
  const [first] = group
  return {
    state: first.state,
    /** The role that is missing at one registry, and nothing else; empty for any other cause. */
    role: isAttachable(first) ? lackedRole(first) : '',
    registry: nameRegistry(first),
    /** Those of its pairs (`keyOf`). */
    keys: group.flatMap(({ kind, target, registry }) => (kind === 'pair' ? keyOf('', target, registry) : [])),
    /** `DRIFT`, or the code of a resource that was not found. */
    code: isGoneItem(first) ? first.code : 'DRIFT',
    ...sayCause(group, distinctOf(group, keyOfItem).map(tell)),
    items: group,
    /** What to do about all of its items, with complete commands; empty if only `attach` repairs it. */
    advice: adviseOn(group),
  }
}

/** @param told what its items say, once each */
function sayCause(group: Group<DriftItem>, told: ReturnType<ReturnType<typeof createTeller>>[]) {
  const [first] = group
  const names = namesOfItems(group)
  const isSingle = told.length === 1 && !isLost(first)
  const list = isSingle || names.length === 1 || isLostRegistry(first) ? '' : listNames(names)
  const said: Said = isSingle ? sayOne(first, told[0]?.said) : { what: describeGroup(group, names) }
  const isSaid = isSingle || (first.code === 'missing' && first.kind === 'pair')
  const details = distinctOf(
    told.map(each => (isSaid ? { ...each, said: nothing } : each)).filter(each => say(each.said) || each.answer),
    each => say(each.said) + each.answer,
  )
  const text = sayTitle(said)
  return {
    /** What it is, and why if it has one item only. */
    said,
    /** What a headline says of an only item. */
    claim: isSingle ? claimOf(first) : '',
    /** `AcrPull on acrbase is missing for 4`; all that is known of a single item. */
    text,
    /** Its clusters or images: `aks-eus-01, -02, -03, aks-sea-10`; empty if the text names them. */
    list,
    /** The same, each as people know it. */
    names,
    /** Text and list. */
    title: list ? `${text}: ${list}` : text,
    /** As sentences of its own: what its only item says or, if there are several, text and list. */
    whole: sayWhole(said, list, details),
    /** What its items say, each once, and Azure's answer; empty if the text has it. */
    details,
  }
}

const nothing: Said = { what: '' }

const claimOf = (item: DriftItem): string => (item.kind === 'pair' && !isGoneItem(item) ? claimDrift(item) : '')

function sayWhole(said: Said, list: string, [detail, ...others]: readonly { said: Said }[]): Said {
  const isOnly = list === '' && others.length === 0
  return isOnly && detail && say(detail.said) ? detail.said : { ...said, why: said.why ?? list }
}

/** A cause as a title: without a full stop, unless it needs sentences. */
export const sayTitle = (said: Said): string => (said.more || said.quote ? say(said) : sayClause(said))

const sayOne = (item: DriftItem, said: Said = item.said): Said => (isGoneItem(item) ? said : sayDrift(item, said))

const hasOwnFix = (item: DriftItem): item is DriftItem & { fix: Fix } => !isAttachable(item) && !isLost(item)

const isLostRegistry = ({ lost }: DriftItem): boolean => lost === 'registry'

/** The cause of what `attach` repairs, and of resources that were not found. */
function keyOfCause(item: DriftItem): string {
  const { kind, code, said, today, onlyTo } = item
  const place = nameRegistry(item).toLowerCase()
  if (isLost(item)) return isLostRegistry(item) ? `registry ${place}` : 'targets'
  return kind !== 'pair' ? countImages([item]).join() : JSON.stringify([place, code, said, today, onlyTo])
}

/** One cluster or registry that was not found is one problem, whatever it is paired with. Jobs of a fleet can look for one name in several places. */
function keyOfItem(item: DriftItem): string {
  const { key, code, target, registry, said } = item
  if (!isLost(item)) return key
  return `${code} ${isLostRegistry(item) ? registry : target} ${say(said)}`.toLowerCase()
}

/** The targets, or the images with their registries, in their order and each once. */
function namesOfItems(items: readonly DriftItem[]): string[] {
  const nameOf = (item: DriftItem): string =>
    item.kind !== 'pair' && item.registry ? `${item.name} on ${nameRegistry(item)}` : item.name
  return distinctOf(items.map(nameOf), name => name.toLowerCase()).sort(compareNaturally)
}

function describeGroup(group: Group<DriftItem>, names: readonly string[]): string {
  const [first] = group
  const { kind, code } = first
  const targets = countTargets(group.map(({ target }) => target))
  if (isLostRegistry(first)) return `${nameRegistry(first)} was not found`
  if (isLost(first)) return names.length === 1 ? `${names.join()} was not found` : `${targets} were not found`
  if (kind !== 'pair') return countImages(group).join(' and ')
  const can = describeAccess(group, false)
  const isNone = first.today === 'none'
  if (!isAttachable(first))
    return `${code === 'DRIFT' ? '' : `${code}: `}${targets} ${can}${isNone ? placesOfItems(group) : ''}`
  return `${describeLack(first)} for ${names.length}${isNone ? '' : `, which ${can}`}`
}

/** The only thing that a pair lacks, if it is a role of its own; else empty. */
function lackedRole({ lacks = [] }: DriftItem): string {
  const [lack, ...others] = lacks
  if (lack?.kind !== 'role' || lack.group !== null || others.length > 0) return ''
  return lack.role ?? 'the pull role'
}

/** `AcrPull on contosoacr is missing`, `contosoacr: the pull identity is not a member of group g`. */
function describeLack(item: DriftItem): string {
  const role = lackedRole(item)
  const place = nameRegistry(item)
  if (role) return `${role} on ${place} is missing`
  return `${place}: ${sayClause(item.said) || 'the pull role is missing'}`
}

/** Names in their order, in short if they begin like the one before: `aks-eus-01, -02, aks-sea-10`. */
function listNames(names: readonly string[]): string {
  const short = names.slice(0, maxNames).map((name, index) => {
    const [, stem = '', end = ''] = /^(.+)(-[^-\s()]+)$/.exec(name) ?? []
    return stem && names[index - 1]?.startsWith(`${stem}-`) && names[index - 1]?.lastIndexOf('-') === stem.length
      ? end
      : name
  })
  return `${short.join(', ')}${names.length > maxNames ? ` and ${names.length - maxNames} more` : ''}`
}

function adviseOn(group: Group<DriftItem>): Fix {
  const [first, ...others] = group.filter(hasOwnFix)
  if (isLost(group[0])) {
    const it = isLostRegistry(group[0]) || namesOfItems(group).length === 1 ? 'it' : 'them'
    return fix(`Take ${it} out of the inputs, or create ${it} again.`)
  }
  return first ? adviceOf([first, ...others]) : fix('', ...commandsFor(group))
}

/** One complete command for each role at each scope, and for each group; none if one of them would be too long, because a part repairs a part only. */
function commandsFor(items: readonly DriftItem[]): string[] {
  const repairs = distinctOf(
    items.flatMap(each => each.repairs ?? []),
    each => JSON.stringify(each),
  )
  const same = [...groupBy(repairs, each => JSON.stringify({ ...each, principalId: '' })).values()]
  const isLong = ([repair, ...others]: Group<Repair>): boolean =>
    others.length >= maxPrincipals || toCommand([repair]).length > maxCommandLength
  return same.length > maxCommands || same.some(isLong) ? [] : same.map(toCommand)
}

function toCommand(repairs: Group<Repair>): string {
  const [{ group, ...grant }] = repairs
  const ids = repairs.map(({ principalId }) => principalId)
  return group ? addGroupMemberCommand(group, ids) : createRoleAssignmentCommand({ ...grant, objectId: ids })
}

/** What `attach` does about drift; empty if it does nothing. */
export function attachText({ items }: Pick<Drift, 'items'>): string {
  if (!items.some(isAttachable)) return ''
  const isReplaced = items.some(item => isAttachable(item) && item.code === 'IMAGE_CONFLICT')
  return `The same step with mode: attach creates what is missing${isReplaced ? ' and overwrites tags' : ''}`
}

/** What repairs the drift: by `attach`, and cause by cause. The text of an only cause is said already, and so is its only detail. */
export function repairDrift(drift: Pick<Drift, 'items'>, causes = findCauses(drift)): Fix {
  const attach = attachText(drift)
  const isOne = causes.length === 1
  const isByHand = causes.some(({ items: [first], advice }) => isAttachable(first) && advice[0]?.commands.length)
  const parts = causes.flatMap(cause => {
    const { list, title, advice, details } = cause
    const said =
      isOne && list === '' && details.length < 2
        ? []
        : details.map(({ said: each, answer }) => `${say(each)}${answer}`.trim())
    const [first = { text: '', commands: [] }, ...others] = advice
    const colon = first.text === '' && first.commands.length > 0 ? ':' : ''
    const lines = [...(isOne ? [] : [`${title}${colon}`]), ...excerpt(said)]
    return [{ ...first, text: [...lines, first.text].filter(Boolean).join('\n') }, ...others]
  })
  return choices(fix(attach && `${attach}${isByHand ? ', or by hand:' : '.'}`), ...parts)
}

/**
 * The contract's failure for drift. A check fails with the code of the look-up if all drift is one missing resource or several.
 * @param isFleet whether several checks found it: then the code is always `DRIFT`
 */
export function explainDrift(drift: Drift, isFleet: boolean): Problem {
  const causes = findCauses(drift)
  const [only, ...others] = causes
  const codes = new Set(causes.map(({ code }) => code))
  const code = !isFleet && only && !codes.has('DRIFT') ? only.code : 'DRIFT'
  const state = worstState(drift)
  const advice = repairDrift(drift, causes)
  if (!only || others.length > 0) return { code, said: { what: countDrift(drift) }, fix: advice, state }
  const { whole, list, details, items } = only
  const azure = details.length < 2 && list === '' ? items[0].azure : undefined
  return { code, said: whole, fix: advice, azure, state }
}

const askAgain = 'Read the log of the job, and run it again with the version of the action that merges its report.'

/** One failure of a fleet for each code with which items could not be checked, most first, with each advice once; images that were only not compared fail nothing. */
export function explainUnchecked(drift: Drift): Problem[] {
  // What another job has found drifted is shown as such, but this job has not checked it.
  const unchecked = [...selectUnchecked(drift), ...selectUnchecked({ unknown: drift.doubted ?? [] })]
  const groups = groupBy(unchecked, ({ code }) => (isErrorCode(code) ? code : 'INVALID_INPUT'))
  const sorted = [...groups].sort(([, a], [, b]) => b.length - a.length)
  return sorted.map(([code, items]) => {
    const tell = createTeller()
    const lines = joinRegistries(items).map(item => {
      const { said, answer } = tell(item)
      return `${item.name} on ${item.registry}: ${withoutIds(say(said)) || 'its job gave no reason'}${answer}`
    })
    const reasons = joinRegistries(items).map(
      ({ name, registry, said }) => `${name} on ${registry}: ${withoutIds(reasonOf(said)) || 'its job gave no reason'}`,
    )
    const unsaid = items.some(({ said }) => say(said) === '') ? fix(askAgain) : []
    const [first = { fix: [] }, ...others] = items.map(item => ({ fix: item.fix ?? [] }))
    const advice = choices(adviceOf([first, ...others]), unsaid)
    const briefs = new Set(items.map(({ said }) => said.brief))
    const said = { what: nameUnchecked(items), brief: briefs.size === 1 ? [...briefs][0] : undefined }
    const state = worstOf(items.map(each => each.state))
    return { code, state, said, fix: choices(inShort(`${nameSome(reasons)}.`, excerpt(lines).join('\n')), advice) }
  })
}

/** `aks-weu-12 was not checked`. */
function nameUnchecked(items: readonly DriftItem[]): string {
  const names = new Set(
    items.map(({ kind, target, name, registry }) =>
      target === '*' ? 'other clusters' : kind === 'pair' || !registry ? name : `${name} on ${labelOf(registry)}`,
    ),
  )
  const isPlural = names.size > 1 || items.some(({ target, registry }) => target === '*' || !registry)
  return `${nameSome([...names])} ${isPlural ? 'were' : 'was'} not checked`
}

/**
 * One annotation per cause, worst first; if there are too many, the last one counts the rest.
 * @param others number of other annotations of the same level
 */
export function annotateDrift(drift: Drift, isFailure: boolean, others: number): void {
  const max = maxAnnotations - others
  const level = isFailure ? 'error' : 'warning'
  const causes = findCauses(drift)
  const shown = causes.length > max ? causes.slice(0, Math.max(0, max - 1)) : causes
  for (const cause of shown) {
    const { code, names, whole, items, advice } = cause
    const subject = isLostRegistry(items[0]) ? nameRegistry(items[0]) : names.length === 1 ? items[0].name : ''
    const next = attachText(cause) ? `${attachText(cause)}.` : sayShort(advice)
    annotate(level, [say(whole), next].filter(Boolean).join('\n'), `attach-acr: ${code}${subject && ` on ${subject}`}`)
  }
  if (shown.length < causes.length && max > 0) {
    const rest = causes.length - shown.length
    annotate(level, `${rest} more that summary and report list: ${countDrift(drift)}.`, 'attach-acr: DRIFT')
  }
}
