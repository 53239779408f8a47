import { kubernetesTime, type KubernetesObject, type Pod } from '../../../world/kubernetes-objects.js'
import type { ObjectStore } from '../../../world/kubernetes-store.js'
import { resources, type Resource } from './resources.js'

export interface DeleteOptions {
  gracePeriodSeconds?: number
  propagationPolicy?: 'Background' | 'Foreground' | 'Orphan'
  preconditions?: { uid?: string; resourceVersion?: string }
  dryRun?: string[]
}

/**
 * Deletes an object. A pod on a node is only marked: its kubelet stops and removes it. Dependent objects follow, as
 * with the garbage collector.
 */
export function deleteObject(
  store: ObjectStore,
  resource: Resource,
  object: KubernetesObject,
  options: DeleteOptions = {},
): KubernetesObject {
  if (resource.name === 'pods') return deletePod(store, object as Pod, options.gracePeriodSeconds)
  if (resource.name === 'namespaces') {
    for (const inner of resources.filter(({ isNamespaced }) => isNamespaced)) {
      for (const member of store.list(inner.name, object.metadata.name)) {
        if (inner.name === 'pods') deletePod(store, member as Pod, 0)
        else store.remove(inner.name, member)
      }
    }
  }
  store.remove(resource.name, object)
  for (const dependent of resources.flatMap(inner =>
    inner.isReview ? [] : store.list(inner.name).map(member => ({ inner, member })),
  )) {
    const { inner, member } = dependent
    const isOwned = member.metadata.ownerReferences?.some(({ uid }) => uid === object.metadata.uid) === true
    if (!isOwned) continue
    if (options.propagationPolicy === 'Orphan') {
      store.update(inner.name, member, draft => {
        const { ownerReferences = [] } = draft.metadata
        draft.metadata.ownerReferences = ownerReferences.filter(({ uid }) => uid !== object.metadata.uid)
      })
    } else {
      deleteObject(store, inner, member)
    }
  }
  return object
}

function deletePod(store: ObjectStore, pod: Pod, gracePeriodSeconds?: number): KubernetesObject {
  const grace = gracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30
  const isOver = pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed'
  const isImmediate = grace === 0 || pod.spec.nodeName === undefined || isOver
  const seconds = isImmediate ? 0 : grace
  // Marked in any case, and with that of a new generation (k8s.io/apiserver `registry/rest/delete.go`).
  const marked = store.update<Pod>('pods', pod, ({ metadata }) => {
    metadata.deletionGracePeriodSeconds = Math.min(seconds, metadata.deletionGracePeriodSeconds ?? seconds)
    if (metadata.deletionTimestamp === undefined && metadata.generation !== undefined) metadata.generation += 1
    metadata.deletionTimestamp ??= kubernetesTime(Date.now() + seconds * 1000)
  })
  if (isImmediate && (pod.metadata.finalizers ?? []).length === 0) store.remove('pods', pod)
  return marked ?? pod
}
