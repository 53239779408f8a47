import type { ClusterNode } from '../../model/node.js'
import type { PodEvent, PodStatus } from './cluster-text.js'
import type { Probe } from './probe-pod.js'

/** What is known of a probe after a round. */
export interface ProbeStatus {
  index: number
  /** How often its pod was created in this round. */
  attempts: number
  /** Absent when the pod is gone. */
  pod?: PodStatus
  /** Warnings about the pod, the newest last. */
  events: PodEvent[]
}

/** A way into a cluster: to see its nodes, and to have pods pull on them. Each method throws ActionError. */
export interface ProbeWay {
  name: 'kubectl' | 'run-command'
  /** The nodes. Sweeps what killed runs have left behind. */
  look(): Promise<ClusterNode[]>
  /**
   * Lets each probe's pod pull, and tells how they stand when every image is pulled or refused, or `until` (ms since the epoch) is over.
   * A pod that still pulls by then is kept for the next round.
   */
  round(probes: Probe[], until: number): Promise<ProbeStatus[]>
  /** Deletes the pods of this run and what the way itself needs; also after a cancellation, and then within seconds. Never throws. */
  close(): Promise<void>
}
