import { cut } from 'kernel'
import { isBegun, isWhole, readEvents, readPods, rowsOf } from './cluster-text.js'
import { readNodes } from './node-rows.js'
import { pulling } from './pod-verdict.js'
import type { Probe } from './probe-pod.js'
import { judgeProbe, recall, type ProbeResult, type PullResult } from './probe.js'
import { saidSeparator } from './scripts.js'
import { judgeHeard } from './verdict.js'
import { withoutSignatures } from './signatures.js'

/**
 * Reads the rows that a round of Run Command printed (`roundScript`), and judges its pods. Pure.
 * @param now when the command ended, in milliseconds since the epoch: its own clock need not be this one's
 */
export function readRound(output: string, probes: readonly Probe[], now: number) {
  const numbersOf = (kind: string): Map<number, number> =>
    new Map(rowsOf(output, kind).map(([probe, count]) => [Number(probe), Number(count)]))
  const made = numbersOf('attempt')
  const refusal = linesOf(output, 'refusal')
  const pods = new Map(readPods(output).map(pod => [pod.probe, pod]))
  const isCut = !isWhole(output, 'pod')
  const ages = new Map(rowsOf(output, 'pulling').map(([pod, age, said]) => [`${pod} ${said}`, Number(age)]))
  const events = readEvents(output).map(event => {
    const age = event.reason === pulling ? ages.get(`${event.pod} ${event.message}`) : undefined
    return { ...event, seenAt: now - (age ?? 0) * 1000 }
  })
  const before = readBefore(output)
  const [[silentSeconds] = []] = rowsOf(output, 'silent')
  return {
    results: probes.map(probe => {
      const attempts = made.get(probe.index) ?? 0
      const pod = pods.get(probe.index)
      // A pod that was not created, or whose line was cut off, is not gone.
      const isUnknown = !pod && (isCut || refusal !== '')
      return before(probe, isUnknown ? recall(probe, attempts) : judgeProbe(probe, attempts, pod, events))
    }),
    /** Whether any pod was created. */
    isMade: made.size > 0,
    /** What kubectl printed about pods that could not be created; empty if all were. */
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

/**
 * Adds to results what earlier pods of the same round showed before they were recreated: what their containers reported, and which images they had pulled
 * and were recreated because of others. Of a pod with a service account, it isn't known whether one of the account's pull secrets pulled.
 */
function readBefore(output: string): (probe: Probe, result: ProbeResult) => ProbeResult {
  const heard = new Map(rowsOf(output, 'heard').map(([probe, said = '']) => [Number(probe), textsOf(said)]))
  const rows = rowsOf(output, 'pulled')
  const pulled = new Set(rows.flatMap(([probe, names = '']) => names.split(',').map(name => `${probe} ${name}`)))
  return ({ images: asked }, { index, attempts, images }) => {
    const hasAccount = asked.some(({ account }) => account)
    const withBefore = images.map((image): PullResult => {
      const { container } = image
      if (!hasAccount && pulled.has(`${index} ${container}`)) return { container, verdict: 'pulled', message: '' }
      const probed = asked.find(each => each.container === container)
      const earlier = probed && judgeHeard(heard.get(index) ?? [], probed)
      return earlier ? { ...image, earlier } : image
    })
    return { index, attempts, images: withBefore }
  }
}

/** The messages of a pod's containers. */
function textsOf(said: string): string[] {
  return withoutSignatures(cut(unquote(said))).split(saidSeparator)
}

/** Reverts Go's `%q`. */
function unquote(quoted: string): string {
  return quoted
    .replace(/^"|"$/g, '')
    .replace(/\\(["\\nt])/g, (_, escaped: string) => (/[nt]/.test(escaped) ? ' ' : escaped))
}

/** What kubectl printed, line by line: the lines of its log are recognized by how they start. */
function linesOf(output: string, kind: string): string {
  return rowsOf(output, kind)
    .map(fields => fields.join(' '))
    .join('\n')
}
