// Finds the pod templates of workloads.
import type { KubernetesObject, Pod } from '../../../world/kubernetes-objects.js'
import type { Deployment, PodTemplate } from '../../../world/kubernetes-workloads.js'

/** Resources whose objects create pods from `spec.template`. */
const templated = ['deployments', 'replicasets']

/** The path of the pod in an object, as in messages; undefined if an object has nothing to do with pods. */
export function podFieldOf(resource: string): string | undefined {
  if (resource === 'pods') return 'spec'
  return templated.includes(resource) ? 'spec.template.spec' : undefined
}

/** The pod that an object is or creates; undefined if it has nothing to do with pods. */
export function templateOf(resource: string, object: KubernetesObject): PodTemplate | undefined {
  if (resource === 'pods') return object as Pod
  return templated.includes(resource) ? (object as Deployment).spec.template : undefined
}
