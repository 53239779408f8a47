import type { KubernetesObject } from '../../../world/kubernetes-objects.js'
import { templateOf } from '../objects/templates.js'
import { completePodSpec } from './pod-defaults.js'

/**
 * The API server's defaults in `spec`, and the initial status, by resource (Kubernetes
 * `pkg/apis/{apps,batch}/v1/defaults.go`).
 */
const defaults: Readonly<Record<string, { spec: object; status: object }>> = {
  deployments: {
    spec: {
      replicas: 1,
      progressDeadlineSeconds: 600,
      revisionHistoryLimit: 10,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
    },
    status: {},
  },
  replicasets: { spec: { replicas: 1 }, status: { replicas: 0, fullyLabeledReplicas: 0, observedGeneration: 0 } },
}

/** Completes an object that creates pods. */
export function completeWorkload(resource: string, object: KubernetesObject): void {
  const own = defaults[resource]
  const template = templateOf(resource, object)
  if (own === undefined || template === undefined) return
  const spec = object.spec as Record<string, unknown>
  for (const [key, value] of Object.entries(structuredClone(own.spec))) spec[key] ??= value
  object.status ??= structuredClone(own.status)
  completePodSpec(template.spec)
}

interface ServiceSpec {
  type?: string
  clusterIP?: string
  clusterIPs?: string[]
  sessionAffinity?: string
  ports?: { port: number; protocol?: string; targetPort?: number | string; nodePort?: number }[]
}

let allocated = 0

/**
 * The API server's defaults for a service: its type, an address of the service network, and omitted values of its
 * ports.
 */
export function completeService(object: KubernetesObject): void {
  const spec = (object.spec ??= {}) as ServiceSpec
  spec.type ??= 'ClusterIP'
  spec.sessionAffinity ??= 'None'
  object.status ??= { loadBalancer: {} }
  if (spec.type === 'ExternalName') return
  allocated += 1
  spec.clusterIP ??= `10.0.${String(1 + Math.floor(allocated / 250))}.${String(1 + (allocated % 250))}`
  spec.clusterIPs ??= [spec.clusterIP]
  for (const [index, port] of (spec.ports ?? []).entries()) {
    port.protocol ??= 'TCP'
    port.targetPort ??= port.port
    if (spec.type !== 'ClusterIP') port.nodePort ??= 30_000 + ((allocated * 10 + index) % 2768)
  }
}
