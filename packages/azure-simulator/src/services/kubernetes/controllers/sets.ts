import type { Kubernetes } from '../../../world/kubernetes.js'
import type { Node, Pod } from '../../../world/kubernetes-objects.js'
import type { DaemonSet, StatefulSet } from '../../../world/kubernetes-workloads.js'
import { isChosen, untolerated } from '../nodes/fitting.js'
import { deleteObject } from '../objects/deletion.js'
import { hashOf, randomSuffix } from '../objects/names.js'
import { knownResource } from '../objects/resources.js'
import { createOwnedPod, isOver, isReady, podsOf } from './owned-pods.js'

/** Keeps one pod on every node (daemon sets), or pods with stable names (stateful sets). */
export interface Sets {
  syncDaemonSet(set: DaemonSet): void
  syncStatefulSet(set: StatefulSet): void
}

const pods = knownResource('pods')
const revisionLabel = 'controller-revision-hash'

/** Taints that pods of daemon sets tolerate (Kubernetes `pkg/controller/daemon/util/daemonset_util.go`). */
const tolerated: readonly { key: string; effect: string }[] = [
  { key: 'node.kubernetes.io/not-ready', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/disk-pressure', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/memory-pressure', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/pid-pressure', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' },
]

/**
 * The controllers of daemon sets and stateful sets, simplified: a changed template replaces all pods of a daemon set at
 * once.
 */
export function createSets(kubernetes: Kubernetes): Sets {
  const { store } = kubernetes

  return {
    syncDaemonSet(set) {
      const { template } = set.spec
      const revision = hashOf(template)
      const onNode = (node: Node) => (pod: Pod) => {
        pod.spec.tolerations = [
          ...(pod.spec.tolerations ?? []),
          ...tolerated.map(taint => ({ ...taint, operator: 'Exists' })),
        ]
        const terms = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
          ?.nodeSelectorTerms ?? [{}]
        const matchFields = [{ key: 'metadata.name', operator: 'In', values: [node.metadata.name] }]
        pod.spec.affinity = {
          ...pod.spec.affinity,
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: terms.map(term => ({ ...term, matchFields })),
            },
          },
        }
      }
      const isMeant = (node: Node): boolean => {
        const pod = { spec: structuredClone(template.spec) } as Pod
        onNode(node)(pod)
        return isChosen(pod, node) && untolerated(pod, node, ['NoSchedule', 'NoExecute']) === undefined
      }
      const nodes = store.list('nodes').filter(isMeant)
      const nodeOf = ({ spec }: Pod): string | undefined =>
        spec.nodeName ??
        spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms[0]
          ?.matchFields?.[0]?.values?.[0]
      const kept = podsOf(kubernetes, set).filter(pod => {
        const isNeeded =
          !isOver(pod) &&
          pod.metadata.labels?.[revisionLabel] === revision &&
          nodes.some(({ metadata }) => metadata.name === nodeOf(pod))
        if (!isNeeded) deleteObject(store, pods, pod)
        return isNeeded
      })
      const covered = new Set(kept.map(nodeOf))
      for (const node of nodes.filter(({ metadata }) => !covered.has(metadata.name))) {
        const options = {
          name: `${set.metadata.name}-${randomSuffix()}`,
          labels: { [revisionLabel]: revision },
          change: onNode(node),
        }
        if (createOwnedPod(kubernetes, set, template, 'daemonset-controller', options) !== undefined) break
      }
      const now = podsOf(kubernetes, set)
      const ready = now.filter(isReady).length
      store.update<DaemonSet>('daemonsets', set, draft => {
        draft.status = {
          currentNumberScheduled: now.length,
          desiredNumberScheduled: nodes.length,
          numberMisscheduled: 0,
          numberReady: ready,
          updatedNumberScheduled: now.length,
          ...(ready === 0 ? {} : { numberAvailable: ready }),
          ...(ready < nodes.length ? { numberUnavailable: nodes.length - ready } : {}),
          observedGeneration: draft.metadata.generation ?? 1,
        }
      })
    },

    syncStatefulSet(set) {
      const { replicas, template, podManagementPolicy = 'OrderedReady' } = set.spec
      const revision = `${set.metadata.name}-${hashOf(template)}`
      const owned = podsOf(kubernetes, set)
      const nameOf = (index: number): string => `${set.metadata.name}-${String(index)}`
      const find = (index: number): Pod | undefined => owned.find(({ metadata }) => metadata.name === nameOf(index))
      const isOld = ({ metadata }: Pod): boolean => metadata.labels?.[revisionLabel] !== revision
      const ordinals = Array.from({ length: replicas }, (_, index) => index)
      for (const pod of owned) {
        const isExtra = !ordinals.some(index => nameOf(index) === pod.metadata.name)
        if (isExtra || isOver(pod)) deleteObject(store, pods, pod)
      }
      const all = ordinals.map(find)
      for (const [index, pod] of all.entries()) {
        if (pod === undefined) {
          const labels = {
            [revisionLabel]: revision,
            'statefulset.kubernetes.io/pod-name': nameOf(index),
            'apps.kubernetes.io/pod-index': String(index),
          }
          // The previous pod may still be terminating.
          if (store.find('pods', set.metadata.namespace, nameOf(index)) === undefined) {
            createOwnedPod(kubernetes, set, template, 'statefulset-controller', { name: nameOf(index), labels })
          }
        }
        if (podManagementPolicy === 'OrderedReady' && (pod === undefined || !isReady(pod))) break
      }
      // Highest ordinal first, and only while all others are ready.
      const old = all.findLast(pod => pod !== undefined && isOld(pod))
      if (old !== undefined && all.every(pod => pod !== undefined && isReady(pod))) deleteObject(store, pods, old)
      const now = podsOf(kubernetes, set)
      const ready = now.filter(isReady).length
      const updated = now.filter(pod => !isOld(pod)).length
      store.update<StatefulSet>('statefulsets', set, draft => {
        draft.status = {
          replicas: now.length,
          availableReplicas: ready,
          ...(ready === 0 ? {} : { readyReplicas: ready }),
          ...(updated === 0 ? {} : { updatedReplicas: updated, currentReplicas: updated }),
          currentRevision: updated === now.length ? revision : (draft.status.currentRevision ?? revision),
          updateRevision: revision,
          observedGeneration: draft.metadata.generation ?? 1,
        }
      })
    },
  }
}
