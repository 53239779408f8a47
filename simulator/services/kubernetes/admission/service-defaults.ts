import type { KubernetesObject } from '../../../world/kubernetes-objects.js'

interface ServiceSpec {
  type?: string
  clusterIP?: string
  clusterIPs?: string[]
  sessionAffinity?: string
  ports?: { port: number; protocol?: string; targetPort?: number | string; nodePort?: number }[]
}

let allocated = 0

/** What the API server fills in of a service: its type, an address of the service network, and what its ports leave out. */
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
