/** A platform that an image is built for, in the terms of OCI and Kubernetes: `linux`, `arm64`. */
export interface Platform {
  os: string
  arch: string
  /** Only for Windows: `10.0.20348.2700`. */
  osVersion?: string
}

/** Where the pods of a workload may run, by its manifest (kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node). */
export interface Constraints {
  /** Labels that a node must have. */
  nodeSelector: Readonly<Record<string, string>>
  /** Required node affinity: at least one term must match. */
  nodeAffinity?: readonly NodeTerm[]
  tolerations: readonly Toleration[]
  /** The node that the pod is bound to. */
  nodeName?: string
  /** `spec.os.name`: a kubelet on another system rejects the pod. */
  os?: string
}

/** All requirements must be met; a term without any matches nothing. */
export interface NodeTerm {
  labels: readonly Requirement[]
  /** Requirements for the node's name, the only field that Kubernetes supports. */
  names: readonly Requirement[]
}

export interface Requirement {
  key: string
  operator: string
  values: readonly string[]
}

/** Allows a pod on nodes with a taint; absent fields match everything. */
export interface Toleration {
  key?: string
  operator?: string
  value?: string
  effect?: string
}

/** The name of a service account: an RFC 1123 subdomain (kubernetes.io/docs/concepts/security/service-accounts). */
export const accountName = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/
