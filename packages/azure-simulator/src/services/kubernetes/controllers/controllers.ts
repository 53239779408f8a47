// Starts a cluster's controllers, which create the pods of workloads.
import type { Cluster } from '../../../world/clusters.js'
import type { Condition, KubernetesObject, Node, Pod } from '../../../world/kubernetes-objects.js'
import type { Deployment, ReplicaSet } from '../../../world/kubernetes-workloads.js'
import { kubernetesTime } from '../../../world/kubernetes-objects.js'
import type { World } from '../../../world/world.js'
import { watchReleases } from '../admission/quotas.js'
import { deleteObject } from '../objects/deletion.js'
import { recordEvent } from '../objects/events.js'
import { runsPods, untolerated } from '../nodes/fitting.js'
import { createKubelets } from '../nodes/kubelet.js'
import { knownResource } from '../objects/resources.js'
import { schedule } from './scheduler.js'
import { createWorkloads } from './workloads.js'

/** Resources whose changes trigger a controller. */
const watched = ['pods', 'nodes', 'replicasets', 'deployments']

/**
 * Starts everything that acts in a cluster by itself: scheduler, kubelets, and workload controllers. Each handles an
 * object after it has changed.
 */
export function startControllers(world: World, cluster: Cluster, closing: AbortSignal): void {
  const { kubernetes } = cluster
  const { store } = kubernetes
  const kubelets = createKubelets(world, cluster, closing)
  const workloads = createWorkloads(kubernetes)
  watchReleases(kubernetes)

  /** UIDs of pods that wait for garbage collection. */
  const orphans = new Set<string>()

  const placePod = (pod: Pod): void => {
    const { nodeName } = pod.spec
    if (pod.metadata.deletionTimestamp !== undefined) {
      const node = nodeName === undefined ? undefined : store.find('nodes', undefined, nodeName)
      // A silent kubelet stops nothing.
      if (node === undefined || runsPods(node)) kubelets.stop(pod)
      return
    }
    if (pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed') return
    if (nodeName === undefined) {
      schedule(kubernetes, pod)
      return
    }
    const node = store.find('nodes', undefined, nodeName)
    if (node === undefined) collect(pod)
    else if (pod.status.phase === 'Pending' && runsPods(node)) kubelets.run(pod, node)
  }
  /** A pod without its node fails and is deleted later (Kubernetes `pkg/controller/podgc`). */
  const collect = (pod: Pod): void => {
    const uid = pod.metadata.uid ?? ''
    if (orphans.has(uid)) return
    orphans.add(uid)
    kubelets.forget(pod)
    const take = (): void => {
      orphans.delete(uid)
      const current = store.find('pods', pod.metadata.namespace, pod.metadata.name)
      const isBack = store.find('nodes', undefined, pod.spec.nodeName ?? '') !== undefined
      if (closing.aborted || current?.metadata.uid !== uid || isBack) return
      store.update<Pod>('pods', current, ({ status }) => {
        status.phase = 'Failed'
        addTarget(status, { reason: 'DeletionByPodGC', message: 'PodGC: node no longer exists' })
      })
      store.remove('pods', current)
    }
    world.timers.after(world.timing.podCollectionMs, take)
  }
  /** Pods that no longer tolerate a node's taint are evicted (Kubernetes `pkg/controller/tainteviction`). */
  const evict = (node: Node | undefined): void => {
    if (!node?.spec.taints?.length) return
    for (const pod of store.list('pods').filter(({ spec }) => spec.nodeName === node.metadata.name)) {
      if (untolerated(pod, node, ['NoExecute']) === undefined) continue
      const message = `Marking for deletion Pod ${pod.metadata.namespace ?? ''}/${pod.metadata.name}`
      recordEvent(store, pod, { reason: 'TaintManagerEviction', message, component: 'taint-eviction-controller' })
      store.update<Pod>('pods', pod, ({ metadata, status }) => {
        addTarget(status, {
          ...{ reason: 'DeletionByTaintManager', message: 'Taint manager: deleting due to NoExecute taint' },
          ...{ lastProbeTime: null, observedGeneration: metadata.generation ?? 1 },
        })
      })
      deleteObject(store, knownResource('pods'), pod)
    }
  }

  const find = (resource: string, { metadata }: KubernetesObject): KubernetesObject | undefined => {
    const current = store.find(resource, metadata.namespace, metadata.name)
    return current?.metadata.uid === metadata.uid ? current : undefined
  }
  const ownerOf = (resource: string, { metadata }: KubernetesObject): KubernetesObject | undefined =>
    store
      .list(resource, metadata.namespace)
      .find(({ metadata: { uid } }) => metadata.ownerReferences?.some(owner => owner.uid === uid))

  /** Changed objects, to be handled once each after the request is answered. */
  const queue = new Map<string, { resource: string; object: KubernetesObject }>()
  const enqueue = (resource: string, object: KubernetesObject): void => {
    if (queue.size === 0) {
      setImmediate(() => {
        const batch = [...queue.values()]
        queue.clear()
        for (const entry of batch) if (!closing.aborted) look(entry.resource, entry.object)
      })
    }
    const key = `${resource} ${object.metadata.uid ?? ''}`
    queue.delete(key)
    queue.set(key, { resource, object })
  }

  const look = (resource: string, object: KubernetesObject): void => {
    const current = find(resource, object)
    switch (resource) {
      case 'pods': {
        if (current === undefined) {
          kubelets.forget(object as Pod)
          // Pending pods may fit now.
          for (const pod of store.list('pods')) if (pod.spec.nodeName === undefined) placePod(pod)
        } else {
          placePod(current as Pod)
          evict(store.find('nodes', undefined, (current as Pod).spec.nodeName ?? ''))
        }
        const owner = ownerOf('replicasets', object)
        if (owner !== undefined) workloads.scaleReplicaSet(owner as ReplicaSet)
        return
      }
      case 'nodes':
        evict(current as Node | undefined)
        // Pending pods may fit on a node that is new or ready again.
        for (const pod of store.list('pods')) placePod(pod)
        return
      case 'replicasets': {
        if (current !== undefined) workloads.scaleReplicaSet(current as ReplicaSet)
        const owner = ownerOf('deployments', object)
        if (owner !== undefined) workloads.rollOut(owner as Deployment)
        return
      }
      case 'deployments':
        if (current !== undefined) workloads.rollOut(current as Deployment)
    }
  }
  store.onChange(({ resource, object }) => {
    if (watched.includes(resource)) enqueue(resource, object)
  })
  for (const pod of store.list('pods')) placePod(pod)
}

/** The condition of a pod that a controller is about to delete. */
function addTarget(status: Pod['status'], details: Partial<Condition>): void {
  const target = { type: 'DisruptionTarget', status: 'True', lastTransitionTime: kubernetesTime() } as const
  status.conditions = [...(status.conditions ?? []), { ...target, ...details }]
}
