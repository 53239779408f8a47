import type { KubernetesObject, LabelSelector } from './kubernetes-meta.js'
import type { Condition, PodSpec } from './kubernetes-objects.js'

export interface PodTemplate {
  metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> }
  spec: PodSpec
}

export interface ReplicaSet extends KubernetesObject {
  spec: { replicas: number; selector: LabelSelector; template: PodTemplate }
  status: {
    replicas: number
    fullyLabeledReplicas: number
    readyReplicas?: number
    availableReplicas?: number
    observedGeneration: number
    conditions?: Condition[]
  }
}

export interface Deployment extends KubernetesObject {
  spec: { replicas: number; selector: LabelSelector; template: PodTemplate; progressDeadlineSeconds?: number }
  status: {
    observedGeneration?: number
    replicas?: number
    updatedReplicas?: number
    readyReplicas?: number
    availableReplicas?: number
    unavailableReplicas?: number
    conditions?: Condition[]
  }
}

export interface DaemonSet extends KubernetesObject {
  spec: { selector: LabelSelector; template: PodTemplate }
}
