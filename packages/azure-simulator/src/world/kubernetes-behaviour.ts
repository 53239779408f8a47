// Faults, policies and webhooks that tests add to a cluster.
import type { Pod } from './kubernetes-objects.js'

/** Which pods it applies to, and how often. Strings match part of the value, ignoring case. */
export interface FaultMatch {
  node?: string | RegExp
  image?: string | RegExp
  /** Lets the first n matches through. */
  skip?: number
  /** How many matches fail after that; all by default. */
  times?: number
}

/** A failure of matching pulls. */
export interface PullFault extends FaultMatch {
  /** The kubelet's text after `Failed to pull image "…": `. */
  message: string
}

/** A failure of matching pods on their node before their images are pulled. */
export interface PodFault extends FaultMatch {
  /**
   * `evicted`: the node is short of disk space. `shut-down`: the node shuts down. `deadline`: the pod's
   * `activeDeadlineSeconds` have passed. `no-address`: the network has no address for the pod, so it gets no sandbox.
   * `silent`: the kubelet never handles the pod or, with `afterMs`, that much later, as after a break of its watch: client-go
   * backs off up to 30 s (recorded: 52 s after an API server was away for 4 s). `dies`: the kubelet accepts the pod, and then nothing more is heard of it.
   */
  kind: 'evicted' | 'shut-down' | 'deadline' | 'no-address' | 'silent' | 'dies'
  /** Milliseconds after the kubelet has accepted the pod; 0 by default. */
  afterMs?: number
}

/** A rule that Gatekeeper enforces. */
export interface Policy {
  name: string
  /** Why a pod is denied; undefined to allow it. */
  deny: (pod: Pod) => string | undefined
}

/** A ValidatingAdmissionPolicy for pods, with its binding. */
export interface AdmissionPolicy {
  name: string
  /** Name of the binding; the policy's by default. */
  binding?: string
  /** `Deny` by default. */
  action?: 'Deny' | 'Warn'
  /** Why a pod is denied; undefined to allow it. */
  deny: (pod: Pod) => string | undefined
}

/** An admission webhook for the pods of all namespaces except kube-system, or a MutatingAdmissionPolicy, which changes pods at the same place. */
export interface Webhook {
  name: string
  /** The URL for the API server; by default that of a service named after the webhook. */
  url?: string
  /** Changes a pod before it is validated. */
  mutate?: (pod: Pod) => void
  /** Why a pod is denied; undefined to allow it. */
  deny?: (pod: Pod) => string | undefined
  /** Why it can't be called, and for how many calls; for ever by default. */
  outage?: { cause: string; times?: number } | undefined
  /** What happens to a pod if the webhook can't be called; `Fail` by default. */
  failurePolicy?: 'Fail' | 'Ignore'
}

/** The behaviour of an image's program. */
export type Program = (run: { args: readonly string[]; pod: Pod }) => {
  log?: string
  /** Runs for ever if omitted. */
  exitCode?: number
  /** How long it runs before it exits; 0 by default. */
  afterMs?: number
}

/** One successful pull. */
export interface PullRecord {
  readonly node: string
  readonly image: string
  /** The credential that gave the node access: the cluster's identity, none, or the pull secret of this name. */
  readonly credential: 'identity' | 'anonymous' | { readonly secret: string }
  /** Blobs from the registry's data endpoint; 0 if all layers were on the node. */
  readonly blobs: number
}

/** Finds and counts the fault for a pod or a pull. */
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
