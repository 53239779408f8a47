import pLimit from 'p-limit'
import { aksCommand, normalizeId, type Target } from 'azure'
import { ActionError, attemptOrCancelled, distinctOf, fix, type Result, valuesOf } from 'kernel'
import type { ClusterWorkloads, Inputs, Observed } from 'run-model'
import type { Prepared } from './verify.js'

/**
 * Reads what runs in the namespaces of the input `workloads`, one look per cluster, `concurrency` of them at once. A cluster whose look failed, or was
 * cancelled, has an error, because what runs there is unknown.
 * @param goOn what to do with a cluster's workloads while others are still being read
 */
export async function readWorkloads(
  { targets, registries }: Pick<Observed, 'targets' | 'registries'>,
  prepared: Prepared,
  { workloads: choice, concurrency }: Inputs,
  goOn: (seen: ClusterWorkloads) => Promise<unknown>,
): Promise<Result<ClusterWorkloads>[]> {
  if (!choice) return []
  const sessions = await prepared
  if (!sessions) return []
  const running = valuesOf(targets).filter(({ kind }) => kind === 'cluster')
  const clusters = distinctOf(running, ({ id }) => normalizeId(id))
  const own = valuesOf(registries).map(({ registry }) => registry)
  const limit = pLimit(concurrency)
  const { collectWorkloads } = await import('kubernetes/workloads')
  const look = async (target: Target): Promise<Result<ClusterWorkloads>> => {
    if (target.isStopped) return { error: stopped(target) }
    const read = async () => collectWorkloads(await sessions.workloads(target, choice), target, own)
    const { value, error } = await attemptOrCancelled(read)
    if (!error) return { value }
    return { error: error.code === 'CANCELLED' ? error.with({ subject: target.name, resource: target.id }) : error }
  }
  return Promise.all(
    clusters.map(async target => {
      const seen = await limit(() => look(target))
      if (seen.value) await goOn(seen.value)
      return seen
    }),
  )
}

function stopped({ id, name }: Target): ActionError {
  const failure = `The workloads of ${name} could not be read`
  const reason = 'the cluster is stopped'
  const advice = fix('Start it and run the step again, or leave it out:', aksCommand('start', id))
  const details = { subject: name, resource: id, failure, reason, fix: advice }
  return new ActionError('CLUSTER_STOPPED', `${failure}: ${reason}.`, details)
}
