import { abortable, attempt as attemptTo, chunk, toActionError } from 'kernel'
import { madeTemplate, readPods, rowsOf } from './cluster-text.js'
import { explainKubectl } from './errors.js'
import { readingMs, type Call, type RunnerDeps } from './kubectl-process.js'
import { describeLeftPods, labelled, labels, podOf, podsPath, selectRun, type Probe } from './probe-pod.js'
import { deletingSeconds, retryDeletion } from './probe.js'
import { createRemains } from './remains.js'

/** Maximum number of pods that one `kubectl create` creates, one after the other. */
const podsPerProcess = 15

/** How long a process that creates pods may take, in milliseconds: one pod after the other, each through the cluster's webhooks. */
const creatingMs = 60_000

/** How long each creation may take, in milliseconds: the API server answers after 34 s at the latest (apiserver `requestTimeoutUpperBound`), webhooks included. */
const admittingMs = 35_000

/** Runs kubectl, and returns what it printed. */
type Kubectl = (args: string[], call?: Call) => Promise<string>

/** The deletions of a run's pods with kubectl, without retries, and the pods that no label finds. */
function createDeletions(deps: RunnerDeps, kubectl: Kubectl) {
  const { attempt, run } = deps
  const inNamespace = ['--namespace', attempt.namespace]
  const remains = createRemains(deps)
  const { strays } = remains

  /**
   * Deletes with one request: `kubectl delete` sends one per pod, five a second, and is only the fallback without the right to delete collections.
   * @param count the number of pods; any number by default
   */
  const remove = async (selector: string, count = Infinity): Promise<void> => {
    const path = podsPath(attempt.namespace, selector)
    const requestMs = deletingSeconds(count) * 1000
    const call = { requestMs, limitMs: Math.max(readingMs, requestMs) }
    const { value: answer = '', error } = await attemptTo(kubectl(['delete', '--raw', path], call))
    // kubectl prints any answer, even the web page of a proxy.
    if (answer.startsWith('<')) throw explainKubectl("invalid character '<' looking for beginning of value", attempt)
    remains.noteAnswer(answer)
    if (!error) return
    if (error.code !== 'AUTHORIZATION_FAILED') throw error
    await kubectl(['delete', 'pods', ...inNamespace, '--selector', selector, '--wait=false', '--ignore-not-found'])
  }

  const removeStrays = async (): Promise<void> => {
    const names = [...strays]
    if (names.length === 0) return
    const call = { limitMs: creatingMs }
    await kubectl(['delete', 'pods', ...inNamespace, ...names, '--wait=false', '--ignore-not-found'], call)
    for (const name of names) strays.delete(name)
  }

  return {
    remains,
    remove,
    removeStrays,

    /** Notes created pods that lost their labels. @param printed by `madeTemplate` */
    noteMade(printed: string): void {
      const kept = new RegExp(labelled(run))
      for (const [name = '', ...more] of rowsOf(printed, 'made'))
        if (!kept.test(['made', name, ...more, '.'].join('\t'))) strays.add(name)
    },
  }
}

