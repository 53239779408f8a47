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
  status: {
    currentNumberScheduled: number
    desiredNumberScheduled: number
    numberMisscheduled: number
    numberReady: number
    updatedNumberScheduled?: number
    numberAvailable?: number
    numberUnavailable?: number
    observedGeneration?: number
  }
}

export interface StatefulSet extends KubernetesObject {
  spec: {
    replicas: number
    selector: LabelSelector
    template: PodTemplate
    podManagementPolicy?: 'OrderedReady' | 'Parallel'
  }
  status: {
    replicas: number
    availableReplicas: number
    readyReplicas?: number
    updatedReplicas?: number
    currentReplicas?: number
    currentRevision?: string
    updateRevision?: string
    observedGeneration?: number
  }
}

export interface Job extends KubernetesObject {
  spec: {
    parallelism: number
    completions: number
    backoffLimit: number
    suspend?: boolean
    activeDeadlineSeconds?: number
    ttlSecondsAfterFinished?: number
    selector?: LabelSelector
    template: PodTemplate
  }
  status: {
    active?: number
    ready?: number
    succeeded?: number
    failed?: number
    startTime?: string
    completionTime?: string
    conditions?: Condition[]
  }
}

export interface CronJob extends KubernetesObject {
  spec: {
    schedule: string
    timeZone?: string
    suspend?: boolean
    jobTemplate: { spec: { template: PodTemplate } }
  }
  status: { active?: object[]; lastScheduleTime?: string }
}
