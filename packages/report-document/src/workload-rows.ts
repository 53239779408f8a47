import type { ActionError } from 'kernel'
import { clusterOf, selectWantedBy, type Run, type RunningStatus } from 'run-model'

/** A container of a workload, as the report has it. */
export interface ReportedWorkload {
  cluster: string
  namespace: string | null
  kind: string | null
  name: string | null
  container: string | null
  image: string | null
  runningDigest: string | null
  registryDigest: string | null
  status: RunningStatus
  pods: number | null
  /** Why it is unknown: the code alone, because one reason can be that of ten thousand containers, and the report's list `unknown` has it once. */
  errorCode?: string
}

/** A row, with what is wrong with it. */
interface WorkloadRow {
  row: ReportedWorkload
  error: ActionError | undefined
}

/**
 * One row for each container of a workload, and one with nothing but the cluster for each cluster whose workloads could not be read. Undefined if no
 * workloads were checked.
 */
export function workloadRows({ workloads, images }: Pick<Run, 'workloads' | 'images'>): WorkloadRow[] | undefined {
  if (!workloads) return undefined
  const nothing = { namespace: null, kind: null, name: null, container: null, image: null, pods: null }
  const noDigests = { runningDigest: null, registryDigest: null }
  const unread = workloads.flatMap(({ error }): WorkloadRow[] => {
    if (!error) return []
    const row = {
      cluster: clusterOf(error),
      ...nothing,
      ...noDigests,
      status: 'unknown',
      errorCode: error.code,
    } as const
    return [{ row, error }]
  })
  const read = selectWantedBy('workload', images).flatMap(({ uses, status, runningDigest, digest, error }) =>
    uses.map(({ cluster, namespace, kind, name, container, pods, image }): WorkloadRow => {
      const digests = { runningDigest: runningDigest || null, registryDigest: digest || null }
      const row = { cluster, namespace, kind, name, container, pods, ...digests, image, status }
      return { row: status === 'unknown' && error ? { ...row, errorCode: error.code } : row, error }
    }),
  )
  return [...unread, ...read]
}
