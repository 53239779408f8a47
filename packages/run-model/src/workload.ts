import { type Constraints, type Target, lastSegment, namesOf } from 'azure'
import { groupBy, nameSome } from 'kernel'

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
  /** Namespaces of the input in which the cluster has no pod, and nothing that makes pods. */
  empty: readonly string[]
}

/**
 * The state in a registry of an image that runs, worst first. `gone`: it would not start again; `missing`: it is not there, and no pod has it; `locked`: nobody can pull it; `moved`: the tag
 * names another digest than the one that runs.
 */
export const runningStatuses = ['gone', 'missing', 'locked', 'unknown', 'moved', 'present'] as const

export type RunningStatus = (typeof runningStatuses)[number]

/** Who runs an image, or waits for it, in one clause: `14 pods of 3 deployments on 2 clusters run it`, `1 cron job on aks-1 uses it`. */
export function countUses(uses: readonly RunningUse[], isWaiting = false): string {
  const workloads = [...groupBy(uses, use => [use.cluster, use.namespace, use.kind, use.name].join(' ').toLowerCase())]
  // A pod with two containers of one image is one pod.
  const pods = workloads.reduce((sum, [, own]) => sum + countPods(own), 0)
  const clusters = [...new Set(uses.map(({ cluster }) => cluster.toLowerCase()))]
  const [only] = uses
  const place = clusters.length === 1 && only ? lastSegment(only.cluster) : count(clusters.length, 'cluster')
  const owners = workloads.flatMap(([, [{ kind }]]) => (kind === 'Pod' ? [] : kind))
  const kinds = [...groupBy(owners, kind => kind)].map(([kind, { length }]) => count(length, wordOf(kind)))
  const named = kinds.length > 2 ? count(owners.length, 'workload') : kinds.join(' and ')
  if (pods === 0)
    return `${named || count(workloads.length, 'pod')} on ${place} ${workloads.length === 1 ? 'uses' : 'use'} it`
  const verb = isWaiting ? (pods === 1 ? 'waits for' : 'wait for') : pods === 1 ? 'runs' : 'run'
  return `${count(pods, 'pod')}${named && ` of ${named}`} on ${place} ${verb} it`
}

function countPods(uses: readonly RunningUse[]): number {
  const byDigest = groupBy(uses, ({ runningDigest }) => runningDigest)
  return [...byDigest.values()].reduce((sum, own) => sum + Math.max(...own.map(({ pods }) => pods)), 0)
}

/** `Deployment shop/api on aks-1`, each workload once, the first ones. */
export function nameUses(uses: readonly RunningUse[]): string {
  const nameCluster = namesOf(uses.map(({ cluster }) => ({ target: cluster })))
  const names = [
    ...new Set(
      uses.map(
        ({ kind, namespace, name, cluster }) => `${kind} ${namespace}/${name} on ${nameCluster({ target: cluster })}`,
      ),
    ),
  ].sort()
  return nameSome(names)
}

/** `CronJob` as `cron job`. */
const wordOf = (kind: string): string => kind.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase()

const count = (number: number, word: string): string => `${number} ${word}${number === 1 ? '' : 's'}`
