import { groupVersionOf, resources } from '../objects/resources.js'
import { fieldsOf, type Field } from '../objects/schema.js'

/**
 * The parts of OpenAPI that clients read before writing: that a resource's PATCH supports `fieldValidation`, so that
 * the server checks fields, and the fields themselves.
 */
export function answerOpenApi(path: string, accept: string, serverVersion: string): Response | undefined {
  if (path === '/openapi/v2') return answerVersion2(accept, serverVersion)
  if (path === '/openapi/v3') {
    const paths = groupVersions.map(groupVersion => [
      pathOf(groupVersion),
      { serverRelativeURL: `/openapi/v3/${pathOf(groupVersion)}?hash=${serverVersion}` },
    ])
    return Response.json({ paths: Object.fromEntries(paths) as unknown })
  }
  const groupVersion = groupVersions.find(candidate => path === `/openapi/v3/${pathOf(candidate)}`)
  return groupVersion === undefined ? undefined : Response.json(document(groupVersion, serverVersion))
}

const groupVersions = [...new Set(resources.map(groupVersionOf))]
const pathOf = (groupVersion: string): string =>
  groupVersion.includes('/') ? `apis/${groupVersion}` : `api/${groupVersion}`

/**
 * An empty document; clients then use their built-in types. As a protocol buffer: `openapi.v2.Document` of
 * google/gnostic.
 */
function answerVersion2(accept: string, version: string): Response {
  if (!accept.includes('protobuf')) {
    return Response.json({ swagger: '2.0', info: { title: 'Kubernetes', version }, paths: {} })
  }
  const text = (field: number, value: Buffer | string): Buffer => {
    const bytes = Buffer.from(value)
    return Buffer.concat([Buffer.from([field * 8 + 2, bytes.length]), bytes])
  }
  const info = Buffer.concat([text(1, 'Kubernetes'), text(2, version)])
  return new Response(Buffer.concat([text(1, '2.0'), text(2, info)]), {
    headers: { 'content-type': 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf' },
  })
}

function document(groupVersion: string, version: string): Record<string, unknown> {
  const served = resources.filter(resource => groupVersionOf(resource) === groupVersion)
  const paths = served.map(resource => {
    const place = resource.isNamespaced ? 'namespaces/{namespace}/' : ''
    return [
      `/${pathOf(groupVersion)}/${place}${resource.name}/{name}`,
      {
        patch: {
          operationId: `patch${resource.kind}`,
          parameters: ['dryRun', 'fieldManager', 'fieldValidation', 'force'].map(name => ({
            name,
            in: 'query',
            schema: { type: name === 'force' ? 'boolean' : 'string', uniqueItems: true },
          })),
          responses: { 200: { description: 'OK' } },
          'x-kubernetes-group-version-kind': kindOf(resource),
        },
      },
    ]
  })
  const schemas: Record<string, unknown> = {}
  for (const resource of served) addSchema(schemas, resource.kind, kindOf(resource))
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version },
    paths: Object.fromEntries(paths) as unknown,
    components: { schemas },
  }
}

const kindOf = ({
  group,
  version,
  kind,
}: {
  group: string
  version: string
  kind: string
}): Record<string, string> => ({
  group,
  version,
  kind,
})

function addSchema(schemas: Record<string, unknown>, type: string, gvk?: Record<string, string>): void {
  if (type in schemas) return
  const properties: Record<string, unknown> = {}
  schemas[type] = {
    type: 'object',
    properties,
    ...(gvk === undefined ? {} : { 'x-kubernetes-group-version-kind': [gvk] }),
  }
  for (const [name, field] of fieldsOf(type) ?? []) {
    if (field.type !== undefined) addSchema(schemas, field.type)
    properties[name] = propertyOf(field)
  }
}

function propertyOf({ type, isList, mergeKey, isSet }: Field): Record<string, unknown> {
  const one = type === undefined ? { type: 'object' } : { allOf: [{ $ref: `#/components/schemas/${type}` }] }
  if (!isList) return one
  return {
    type: 'array',
    items: isSet ? { type: 'string' } : one,
    ...(mergeKey === undefined ? {} : { 'x-kubernetes-patch-merge-key': mergeKey }),
    ...(mergeKey === undefined && !isSet ? {} : { 'x-kubernetes-patch-strategy': 'merge' }),
  }
}
