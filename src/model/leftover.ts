/** The probe pods that a run may have left on a cluster. */
export interface PodsLeft {
  kind: 'pods'
  /** Resource ID. */
  cluster: string
  name: string
  usesEntra: boolean
  way: 'kubectl' | 'run-command'
  namespace: string
  /** Value of the label that tells the pods of this run from those of others. */
  run: string
}

/** What a step leaves behind when it is killed: pods, or a folder with a kubeconfig. */
export type Leftover = PodsLeft | { kind: 'folder'; path: string }
