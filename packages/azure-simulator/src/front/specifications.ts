// Reads Microsoft's OpenAPI specifications in specs/. Requests and answers are checked against them.
import { Ajv, type ValidateFunction } from 'ajv'
import { Ajv2019 } from 'ajv/dist/2019.js'
import formats from 'ajv-formats'
import { readFileSync } from 'node:fs'

/** Azure Resource Manager or a registry's data plane. Microsoft Graph publishes no OpenAPI files here. */
export type SpecifiedService = 'arm' | 'registry'

/** An operation in Microsoft's OpenAPI files in `specs/`. */
export interface Operation {
  readonly id: string
  readonly service: SpecifiedService
  /** The api-version of its file. */
  readonly version: string
  readonly method: string
  readonly path: RegExp
  readonly literalLength: number
  /** Validates the request body; undefined if the operation has none. */
  readonly request: (() => ValidateFunction) | undefined
  /**
   * Like `request`, but also rejects unknown properties. Used if the request has exactly the api-version of the file.
   */
  readonly strictRequest: (() => ValidateFunction) | undefined
  /** By status or `default`; `none` if the specification has the answer without a schema. */
  readonly responses: ReadonlyMap<string, (() => ValidateFunction) | 'none'>
}

interface Parameter {
  readonly $ref?: string
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly schema?: unknown
  readonly type?: string
  readonly enum?: unknown
}

interface OpenApi {
  readonly paths: Record<
    string,
    Record<
      string,
      {
        readonly operationId: string
        readonly parameters?: readonly Parameter[]
        readonly responses: Record<string, { readonly schema?: { readonly type?: string } }>
      }
    >
  >
  readonly parameters?: Record<string, Parameter>
  readonly definitions?: Record<string, { readonly properties?: unknown; readonly additionalProperties?: unknown }>
}

const files: readonly { readonly file: string; readonly service: SpecifiedService }[] = [
  { file: 'authorization-2022-04-01/authorization-RoleAssignmentsCalls.json', service: 'arm' },
  { file: 'authorization-2022-04-01/authorization-RoleDefinitionsCalls.json', service: 'arm' },
  { file: 'authorization-2022-04-01/authorization-DenyAssignmentCalls.json', service: 'arm' },
  { file: 'containerregistry-2023-11-01-preview/containerregistry.pruned.json', service: 'arm' },
  { file: 'containerregistry-2025-11-01/containerregistry.pruned.json', service: 'arm' },
  { file: 'containerservice-2024-09-01/managedClusters.pruned.json', service: 'arm' },
  { file: 'containerservice-2026-04-01/managedClusters.pruned.json', service: 'arm' },
  { file: 'msi-2023-01-31/ManagedIdentity.json', service: 'arm' },
  { file: 'resourcegraph-2022-10-01/resourcegraph.json', service: 'arm' },
  { file: 'resources-2022-09-01/resources.pruned.json', service: 'arm' },
  { file: 'subscriptions-2022-12-01/subscriptions.json', service: 'arm' },
  { file: 'containerregistry-dataplane-2021-07-01/containerregistry.json', service: 'registry' },
]

const referred = [
  'authorization-2022-04-01/common-types.json',
  'common-types/v1/types.json',
  'common-types/v2/types.json',
  'common-types/v5/types.json',
  'common-types/v6/types.json',
  'common-types/v6/managedidentity.json',
  'common-types/v6/managedidentitywithdelegation.json',
] as const

/** Reads the files. This takes longer than answering a request, so do it late and once. */
export function readSpecifications(): (
  service: SpecifiedService,
  method: string,
  path: string,
  version: string,
) => Operation | undefined {
  const options = { strict: false, allErrors: true, logger: false, validateFormats: true } as const
  const ajv = new Ajv(options)
  // Supports `unevaluatedProperties`, which sees through `allOf`.
  const strictAjv = new Ajv2019(options)
  for (const each of [ajv, strictAjv]) formats.default(each)
  const load = (file: string): OpenApi => {
    const document = JSON.parse(readFileSync(new URL(`../../specs/${file}`, import.meta.url), 'utf8')) as unknown
    const opened = openEnums(document) as OpenApi
    ajv.addSchema(opened, idOf(file))
    strictAjv.addSchema(closeObjects(opened), idOf(file))
    return opened
  }
  for (const file of referred) load(file)
  // The most literal path wins because `/{scope}/…` matches everything.
  const operations = files
    .flatMap(({ file, service }) => operationsOf({ ajv, strictAjv }, load(file), file, service))
    .sort((a, b) => b.literalLength - a.literalLength)
  return (service, method, path, version) => {
    const normalized = '/' + path.split('/').filter(Boolean).join('/')
    const found = operations.find(
      operation => operation.service === service && operation.method === method && operation.path.test(normalized),
    )
    if (found === undefined) return undefined
    // If a version has no file here, use the newest file before it.
    const versions = operations
      .filter(({ id, service: of }) => id === found.id && of === service)
      .sort((a, b) => (a.version < b.version ? -1 : 1))
    return versions.findLast(operation => operation.version <= version) ?? versions[0]
  }
}

const armError = 'https://specs.invalid/common-types/v2/types.json#/definitions/ErrorResponse'

const idOf = (file: string): string => `https://specs.invalid/${file}`

