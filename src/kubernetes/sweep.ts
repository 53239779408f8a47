import type { ProbePod } from './cluster-text.js'
import type { ClusterAttempt } from './kubernetes-errors.js'
import { labels, podLifeSeconds } from './pull-probe.js'

/** A run deletes a pod that has ended within seconds; with Run Command within a minute and a half. */
const endedLifeSeconds = 150

/** Whether a probe pod belongs to a run that was killed: it is past its deadline, or has ended long ago. Those of runs under way are left alone. */
export function isLeftover({ createdAt, status }: ProbePod, now: number): boolean {
  const ageSeconds = (now - createdAt) / 1000
  const ended = status.phase === 'Failed' || status.phase === 'Succeeded'
  return ageSeconds > (ended ? endedLifeSeconds : podLifeSeconds)
}

/** What is left where pods could not be deleted, why, and how to. */
export function describeLeft({ cluster, namespace }: ClusterAttempt, run: string, error: unknown): string {
  const reason = (error instanceof Error ? error.message : String(error)).replace(/\.$/, '')
  return (
    `The probe pods on ${cluster.name} could not be deleted: ${reason}. They end by themselves after ${podLifeSeconds / 60} minutes. To delete them:\n` +
    `  kubectl delete pods --namespace ${namespace} --selector ${labels.run}=${run}`
  )
}
