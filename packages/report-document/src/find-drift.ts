import { createRoleAssignmentCommand, describePlace, groupMemberCommand, labelOf, lastSegment } from 'azure'
import { isDrifted, isUnread, manifestKey, type Inputs, type Operation, type Result } from 'run-model'
import {
  keyOf,
  mergeDrifts,
  notCompared,
  selectUnseen,
  sortDrift,
  withNames,
  type Drift,
  type DriftItem,
} from './drift.js'
import { toRunningItems } from './drift-running.js'
import { toReportJson, type Report } from './report-json.js'
import { checkedWorkloads, type CheckedWorkload } from './workload-rows.js'

/** The drift that this run reports. Only a check finds drift: in the other modes, missing access is a failure. */
export function findDrift(result: Result, report = toReportJson(result)): Drift {
  if (result.mode !== 'check') return { ...mergeDrifts([]), unseen: selectUnseen(result.unknown) }
  const whereOf = (target: string): string | undefined => whereAsked(target, result.inputs)
  const repairs = (result.plan?.operations ?? []).flatMap(toRepair)
  return toDrift({ ...report, workloads: checkedWorkloads(result) ?? null }, '', whereOf, repairs)
}

/**
 * The drift in a report, of this run and of another job alike.
 * @param report of its workloads, this run knows more than it reports
 * @param leg the job, because each job may find something else under a name; empty for a single run
 * @param whereOf where a target was looked for that was not found, in words
 */
export function toDrift(
  report: Pick<Report, 'pairs' | 'images' | 'manifests' | 'unknown' | 'error'> & {
    workloads?: readonly CheckedWorkload[] | null
  },
  leg: string,
  whereOf: (target: string) => string | undefined,
  repairs: readonly Repair[],
): Drift {
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
): Pick<DriftItem, 'code' | 'message' | 'quote' | 'azure' | 'fix'> {
  if (!failure) return { code: 'missing', message: otherwise, fix: null }
  const { code, message, quote, azure, fix } = failure
  return { code, message, ...(quote && { quote }), ...(azure && { azure }), fix }
}

function accessOf({
  grantedBy,
  limitedTo,
}: Pick<Report['pairs'][number], 'grantedBy' | 'limitedTo'>): DriftItem['access'] {
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

/** A command that repairs the drift of a target at a registry; the registry is empty if it repairs all of them. */
interface Repair {
  target: string
  registry: string
  command: string
}

/** The command that does a planned operation. Nothing for operations without a single `az` command, and for those that need a registry that does not exist. */
export function toRepair(operation: Operation): Repair[] {
  if (operation.operation === 'add-group-member') {
    const { target, groupId } = operation
    const command = groupMemberCommand('add', groupId, target.identity.objectId)
    return [{ target: target.id, registry: '', command }]
  }
  if (operation.operation !== 'create-role-assignment' || !operation.registry.exists) return []
  const { target, registry, role, principalId, principalType, condition } = operation
  const grant = { objectId: principalId, type: principalType, role: role.name, scope: registry.id }
  const command = createRoleAssignmentCommand({ ...grant, ...(condition && { condition }) })
  return [{ target: target.id, registry: registry.id, command }]
}

/** Where the step looks for a target that is given by name; undefined for a resource ID. */
export function whereAsked(target: string, inputs: Inputs | undefined): string | undefined {
  const reference = inputs?.clusters.find(({ kind, text }) => kind !== 'id' && text === target)
  if (!inputs || !reference || reference.kind === 'id') return undefined
  return describePlace({ resourceGroup: reference.resourceGroup, subscriptionId: inputs.subscriptionId })
}
