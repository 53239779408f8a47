import { createRoleAssignmentCommand, groupMemberCommand } from '../model/az-commands.js'
import type { FindingCode } from '../model/finding.js'
import { withoutCommands, type Fix } from '../model/fix.js'
import { manifestKey } from '../model/manifest.js'
import { plainText } from '../model/plain-text.js'
import { labelOf } from '../model/registry.js'
import { lastSegment } from '../model/resource-id.js'
import type { Report } from './report-json.js'
import { findUnseen } from './unseen.js'

/**
 * What a target can pull although something differs: nothing, some repositories (none are named where their conditions are not understood), or
 * all, by a role that may do more or in another way than the step asks for.
 */
type DriftAccess = 'none' | { onlyTo: string[] } | 'by-broader-role' | 'otherwise'

/** One thing that was looked for: a pair of target and registry, or an image in a registry. */
export interface DriftItem {
  /** The same every night for the same thing, however the inputs spell it, once it was found. */
  key: string
  kind: 'pair' | 'image'
  /** Resource ID or name of the target, or the image's name. */
  target: string
  /** Login server or name. */
  registry: string
  /** Its resource ID; empty where it was not found. */
  registryId: string
  /** `missing`, the code of the error, or `IMAGE_NOT_COMPARED` for an image that is present and could not be read, which fails nothing. */
  code: string
  /** What is missing, or why it could not be looked at: `AcrPull is missing`. */
  what: string
  /** What the target can pull all the same. */
  access: DriftAccess
  /** What the failure itself advises; null where `attach` repairs it. */
  fix: Fix | null
}

/** What a check, or the checks of a fleet, found: one concept for log, annotations, summary and issue. */
export interface Drift {
  /** What differs from what is wanted: worst first. */
  items: DriftItem[]
  /** Could not be looked at. */
  unknown: DriftItem[]
  /** Matches what is wanted. */
  fine: DriftItem[]
  /** Why an unknown part of it could not be looked at; empty where everything was. */
  blind: string[]
  /** What could not be looked at besides targets, registries and images, such as a role definition. */
  unseen: string[]
  /** What repairs some of it, one `az` command each. */
  commands: string[]
}

/** The code of an image that counts as present although it could not be read, as its finding has it. */
const notCompared: FindingCode = 'IMAGE_NOT_COMPARED'

/** Whether something could not be looked at without failing the check. */
export function isNotCompared({ code }: DriftItem): boolean {
  return code === notCompared
}

/** What could not be looked at, which fails the check. */
export function selectUnlooked({ unknown }: Pick<Drift, 'unknown'>): DriftItem[] {
  return unknown.filter(item => !isNotCompared(item))
}

/** Whether `attach` repairs it. */
export function isAttachable({ fix }: DriftItem): boolean {
  return fix === null
}

/** Whether all can be pulled as it is. */
export function isHarmless({ access }: DriftItem): boolean {
  return access === 'by-broader-role' || access === 'otherwise'
}

/** Whether an image that is present could not be read, which is why it has no digest. */
const isUnread = ({ status, digest }: Report['images'][number]): boolean => status === 'present' && !digest

/** The parts of a report that tell of drift. */
export type DriftReport = Pick<Report, 'pairs' | 'images' | 'manifests' | 'plan' | 'unknown' | 'error'>

/**
 * Reads the drift out of a report.
 * @param leg tells names of several steps apart, which may look them up in different places; empty for one step
 */
