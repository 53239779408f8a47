import type { ActionError } from 'kernel'
import { selectWantedBy, type CheckedImage, type Run } from 'run-model'

/** A container of a workload, as the report has it. */
export interface CheckedWorkload {
  cluster: string
  namespace: string | null
  kind: string | null
  name: string | null
  container: string | null
  image: string | null
  runningDigest: string | null
  registryDigest: string | null
  status: CheckedImage<'workload'>['status']
  pods: number | null
  /** Why it is unknown: the code alone, because one reason can be that of ten thousand containers, and the report's list `unknown` has it once. */
  errorCode?: string
  /** What is wrong with its image, if this step has found it out; not in the report. */
  error?: Pick<ActionError, 'code' | 'message' | 'quote' | 'fix'> | undefined
}

/**
 * One row for each container of a workload, and one with nothing but the cluster for each cluster whose workloads could not be read. Undefined if no
 * workloads were checked.
 */
export function checkedWorkloads({
  workloads,
  images,
}: Pick<Run, 'workloads' | 'images'>): CheckedWorkload[] | undefined {
  if (!workloads) return undefined
  const nothing = { namespace: null, kind: null, name: null, container: null, image: null, pods: null }
  const noDigests = { runningDigest: null, registryDigest: null }
  const unread = workloads.flatMap(({ error }): CheckedWorkload[] =>
    error
      ? [
          {
            cluster: error.resource || error.subject || '',
            ...nothing,
            ...noDigests,
            status: 'unknown',
            errorCode: error.code,
            error,
          },
        ]
      : [],
  )
  const read = selectWantedBy('workload', images).flatMap(({ uses, status, runningDigest, digest, error }) =>
    uses.map(({ cluster, namespace, kind, name, container, pods, image }): CheckedWorkload => {
      const digests = { runningDigest: runningDigest || null, registryDigest: digest || null }
      const row = { cluster, namespace, kind, name, container, pods, ...digests, image, status, error }
      return status === 'unknown' && error ? { ...row, errorCode: error.code } : row
    }),
  )
  return [...unread, ...read]
}
