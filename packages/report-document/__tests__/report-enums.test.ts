import { expect, it } from 'vitest'
import type { Finding, Unknown } from 'kernel'
import { runningStatuses, type CheckedImage, type NodePull } from 'run-model'
import schema from '../../../schemas/report.schema.json' with { type: 'json' }
import type { ReportJson } from '../src/report-json.js'

type Pair = ReportJson['pairs'][number]
type Operation = ReportJson['plan'][number]
type Status<Wanted extends CheckedImage['wantedBy']> = CheckedImage<Wanted>['status']

/** The values of a type: one that is forgotten here, or that the type does not have, fails to compile. */
const every =
  <T extends string>() =>
  <const All extends readonly T[]>(...all: [T] extends [All[number]] ? All : never): readonly string[] =>
    all

// The codes of errors and findings are held by the test of where to make changes.
const values: Record<string, readonly string[]> = {
  '#.mode': every<ReportJson['mode']>()('attach', 'detach', 'check', 'merge'),
  lack: every<Pair['lacks'][number]['kind']>()('role', 'reach', 'member', 'registry'),
  verified: every<Pair['verified']>()('none', 'assignment', 'pull'),
  cause: every<NonNullable<NodePull['cause']>>()(
    ...(['stale-credential', 'secret', 'role', 'no-credential', 'dns', 'firewall', 'tls', 'plain-http'] as const),
    ...(['proxy', 'connection', 'data-endpoint', 'platform', 'part', 'locked', 'gone', 'kubelet-limit'] as const),
    ...(['disk', 'format', 'upstream', 'streaming', 'unavailable'] as const),
  ),
  'pull.verdict': every<NodePull['verdict']>()(
    ...(['pulled', 'denied', 'not-found', 'unreachable', 'rate-limited'] as const),
    ...(['unschedulable', 'refused', 'changed', 'slow', 'failed'] as const),
  ),
  'pull.layers': every<Pair['pulls'][number]['layers']>()('fetched', 'on-node', 'unknown'),
  'pair.targetKind': every<Pair['targetKind']>()('cluster', 'kubelet-identity'),
  'pair.status': every<Pair['status']>()('attached', 'missing', 'unknown', 'detached', 'failed'),
  'pair.grantedBy': every<NonNullable<Pair['grantedBy']>>()('direct', 'inherited', 'group', 'broader-role'),
  'image.status': every<Status<'input'>>()('imported', 'present', 'missing', 'locked', 'failed', 'unknown'),
  'workload.status': runningStatuses,
  'manifest.status': every<Status<'manifest'>>()('present', 'missing', 'locked', 'unknown'),
  'operation.operation': every<Operation['operation']>()(
    ...(['create-registry', 'create-role-assignment', 'update-role-assignment'] as const),
    ...(['delete-role-assignment', 'add-group-member'] as const),
  ),
  'operation.principalType': every<NonNullable<Operation['principalType']>>()('ServicePrincipal', 'Group'),
  'finding.severity': every<Finding['severity']>()('warning', 'notice'),
  'unknown.about': every<NonNullable<Unknown['about']>>()('pair', 'image'),
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
