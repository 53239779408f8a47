import { labelOf, lastSegment, namesOf, type Nameable } from 'azure'
import { compareNaturally, distinctOf, groupBy, type FindingCode, type Unknown } from 'kernel'
import { isDrifted, isUnread, manifestKey, type Result } from 'run-model'
import type { DriftAccess, DriftItem } from './drift-item.js'
import { toErrorJson } from './error-json.js'
import { joinRunning, toRunningItems } from './drift-running.js'
import { whereAsked } from './pair-names.js'
import { toRepair, type Repair } from './repair.js'
import { toReportJson, type Report } from './report-json.js'
import { type CheckedWorkload, workloadRows } from './workload-rows.js'

export type { DriftItem } from './drift-item.js'

/** A part of a check that found nothing out. */
export interface Gap {
  /** An error code or the name of a job: stable as long as the same part is missing. */
  key: string
  text: string
}

/** What a check, or the checks of a fleet, found: one concept for log, annotations, summary and issue. */
export interface Drift {
  /** Items that differ from the inputs, worst first. */
  items: DriftItem[]
  /** Items that could not be checked. */
  unknown: DriftItem[]
  /** Items that match the inputs. */
  fine: DriftItem[]
  /** Why parts whose extent is not known could not be checked. */
  blind: Gap[]
  /** Other things that could not be checked, such as a role definition. */
  unseen: Unknown[]
  /** Commands that repair a part of it. */
  commands: string[]
}

const notCompared: FindingCode = 'IMAGE_NOT_COMPARED'

/** Whether an item could not be checked without failing the step. */
export function isNotCompared({ code }: DriftItem): boolean {
  return code === notCompared
}

/** The items that could not be checked, which fails the step. */
export function selectUnchecked({ unknown }: Pick<Drift, 'unknown'>): DriftItem[] {
  return unknown.filter(item => !isNotCompared(item))
}

/** The unknowns that no pair and no image reports. */
export function selectUnseen(unknown: readonly Unknown[]): Unknown[] {
  return unknown.filter(({ about }) => !about)
}

export function isAttachable({ fix }: DriftItem): boolean {
  return fix === null
}

/** Whether the target can pull everything nevertheless. */
export function isHarmless({ access }: DriftItem): boolean {
  return access === 'by-broader-role' || access === 'otherwise'
}

/** The part of a report that drift is found in; this run knows more about its workloads than it reports. */
export type DriftReport = Pick<Report, 'pairs' | 'images' | 'manifests' | 'unknown' | 'error'> & {
  workloads?: readonly CheckedWorkload[] | null
}

interface Reading {
  /** The job, because each job may find something else under a name; empty for a single run. */
  leg?: string
  /** Where a target was looked for that was not found, in words. */
  whereOf: (target: string) => string | undefined
  repairs: readonly Repair[]
}

/** The drift that this run reports. */
export function findDrift(result: Result, report = toReportJson(result)): Drift {
  const workloads =
    workloadRows(result)?.map(({ row, error }) => ({ ...row, error: error ? toErrorJson(error) : null })) ?? null
  return toDrift(
    { ...report, workloads },
    {
      whereOf: target => whereAsked(target, result.inputs),
      repairs: (result.plan?.operations ?? []).flatMap(toRepair),
    },
  )
}

/** The drift in a report, of this run and of another job alike. */
export function toDrift(report: DriftReport, { leg = '', whereOf, repairs }: Reading): Drift {
  const { pairs, images, manifests, workloads, unknown, error } = report
  const drift: Drift = {
    items: [],
    unknown: [],
    fine: [],
    blind: error ? [{ key: error.code, text: `${error.code}: ${error.message}` }] : [],
    unseen: selectUnseen(unknown),
    commands: [],
  }
  for (const { target, registry, loginServer, identitySeen, status, lacks, error: failure, ...pair } of pairs) {
    const isDrift = isDrifted({ status, lacks })
    const where = target.startsWith('/') ? undefined : whereOf(target)
    const place = isDrift ? 'items' : status === 'failed' || status === 'unknown' ? 'unknown' : 'fine'
    drift[place].push({
      key: keyOf(leg, target, loginServer || registry),
      kind: 'pair',
      target,
      ...(where && { where }),
      name: lastSegment(target),
      registry: loginServer || lastSegment(registry),
      registryId: registry.startsWith('/') ? registry : '',
      ...(!identitySeen && { isIdentityUnseen: true }),
      ...describe(failure, lacks.join('; ')),
      access: failure && failure.code !== 'DRIFT' ? 'none' : accessOf(pair),
    })
  }
  for (const { name, image, registry: registryId, status, digest, importable, error: failure } of images) {
    const reference = image ?? ''
    const isUncompared = isUnread({ status, digest: digest ?? '' })
    const isUnknown = status === 'failed' || isUncompared
    const registry = hostOf(reference) || lastSegment(registryId)
    const own = describe(failure, isUnknown ? 'its digest could not be read' : '')
    drift[status === 'missing' ? 'items' : isUnknown ? 'unknown' : 'fine'].push({
      key: `${name} ${labelOf(registry)}`.toLowerCase(),
      kind: 'image',
      target: name,
      name,
      registry,
      registryId,
      ...own,
      ...(!failure && isUncompared && { code: notCompared }),
      access: 'none',
      // The advice to run attach is given once for everything that it repairs.
      fix: importable ? null : own.fix,
    })
  }
  const registryIds = new Map(pairs.map(({ loginServer, registry }) => [loginServer, registry]))
  for (const { image: reference, status, error: failure } of manifests) {
    const registry = hostOf(reference)
    // If it could not be read without an error, the nodes find out.
    drift[status === 'missing' ? 'items' : failure ? 'unknown' : 'fine'].push({
      key: manifestKey(reference),
      kind: 'image',
      target: reference,
      name: reference,
      registry,
      registryId: registryIds.get(registry) ?? '',
      ...describe(failure, ''),
      access: 'none',
    })
  }
  const reasons = new Map(unknown.map(({ subject, message }) => [subject.toLowerCase(), message]))
  const running = toRunningItems(workloads ?? [], new Map([...registryIds].flatMap(toLowerKey)), reasons)
  for (const place of ['items', 'unknown', 'fine'] as const) drift[place].push(...running[place])
  const sorted = withNames(sortDrift(drift))
  return { ...sorted, commands: sortLike(sorted.items, repairs).map(({ command }) => command) }
}

