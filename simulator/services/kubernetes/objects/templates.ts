import type { Deployment, KubernetesObject, Pod, PodTemplate } from '../../../world/kubernetes-objects.js'

/** Resources whose objects make pods from `spec.template`. */
const templated = ['deployments', 'replicasets']

/** The pod that an object is, or that it makes; undefined where it has nothing to do with pods. */
export function templateOf(resource: string, object: KubernetesObject): PodTemplate | undefined {
  if (resource === 'pods') return object as Pod
  return templated.includes(resource) ? (object as Deployment).spec.template : undefined
}
