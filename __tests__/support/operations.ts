import type { Reporter } from 'vitest/node'
import type { RequestRecord } from '../../simulator/index.js'

declare module 'vitest' {
  interface TaskMeta {
    /** The operations of Azure that the test has seen; see `operationsOf`. */
    operations?: string[]
  }
}

/**
 * The operations of Azure Resource Manager, Microsoft Graph and the registries in these requests: by the ID that the OpenAPI files give
 * them, and by method and path where those in `simulator/specs` have none.
 */
export function operationsOf(requests: readonly RequestRecord[]): string[] {
  // Storage behind a registry has no operations of its own.
  const ofAzure = requests.filter(
    ({ host }) => /^management\.|graph|\.azurecr\./.test(host) && !host.includes('.data.'),
  )
  return [...new Set(ofAzure.map(request => request.operation ?? shapeOf(request)))]
}

/** A request without the names of things. */
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
    .replace(/^\/v2\/.+\/(manifests|tags|blobs|referrers)\/[^/]+$/, '/v2/{name}/$1/{reference}')
  const service = host.includes('.azurecr.') ? 'registry' : host.includes('graph') ? 'graph' : 'arm'
  return `${method} ${service} ${shape}`
}

/** Prints at the end of a run which operations the specifications have judged, and which ones they do not have. */
export const operationsReporter: Reporter = {
  onTestRunEnd(modules) {
    const seen = modules.flatMap(module =>
      [...module.children.allTests()].flatMap(test => test.meta().operations ?? []),
    )
    const [judged, others] = [true, false].map(isJudged =>
      [...new Set(seen)].filter(operation => isJudged !== operation.includes(' ')).sort(),
    )
    if (judged === undefined || others === undefined || seen.length === 0) return
    console.log(`\nRequests and answers of ${judged.length} operations were checked against Microsoft’s OpenAPI files:`)
    console.log(judged.map(operation => `  ${operation}`).join('\n'))
    console.log(`${others.length} operations are not in the files (Microsoft Graph has none):`)
    console.log(others.map(operation => `  ${operation}`).join('\n'))
  },
}
