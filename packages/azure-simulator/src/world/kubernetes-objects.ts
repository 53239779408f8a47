import type { Json, JsonObject, KubernetesObject } from './kubernetes-meta.js'

export type { KubernetesObject } from './kubernetes-meta.js'
export { kubernetesTime } from './kubernetes-meta.js'

export interface SecurityContext {
  allowPrivilegeEscalation?: boolean
  capabilities?: { add?: string[]; drop?: string[] }
  privileged?: boolean
  procMount?: string
  readOnlyRootFilesystem?: boolean
  runAsNonRoot?: boolean
  runAsUser?: number
  seLinuxOptions?: { type?: string; user?: string; role?: string }
  seccompProfile?: { type?: string }
  windowsOptions?: { hostProcess?: boolean; runAsUserName?: string }
}

export interface Container {
  name: string
  image: string
  command?: string[]
  args?: string[]
  imagePullPolicy?: 'Always' | 'IfNotPresent' | 'Never'
  ports?: { containerPort: number; hostPort?: number; protocol?: string }[]
  resources?: { limits?: Record<string, string | number>; requests?: Record<string, string | number> }
  securityContext?: SecurityContext
  livenessProbe?: Json
  readinessProbe?: Json
  terminationMessagePath?: string
  terminationMessagePolicy?: string
  volumeMounts?: Json[]
}

export interface Toleration {
  key?: string
  operator?: string
  value?: string
  effect?: string
  tolerationSeconds?: number
}

export interface Taint {
  key: string
  value?: string
  effect: string
  timeAdded?: string
}

interface NodeSelectorTerm {
  matchExpressions?: { key: string; operator: string; values?: string[] }[]
  matchFields?: { key: string; operator: string; values?: string[] }[]
}

export interface PodSpec {
  containers: Container[]
  initContainers?: Container[]
  ephemeralContainers?: Container[]
  nodeName?: string
  nodeSelector?: Record<string, string>
  affinity?: {
    nodeAffinity?: { requiredDuringSchedulingIgnoredDuringExecution?: { nodeSelectorTerms: NodeSelectorTerm[] } }
  }
  tolerations?: Toleration[]
  restartPolicy?: 'Always' | 'OnFailure' | 'Never'
  activeDeadlineSeconds?: number
  terminationGracePeriodSeconds?: number
  serviceAccountName?: string
  serviceAccount?: string
  automountServiceAccountToken?: boolean
  securityContext?: SecurityContext & { fsGroup?: number; sysctls?: { name: string; value: string }[] }
  hostNetwork?: boolean
  hostPID?: boolean
  hostIPC?: boolean
  hostUsers?: boolean
  volumes?: ({ name: string } & JsonObject)[]
  os?: { name: string }
  schedulerName?: string
  dnsPolicy?: string
  enableServiceLinks?: boolean
  preemptionPolicy?: string
  priority?: number
  imagePullSecrets?: LocalObjectReference[]
}

/** The name of an object in the same namespace. */
interface LocalObjectReference {
  name: string
}

export interface ContainerState {
  waiting?: { reason: string; message?: string }
  running?: { startedAt: string }
  terminated?: {
    exitCode: number
    reason: string
    message?: string
    /** Null for a container that was never found. */
    startedAt: string | null
    finishedAt: string | null
    containerID?: string
  }
}

export interface ContainerStatus {
  name: string
  image: string
  imageID: string
  containerID?: string
  ready: boolean
  started?: boolean
  restartCount: number
  state: ContainerState
  lastState: ContainerState
  /** Since 1.33, once the container has been created. */
  resources?: Container['resources']
  allocatedResources?: Record<string, string | number>
  volumeMounts?: Json[]
}

export interface Condition {
  type: string
  status: 'True' | 'False' | 'Unknown'
  reason?: string
  message?: string
  lastProbeTime?: string | null
  lastHeartbeatTime?: string
  lastTransitionTime: string
  lastUpdateTime?: string
  /** Of pods since 1.34. */
  observedGeneration?: number
}

interface PodStatus {
  phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown'
  /** Since 1.34. */
  observedGeneration?: number
  reason?: string
  message?: string
  conditions?: Condition[]
  hostIP?: string
  hostIPs?: { ip: string }[]
  podIP?: string
  podIPs?: { ip: string }[]
  qosClass?: string
  startTime?: string
  initContainerStatuses?: ContainerStatus[]
  containerStatuses?: ContainerStatus[]
  ephemeralContainerStatuses?: ContainerStatus[]
}

export interface Pod extends KubernetesObject {
  spec: PodSpec
  status: PodStatus
}

export interface Node extends KubernetesObject {
  spec: { podCIDR?: string; providerID: string; taints?: Taint[]; unschedulable?: boolean }
  status: {
    addresses: { type: string; address: string }[]
    allocatable: Record<string, string>
    capacity: Record<string, string>
    conditions: Condition[]
    nodeInfo: Record<string, string>
    daemonEndpoints?: Json
    images?: NodeImage[]
  }
}

/** An image that a node has, with its names by digest and by tag. */
export interface NodeImage {
  names: string[]
  sizeBytes: number
}

export interface KubernetesEvent extends KubernetesObject {
  involvedObject: {
    apiVersion: string
    kind: string
    name: string
    namespace?: string
    uid: string
    resourceVersion?: string
    fieldPath?: string
  }
  reason: string
  message: string
  type: 'Normal' | 'Warning'
  source: { component?: string; host?: string }
  /** Count and the two times are of events of the old API, time, action and series of those of the new one. */
  count?: number
  firstTimestamp: string | null
  lastTimestamp: string | null
  eventTime: string | null
  action?: string
  series?: { count: number; lastObservedTime: string }
  reportingComponent: string
  reportingInstance: string
}

export interface ResourceQuota extends KubernetesObject {
  spec: { hard: Record<string, string> }
  /** Empty until the controller has run. */
  status: { hard?: Record<string, string>; used?: Record<string, string> }
}

export interface LimitRange extends KubernetesObject {
  spec: {
    limits: {
      type: 'Container' | 'Pod'
      min?: Record<string, string>
      max?: Record<string, string>
      default?: Record<string, string>
      defaultRequest?: Record<string, string>
      maxLimitRequestRatio?: Record<string, string>
    }[]
  }
}

export interface Secret extends KubernetesObject {
  type: string
  /** Base64. */
  data?: Record<string, string>
}

export interface ServiceAccount extends KubernetesObject {
  imagePullSecrets?: LocalObjectReference[]
}

export interface PolicyRule {
  verbs: string[]
  apiGroups?: string[]
  resources?: string[]
  /** All names if omitted. */
  resourceNames?: string[]
  nonResourceURLs?: string[]
}

export interface KubernetesRole extends KubernetesObject {
  rules: PolicyRule[]
}

export interface RoleBinding extends KubernetesObject {
  roleRef: { apiGroup: string; kind: string; name: string }
  subjects?: { kind: string; name: string; apiGroup?: string; namespace?: string }[]
}
