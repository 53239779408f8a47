/** Probe pods that a run may have left on a cluster. */
export interface PodsLeft {
  kind: 'pods'
  /** Resource ID. */
  cluster: string
  name: string
  usesEntra: boolean
  prober: 'kubectl' | 'run-command'
  namespace: string
  /** Value of the label that distinguishes the pods of this run from those of other runs. */
  run: string
  /** Until when a command of the step may still start in the cluster and create pods, in milliseconds since the epoch; absent if that is not known. */
  startsUntil?: number
}

/** Something that a killed step leaves behind: pods, or a folder with a kubeconfig. */
export type Leftover = PodsLeft | { kind: 'folder'; path: string }
