import type { ObjectStore } from '../../../world/kubernetes-store.js'
import type { Container, Pod } from '../../../world/kubernetes-objects.js'
import { formatQuantity, readQuantity } from '../objects/quantities.js'
import { kubernetesErrors } from '../objects/status.js'

/** Throws where a new pod is more than a quota of its namespace allows, and counts it otherwise (Kubernetes `plugin/resourcequota`). */
export function checkQuotas(store: ObjectStore, pod: Pod): void {
  const { name, namespace } = pod.metadata
  for (const quota of store.list('resourcequotas', namespace)) {
    const { hard } = quota.spec
    const unspecified = Object.keys(hard).flatMap(resource => missingIn(pod, resource))
    if (unspecified.length > 0) {
      throw kubernetesErrors.forbidden(
        'pods',
        name,
        `failed quota: ${quota.metadata.name}: must specify ${unspecified.join('; ')}`,
      )
    }
    const exceeded = Object.entries(hard).filter(
      ([resource, limit]) => usedOf(store, namespace, resource) + usageOf(pod, resource) > readQuantity(limit),
    )
    if (exceeded.length === 0) continue
    const list = (value: (resource: string, limit: string) => string): string =>
      exceeded.map(([resource, limit]) => `${resource}=${value(resource, limit)}`).join(',')
    throw kubernetesErrors.forbidden(
      'pods',
      name,
      `exceeded quota: ${quota.metadata.name}, requested: ${list(resource => formatQuantity(usageOf(pod, resource), resource))}, used: ${list(resource => formatQuantity(usedOf(store, namespace, resource), resource))}, limited: ${list((_, limit) => limit)}`,
    )
  }
}

function missingIn(pod: Pod, resource: string): string[] {
  const [kind, key] = splitResource(resource)
  if (kind === undefined) return []
  const missing = pod.spec.containers.filter(({ resources }) => resources?.[kind]?.[key] === undefined)
  return missing.length === 0 ? [] : [`${resource} for: ${missing.map(({ name }) => name).join(',')}`]
}

function usedOf(store: ObjectStore, namespace: string | undefined, resource: string): number {
  return store
    .list('pods', namespace)
    .filter(({ status }) => status.phase !== 'Succeeded' && status.phase !== 'Failed')
    .reduce((sum, pod) => sum + usageOf(pod, resource), 0)
}

function usageOf(pod: Pod, resource: string): number {
  if (resource === 'pods' || resource === 'count/pods') return 1
  const [kind, key] = splitResource(resource)
  if (kind === undefined) return 0
  const value = ({ resources }: Container): number => readQuantity(resources?.[kind]?.[key] ?? 0)
  return pod.spec.containers.reduce((sum, container) => sum + value(container), 0)
}

function splitResource(resource: string): ['limits' | 'requests' | undefined, string] {
  const [, prefix, key = resource] = /^(?:(requests|limits)\.)?(cpu|memory)$/.exec(resource) ?? []
  if (key !== 'cpu' && key !== 'memory') return [undefined, key]
  return [prefix === 'limits' ? 'limits' : 'requests', key]
}
