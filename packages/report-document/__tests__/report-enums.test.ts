import { expect, it } from 'vitest'
import type { Finding, Unknown } from 'kernel'
import { runningStatuses, type CheckedImage, type NodePull } from 'run-model'
import schema from '../../../schemas/report.schema.json' with { type: 'json' }
import type { ReportJson } from '../src/report-json.js'

type Pair = ReportJson['pairs'][number]
type Operation = ReportJson['plan'][number]

/** The values of a type: one that is forgotten here, or that the type does not have, fails to compile. */
const every = <T extends string>(values: Record<T, true>): string[] => Object.keys(values)

// The codes of errors and findings are held by the test of where to make changes.
const values: Record<string, readonly string[]> = {
  '#.mode': every<ReportJson['mode']>({ attach: true, detach: true, check: true, merge: true }),
  lack: every<Pair['lacks'][number]['kind']>({ role: true, reach: true, member: true, registry: true }),
  verified: every<Pair['verified']>({ none: true, assignment: true, pull: true }),
  cause: every<NonNullable<NodePull['cause']>>({
    'stale-credential': true,
    secret: true,
    role: true,
    'no-credential': true,
    dns: true,
    firewall: true,
    tls: true,
    'plain-http': true,
    proxy: true,
    connection: true,
    'data-endpoint': true,
    platform: true,
    part: true,
    locked: true,
    gone: true,
    'kubelet-limit': true,
    disk: true,
    format: true,
    upstream: true,
    streaming: true,
    unavailable: true,
  }),
  'pull.verdict': every<NodePull['verdict']>({
    pulled: true,
    denied: true,
    'not-found': true,
    unreachable: true,
    'rate-limited': true,
    unschedulable: true,
    refused: true,
    changed: true,
    slow: true,
    failed: true,
  }),
  'pull.layers': every<Pair['pulls'][number]['layers']>({ fetched: true, 'on-node': true, unknown: true }),
  'pair.targetKind': every<Pair['targetKind']>({ cluster: true, 'kubelet-identity': true }),
  'pair.status': every<Pair['status']>({ attached: true, missing: true, unknown: true, detached: true, failed: true }),
  'pair.grantedBy': every<NonNullable<Pair['grantedBy']>>({
    direct: true,
    inherited: true,
    group: true,
    'broader-role': true,
  }),
  'image.status': every<CheckedImage<'input'>['status']>({
    imported: true,
    present: true,
    missing: true,
    locked: true,
    failed: true,
    unknown: true,
  }),
  'workload.status': runningStatuses,
  'manifest.status': every<CheckedImage<'manifest'>['status']>({
    present: true,
    missing: true,
    locked: true,
    unknown: true,
  }),
  'operation.operation': every<Operation['operation']>({
    'create-registry': true,
    'create-role-assignment': true,
    'update-role-assignment': true,
    'delete-role-assignment': true,
    'add-group-member': true,
  }),
  'operation.principalType': every<NonNullable<Operation['principalType']>>({ ServicePrincipal: true, Group: true }),
  'finding.severity': every<Finding['severity']>({ warning: true, notice: true }),
  'unknown.about': every<NonNullable<Unknown['about']>>({ pair: true, image: true }),
}

/** The values of each enum of the schema, by definition and property. */
function listEnums(part: unknown, path: string): [string, string[]][] {
  if (typeof part !== 'object' || part === null) return []
  const own = 'enum' in part && Array.isArray(part.enum) ? (part.enum as (string | null)[]) : []
  const inner = Object.entries(part).flatMap(([key, value]) => listEnums(value, `${path}/${key}`))
  return own.length > 0 ? [[path, own.filter(each => each !== null)], ...inner] : inner
}

it('the schema allows the values that the types have, and no others', () => {
  const nameOf = (path: string): string =>
    path
      .replace(/^\/\$defs\//, '')
      .replace(/^\/properties\//, '#.')
      .replace('/properties/', '.')
      .replace('lack.kind', 'lack')
  const enums = listEnums(schema, '').map(([path, each]) => [nameOf(path), each.toSorted()] as const)
  const inSchema = Object.fromEntries(enums.filter(([name]) => !/^(?:error|finding)\.code$/.test(name)))
  const inTypes = Object.fromEntries(Object.entries(values).map(([name, each]) => [name, each.toSorted()]))
  expect(inSchema).toEqual(inTypes)
})
