import type { Kubernetes } from '../../../world/kubernetes.js'
import type { Container, Pod } from '../../../world/kubernetes-objects.js'
import { formatQuantity, readQuantity } from '../objects/quantities.js'
import { kubernetesErrors } from '../objects/status.js'

/** Throws if a new pod exceeds a quota of its namespace; otherwise counts it (Kubernetes `plugin/resourcequota`). */
export function checkQuotas(kubernetes: Kubernetes, pod: Pod): void {
  const { store } = kubernetes
  const { name, namespace } = pod.metadata
  for (const quota of store.list('resourcequotas', namespace)) {
    const { hard } = quota.spec
    if (quota.status.hard === undefined) {
      const resources = Object.keys(hard).join(',')
      throw kubernetesErrors.forbidden(
        'pods',
        name,
        `status unknown for quota: ${quota.metadata.name}, resources: ${resources}`,
      )
    }
    const unspecified = Object.keys(hard).flatMap(resource => missingIn(pod, resource))
    if (unspecified.length > 0) {
      throw kubernetesErrors.forbidden(
        'pods',
        name,
        `failed quota: ${quota.metadata.name}: must specify ${unspecified.join('; ')}`,
      )
    }
    const exceeded = Object.entries(hard).filter(
      ([resource, limit]) => usedOf(kubernetes, namespace, resource) + usageOf(pod, resource) > readQuantity(limit),
    )
    if (exceeded.length === 0) continue
    const list = (value: (resource: string, limit: string) => string): string =>
      exceeded.map(([resource, limit]) => `${resource}=${value(resource, limit)}`).join(',')
    throw kubernetesErrors.forbidden(
      'pods',
      name,
      `exceeded quota: ${quota.metadata.name}, requested: ${list(resource => formatQuantity(usageOf(pod, resource), resource))}, used: ${list(resource => formatQuantity(usedOf(kubernetes, namespace, resource), resource))}, limited: ${list((_, limit) => limit)}`,
    )
  }
}

function missingIn(pod: Pod, resource: string): string[] {
  const [kind, key] = splitResource(resource)
  if (kind === undefined) return []
  const missing = pod.spec.containers.filter(({ resources }) => resources?.[kind]?.[key] === undefined)
  return missing.length === 0 ? [] : [`${resource} for: ${missing.map(({ name }) => name).join(',')}`]
}

/** Usage in a namespace: pods that still run, and pods whose end the quota controller hasn't noticed yet. */
function usedOf(kubernetes: Kubernetes, namespace: string | undefined, resource: string): number {
  return [...kubernetes.store.list('pods', namespace), ...releasedOf(kubernetes, namespace)]
    .filter(({ status }) => status.phase !== 'Succeeded' && status.phase !== 'Failed')
    .reduce((sum, pod) => sum + usageOf(pod, resource), 0)
}

const released = new WeakMap<Kubernetes, { pod: Pod; at: number }[]>()

/** Tracks pods that end or disappear from now on; quotas count them for another `quotaLagMs`. */
export function watchReleases(kubernetes: Kubernetes): void {
  const list: { pod: Pod; at: number }[] = []
  released.set(kubernetes, list)
  const isOver = ({ status }: Pod): boolean => status.phase === 'Succeeded' || status.phase === 'Failed'
  kubernetes.store.onChange(({ type, resource, object, previous }) => {
    if (resource !== 'pods' || kubernetes.quotaLagMs === 0 || previous === undefined) return
    const before = previous as Pod
    if (!isOver(before) && (type === 'DELETED' || isOver(object as Pod))) list.push({ pod: before, at: Date.now() })
  })
}

const releasedOf = (kubernetes: Kubernetes, namespace: string | undefined): Pod[] =>
  (released.get(kubernetes) ?? [])
    .filter(({ pod, at }) => pod.metadata.namespace === namespace && Date.now() - at < kubernetes.quotaLagMs)
    .map(({ pod }) => pod)

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
