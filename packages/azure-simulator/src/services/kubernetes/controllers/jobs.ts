import type { Kubernetes } from '../../../world/kubernetes.js'
import { kubernetesTime } from '../../../world/kubernetes-objects.js'
import type { Job } from '../../../world/kubernetes-workloads.js'
import type { World } from '../../../world/world.js'
import { deleteObject } from '../objects/deletion.js'
import { recordEvent } from '../objects/events.js'
import { randomSuffix } from '../objects/names.js'
import { knownResource } from '../objects/resources.js'
import { createOwnedPod, isOver, isReady, podsOf } from './owned-pods.js'

/** Runs jobs to completion. */
export interface Jobs {
  syncJob(job: Job): void
}

const component = 'job-controller'

/** Whether a job has ended; a suspended one has a condition, too. */
const hasEnded = ({ status: { conditions = [] } }: Pick<Job, 'status'>): boolean =>
  conditions.some(({ type, status }) => /^(Complete|Failed)$/.test(type) && status === 'True')

/** Sets the condition `Suspended`, which a job has once it was suspended (`ensureJobConditionStatus`). */
function noteSuspension({ spec, status }: Job): void {
  const isSuspended = spec.suspend === true
  const before = status.conditions?.find(({ type }) => type === 'Suspended')
  const value = isSuspended ? 'True' : 'False'
  if (before === undefined ? !isSuspended : before.status === value) return
  const now = kubernetesTime()
  const [reason, message] = isSuspended ? ['JobSuspended', 'Job suspended'] : ['JobResumed', 'Job resumed']
  const condition = {
    type: 'Suspended',
    status: value,
    reason,
    message,
    lastProbeTime: now,
    lastTransitionTime: now,
  } as const
  status.conditions = [...(status.conditions ?? []).filter(each => each !== before), condition]
}

/**
 * The controller of jobs (Kubernetes `pkg/controller/job`), without indexes and pod failure policies. Cron jobs don't
 * run.
 */
export function createJobs(world: World, kubernetes: Kubernetes): Jobs {
  const { store } = kubernetes
  /** UIDs of jobs that wait for a retry or their deadline. */
  const waiting = new Set<string>()

  const end = (job: Job, type: 'Complete' | 'Failed', reason: string, message: string): void => {
    const now = kubernetesTime()
    for (const pod of podsOf(kubernetes, job)) if (!isOver(pod)) deleteObject(store, knownResource('pods'), pod)
    store.update<Job>('jobs', job, ({ status }) => {
      if (hasEnded({ status })) return
      const condition = { status: 'True' as const, reason, message, lastProbeTime: now, lastTransitionTime: now }
      const criteria = type === 'Complete' ? 'SuccessCriteriaMet' : 'FailureTarget'
      status.conditions = [...(status.conditions ?? []), { type: criteria, ...condition }, { type, ...condition }]
      if (type === 'Complete') status.completionTime = now
      Reflect.deleteProperty(status, 'active')
    })
    recordEvent(store, job, {
      reason: type === 'Complete' ? 'Completed' : reason,
      message: type === 'Complete' ? 'Job completed' : message,
      type: type === 'Complete' ? 'Normal' : 'Warning',
      component,
    })
    const { ttlSecondsAfterFinished } = job.spec
    if (ttlSecondsAfterFinished === undefined) return
    world.timers.after(ttlSecondsAfterFinished * 1000, () => {
      const current = store.find('jobs', job.metadata.namespace, job.metadata.name)
      if (current?.metadata.uid === job.metadata.uid && current !== undefined)
        deleteObject(store, knownResource('jobs'), current)
    })
  }

  /** Runs again later; concurrent calls for the same job and key are merged. */
  const runLater = (job: Job, key: string, milliseconds: number, act: (job: Job) => void): void => {
    const id = `${key} ${job.metadata.uid ?? ''}`
    if (waiting.has(id)) return
    waiting.add(id)
    world.timers.after(milliseconds, () => {
      waiting.delete(id)
      const current = store.find('jobs', job.metadata.namespace, job.metadata.name)
      if (current !== undefined && current.metadata.uid === job.metadata.uid) act(current)
    })
  }

  const syncJob = (job: Job): void => {
    const { metadata, spec } = job
    if (hasEnded(job)) return
    const uid = metadata.uid ?? ''
    const labels = {
      'batch.kubernetes.io/controller-uid': uid,
      'batch.kubernetes.io/job-name': metadata.name,
      'controller-uid': uid,
      'job-name': metadata.name,
    }
    if (spec.selector === undefined) {
      store.update<Job>('jobs', job, draft => {
        draft.spec.selector = { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } }
        draft.spec.template.metadata = {
          ...draft.spec.template.metadata,
          labels: { ...draft.spec.template.metadata?.labels, ...labels },
        }
      })
      return
    }
    if (spec.activeDeadlineSeconds !== undefined) {
      runLater(job, 'deadline', spec.activeDeadlineSeconds * 1000, late => {
        if (late.status.conditions !== undefined) return
        end(late, 'Failed', 'DeadlineExceeded', 'Job was active longer than specified deadline')
      })
    }
    const own = podsOf(kubernetes, job)
    const active = own.filter(pod => !isOver(pod))
    const succeeded = own.filter(pod => pod.status.phase === 'Succeeded').length
    const failed = own.filter(pod => pod.status.phase === 'Failed').length
    const isSuspended = spec.suspend === true
    const missing = isSuspended ? 0 : Math.min(spec.parallelism, spec.completions - succeeded) - active.length
    const report = (activeCount: number): void => {
      const ready = active.filter(isReady).length
      store.update<Job>('jobs', job, draft => {
        draft.status = {
          ...draft.status,
          ...(isSuspended ? {} : { startTime: draft.status.startTime ?? kubernetesTime() }),
          ...(succeeded === 0 ? {} : { succeeded }),
          ...(failed === 0 ? {} : { failed }),
          ready,
        }
        noteSuspension(draft)
        // It gets a new one when it is resumed (Kubernetes `pkg/controller/job`).
        if (isSuspended) Reflect.deleteProperty(draft.status, 'startTime')
        if (activeCount > 0) draft.status.active = activeCount
        else Reflect.deleteProperty(draft.status, 'active')
      })
    }
    if (succeeded >= spec.completions) {
      report(0)
      end(job, 'Complete', 'CompletionsReached', 'Reached expected number of succeeded pods')
      return
    }
    if (failed > spec.backoffLimit) {
      report(0)
      end(job, 'Failed', 'BackoffLimitExceeded', 'Job has reached the specified backoff limit')
      return
    }
    if (isSuspended) for (const pod of active) deleteObject(store, knownResource('pods'), pod)
    report(isSuspended ? 0 : active.length + Math.max(missing, 0))
    const create = (current: Job, count: number): void => {
      for (let index = 0; index < count; index += 1) {
        const name = `${metadata.name}-${randomSuffix()}`
        if (createOwnedPod(kubernetes, current, current.spec.template, component, { name, labels }) !== undefined) break
      }
    }
    if (missing <= 0) return
    if (failed === 0) {
      create(job, missing)
      return
    }
    // After failures the pause doubles, from 10 s to 10 minutes; here it scales with the kubelet's.
    runLater(
      job,
      `after ${String(failed)}`,
      world.timing.kubeletBackoffMs * Math.min(2 ** (failed - 1), 60),
      current => {
        const left = podsOf(kubernetes, current).filter(pod => !isOver(pod)).length
        if (!hasEnded(current) && left === 0) create(current, missing)
      },
    )
  }

  return { syncJob }
}
