import type { Constraints, Platform } from 'azure'
import type { ActionError } from 'kernel'

/**
 * The result of a pull. `unschedulable`: the node did not run or keep the pod. `refused`: Kubernetes did not admit the pod. `changed`: the cluster changed
 * the pod on admission, so its pull proves nothing. `slow`: it did not finish. `failed`: for an unknown reason.
 */
export type PullVerdict =
  | 'pulled'
  | 'denied'
  | 'not-found'
  | 'unreachable'
  | 'rate-limited'
  | 'unschedulable'
  | 'refused'
  | 'changed'
  | 'slow'
  | 'failed'

/**
 * The state of a pod on a node that has not pulled yet. `silent`: the node has not started the pod, or fails to give it an address. `quiet`: the node has
 * accepted the pod and reports nothing more. `starting`: the pod has its sandbox. `held`: so it has, but the cluster added containers that run before the
 * pull. `stuck`: and the image of one of these can't be pulled. `pulling`: the pull has started.
 */
export type Doing = 'silent' | 'quiet' | 'starting' | 'held' | 'stuck' | 'pulling'

export interface NodePull {
  node: string
  pool: string
  /** `linux`, `windows`. */
  os: string
  arch: string
  /** Image version and OS of the node, as its labels name them: `AKSUbuntu-2204gen2containerd-202607.20.0, Ubuntu`; absent if they don't. */
  system?: string
  image: ProbeImage
  verdict: PullVerdict
  cause?: NonNullable<ActionError['pullCause']>
  /** The message of kubelet, containerd or Kubernetes; empty for a successful pull. */
  message: string
  /** The digest of the pulled image, as the node reports it. */
  digest?: string
  /** Whether the node fetched the image or had it, by what it listed before; absent if that is not known, or it has not pulled. */
  layers?: 'fetched' | 'on-node'
  /** The message of the first attempt that the registry, or the way there, failed; absent if none did. */
  firstRefusal?: string
  /** The first other node that has pulled the image with the same identity, which shows that the role is in effect, and when; absent without one. */
  sibling?: { node: string; at: number }
  /** How long the node's kubelet keeps a credential, in milliseconds. */
  cacheMs: number
  /** Set if the pod had pull secrets of its service account, which may have pulled instead of the node's identity. */
  mayBeBySecret?: true
  /** The current try, if it is still running; verdict, cause and message are from the tries before it. */
  pending?: {
    doing: Doing
    /** When its pod was created or, if it is pulling, when the node reported that; in milliseconds since the epoch. */
    since: number
    /** The node's last message; empty if there is none. */
    message: string
  }
  /** While all nodes are refused, only one node per pool tries: 0 for the others. */
  attempts: number
  /** The number of attempts that decide nothing: up to the last refusal because of a stale credential, and those before a refusal by address. */
  staleAttempts?: number
  /** Milliseconds since the epoch. */
  startedAt: number
  finishedAt: number
}

/** An image for nodes to pull. */
export interface ProbeImage {
  /** With login server: `contosoacr.azurecr.io/nginx:v1`. */
  reference: string
  registryId: string
  /** Whether the registry is known to have it, because it was imported or looked up. */
  isThere: boolean
  /** The platforms that it was built for, if known. */
  platforms?: readonly Platform[]
  /** Where the workloads that use it can run; absent if no workload uses it, or if it is unknown for one of them. */
  constraints?: readonly Constraints[]
  /** The service account that the pod which pulls it runs as; absent if none is named, so that no pull secret of an account can be used. */
  account?: string
  /** Where it is named, as text: an input, or file, document and field of a manifest. */
  from: string
  /** Set if no input names it. */
  origin?: 'manifest' | 'pause'
}
