/** The properties of a node that the choice of nodes depends on. */
export interface ClusterNode {
  name: string
  /** Agent pool, or the node pool of node auto-provisioning. */
  pool: string
  os: string
  arch: string
  /** `v1.34.7`; empty if the cluster reports none. */
  kubeletVersion: string
  /** Image version and OS, as its labels name them: `AKSUbuntu-2204gen2containerd-202607.20.0, Ubuntu`; absent if they don't. */
  system?: string
  isReady: boolean
  isCordoned: boolean
  /** Whether container instances act as a node, without a kubelet that pulls. */
  isVirtual: boolean
  /** Whether it is a system node of AKS Automatic: Azure hosts it, and it accepts no other pods. */
  isHosted: boolean
  /** Whether it is a flex node, a machine outside AKS's own pools: its kubelet has no credential provider for Azure registries (AKSFlexNode, preview). */
  isFlex: boolean
  taints: Taint[]
  /** The labels that were requested. */
  labels: Readonly<Record<string, string>>
}

export interface Taint {
  key: string
  value: string
  /** `NoSchedule`, `PreferNoSchedule`, `NoExecute`. */
  effect: string
}

/** A node that pulls, with other nodes of its pool that could replace it. */
export interface ChosenNode {
  node: ClusterNode
  spares: ClusterNode[]
  /** Which of the nodes that take turns it is, from 1, and how many these are; absent if there is only one. */
  turn?: { number: number; of: number }
}

export interface Selection {
  chosen: ChosenNode[]
  /** Pools without a node that pulls, or that pulls from a registry (its name), and why; the empty ones have no nodes at all. */
  skipped: { pool: string; why: string; registry?: string; isEmpty?: true }[]
  /** Nodes that were left out with `probe-nodes: all`, and why. */
  skippedNodes: { node: string; why: string }[]
}
