import { cut } from 'kernel'
import { isBegun, isWhole, readEvents, readPods, rowsOf } from './cluster-text.js'
import { readNodes } from './node-rows.js'
import type { Probe } from './probe-pod.js'
import { judgeProbe, recall, type ProbeResult } from './probe.js'
import { withoutSignatures } from './signatures.js'

/**
 * Reads the rows that a round of Run Command printed (`roundScript`), and judges its pods, also those that were recreated. Pure.
 * @param now when the command ended, in milliseconds since the epoch: its own clock need not be this one's
 */
export function readRound(output: string, probes: readonly Probe[], now: number) {
  const made = new Map(rowsOf(output, 'attempt').map(([probe, count]) => [Number(probe), Number(count)]))
  const refusal = linesOf(output, 'refusal')
  const pods = new Map(readPods(output).map(pod => [pod.probe, pod]))
  const recreated = readPods(output, 'was')
  const isCut = !isWhole(output, 'pod')
  const events = readEvents(output, now)
  const [[silentSeconds] = []] = rowsOf(output, 'silent')
  return {
    results: probes.flatMap((probe): ProbeResult[] => {
      const before = recreated.filter(each => each.probe === probe.index)
      const attempts = made.get(probe.index) ?? 0
      // Those before the rows that were kept count with the first of them, but an earlier command has counted its own pod.
      const first = Math.max(0, attempts - before.length)
      const earlier = before.map((each, at) => judgeProbe(probe, at === 0 ? first : 1, each, events))
      const left = attempts - earlier.reduce((sum, each) => sum + each.attempts, 0)
      const pod = pods.get(probe.index)
      // A pod that was not created, or whose line was cut off, is not gone.
      const isUnknown = !pod && (isCut || refusal !== '')
      return [...earlier, isUnknown ? recall(probe, left) : judgeProbe(probe, left, pod, events)]
    }),
    /** Whether any pod was created. */
    isMade: made.size > 0,
    /** What kubectl printed about pods that could not be created or listed; empty if all were. */
    refusal,
    /** Whether the state of the pods was printed at all, and whether its end is missing. */
    isRead: isBegun(output, 'pod'),
    isCut,
    /** The probes whose pod still pulled at the end. It may have ended since: it exists all the same. */
    kept: rowsOf(output, 'kept').flatMap(([index]) => (pods.has(Number(index)) ? Number(index) : [])),
    /** What kubectl printed about pods that could not be deleted; empty if all were. */
    notDeleted: withoutSignatures(cut(linesOf(output, 'left'))),
    ...(isWhole(output, 'node') && { nodes: readNodes(output) }),
    ...(silentSeconds !== undefined && { silentSince: now - Number(silentSeconds) * 1000 }),
  }
}

/** What kubectl printed, line by line: the lines of its log are recognized by how they start. */
function linesOf(output: string, kind: string): string {
  return rowsOf(output, kind)
    .map(fields => fields.join(' '))
    .join('\n')
}
