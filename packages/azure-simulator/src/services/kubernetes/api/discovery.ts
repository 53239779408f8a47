import { groupVersionOf, resources, subresourceVerbs, verbsOf, type Resource } from '../objects/resources.js'

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

function groupOf(group: string): Record<string, unknown> {
  const version = { groupVersion: `${group}/${versionOf(group)}`, version: versionOf(group) }
  return { name: group, versions: [version], preferredVersion: version }
}

function resourceList(group: string): Record<string, unknown> {
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: groupVersionOf({ group, version: versionOf(group) }),
    resources: inGroup(group).flatMap(resource => [
      {
        name: resource.name,
        singularName: resource.singular,
        namespaced: resource.isNamespaced,
        kind: resource.kind,
        verbs: verbsOf(resource),
        ...(resource.shortNames.length === 0 ? {} : { shortNames: resource.shortNames }),
        ...(resource.categories.length === 0 ? {} : { categories: resource.categories }),
      },
      ...Object.entries(resource.subresources).map(([subresource, kind]) => ({
        name: `${resource.name}/${subresource}`,
        singularName: '',
        namespaced: resource.isNamespaced,
        kind,
        verbs: subresourceVerbs(subresource),
      })),
    ]),
  }
}

/** Answers discovery requests; undefined for other paths. */
export function answerDiscovery(path: string, accept: string): Response | undefined {
  const isAggregated = /g=apidiscovery\.k8s\.io;v=v2(?:;|,|$)/.test(accept.replace(/\s/g, ''))
  const type = isAggregated
    ? 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
    : 'application/json'
  const answer = (body: unknown): Response => Response.json(body, { headers: { 'content-type': type, vary: 'Accept' } })
  const others = groups.filter(group => group !== '')
  if (path === '/api') return answer(isAggregated ? aggregated(['']) : { kind: 'APIVersions', versions: ['v1'] })
  if (path === '/apis') {
    return answer(
      isAggregated
        ? aggregated(others)
        : { kind: 'APIGroupList', apiVersion: 'v1', groups: others.map(group => groupOf(group)) },
    )
  }
  if (path === '/api/v1') return Response.json(resourceList(''))
  const [, group, version] = /^\/apis\/([^/]+)(?:\/([^/]+))?$/.exec(path) ?? []
  if (group === undefined || !others.includes(group)) return undefined
  if (version === undefined) return Response.json({ kind: 'APIGroup', apiVersion: 'v1', ...groupOf(group) })
  return version === versionOf(group) ? Response.json(resourceList(group)) : undefined
}
