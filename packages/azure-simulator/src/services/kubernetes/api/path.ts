// Parses request paths of a Kubernetes API server.
import { kubernetesErrors } from '../objects/status.js'
import { resources, type Resource } from '../objects/resources.js'

/** A parsed path. */
export interface ObjectRequest {
  readonly resource: Resource
  readonly namespace: string | undefined
  readonly name: string | undefined
  readonly subresource: string | undefined
}

/** Parses `/api/v1/…` and `/apis/<group>/<version>/…`; undefined if nothing is served there. */
export function readPath(path: string): ObjectRequest | undefined {
  const [, core, group = '', version = core, rest = ''] =
    /^\/(?:api\/([^/]+)|apis\/([^/]+)\/([^/]+))\/(.+)$/.exec(decodeURIComponent(path)) ?? []
  const segments = rest.split('/')
  const isInside =
    segments[0] === 'namespaces' && segments.length > 2 && !['status', 'finalize'].includes(segments[2] ?? '')
  const [plural, name, subresource, ...more] = isInside ? segments.slice(2) : segments
  const resource = resources.find(
    candidate => candidate.name === plural && candidate.group === group && candidate.version === version,
  )
  if (resource === undefined || more.length > 0 || resource.isNamespaced < isInside) return undefined
  if (subresource !== undefined && !(subresource in resource.subresources)) return undefined
  return { resource, namespace: isInside ? segments[1] : undefined, name, subresource }
}

/** The request's verb in authorization (kubernetes.io "Authorization", "Request verbs"). */
export function verbOf(method: string, { name, subresource }: ObjectRequest, url: URL): string {
  const isWatch = ['true', '1'].includes(url.searchParams.get('watch') ?? '')
  switch (method) {
    case 'GET':
    case 'HEAD':
      return isWatch ? 'watch' : name === undefined ? 'list' : 'get'
    case 'POST':
      if (name === undefined || subresource !== undefined) return 'create'
      throw kubernetesErrors.methodNotAllowed()
    case 'PUT':
      if (name !== undefined) return 'update'
      throw kubernetesErrors.methodNotAllowed()
    case 'PATCH':
      if (name !== undefined) return 'patch'
      throw kubernetesErrors.methodNotAllowed()
    case 'DELETE':
      return name === undefined ? 'deletecollection' : 'delete'
    default:
      throw kubernetesErrors.methodNotAllowed()
  }
}