export function readDrift({ pairs, images, manifests, plan, unknown, error }: DriftReport, leg = ''): Drift {
  const blind = error ? [`${error.code}: ${error.message}`] : []
  // Nothing can be assigned at a registry that does not exist.
  const created = plan.flatMap(({ operation, registry }) => (operation === 'create-registry' ? registry : []))
  const possible = plan.filter(({ registry }) => !created.includes(registry))
  const unread = images.filter(isUnread).map(({ image }) => image)
  const unseen = findUnseen({ pairs, unknown, unread }).map(({ message }) => message)
  // Commands out of the report of another job are not repeated.
  const ownFix = ({ fix }: { fix: Fix }): Fix => (leg ? withoutCommands(fix) : fix)
  const drift: Drift = { items: [], unknown: [], fine: [], blind, unseen, commands: [] }
  for (const pair of pairs) {
    const { target, registry, status, loginServer, lacks } = pair
    const item: DriftItem = {
      key: keyOf(leg, target, loginServer || registry),
      kind: 'pair',
      target,
      registry: loginServer || lastSegment(registry),
      registryId: registry.startsWith('/') ? registry : '',
      code: pair.error?.code ?? 'missing',
      what: pair.error ? pair.error.message : lacks.join('; '),
      access: accessOf(pair),
      fix: pair.error && ownFix(pair.error),
    }
    const place =
      status === 'missing' ? drift.items : ['failed', 'unknown'].includes(status) ? drift.unknown : drift.fine
    place.push(item)
  }
  for (const image of images) {
    const { name, registry, status } = image
    const isUnknown = status === 'failed' || isUnread(image)
    const item: DriftItem = {
      key: `${name} ${labelOf(image.image.split('/')[0] ?? '')}`.toLowerCase(),
      kind: 'image',
      target: name,
      registry: image.image.split('/')[0] ?? '',
      registryId: registry,
      code: image.error?.code ?? (isUnread(image) ? notCompared : 'missing'),
      what: image.error ? image.error.message : isUnknown ? 'its digest could not be read' : '',
      access: 'none',
      // What is to be imported has no advice of its own.
      fix: image.error?.fix.text ? ownFix(image.error) : null,
    }
    const place = status === 'missing' ? drift.items : isUnknown ? drift.unknown : drift.fine
    place.push(item)
  }
  const registryIds = new Map(pairs.map(({ loginServer, registry }) => [loginServer, registry]))
  for (const { image, status, error: why } of manifests) {
    const [host = ''] = image.split('/')
    const item: DriftItem = {
      key: manifestKey(image),
      kind: 'image',
      target: image,
      registry: host,
      registryId: registryIds.get(host) ?? '',
      code: why?.code ?? 'missing',
      what: why ? why.message : '',
      access: 'none',
      fix: why && ownFix(why),
    }
    // What could not be read without an error was left to the nodes to tell.
    const place = status === 'missing' ? drift.items : why ? drift.unknown : drift.fine
    place.push(item)
  }
  const sorted = sortDrift(drift)
  return { ...sorted, commands: sortLike(sorted.items, possible).flatMap(toCommand) }
}

/** Planned operations in the order of what they repair: a reader finds the command of a row by its place. */
function sortLike(items: readonly DriftItem[], plan: DriftReport['plan']): DriftReport['plan'] {
  const places = new Map(items.map(({ target, registryId }, index) => [`${target} ${registryId}`.toLowerCase(), index]))
  const first = new Map(items.map(({ target }, index) => [target.toLowerCase(), index] as const).reverse())
  const placeOf = ({ target, registry }: DriftReport['plan'][number]): number =>
    places.get(`${target ?? ''} ${registry ?? ''}`.toLowerCase()) ??
    first.get((target ?? '').toLowerCase()) ??
    items.length
  return [...plan].sort((a, b) => placeOf(a) - placeOf(b))
}

/** The drift of several reports together. */
export function mergeDrifts(drifts: Drift[]): Drift {
  return sortDrift({
    items: distinct(drifts.flatMap(({ items }) => items)),
    unknown: distinct(drifts.flatMap(({ unknown }) => unknown)),
    fine: distinct(drifts.flatMap(({ fine }) => fine)),
    blind: drifts.flatMap(({ blind }) => blind),
    unseen: [...new Set(drifts.flatMap(({ unseen }) => unseen))],
    commands: [...new Set(drifts.flatMap(({ commands }) => commands))],
  })
}

function accessOf({ error, grantedBy, limitedTo }: DriftReport['pairs'][number]): DriftAccess {
  if (error) return 'none'
  if (grantedBy) return grantedBy === 'broader-role' ? 'by-broader-role' : 'otherwise'
  return limitedTo ? { onlyTo: limitedTo } : 'none'
}

/** A planned operation as a command; none for what `az` has no single command for. */
function toCommand(planned: DriftReport['plan'][number]): string[] {
  const { operation, principalId, principalType, role, registry, group, memberId, condition } = planned
  if (operation === 'add-group-member' && group && memberId) return [groupMemberCommand('add', group, memberId)]
  if (operation !== 'create-role-assignment' || !principalId || !principalType || !role || !registry) return []
  // No name that Azure takes has several lines; a report of another job may.
  if (plainText(role) !== role || (condition && plainText(condition) !== condition)) return []
  const grant = { objectId: principalId, type: principalType, role, scope: registry }
  return [createRoleAssignmentCommand({ ...grant, ...(condition && { condition }) })]
}

/** Key of a pair. A resource ID means the same thing in every step, whatever else the step checks; a name only within its step. */
export function keyOf(leg: string, target: string, registry: string): string {
  return [...(target.startsWith('/') ? [] : [leg]), target, labelOf(registry)].join(' ').toLowerCase()
}

/** What several steps look at is one thing. */
function distinct(items: DriftItem[]): DriftItem[] {
  return [...new Map(items.map(item => [item.key, item])).values()]
}

/** Worst first: what is gone, then access that is missing, images, and what works all the same. The order is the same every night. */
function sortDrift(drift: Drift): Drift {
  const rank = (item: DriftItem): number =>
    isHarmless(item) ? 3 : item.kind === 'image' ? 2 : item.code === 'missing' ? 1 : 0
  const sort = (items: DriftItem[]): DriftItem[] =>
    [...items].sort((a, b) => rank(a) - rank(b) || (a.key < b.key ? -1 : 1))
  return { ...drift, items: sort(drift.items), unknown: sort(drift.unknown) }
}
