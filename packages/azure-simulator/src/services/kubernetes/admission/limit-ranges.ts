import type { Container, LimitRange, Pod } from '../../../world/kubernetes-objects.js'
import type { ObjectStore } from '../../../world/kubernetes-store.js'
import { formatQuantity, readQuantity } from '../objects/quantities.js'
import { kubernetesErrors } from '../objects/status.js'

type Limit = LimitRange['spec']['limits'][number]
type Resources = Record<string, string | number>

/**
 * Gives containers without limits and requests the defaults of a limit range (Kubernetes
 * `plugin/pkg/admission/limitranger`).
 */
export function applyDefaults(store: ObjectStore, pod: Pod): void {
  for (const { spec } of store.list('limitranges', pod.metadata.namespace)) {
    for (const limit of spec.limits.filter(({ type }) => type === 'Container').map(withDefaults)) {
      for (const container of [...(pod.spec.initContainers ?? []), ...pod.spec.containers]) {
        const { limits, requests } = (container.resources ??= {})
        const both = { limits: { ...limit.default, ...limits }, requests: { ...limit.defaultRequest, ...requests } }
        if (Object.keys(both.limits).length > 0) container.resources.limits = both.limits
        if (Object.keys(both.requests).length > 0) container.resources.requests = both.requests
      }
    }
  }
}

/** Throws if a pod requests less or more than a limit range of its namespace allows. */
export function checkLimits(store: ObjectStore, pod: Pod): void {
  const problems = store
    .list('limitranges', pod.metadata.namespace)
    .flatMap(({ spec }) => spec.limits.flatMap(limit => problemsOf(withDefaults(limit), pod)))
  if (problems.length === 0) return
  const text = problems.length === 1 ? (problems[0] ?? '') : `[${problems.join(', ')}]`
  throw kubernetesErrors.forbidden('pods', pod.metadata.name, text)
}

/** Defaults of omitted values (Kubernetes `pkg/apis/core/v1/defaults.go`, `SetDefaults_LimitRangeItem`). */
function withDefaults(limit: Limit): Limit {
  if (limit.type !== 'Container') return limit
  const standard = { ...limit.max, ...limit.default }
  return { ...limit, default: standard, defaultRequest: { ...limit.min, ...standard, ...limit.defaultRequest } }
}

function problemsOf(limit: Limit, { spec }: Pod): string[] {
  if (limit.type === 'Container') {
    return [...(spec.initContainers ?? []), ...spec.containers].flatMap(({ resources }) =>
      compare(limit, resources?.requests ?? {}, resources?.limits ?? {}),
    )
  }
  return compare(limit, sumOf(spec.containers, 'requests'), sumOf(spec.containers, 'limits'))
}

function sumOf(containers: readonly Container[], kind: 'requests' | 'limits'): Resources {
  const sum: Resources = {}
  for (const { resources } of containers) {
    for (const [name, value] of Object.entries(resources?.[kind] ?? {})) {
      sum[name] = formatQuantity(readQuantity(sum[name] ?? 0) + readQuantity(value), name)
    }
  }
  return sum
}

function compare(
  { type, min = {}, max = {}, maxLimitRequestRatio = {} }: Limit,
  requests: Resources,
  limits: Resources,
): string[] {
  const less = (a: string | number | undefined, b: string | number): boolean =>
    a !== undefined && readQuantity(a) < readQuantity(b)
  const more = (a: string | number | undefined, b: string | number): boolean =>
    a !== undefined && readQuantity(a) > readQuantity(b)
  const text = (value: string | number | undefined): string => String(value)
  return [
    ...Object.entries(min).flatMap(([name, bound]) => {
      const start = `minimum ${name} usage per ${type} is ${bound}`
      if (requests[name] === undefined) return [`${start}.  No request is specified`]
      if (less(requests[name], bound)) return [`${start}, but request is ${text(requests[name])}`]
      return less(limits[name], bound) ? [`${start}, but limit is ${text(limits[name])}`] : []
    }),
    ...Object.entries(max).flatMap(([name, bound]) => {
      const start = `maximum ${name} usage per ${type} is ${bound}`
      if (limits[name] === undefined) return [`${start}.  No limit is specified`]
      if (more(limits[name], bound)) return [`${start}, but limit is ${text(limits[name])}`]
      return more(requests[name], bound) ? [`${start}, but request is ${text(requests[name])}`] : []
    }),
    ...Object.entries(maxLimitRequestRatio).flatMap(([name, bound]) => {
      const start = `${name} max limit to request ratio per ${type} is ${bound}`
      const request = readQuantity(requests[name] ?? 0)
      if (request === 0) return [`${start}, but no request is specified or request is 0`]
      const ratio = readQuantity(limits[name] ?? 0) / request
      return ratio > readQuantity(bound) ? [`${start}, but provided ratio is ${ratio.toFixed(6)}`] : []
    }),
  ]
}
