import type { Cluster } from '../../../world/clusters.js'
import type { Deployment, KubernetesObject, Node, Pod, ReplicaSet } from '../../../world/kubernetes-objects.js'
import type { World } from '../../../world/world.js'
import { deleteObject } from '../objects/deletion.js'
import { recordEvent } from '../objects/events.js'
import { runsPods, untolerated } from '../nodes/fitting.js'
import { createKubelets } from '../nodes/kubelet.js'
import { knownResource } from '../objects/resources.js'
import { schedule } from './scheduler.js'
import { createWorkloads } from './workloads.js'

/**
 * Everything that acts in a cluster by itself: scheduler, kubelets, and the controllers of deployments and replica sets. Each looks at an
 * object when it has changed.
 */
export function startControllers(world: World, cluster: Cluster, closing: AbortSignal): void {
  const { kubernetes } = cluster
  const { store } = kubernetes
  const kubelets = createKubelets(world, cluster, closing)
  const workloads = createWorkloads(kubernetes)

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
    if (node !== undefined && runsPods(node)) kubelets.run(pod, node)
  }
  /** Pods that don't tolerate a node's taint any more have to go (Kubernetes `pkg/controller/tainteviction`). */
  const evict = (node: Node): void => {
    for (const pod of store.list('pods').filter(({ spec }) => spec.nodeName === node.metadata.name)) {
      if (untolerated(pod, node, ['NoExecute']) === undefined) continue
      const message = `Marking for deletion Pod ${pod.metadata.namespace ?? ''}/${pod.metadata.name}`
      recordEvent(store, pod, { reason: 'TaintManagerEviction', message, component: 'taint-eviction-controller' })
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

  const look = (resource: string, object: KubernetesObject): void => {
    const current = find(resource, object)
    switch (resource) {
      case 'pods': {
        if (current === undefined) {
          kubelets.forget(object as Pod)
          // There may be room now for those that wait.
          for (const pod of store.list('pods')) if (pod.spec.nodeName === undefined) placePod(pod)
        } else {
          placePod(current as Pod)
        }
        const owner = ownerOf('replicasets', object)
        if (owner !== undefined) workloads.scaleReplicaSet(owner as ReplicaSet)
        return
      }
      case 'nodes':
        if (current !== undefined) evict(current as Node)
        // A node that is new or ready again may be what pods wait for.
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
    if (!['pods', 'nodes', 'replicasets', 'deployments'].includes(resource)) return
    // Not before the request is answered that changed it.
    setImmediate(() => {
      if (!closing.aborted) look(resource, object)
    })
  })
  for (const pod of store.list('pods')) placePod(pod)
}
