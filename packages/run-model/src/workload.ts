import type { Constraints, Target } from 'azure'

/** A container of a workload that runs an image, as reports know it. */
export interface RunningUse {
  /** Resource ID. */
  cluster: string
  namespace: string
  /** Kind and name of the topmost owner that makes the pods, such as `Deployment`; `Pod` for a pod without an owner. */
  kind: string
  name: string
  /** Name of the container; for an image volume, the name of the volume. */
  container: string
  /** `sha256:…` by which nodes run it; empty if no pod of the workload runs it now. */
  runningDigest: string
  /** Number of pods that run it, or wait to. */
  pods: number
}

/** A container of a workload in a cluster: the image that it names, and the digest that its pods run. Each digest that runs has its own. */
export interface WorkloadContainer extends RunningUse {
  /** As the pod or its template has it. */
  image: string
  /** Set if none of these pods has the image: they wait for it. */
  isWaiting?: true
  /** Set if each start asks the registry (`imagePullPolicy: Always`). */
  isAlways?: true
  /** When the first of these pods started, in milliseconds since the epoch; absent if none runs. */
  since?: number
  /** The service account that its pods run as; absent if none is named. */
  account?: string
  /** Where its pods can run; absent if that is not known. */
  constraints?: Constraints
}

/** The workloads of a cluster, read once. */
export interface ClusterWorkloads {
  target: Target
  /** Containers whose image is at one of the step's registries. */
  containers: readonly WorkloadContainer[]
  /** Number of distinct images per host of every other registry. */
  elsewhere: ReadonlyMap<string, number>
  /** Namespaces of the input that the cluster does not have. */
  absent: readonly string[]
}

/**
 * The state in a registry of an image that runs, worst first. `gone`: it would not start again; `missing`: pods wait for it, and never had it; `locked`: nobody can pull it; `moved`: the tag
 * names another digest than the one that runs.
 */
export const runningStatuses = ['gone', 'missing', 'locked', 'unknown', 'moved', 'present'] as const

export type RunningStatus = (typeof runningStatuses)[number]
