import { attempt as attemptTo } from 'kernel'
import { noteLeftover } from 'runner'
import { getting, isBegun, isWhole, podLivesTemplate, readPods } from './cluster-text.js'
import { incomplete } from './errors.js'
import { daemonSetsTemplate, findMirror, nodesTemplate, readClusterTime, readNodes } from './node-rows.js'
import { anyRun, describeLeft, selectRun } from './probe-pod.js'
import { sweep, withOthers, type PodsLeft, type ProbeDeps, type Prober, type Transport } from './probe.js'
import { reviewOf, reviewPath } from './rights.js'
import { readWorkloads } from './workload-look.js'
import { workloadReads } from './workload-templates.js'

/**
 * A prober, whichever way it takes: what is read, how it is judged, and what is done about other runs and limit ranges is the same.
 * @param left noted for the post step from the first pod until its pods are deleted
 */
export function createProber({ read, remove, ...transport }: Transport, deps: ProbeDeps, left?: PodsLeft): Prober {
  const { attempt } = deps
  /** Undefined until the DaemonSets have been listed. */
  let daemonSets: string | undefined
  /** Names of the pods of other runs. */
  let others: string[] = []
  /** Whether the namespace refused pods with small requests. */
  let requestsAll = false
  let note: ReturnType<typeof noteLeftover> | undefined

  const prober: Prober = {
    ...transport,

    mirror: () => findMirror(daemonSets ?? ''),

    workloads: choice => readWorkloads(read(workloadReads(choice)), choice, deps),

    review(namespaces) {
      const ask = (namespace: string) => ({ words: ['create', '--raw', reviewPath], input: reviewOf(namespace) })
      return read(namespaces.map(ask))
    },

    async look(labelKeys) {
      const listing = [
        { words: getting('nodes', nodesTemplate(labelKeys)) },
        { words: getting('pods', podLivesTemplate, '--namespace', attempt.namespace, '--selector', anyRun) },
      ]
      // They only say what a pull proves, and not everyone has permission to list them.
      const more = { words: getting('daemonsets', daemonSetsTemplate, '--all-namespaces'), isOptional: true as const }
      const rows = await read(daemonSets === undefined ? [...listing, more] : listing)
      if (!isWhole(rows, 'node') || !isBegun(rows, 'pod')) throw incomplete(deps, rows)
      daemonSets ??= rows
      others = await sweep(readPods(rows), readClusterTime(rows), deps, remove)
      return readNodes(rows)
    },

    async round(probes, limits) {
      note ??= left && noteLeftover(left)
      const { value: end, error } = await attemptTo(transport.round(probes, { ...limits, requestsAll }))
      if (error?.detail === 'limit-range' && !requestsAll) {
        requestsAll = true
        return prober.round(probes, limits)
      }
      if (error) throw withOthers(error, others, attempt)
      return { ...end, ...(end.error && { error: withOthers(end.error, others, attempt) }) }
    },

    async close() {
      const startsUntil = transport.startsUntil()
      const isClean = await transport.close().catch((error: unknown) => {
        deps.log.warn(describeLeft(deps.name, attempt, selectRun(deps.run), error))
        return false
      })
      const more = startsUntil === undefined ? {} : { startsUntil }
      note?.(isClean ? undefined : { ...left, ...more })
      return { isClean, ...more }
    },
  }
  return prober
}