/** The pods of a run that have not been deleted yet, and their deletion with kubectl. */
export function createPods(deps: RunnerDeps, kubectl: Kubectl) {
  const { attempt, run, log } = deps
  const ofRun = selectRun(run)
  const deletions = createDeletions(deps, kubectl)
  const { remove, removeStrays } = deletions
  /** Indexes of probes whose pod is still pulling. */
  const alive = new Set<number>()
  /** Indexes of probes whose pod has not been deleted. */
  const remaining = new Set<number>()
  /** Those of them whose deletion was cut: the API server may still be at it. */
  const unconfirmed = new Set<number>()
  let removal: Promise<void> = Promise.resolve()

  const removeThese = async (indexes: readonly number[]): Promise<void> => {
    await remove(`${ofRun},${labels.probe} in (${indexes.join(',')})`, indexes.length)
    for (const index of indexes) {
      unconfirmed.delete(index)
      remaining.delete(index)
    }
  }

  /** Deletes the pods of probes. Those that can't be deleted now are deleted at the end. */
  const removeProbes = async (indexes: readonly number[]): Promise<void> => {
    for (const index of indexes) alive.delete(index)
    try {
      await removeThese(indexes)
      await removeStrays()
    } catch (error) {
      log.debug(`pods could not be deleted yet: ${String(error)}`)
      if (toActionError(error).recovers) for (const index of indexes) unconfirmed.add(index)
    }
  }

  return {
    alive,
    remaining,
    ...deletions,
    removeProbes,

    /** Deletes the pods of probes in the background; only creating pods again waits for it. */
    removeSoon(indexes: readonly number[]): void {
      const earlier = removal
      if (indexes.length > 0) removal = removeProbes(indexes).then(() => earlier)
    },

    /** Resolves when what is being deleted in the background has been, or has failed. */
    removed: (): Promise<void> => removal,

    /** The same, and repeats what was cut, so that no more pods are made than there are probes. @throws ActionError if it is cut again for a minute */
    async cleared(): Promise<void> {
      await removal
      if (unconfirmed.size === 0) return
      const { error } = await attemptTo(retryDeletion(() => removeThese([...unconfirmed]), deps))
      if (error?.recovers) throw error
      unconfirmed.clear()
    },

    /** Deletes all pods of the run. @param count their number; any number by default */
    async removeAll(count?: number): Promise<void> {
      await retryDeletion(() => remove(ofRun, count), deps)
    },

    /** Deletes the pods that lost their labels; warns of those that can't be deleted. */
    async removeStrays(): Promise<void> {
      const { error } = await attemptTo(retryDeletion(removeStrays, deps))
      if (error) log.warn(describeLeftPods('kubectl', attempt, [...deletions.remains.strays], error))
    },
  }
}

/** Pods to create. */
interface Creation {
  probes: readonly Probe[]
  options: { lifeSeconds: number; requestsAll: boolean }
  killing: AbortSignal
}

/**
 * Creates pods.
 * @param listPods lists the pods of the run as rows
 * @returns the indexes of the probes that have one, and why others have none, if a retry may help
 * @throws ActionError if none was created, or if no retry helps
 */
export async function createAll(
  { probes, options, killing }: Creation,
  { removeProbes, noteMade, remains }: Pick<ReturnType<typeof createPods>, 'removeProbes' | 'noteMade' | 'remains'>,
  kubectl: Kubectl,
  listPods: () => Promise<string>,
  { attempt, run, signal }: RunnerDeps,
) {
  const indexes = probes.map(({ index }) => index)
  const process = (share: readonly Probe[]): Promise<string> => {
    const items = share.map(probe => podOf(probe, { run, ...options }))
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
    const call = { input, limitMs: creatingMs, requestMs: admittingMs, signal: killing, onPrinted: noteMade }
    const words = ['--validate=false', '--output', `go-template=${madeTemplate}`, '--filename', '-']
    return kubectl(['create', '--namespace', attempt.namespace, ...words], call)
  }
  // Refusals count only when all processes have ended: every pod that was created must be known, to be deleted.
  const shares = chunk(probes, Math.ceil(probes.length / Math.ceil(probes.length / podsPerProcess)))
  const ended = await abortable(Promise.allSettled(shares.map(process)), signal)
  const refusals = ended.flatMap(end => (end.status === 'rejected' ? toActionError(end.reason) : []))
  const error = refusals.find(({ recovers }) => !recovers) ?? refusals[0]
  // More pods would be changed alike.
  if (!error || remains.strays.size > 0) return { made: new Set(indexes) }
  // Pods that fit into a quota continue, and make room for the others.
  if (error.recovers || error.detail === 'quota') {
    const { value: pods = '' } = await attemptTo(listPods())
    const there = new Set(readPods(pods).map(({ probe }) => probe))
    const made = new Set(indexes.filter(index => there.has(index)))
    if (made.size > 0) return { made, error }
  }
  // Some may have been created anyway; the next attempt creates all of them.
  await removeProbes(indexes)
  throw error
}
