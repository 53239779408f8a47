import { kubectlCommand } from 'azure'
import { attempt as attemptTo, choices, nameSome, type ActionError, type FixPart } from 'kernel'
import { noteLeftover } from 'runner'
import { getting, isBegun, isWhole, readPods, type ProbePod } from './cluster-text.js'
import { incomplete } from './errors.js'
import { daemonSetsTemplate, findMirror, nodesTemplate, readNodes } from './node-rows.js'
import { describeLeftPods, gettingRuns, hasEnded, selectDead, selectRun } from './probe-pod.js'
import type { PodsLeft, ProbeDeps, Prober, Transport } from './probe.js'
import { reviewOf, reviewPath } from './rights.js'
import { readPrintedWorkloads } from './workload-look.js'
import { workloadReads } from './workload-templates.js'

/** Maximum number of pods of other runs in a message. */
const maxOthers = 5

/**
 * A prober, whichever way it takes: what is read, how it is judged, and what is done about other runs and limit ranges is the same.
 * @param left noted for the post step from the first pod until its pods are deleted
 */
export function createProber({ read, remove, ...transport }: Transport, deps: ProbeDeps, left?: PodsLeft): Prober {
  const { name, attempt, run, log } = deps
  const { namespace } = attempt
  /** Undefined until the DaemonSets have been listed. */
  let daemonSets: string | undefined
  /** The pods of other runs, which may be at work or were killed. */
  let others: readonly ProbePod[] = []
  let isSwept = false
  /** Whether the namespace refused pods with small requests. */
  let requestsAll = false
  let note: ReturnType<typeof noteLeftover> | undefined

  /**
   * Deletes the pods that killed runs have left behind. Ages are measured by the clock that dates them: it was at least this time when the pods were
   * listed, because the API server had created a pod of this run. By a fast clock of a machine, the pods of a run at work would look old.
   */
  const sweep = async (pods: readonly ProbePod[], clusterTime: number): Promise<void> => {
    isSwept = true
    const dead = selectDead(pods, run, clusterTime)
    others = pods.filter(pod => pod.run !== run && !dead?.includes(pod.run))
    if (dead) await removeDead(dead, remove, deps)
  }

  const prober: Prober = {
    ...transport,

    mirror: () => findMirror(daemonSets ?? ''),

    workloads: choice => readPrintedWorkloads(read(workloadReads(choice)), choice, deps),

    review(namespaces) {
      const ask = (namespace: string) => ({ words: ['create', '--raw', reviewPath], input: reviewOf(namespace) })
      return read(namespaces.map(ask))
    },

    async look(labelKeys) {
      const listing = [{ words: getting('nodes', nodesTemplate(labelKeys)) }, { words: gettingRuns(namespace) }]
      // They only say what a pull proves, and not everyone has permission to list them.
      const more = { words: getting('daemonsets', daemonSetsTemplate, '--all-namespaces'), isOptional: true as const }
      const rows = await read(daemonSets === undefined ? [...listing, more] : listing)
      if (!isWhole(rows, 'node') || !isBegun(rows, 'other')) throw incomplete(deps, rows)
      daemonSets ??= rows
      others = readPods(rows, 'other').filter(pod => pod.run !== run)
      return readNodes(rows)
    },

    async round(probes, limits) {
      note ??= left && noteLeftover(left)
      const listsOthers = others.length > 0 && !isSwept
      const { value: end, error } = await attemptTo(transport.round(probes, { ...limits, requestsAll, listsOthers }))
      if (error?.detail === 'limit-range' && !requestsAll) {
        requestsAll = true
        return prober.round(probes, limits)
      }
      if (error) throw withOthers(error, others, namespace)
      if (end.others && end.firstMadeAt !== undefined) await sweep(end.others, end.firstMadeAt)
      return { ...end, ...(end.error && { error: withOthers(end.error, others, namespace) }) }
    },

    async close() {
      const startsUntil = transport.startsUntil()
      const isClean = await transport.close().catch((error: unknown) => {
        log.warn(describeLeftPods(name, attempt, selectRun(run), error))
        return false
      })
      const more = startsUntil === undefined ? {} : { startsUntil }
      note?.(isClean ? undefined : { ...left, ...more })
      return { isClean, ...more }
    },
  }
  return prober
}

/** Deletes the pods of runs that were killed, by a label selector. If that fails it is only a warning. */
async function removeDead(
  dead: string,
  remove: Transport['remove'],
  { name, attempt, signal, log }: ProbeDeps,
): Promise<void> {
  log.debug(`deleting the pods of runs that were killed: ${dead}`)
  try {
    await remove(dead)
  } catch (error) {
    signal.throwIfAborted()
    log.warn(describeLeftPods(name, attempt, dead, error))
  }
}

/** The error of a full quota with the pods of other runs, which count, too: a killed run leaves its own until their deadline. */
function withOthers(error: ActionError, pods: readonly ProbePod[], namespace: string): ActionError {
  // Those that have ended count for no quota.
  const others = pods.filter(pod => !hasEnded(pod)).map(({ name }) => name)
  if (error.detail !== 'quota' || others.length === 0) return error
  const [first] = others
  const left =
    others.length === 1
      ? `The pod ${first ?? ''} of another run of this action counts, too.`
      : `${others.length} pods of other runs of this action count, too: ${nameSome(others, maxOthers)}.`
  const deletion: FixPart = {
    text: 'If those runs are over (a killed runner leaves its pods until their deadline), delete their pods:',
    commands: [kubectlCommand('delete pods', namespace, ...others)],
    caution: 'Ends the probes of a run that is not over',
  }
  return error.with({ said: { ...error.said, more: left }, fix: choices(error.fix, deletion) })
}
