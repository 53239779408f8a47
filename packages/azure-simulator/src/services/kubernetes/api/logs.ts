import type { Cluster } from '../../../world/clusters.js'
import type { Pod } from '../../../world/kubernetes-objects.js'
import { logsOf } from '../nodes/programs.js'
import { kubernetesErrors } from '../objects/status.js'

/** A container's log, or why there is none yet (Kubernetes `pkg/registry/core/pod/strategy.go`). */
export function answerLog(cluster: Cluster, pod: Pod, query: URLSearchParams): Response {
  const { name } = pod.metadata
  const { containers } = pod.spec
  const container = query.get('container') ?? (containers.length === 1 ? containers[0]?.name : undefined)
  if (container === undefined) {
    throw kubernetesErrors.badRequest(
      `a container name must be specified for pod ${name}, choose one of: [${containers.map(entry => entry.name).join(' ')}]`,
    )
  }
  const status = [...(pod.status.initContainerStatuses ?? []), ...(pod.status.containerStatuses ?? [])].find(
    entry => entry.name === container,
  )
  if (![...(pod.spec.initContainers ?? []), ...containers].some(entry => entry.name === container)) {
    throw kubernetesErrors.badRequest(`container ${container} is not valid for pod ${name}`)
  }
  const waiting = status?.state.waiting ?? (status === undefined ? { reason: 'ContainerCreating' } : undefined)
  if (waiting !== undefined && status?.lastState.terminated === undefined) {
    const { reason } = waiting
    const why = reason === 'ErrImagePull' || reason === 'ImagePullBackOff' ? pullFailure(reason) : reason
    throw kubernetesErrors.badRequest(`container "${container}" in pod "${name}" is waiting to start: ${why}`)
  }
  const lines = logsOf(cluster.kubernetes, pod, container)
  const tail = query.get('tailLines')
  const shown =
    tail === null
      ? lines
      : lines
          .split('\n')
          .slice(-Number(tail) - 1)
          .join('\n')
  return new Response(shown, { headers: { 'content-type': 'text/plain' } })
}

const pullFailure = (reason: string): string =>
  reason === 'ErrImagePull' ? "image can't be pulled" : 'trying and failing to pull image'
