import { groupVersionOf, resources } from '../objects/resources.js'

/** What kubectl reads of OpenAPI before it writes: that a resource's PATCH supports `fieldValidation`, so that the server checks the fields. */
export function answerOpenApi(path: string, serverVersion: string): Response | undefined {
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
