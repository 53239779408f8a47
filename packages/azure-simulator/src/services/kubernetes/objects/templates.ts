// Where workloads keep the template of their pods.
import type { KubernetesObject, Pod } from '../../../world/kubernetes-objects.js'
import type { CronJob, Deployment, PodTemplate } from '../../../world/kubernetes-workloads.js'

/** Resources whose objects make pods of `spec.template`. */
const templated = ['deployments', 'replicasets', 'daemonsets', 'statefulsets', 'jobs']

/** Where the pod's part of an object is, as messages name it; undefined where an object has nothing to do with pods. */
export function podFieldOf(resource: string): string | undefined {
  if (resource === 'pods') return 'spec'
  if (resource === 'cronjobs') return 'spec.jobTemplate.spec.template.spec'
  return templated.includes(resource) ? 'spec.template.spec' : undefined
}

/** The pod that an object is, or that it makes; undefined where it has nothing to do with pods. */
export function templateOf(resource: string, object: KubernetesObject): PodTemplate | undefined {
  if (resource === 'pods') return object as Pod
  if (resource === 'cronjobs') return (object as CronJob).spec.jobTemplate.spec.template
  return templated.includes(resource) ? (object as Deployment).spec.template : undefined
}
