import { clusterOf, useOf, type CheckedWorkloads } from '../model/running-image.js'
import type { RunningImageStatus } from '../model/workload.js'
import type { Failure } from './drift-item.js'

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
  status: RunningImageStatus
  pods: number | null
  /** The code alone: one reason can be that of ten thousand containers, and the report's list `unknown` tells it once. */
  errorCode: string | null
}

/** The same, with what is wrong with its image if this step has found it out. */
export type CheckedWorkload = ReportedWorkload & { error?: Failure | undefined }

/** One row for each container of a workload, and one with nothing but the cluster for each cluster whose workloads could not be read. */
export function workloadRows({ looks, images }: CheckedWorkloads): CheckedWorkload[] {
  const nothing = { namespace: null, kind: null, name: null, container: null, image: null, pods: null }
  const unread = looks.flatMap(({ error }): CheckedWorkload[] =>
    error
      ? [
          {
            ...{ cluster: clusterOf(error), ...nothing, runningDigest: null, registryDigest: null },
            ...{ status: 'unknown', errorCode: error.code, error },
          },
        ]
      : [],
  )
  const read = images.flatMap(({ uses, status, registryDigest, error }) =>
    uses.map((container): CheckedWorkload => {
      const use = useOf(container)
      return {
        ...{ ...use, image: container.image, status },
        ...{ runningDigest: use.runningDigest || null, registryDigest: registryDigest || null },
        ...{ errorCode: error?.code ?? null, error },
      }
    }),
  )
  return [...unread, ...read]
}
