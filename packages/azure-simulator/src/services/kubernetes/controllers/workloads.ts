import type { Kubernetes } from '../../../world/kubernetes.js'
import { kubernetesTime, type Condition } from '../../../world/kubernetes-objects.js'
import type { Deployment, ReplicaSet } from '../../../world/kubernetes-workloads.js'
import { deleteObject } from '../objects/deletion.js'
import { recordEvent } from '../objects/events.js'
import { hashOf, randomSuffix } from '../objects/names.js'
import { knownResource } from '../objects/resources.js'
import { createOwnedPod, isOver, isOwnedBy, isReady, ownerReference, podsOf } from './owned-pods.js'

/** Keeps workloads at the requested number of pods. */
export interface Workloads {
  scaleReplicaSet(replicaSet: ReplicaSet): void
  rollOut(deployment: Deployment): void
}

const pods = knownResource('pods')

/**
 * The controllers of deployments and replica sets, simplified: a rollout creates all new pods at once, and then deletes
 * the old ones.
 */
export function createWorkloads(kubernetes: Kubernetes): Workloads {
  const { store } = kubernetes

  const createPod = (owner: ReplicaSet): boolean => {
    const name = `${owner.metadata.name}-${randomSuffix()}`
    const refusal = createOwnedPod(kubernetes, owner, owner.spec.template, 'replicaset-controller', { name })
    if (refusal === undefined) return true
    store.update<ReplicaSet>('replicasets', owner, ({ status }) => {
      status.conditions = [
        {
          type: 'ReplicaFailure',
          status: 'True',
          reason: 'FailedCreate',
          message: refusal.message,
          lastTransitionTime: kubernetesTime(),
        },
      ]
    })
    return false
  }

  const scaleReplicaSet = (replicaSet: ReplicaSet): void => {
    const owned = podsOf(kubernetes, replicaSet)
    const active = owned.filter(pod => !isOver(pod))
    const { replicas } = replicaSet.spec
    for (let missing = replicas - active.length; missing > 0; missing -= 1) {
      if (!createPod(replicaSet)) break
    }
    for (const pod of active.slice(replicas)) deleteObject(store, pods, pod)
    const now = store.list('pods', replicaSet.metadata.namespace).filter(pod => isOwnedBy(pod, replicaSet))
    const ready = now.filter(isReady)
    store.update<ReplicaSet>('replicasets', replicaSet, draft => {
      draft.status = {
        replicas: now.length,
        fullyLabeledReplicas: now.length,
        observedGeneration: draft.metadata.generation ?? 1,
        ...(ready.length === 0 ? {} : { readyReplicas: ready.length, availableReplicas: ready.length }),
        ...(draft.status.conditions === undefined || now.length >= replicas
          ? {}
          : { conditions: draft.status.conditions }),
      }
    })
  }

  const rollOut = (deployment: Deployment): void => {
    const { namespace = 'default', name } = deployment.metadata
    const owned = store.list('replicasets', namespace).filter(set => isOwnedBy(set, deployment))
    const hash = hashOf(deployment.spec.template)
    let current = owned.find(({ metadata }) => metadata.labels?.['pod-template-hash'] === hash)
    if (current === undefined) {
      const labels = { ...deployment.spec.template.metadata?.labels, 'pod-template-hash': hash }
      const annotations = { 'deployment.kubernetes.io/revision': String(owned.length + 1) }
      current = store.create<ReplicaSet>('replicasets', {
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        metadata: {
          name: `${name}-${hash}`,
          namespace,
          labels,
          annotations,
          ownerReferences: [ownerReference(deployment)],
        },
        spec: {
          replicas: deployment.spec.replicas,
          selector: { matchLabels: { ...deployment.spec.selector.matchLabels, 'pod-template-hash': hash } },
          template: {
            ...structuredClone(deployment.spec.template),
            metadata: { ...deployment.spec.template.metadata, labels },
          },
        },
        status: { replicas: 0, fullyLabeledReplicas: 0, observedGeneration: 0 },
      })
      const message = `Scaled up replica set ${current.metadata.name} from 0 to ${String(deployment.spec.replicas)}`
      recordEvent(store, deployment, { reason: 'ScalingReplicaSet', message, component: 'deployment-controller' })
    }
    const available = current.status.availableReplicas ?? 0
    const isDone = available >= deployment.spec.replicas
    const scale = (set: ReplicaSet, replicas: number): void => {
      store.update<ReplicaSet>('replicasets', set, draft => {
        draft.spec.replicas = replicas
      })
    }
    scale(current, deployment.spec.replicas)
    const old = owned.filter(set => set.metadata.uid !== current.metadata.uid)
    // The new pods must be available before the old ones are deleted.
    if (isDone) for (const set of old) scale(set, 0)
    const sum = (value: (set: ReplicaSet) => number | undefined): number =>
      [current, ...old].reduce((total, set) => total + (value(set) ?? 0), 0)
    const total = sum(({ status }) => status.replicas)
    const ready = sum(({ status }) => status.readyReplicas)
    const failure = current.status.conditions?.find(({ type }) => type === 'ReplicaFailure')
    store.update<Deployment>('deployments', deployment, draft => {
      const condition = (type: string, isTrue: boolean, reason: string, message: string): Condition => {
        const value = isTrue ? ('True' as const) : ('False' as const)
        const before = draft.status.conditions?.find(entry => entry.type === type && entry.status === value)
        const since = before?.lastTransitionTime ?? kubernetesTime()
        return { type, status: value, reason, message, lastUpdateTime: since, lastTransitionTime: since }
      }
      const set = current.metadata.name
      draft.metadata.annotations = {
        ...draft.metadata.annotations,
        'deployment.kubernetes.io/revision': String(old.length + 1),
      }
      draft.status = {
        observedGeneration: draft.metadata.generation ?? 1,
        replicas: total,
        updatedReplicas: current.status.replicas,
        ...(ready === 0 ? {} : { readyReplicas: ready, availableReplicas: ready }),
        ...(draft.spec.replicas > ready ? { unavailableReplicas: draft.spec.replicas - ready } : {}),
        conditions: [
          ready >= draft.spec.replicas
            ? condition('Available', true, 'MinimumReplicasAvailable', 'Deployment has minimum availability.')
            : condition(
                'Available',
                false,
                'MinimumReplicasUnavailable',
                'Deployment does not have minimum availability.',
              ),
          isDone
            ? condition(
                'Progressing',
                true,
                'NewReplicaSetAvailable',
                `ReplicaSet "${set}" has successfully progressed.`,
              )
            : condition('Progressing', true, 'ReplicaSetUpdated', `ReplicaSet "${set}" is progressing.`),
          ...(failure === undefined ? [] : [failure]),
        ],
      }
    })
  }

  return { scaleReplicaSet, rollOut }
}
