// Helpers of the controllers for a workload's pods.
import type { Kubernetes } from '../../../world/kubernetes.js'
import type { KubernetesObject, Pod } from '../../../world/kubernetes-objects.js'
import type { PodTemplate } from '../../../world/kubernetes-workloads.js'
import { admit, complete, mutate } from '../admission/admission.js'
import { recordEvent } from '../objects/events.js'
import { knownResource } from '../objects/resources.js'
import { KubernetesError } from '../objects/status.js'

const pods = knownResource('pods')

export const isOwnedBy = ({ metadata }: KubernetesObject, owner: KubernetesObject): boolean =>
  metadata.ownerReferences?.some(({ uid }) => uid === owner.metadata.uid) === true

export const ownerReference = ({ apiVersion, kind, metadata: { name, uid = '' } }: KubernetesObject) => ({
  apiVersion,
  kind,
  name,
  uid,
  controller: true,
  blockOwnerDeletion: true,
})

export const isReady = ({ status }: Pod): boolean =>
  status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') === true

/** Whether a pod has ended. */
export const isOver = ({ status }: Pod): boolean => status.phase === 'Succeeded' || status.phase === 'Failed'

/** An owner's pods that aren't marked for deletion. */
export const podsOf = ({ store }: Kubernetes, owner: KubernetesObject): Pod[] =>
  store
    .list('pods', owner.metadata.namespace)
    .filter(pod => isOwnedBy(pod, owner) && pod.metadata.deletionTimestamp === undefined)

/**
 * Creates a pod from a template and records an event on its owner.
 * @returns why it was refused, if it was
 */
export function createOwnedPod(
  kubernetes: Kubernetes,
  owner: KubernetesObject,
  template: PodTemplate,
  component: string,
  { name, labels = {} }: { name: string; labels?: Record<string, string> },
): KubernetesError | undefined {
  const { store } = kubernetes
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...structuredClone(template.metadata ?? {}),
      name,
      namespace: owner.metadata.namespace ?? 'default',
      labels: { ...template.metadata?.labels, ...labels },
      ownerReferences: [ownerReference(owner)],
    },
    spec: structuredClone(template.spec),
    status: { phase: 'Pending' },
  }
  try {
    complete(pods, pod)
    mutate(kubernetes, pods, pod)
    admit(kubernetes, pods, pod)
  } catch (error) {
    if (!(error instanceof KubernetesError)) throw error
    recordEvent(store, owner, {
      reason: 'FailedCreate',
      message: `Error creating: ${error.message}`,
      type: 'Warning',
      component,
    })
    return error
  }
  store.create('pods', pod)
  recordEvent(store, owner, { reason: 'SuccessfulCreate', message: `Created pod: ${name}`, component })
  return undefined
}
