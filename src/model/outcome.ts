import type { ActionError } from './error.js'
import type { CreateRegistry, Operation } from './plan.js'
import type { Registry } from './registry.js'
import type { RoleAssignment } from './role-assignment.js'
import type { Constraints, Platform } from './scheduling.js'
import type { VerifyLevel } from './wanted.js'

/** The effect of a write. */
export type Written = Pick<Outcome, 'changed' | 'roleAssignmentId' | 'tookMs'>

/** How an operation ended. */
export interface Outcome {
  operation: Operation
  /** Resource ID of the assignment that holds now. */
  roleAssignmentId?: string
  /** False when the write turned out not to be needed. */
  changed: boolean
  /** When Azure had answered, in ms since the epoch. */
  finishedAt: number
  /** How long the request took that succeeded, in ms. */
  tookMs?: number
  error?: ActionError
}

/** What a wait for a pair's grant (or its end) found. */
export interface Verification {
  verified: VerifyLevel
  /** From the write's answer to the check that passed, in seconds. */
  propagationSeconds?: number
  /** What the nodes pulled, where they were asked to. */
  pulls?: NodePull[]
  /** The assignment with a condition that something else has given it since: neither the one before the write nor the one written. */
  overtakenBy?: RoleAssignment
  error?: ActionError
}

/**
 * What came of a pull. `unschedulable`: the node did not take the pod or did not keep it. `refused`: Kubernetes does not let the pod in.
 * `changed`: the cluster changed the pod on admission, so its pull proves nothing. `slow`: it has not ended. `failed`: for a reason that is not
 * known.
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
 * What stopped a pull, where that says more than the verdict. `gone`: the pod is not there any more. `kubelet-limit`: the kubelet has used up its
 * own limit of pulls a second.
 */
export type PullCause =
  'dns' | 'firewall' | 'tls' | 'proxy' | 'connection' | 'data-endpoint' | 'platform' | 'gone' | 'kubelet-limit'

/**
 * What a node does with a pod that it has not pulled for yet. `silent`: it has not begun with the pod, or fails to give it an address. `quiet`: it
 * has taken the pod, and nothing more is heard. `starting`: the pod has its sandbox. `pulling`: it has begun to pull.
 */
export type Doing = 'silent' | 'quiet' | 'starting' | 'pulling'

/** A try that has not ended. */
interface PendingTry {
  doing: Doing
  /** When its pod was made, in milliseconds since the epoch. */
  since: number
  /** What the node said last; empty where it said nothing. */
  message: string
}

/** How the pull of one image on one node ended. */
export interface NodePull {
  node: string
  pool: string
  arch: string
  image: ProbeImage
  verdict: PullVerdict
  cause?: PullCause
  /** What kubelet, containerd or Kubernetes said; empty for a pull that succeeded. */
  message: string
  /** The latest try, as long as it has not ended: verdict, cause and message are of what was heard before it. */
  pending?: PendingTry
  attempts: number
  /** Milliseconds since the epoch. */
  startedAt: number
  finishedAt: number
}

/** Whether a node was asked to pull: while all are refused, one node a pool is. */
export function isAsked({ attempts }: Pick<NodePull, 'attempts'>): boolean {
  return attempts > 0
}

/** An image that nodes are to pull. */
export interface ProbeImage {
  /** With login server: `contosoacr.azurecr.io/nginx:v1`. */
  reference: string
  registryId: string
  /** Whether the runner knows that the registry has it, because it was imported or looked up. */
  isThere: boolean
  /** Those that it was built for, where that is known. */
  platforms?: readonly Platform[]
  /** Where the workloads that name it may run; absent where no workload names it, or where that is not known for one of them. */
  constraints?: readonly Constraints[]
  /** What named it, in words: an input, or file, document and field of a manifest. */
  from: string
  /** Set where no input named it. */
  origin?: 'manifest' | 'pause'
}

/** How the creation of a registry ended: as Azure made it, or why it is not there. */
export interface RegistryEnd {
  outcome: Outcome & { operation: CreateRegistry }
  created: Registry | ActionError
}