function operationsOf(
  { ajv, strictAjv }: { ajv: Ajv; strictAjv: Ajv2019 },
  document: OpenApi,
  file: string,
  service: SpecifiedService,
): Operation[] {
  const id = idOf(file)
  const version = /\d{4}-\d\d-\d\d(-preview)?/.exec(file)?.[0] ?? ''
  const pointer = (...segments: readonly string[]): string =>
    `${id}#/${segments.map(segment => encodeURIComponent(segment.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`
  const schemaAt =
    (place: string, by: Ajv | Ajv2019 = ajv) =>
    (): ValidateFunction => {
      const found = by.getSchema(place)
      if (found === undefined) throw new Error(`no schema at ${place}`)
      return found
    }
  const requestOf = (
    place: readonly string[],
    parameters: readonly Parameter[],
  ): Pick<Operation, 'request' | 'strictRequest'> => {
    const resolved = parameters.map((parameter, index) => {
      const name = /^#\/parameters\/(.+)$/.exec(parameter.$ref ?? '')?.[1]
      const shared = name === undefined ? undefined : document.parameters?.[name]
      return shared === undefined || name === undefined
        ? { parameter, at: pointer(...place, 'parameters', String(index), 'schema') }
        : { parameter: shared, at: pointer('parameters', name, 'schema') }
    })
    const body = resolved.find(({ parameter }) => parameter.in === 'body' && parameter.schema !== undefined)
    if (body !== undefined) return { request: schemaAt(body.at), strictRequest: schemaAt(body.at, strictAjv) }
    const fields = resolved.flatMap(({ parameter }) => (parameter.in === 'formData' ? [parameter] : []))
    if (fields.length === 0) return { request: undefined, strictRequest: undefined }
    const form = {
      type: 'object',
      required: fields.flatMap(({ name, required }) => (required === true ? [name] : [])),
      properties: Object.fromEntries(
        fields.map(field => [
          field.name,
          { type: field.type, ...(field.enum === undefined ? {} : { enum: field.enum }) },
        ]),
      ),
    }
    let compiled: ValidateFunction | undefined
    const request = (): ValidateFunction => (compiled ??= ajv.compile(form))
    return { request, strictRequest: request }
  }

  return Object.entries(document.paths).flatMap(([template, methods]) =>
    Object.entries(methods)
      // A path with nothing but a parameter is an upload URL; it would match every path.
      .filter(([, { operationId }]) => typeof operationId === 'string' && !/^\/\{[^}]+\}$/.test(template))
      .map(([method, { operationId, parameters = [], responses }]) => ({
        id: operationId,
        service,
        method: method.toUpperCase(),
        path: pathPattern(template, service),
        literalLength: template.replace(/\{[^}]+\}/g, '').length,
        version,
        ...requestOf(['paths', template, method], parameters),
        responses: new Map([
          // Some specifications omit errors, which have the same form everywhere in Azure Resource Manager.
          ...(service === 'arm' ? [['default', schemaAt(armError)] as const] : []),
          ...Object.entries(responses).map(
            ([status, { schema }]) =>
              [
                status,
                schema === undefined || schema.type === 'file'
                  ? 'none'
                  : schemaAt(pointer('paths', template, method, 'responses', status, 'schema')),
              ] as const,
          ),
        ]),
      })),
  )
}

/** Scopes, resource IDs and repository names span several segments; other parameters are one segment. */
const parameterPatterns: Readonly<Record<SpecifiedService, Readonly<Record<string, string>>>> = {
  arm: {
    scope: '.*',
    parentResourcePath: '.+',
    roleAssignmentId: '.*providers/Microsoft\\.Authorization/roleAssignments/[^/]+',
    denyAssignmentId: '.*providers/Microsoft\\.Authorization/denyAssignments/[^/]+',
  },
  registry: { name: '(?!_deleted/).+' },
}

function pathPattern(template: string, service: SpecifiedService): RegExp {
  const pattern = template
    .replace(/\/$/, '')
    .split(/(\{[^}]+\})/)
    .map(part =>
      part.startsWith('{')
        ? (parameterPatterns[service][part.slice(1, -1)] ?? '[^/]+')
        : part.replace(/[.$()]/g, '\\$&'),
    )
    .join('')
    // The tenant has an empty scope.
    .replace(/^\/\.\*\//, '/(?:.*/)?')
  return new RegExp(`^${pattern}/?$`, 'i')
}

/**
 * Enumerations marked `modelAsString` are open: newer services may return other values. Redirects references to common
 * types to the local files.
 */
function openEnums(value: unknown): unknown {
  if (typeof value === 'string')
    return value.replace(/^(?:\.\.\/)+common-types\/resource-management\//, '../common-types/')
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

/**
 * Closes definitions that list their properties, unless they allow others. Base definitions stay open: the definition
 * that extends them closes the whole object.
 */
function closeObjects(document: OpenApi): OpenApi {
  const extended = new Set<string>()
  const note = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    const { allOf } = value as { allOf?: unknown }
    if (Array.isArray(allOf))
      for (const { $ref } of allOf as { $ref?: string }[]) if ($ref !== undefined) extended.add($ref)
    for (const inner of Object.values(value)) note(inner)
  }
  note(document)
  const { definitions = {} } = document
  return {
    ...document,
    definitions: Object.fromEntries(
      Object.entries(definitions).map(([name, definition]) => [
        name,
        definition.properties === undefined ||
        definition.additionalProperties !== undefined ||
        extended.has(`#/definitions/${name}`)
          ? definition
          : { ...definition, unevaluatedProperties: false },
      ]),
    ),
  }
}
