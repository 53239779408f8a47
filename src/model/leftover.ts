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
}

/** Something that a killed step leaves behind: pods, or a folder with a kubeconfig. */
export type Leftover = PodsLeft | { kind: 'folder'; path: string }