const toLowerKey = ([host, id]: [string | null | undefined, string]): [string, string][] =>
  host && id.startsWith('/') ? [[host.toLowerCase(), id]] : []

const hostOf = (reference: string): string => reference.split('/')[0] ?? ''

function describe(
  failure: Report['error'],
  otherwise: string,
): Pick<DriftItem, 'code' | 'what' | 'quote' | 'azure' | 'fix'> {
  if (!failure) return { code: 'missing', what: otherwise, fix: null }
  const { code, message, quote, azure, fix } = failure
  return { code, what: message, ...(quote && { quote }), ...(azure && { azure }), fix }
}

function accessOf({ grantedBy, limitedTo }: Pick<Report['pairs'][number], 'grantedBy' | 'limitedTo'>): DriftAccess {
  if (grantedBy) return grantedBy === 'broader-role' ? 'by-broader-role' : 'otherwise'
  return limitedTo ? { onlyTo: limitedTo } : 'none'
}

/** Repairs in the order of the items, so that readers find the command of a row by its place. */
function sortLike(items: readonly DriftItem[], repairs: readonly Repair[]): Repair[] {
  const places = new Map(items.map(({ target, registryId }, index) => [`${target} ${registryId}`.toLowerCase(), index]))
  const first = new Map(items.map(({ target }, index) => [target.toLowerCase(), index] as const).reverse())
  const placeOf = ({ target, registry }: Repair): number =>
    places.get(`${target} ${registry}`.toLowerCase()) ?? first.get(target.toLowerCase()) ?? items.length
  return [...repairs].sort((a, b) => placeOf(a) - placeOf(b))
}

export function mergeDrifts(drifts: Drift[]): Drift {
  const unseen = drifts.flatMap(drift => drift.unseen)
  const merged = sortDrift({
    items: distinct(drifts.flatMap(({ items }) => items)),
    unknown: distinct(drifts.flatMap(({ unknown }) => unknown)),
    fine: distinct(drifts.flatMap(({ fine }) => fine)),
    blind: drifts.flatMap(({ blind }) => blind),
    unseen: distinctOf(unseen, ({ subject, message }) => `${subject} ${message}`),
    commands: [...new Set(drifts.flatMap(({ commands }) => commands))],
  })
  return withNames(merged)
}

/** Names the targets, so that those with the same name differ, also from the targets without drift. */
export function withNames(drift: Drift): Drift {
  const nameTarget = namesOf(selectTargets(drift))
  const name = (items: DriftItem[]): DriftItem[] =>
    items.map(item => (item.kind === 'pair' ? { ...item, name: nameTarget(item) } : item))
  return { ...drift, items: name(drift.items), unknown: name(drift.unknown), fine: name(drift.fine) }
}

/** The targets of a run or a fleet, for names. */
export function selectTargets({ items, unknown, fine }: Pick<Drift, 'items' | 'unknown' | 'fine'>): Nameable[] {
  return [...items, ...unknown, ...fine].filter(({ kind }) => kind === 'pair')
}

/** Key of a pair. A resource ID means the same in every job, whatever else the job checks; a name means something only in its own job. */
export function keyOf(leg: string, target: string, registry: string): string {
  return [...(target.startsWith('/') ? [] : [leg]), target, labelOf(registry)].join(' ').toLowerCase()
}

/** An item that several jobs check counts once. */
function distinct(items: DriftItem[]): DriftItem[] {
  return [...groupBy(items, ({ key }) => key).values()].map(joinRunning)
}

/** Worst first: missing resources, missing access, images, and drift that lets targets pull. The order is the same every night. */
function sortDrift(drift: Drift): Drift {
  const rank = (item: DriftItem): number =>
    isHarmless(item) ? 3 : item.kind === 'image' ? 2 : item.code === 'missing' ? 1 : 0
  const sort = (items: DriftItem[]): DriftItem[] =>
    [...items].sort((a, b) => rank(a) - rank(b) || compareNaturally(a.name, b.name) || compareNaturally(a.key, b.key))
  return { ...drift, items: sort(drift.items), unknown: sort(drift.unknown) }
}
