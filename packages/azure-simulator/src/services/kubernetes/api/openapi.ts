import { groupVersionOf, resources } from '../objects/resources.js'

/** What kubectl reads of OpenAPI before it writes: that a resource's PATCH supports `fieldValidation`, so that the server checks the fields. For a list, it reads version 2. */
export function answerOpenApi(path: string, serverVersion: string): Response | undefined {
  if (path === '/openapi/v2') return answerVersion2(serverVersion)
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

/** A document without schemas, so that kubectl uses its built-in types: `openapi.v2.Document` of google/gnostic, the only form that kubectl asks for. */
function answerVersion2(version: string): Response {
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
  const paths = served.map(({ group, version, kind, name, isNamespaced }) => {
    const place = isNamespaced ? 'namespaces/{namespace}/' : ''
    return [
      `/${pathOf(groupVersion)}/${place}${name}/{name}`,
      {
        patch: {
          parameters: [{ name: 'fieldValidation', in: 'query', schema: { type: 'string' } }],
          responses: { 200: { description: 'OK' } },
          'x-kubernetes-group-version-kind': { group, version, kind },
        },
      },
    ]
  })
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version },
    paths: Object.fromEntries(paths) as unknown,
  }
}
