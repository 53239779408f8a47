import type { KubernetesObject } from '../../../world/kubernetes-objects.js'
import type { Deployment } from '../../../world/kubernetes-workloads.js'

/** The subresource `scale` of a workload. */
export function toScale(object: KubernetesObject): KubernetesObject {
  const { metadata, spec, status } = object as Deployment
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata
  const selector = Object.entries(spec.selector.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`)
  return {
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: JSON.parse(
      JSON.stringify({ name, namespace, uid, resourceVersion, creationTimestamp }),
    ) as typeof metadata,
    spec: { replicas: spec.replicas },
    status: { replicas: status.replicas ?? 0, selector: selector.join(',') },
  }
}

/** The workload with the number of replicas in a scale. */
export function fromScale(object: KubernetesObject, scale: unknown): KubernetesObject {
  const { spec, metadata } = scale as { spec?: { replicas?: number }; metadata?: { resourceVersion?: string } }
  const changed = structuredClone(object) as Deployment
  changed.spec.replicas = spec?.replicas ?? 0
  if (metadata?.resourceVersion !== undefined) changed.metadata.resourceVersion = metadata.resourceVersion
  return changed
}
