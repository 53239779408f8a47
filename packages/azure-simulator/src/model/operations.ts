import type { RequestRecord } from './request-log.js'

/**
 * The operations of Azure Resource Manager, Microsoft Graph and registries in these requests: by OpenAPI operation ID,
 * or by method and path if `specs/` doesn't define one.
 */
export function operationsOf(requests: readonly RequestRecord[]): string[] {
  // Storage behind a registry has no operations.
  const ofAzure = requests.filter(
    ({ host }) => /^management\.|graph|\.azurecr\./.test(host) && !host.includes('.data.'),
  )
  return [...new Set(ofAzure.map(request => request.operation ?? shapeOf(request)))]
}

/** A request without resource names. */
function shapeOf({ method, host, path }: RequestRecord): string {
  const shape = path
    .replace(/^\/+/, '/')
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/gi, '{id}')
    .replace(/sha256:[0-9a-f]+/g, '{digest}')
    .replace(/\/resourceGroups\/[^/]+/gi, '/resourceGroups/{name}')
    .replace(
      /(\/providers\/[^/]+\/(?:registries|managedClusters|userAssignedIdentities|locations))\/[^/]+/gi,
      '$1/{name}',
    )
    .replace(/(\/operationresults)\/[^/]+$/i, '$1/{name}')
    .replace(/^\/v2\/.+\/(manifests|tags|blobs|referrers)\/[^/]+$/, '/v2/{name}/$1/{reference}')
  const service = host.includes('.azurecr.') ? 'registry' : host.includes('graph') ? 'graph' : 'arm'
  return `${method} ${service} ${shape}`
}
