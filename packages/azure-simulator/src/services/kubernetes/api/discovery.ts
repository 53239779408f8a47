import { resources, subresourceVerbs, verbsOf, type Resource } from '../objects/resources.js'

const groups = [...new Set(resources.map(({ group }) => group))]
const inGroup = (group: string): Resource[] => resources.filter(resource => resource.group === group)
const versionOf = (group: string): string => inGroup(group)[0]?.version ?? 'v1'

/**
 * Aggregated discovery, which clients request by media type (kubernetes.io "The Kubernetes API", "Aggregated
 * discovery").
 */
function aggregated(names: readonly string[]): Record<string, unknown> {
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: names.map(group => ({
      metadata: { name: group === '' ? null : group, creationTimestamp: null },
      versions: [
        {
          version: versionOf(group),
          freshness: 'Current',
          resources: inGroup(group).map(resource => ({
            resource: resource.name,
            responseKind: { group: resource.group, version: resource.version, kind: resource.kind },
            scope: resource.isNamespaced ? 'Namespaced' : 'Cluster',
            singularResource: resource.singular,
            verbs: verbsOf(resource),
            ...(resource.shortNames.length === 0 ? {} : { shortNames: resource.shortNames }),
            ...(resource.categories.length === 0 ? {} : { categories: resource.categories }),
            subresources: Object.entries(resource.subresources).map(([subresource, kind]) => ({
              subresource,
              responseKind: { group: resource.group, version: resource.version, kind },
              verbs: subresourceVerbs(subresource),
            })),
          })),
        },
      ],
    })),
  }
}

/** Answers requests for aggregated discovery, which kubectl asks for since 1.27; undefined for others. */
export function answerDiscovery(path: string, accept: string): Response | undefined {
  if (!/g=apidiscovery\.k8s\.io;v=v2(?:;|,|$)/.test(accept.replace(/\s/g, ''))) return undefined
  if (path !== '/api' && path !== '/apis') return undefined
  const names = path === '/api' ? [''] : groups.filter(group => group !== '')
  const type = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
  return Response.json(aggregated(names), { headers: { 'content-type': type, vary: 'Accept' } })
}
