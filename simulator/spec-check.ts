import { Ajv, type ValidateFunction } from 'ajv'
import formats from 'ajv-formats'
import { readFileSync } from 'node:fs'

/** Checks Azure Resource Manager's answers against the OpenAPI files in `specs/`. */
export interface SpecCheck {
  /**
   * Finds the operation, if a specification has it, and queues the check of the answer; answers the operation's ID. Checking is put off
   * because compiling a schema takes longer than answering.
   */
  queue(
    method: string,
    path: string,
    status: number,
    body: string,
    report: (violation: string) => void,
  ): string | undefined
  /** Does what is queued. */
  drain(): void
}

const files = [
  'authorization-2022-04-01/authorization-RoleAssignmentsCalls.json',
  'authorization-2022-04-01/authorization-RoleDefinitionsCalls.json',
  'authorization-2022-04-01/authorization-DenyAssignmentCalls.json',
  'containerregistry-2023-11-01-preview/containerregistry.pruned.json',
  'containerservice-2024-09-01/managedClusters.pruned.json',
  'msi-2023-01-31/ManagedIdentity.json',
  'resourcegraph-2022-10-01/resourcegraph.json',
  'subscriptions-2022-12-01/subscriptions.json',
] as const

const referred = [
  'authorization-2022-04-01/common-types.json',
  'common-types/v1/types.json',
  'common-types/v2/types.json',
  'common-types/v5/types.json',
] as const

/** Where the services are known not to keep to their specification. */
const knownDifferences: ReadonlySet<string> = new Set([
  // The specification wants it on every page; the last one has none.
  "Subscriptions_List: must have required property 'nextLink'",
  "Tenants_List: must have required property 'nextLink'",
  // The specification's own examples answer an array.
  'Resources: /data must be object',
])

interface Operation {
  readonly id: string
  readonly method: string
  readonly path: RegExp
  /** Status or `default` to whether the specification gives it a schema. */
  readonly responses: ReadonlyMap<string, boolean>
  /** The operation's place in its file, as a JSON pointer. */
  readonly pointer: string
  readonly literalLength: number
}

interface OpenApi {
  readonly paths: Record<
    string,
    Record<string, { operationId: string; responses: Record<string, { schema?: unknown }> }>
  >
}

interface Loaded {
  readonly operations: readonly Operation[]
  readonly ajv: Ajv
}

/** Specifications are read on first use and shared by every simulator of the process. */
let loaded: Loaded | undefined

/** A queue of checks. Reads the specifications soon, so that the first request need not wait for it. */
export function createSpecCheck(): SpecCheck {
  setImmediate(() => (loaded ??= load()))
  let queue: (() => void)[] = []
  let scheduled: NodeJS.Immediate | undefined
  const drain = (): void => {
    scheduled = undefined
    const checks = queue
    queue = []
    for (const check of checks) check()
  }
  return {
    queue(method, path, status, body, report) {
      loaded ??= load()
      const { operations, ajv } = loaded
      const normalized = '/' + path.split('/').filter(Boolean).join('/')
      const operation = operations.find(candidate => candidate.method === method && candidate.path.test(normalized))
      if (operation === undefined) return undefined
      queue.push(() => {
        for (const violation of check(ajv, operation, status, body)) report(`${operation.id}: ${violation}`)
      })
      scheduled ??= setImmediate(drain).unref()
      return operation.id
    },
    drain,
  }
}

function load(): Loaded {
  const ajv = new Ajv({ strict: false, allErrors: true, logger: false, validateFormats: true })
  formats.default(ajv)
  const operations: Operation[] = []
  for (const file of [...referred, ...files]) {
    const document = JSON.parse(readFileSync(new URL(`specs/${file}`, import.meta.url), 'utf8')) as OpenApi
    const id = `https://specs.invalid/${file}`
    ajv.addSchema(openEnums(document) as OpenApi, id)
    if ((files as readonly string[]).includes(file)) operations.push(...operationsOf(document, id))
  }
  // The most literal path wins: `/{scope}/…` matches everything.
  return { ajv, operations: operations.sort((a, b) => b.literalLength - a.literalLength) }
}

function operationsOf(document: OpenApi, id: string): Operation[] {
  return Object.entries(document.paths).flatMap(([template, methods]) =>
    Object.entries(methods)
      .filter(([, operation]) => typeof operation.operationId === 'string')
      .map(([method, operation]) => ({
        id: operation.operationId,
        method: method.toUpperCase(),
        path: pathPattern(template),
        responses: new Map(
          Object.entries(operation.responses).map(([status, response]) => [status, response.schema !== undefined]),
        ),
        pointer: `${id}#/paths/${encodeURIComponent(template.replaceAll('~', '~0').replaceAll('/', '~1'))}/${method}/responses`,
        literalLength: template.replace(/\{[^}]+\}/g, '').length,
      })),
  )
}

/** Scopes span segments, whole IDs are paths; other parameters are one segment. */
const parameterPatterns: Readonly<Record<string, string>> = {
  scope: '.*',
  parentResourcePath: '.+',
  roleAssignmentId: '.*providers/Microsoft\\.Authorization/roleAssignments/[^/]+',
  denyAssignmentId: '.*providers/Microsoft\\.Authorization/denyAssignments/[^/]+',
}

function pathPattern(template: string): RegExp {
  const pattern = template
    .split(/(\{[^}]+\})/)
    .map(part =>
      part.startsWith('{') ? (parameterPatterns[part.slice(1, -1)] ?? '[^/]+') : part.replace(/[.$()]/g, '\\$&'),
    )
    .join('')
    // The tenant is an empty scope.
    .replace(/^\/\.\*\//, '/(?:.*/)?')
  return new RegExp(`^${pattern}/?$`, 'i')
}

function check(ajv: Ajv, operation: Operation, status: number, body: string): string[] {
  const declared = operation.responses.has(String(status)) ? String(status) : status >= 400 ? 'default' : undefined
  if (declared === undefined) return [`status ${String(status)} is not in the specification`]
  if (operation.responses.get(declared) !== true) return []
  let value: unknown
  try {
    value = withoutNulls(JSON.parse(body))
  } catch {
    return [`the body is no JSON: ${body.slice(0, 80)}`]
  }
  const validate: ValidateFunction | undefined = ajv.getSchema(`${operation.pointer}/${declared}/schema`)
  if (validate === undefined) return [`no schema for ${declared}`]
  if (validate(value)) return []
  return (validate.errors ?? [])
    .map(error => `${error.instancePath} ${error.message ?? ''}`.trim())
    .filter(violation => !knownDifferences.has(`${operation.id}: ${violation}`))
}

/** Azure writes absent values as null (recorded: `condition`, `createdBy`), which the specifications don't say. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => (inner === null ? [] : [[key, withoutNulls(inner)]])),
  )
}

/** Enumerations marked `modelAsString` are open: newer services may answer other values. */
function openEnums(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(openEnums)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
  const hint = (value as { 'x-ms-enum'?: { modelAsString?: boolean } })['x-ms-enum']
  return Object.fromEntries(
    entries
      .filter(([key]) => !(key === 'enum' && hint?.modelAsString === true))
      .map(([key, inner]) => [key, openEnums(inner)]),
  )
}
