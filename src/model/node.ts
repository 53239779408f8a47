/** The properties of a node that the choice of nodes depends on. */
export interface ClusterNode {
  name: string
  /** Agent pool, or the node pool of node auto-provisioning. */
  pool: string
  os: string
  arch: string
  isReady: boolean
  isCordoned: boolean
  /** Container instances that pose as a node: no kubelet pulls there. */
  isVirtual: boolean
  /** A system node of AKS Automatic, which Azure hosts and which takes no pods of others. */
  isHosted: boolean
  taints: Taint[]
  /** Those labels that were asked for. */
  labels: Readonly<Record<string, string>>
}

/** A taint, which keeps away pods that do not tolerate it. */
export interface Taint {
  key: string
  value: string
  /** `NoSchedule`, `PreferNoSchedule`, `NoExecute`. */
  effect: string
}

/** A node that is asked to pull, with other nodes of its pool that could replace it. */
export interface ChosenNode {
  node: ClusterNode
  spares: ClusterNode[]
}

export interface Selection {
  chosen: ChosenNode[]
  /** Pools of which no node pulls, and why. */
  skipped: { pool: string; why: string }[]
  /** Nodes that were left out where all are wanted, and why. */
  skippedNodes: { node: string; why: string }[]
}
