// Faults, policies and webhooks that a test gives a cluster.
import type { Pod } from './kubernetes-objects.js'

/** A condition on pods and how often it applies. Strings match as a part, without letter case. */
export interface FaultMatch {
  node?: string | RegExp
  image?: string | RegExp
  /** Let the first n matches through. */
  skip?: number
  /** How many matches are hit after that; for ever by default. */
  times?: number
}

/** Something that goes wrong with matching pulls. */
export interface PullFault extends FaultMatch {
  /** What the kubelet says after `Failed to pull image "…": `. */
  message: string
}

/** Something that befalls matching pods on their node, before their images are there. */
export interface PodFault extends FaultMatch {
  /**
   * `evicted`: the node is short of disk space. `shut-down`: the node shuts down. `deadline`: the pod's `activeDeadlineSeconds` are over.
   * `no-address`: the network gives the pod no address, so that it has no sandbox. `silent`: the kubelet never gets to the pod.
   */
  kind: 'evicted' | 'shut-down' | 'deadline' | 'no-address' | 'silent'
  /** Milliseconds after the kubelet has taken the pod; 0 by default. */
  afterMs?: number
}

/** A rule that Gatekeeper enforces. */
export interface Policy {
  name: string
  /** Why a pod is denied; undefined when it is not. */
  deny: (pod: Pod) => string | undefined
}

/** An admission webhook for the pods of all namespaces but kube-system's. */
export interface Webhook {
  name: string
  /** Where the API server calls it; a service named after the webhook by default. */
  url?: string
  /** Changes a pod before it is validated. */
  mutate?: (pod: Pod) => void
  /** Why a pod is denied; undefined when it is not. */
  deny?: (pod: Pod) => string | undefined
  /** Why it can't be called, for so many calls; for ever by default. */
  outage?: { cause: string; times?: number } | undefined
  /** What becomes of a pod when the webhook can't be called; `Fail` by default. */
  failurePolicy?: 'Fail' | 'Ignore'
}

/** What the program of an image does when it is run. */
export type Program = (run: { args: readonly string[]; pod: Pod }) => {
  log?: string
  /** Runs for ever without. */
  exitCode?: number
  /** How long it runs before it exits; 0 by default. */
  afterMs?: number
}

/** One successful pull. */
export interface PullRecord {
  readonly node: string
  readonly image: string
  /** By what the registry let the node in: the cluster's identity, nobody's, or a pull secret of this name. */
  readonly credential: 'identity' | 'anonymous' | { readonly secret: string }
  /** Blobs that came from the registry's data endpoint; none where all layers were on the node. */
  readonly blobs: number
}

/** Finds the fault that hits a pod or a pull, and counts. */
export function createFaultPicker<T extends FaultMatch>(
  faults: readonly T[],
): (node: string, images: readonly string[]) => T | undefined {
  const counts = new Map<T, { skipped: number; hit: number }>()
  return (node, images) =>
    faults.find(fault => {
      const { skip = 0, times = Infinity } = fault
      if (!matches(fault.node, node) || !images.some(image => matches(fault.image, image))) return false
      const count = counts.get(fault) ?? { skipped: 0, hit: 0 }
      counts.set(fault, count)
      if (count.skipped < skip) {
        count.skipped += 1
        return false
      }
      if (count.hit >= times) return false
      count.hit += 1
      return true
    })
}

function matches(pattern: string | RegExp | undefined, text: string): boolean {
  if (pattern === undefined) return true
  return typeof pattern === 'string' ? text.toLowerCase().includes(pattern.toLowerCase()) : pattern.test(text)
}
