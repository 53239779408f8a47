import { createRoleAssignmentCommand, groupMemberCommand } from 'azure'
import { compareNaturally, distinctOf, fix, groupBy, partsOf, type Fix, type FixPart, type Group } from 'kernel'
import { countTargets, isAttachable, isLost, type Drift, type DriftItem, type Repair } from './drift.js'
import { countImages, describeAccess, describeDrift, isGoneItem, nameRegistry, placesOf } from './drift-text.js'
import { adviceOf, createTeller, groupByFix, maxCommands } from './problems.js'

/** Drift with one cause, and what to do about it, as plain data: the same in log, annotations, summary, issue and page. */
export interface Cause {
  /** `DRIFT`, or the code of a resource that was not found. */
  code: string
  /** `AcrPull on acrbase is missing for 4`; all that is known of a single item, without a full stop. */
  text: string
  /** Its clusters or images: `aks-eus-01, -02, -03, aks-sea-10`; empty if the text names them. */
  list: string
  /** The same, each as people know it. */
  names: string[]
  items: Group<DriftItem>
  /** What its items say, each once, and Azure's answer; empty if the text has it. */
  details: { message: string; quote?: DriftItem['quote']; answer: string }[]
  /** What to do about all of its items, with complete commands; empty if only `attach` repairs it. */
  advice: readonly FixPart[]
}

/** Maximum number of names in a list. */
const maxNames = 50

/** Maximum length of a printed command for one principal, in characters: a condition on many repositories fills a page, so only `attach` handles it. */
const maxCommandLength = 1000

/** Maximum number of principals of one command: `attach` handles more. */
const maxPrincipals = 250

const lost = "A resource that no longer exists can't be attached: correct the inputs, or create it again."

/** Groups drift by cause, worst first: each role at each registry, all missing clusters, each missing registry, and each advice of the others. */
export function findCauses({ items }: Pick<Drift, 'items'>): Cause[] {
  const own = items.filter(hasOwnFix)
  const refused = new Map(
    [true, false].flatMap(isPair =>
      groupByFix(own.filter(({ kind }) => (kind === 'pair') === isPair)).flatMap((group, index) =>
        group.map((item): [DriftItem, string] => [item, `${isPair} ${index} ${JSON.stringify(item.access)}`]),
      ),
    ),
  )
  const tell = createTeller()
  return [...groupBy(items, item => refused.get(item) ?? keyOfCause(item)).values()].map((group): Cause => {
    const [first] = group
    const names = namesOf(group)
    const told = distinctOf(group, keyOfItem).map(tell)
    const [only = { message: '', answer: '' }] = told
    const isSingle = told.length === 1 && !isLost(first)
    const isSaid = isSingle || (first.code === 'missing' && first.kind === 'pair')
    return {
      code: isGoneItem(first) ? first.code : 'DRIFT',
      text: !isSingle
        ? describeGroup(group, names)
        : isGoneItem(first)
          ? only.message
          : describeDrift(first, only.message),
      list: isSingle || names.length === 1 || isLostRegistry(first) ? '' : listNames(names),
      names,
      items: group,
      details: distinctOf(
        told
          .map(each => (isSaid ? { message: '', answer: each.answer } : each))
          .filter(({ message, answer }) => message || answer),
        ({ message, answer }) => message + answer,
      ),
      advice: partsOf(adviseOn(group)),
    }
  })
}

const hasOwnFix = (item: DriftItem): item is DriftItem & { fix: Fix } => !isAttachable(item) && !isLost(item)

const isLostRegistry = ({ code }: DriftItem): boolean => code === 'REGISTRY_NOT_FOUND'

/** The cause of what `attach` repairs, and of resources that do not exist. */
function keyOfCause(item: DriftItem): string {
  const { kind, code, message, access } = item
  const place = nameRegistry(item).toLowerCase()
  if (isLost(item)) return isLostRegistry(item) ? `registry ${place}` : 'targets'
  return kind !== 'pair' ? countImages([item]).join() : JSON.stringify([place, code, message, access])
}

/** One cluster or registry that does not exist is one problem, whatever it is paired with. Jobs of a fleet can look for one name in several places. */
function keyOfItem(item: DriftItem): string {
  const { key, code, target, registry, message } = item
  if (!isLost(item)) return key
  return `${code} ${isLostRegistry(item) ? registry : target} ${message}`.toLowerCase()
}

/** The targets, or the images with their registries, in their order and each once. */
function namesOf(items: readonly DriftItem[]): string[] {
  const nameOf = (item: DriftItem): string =>
    item.kind !== 'pair' && item.registry ? `${item.name} on ${nameRegistry(item)}` : item.name
  return distinctOf(items.map(nameOf), name => name.toLowerCase()).sort(compareNaturally)
}

function describeGroup(group: Group<DriftItem>, names: readonly string[]): string {
  const [first] = group
  const { kind, code, message } = first
  const place = nameRegistry(first)
  const targets = countTargets(group.map(({ target }) => target))
  if (isLostRegistry(first)) return `${place} was not found`
  if (isLost(first)) return names.length === 1 ? `${names.join()} was not found` : `${targets} were not found`
  if (kind !== 'pair') return countImages(group).join(' and ')
  const can = describeAccess(group, false)
  const isNone = first.access === 'none'
  if (!isAttachable(first))
    return `${code === 'DRIFT' ? '' : `${code}: `}${targets} ${can}${isNone ? placesOf(group) : ''}`
  const roles = [first.role ?? '', ...(first.repairs ?? []).map(each => each.role)]
  const role = roles.find(each => message === `${each} is missing`)
  const what = role ? `${role} on ${place} is missing` : `${place}: ${message || 'the pull role is missing'}`
  return `${what} for ${names.length}${isNone ? '' : `, which ${can}`}`
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
  if (isLost(group[0])) return fix(lost)
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
  return group ? groupMemberCommand('add', group, ids) : createRoleAssignmentCommand({ ...grant, objectId: ids })
}
