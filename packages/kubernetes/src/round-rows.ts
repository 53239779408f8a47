import type { offerOf } from 'azure'
import { groupBy, takeIn } from 'kernel'
import { isBegun, isWhole, readEvents, readPods, rowsOf, type ProbePod } from './cluster-text.js'
import { judgeLayers, type ImageList } from './node-images.js'
import { readNodes } from './node-rows.js'
import { judgePull, pendingReasons } from './pod-verdict.js'
import { containerPrefix, placeholderSecret, programOf, type Probe, type ProbedImage } from './probe-pod.js'
import type { ProbeResult } from './probe.js'
import { withoutSignatures } from './signatures.js'
import { recovering, rules, type VerdictRule } from './verdict.js'

/*
 * What the script of a round tells from the rows of pods between two looks: only whether to go on, by as few rules as that needs. The rows are judged when
 * they have been read. Each list is a file for `grep -E -f`.
 */

/** Rows of `podsTemplate`: a container of ours without an image, and a pod without any status. */
const lacking = [`[\t ]${containerPrefix}[0-9]+\\|\\|`, '\t\t\\.$']

const pending = `waiting\\|(${pendingReasons.filter(Boolean).join('|')})?\\||running|terminated|\\|`

/** The pods of a round by their rows. A pod is refused if it lacks an image and is not waiting. */
export const rowPatterns: Readonly<Record<'lacking' | 'waiting' | 'silent', readonly string[]>> = {
  lacking,
  // A pod that has failed waits for nothing.
  waiting: [`^pod(\t[^\t]*){5}\t([^F\t][^\t]*)?\t.*(${lacking[0]}(${pending})|${lacking[1]})`],
  // The node shows no work: it has set up no network.
  silent: ['^pod(\t[^\t]*){8}\t[^T\t]', '\t\t\\.$'],
}

/** Matches the rows of these probes. */
export function rowsOfProbes(indexes: readonly number[]): string[] {
  return indexes.map(index => `^pod\t[^\t]*\t${index}\t`)
}

/** Match the probe, node, pull secrets and containers, with their commands, of pods that the cluster has not changed (`findChange`): another try of a changed one ends as it did. */
export function admitted(run: string, probes: readonly Probe[]): string[] {
  return probes.map(({ index, node, images }) => {
    const secrets = images[0]?.account ? '[^\t]*' : `(${placeholderSecret(run)} )?`
    const containers = images.map(
      ({ container, reference }) =>
        `(.* )?${container}\\|${literally(encodeURIComponent(reference))}(%40sha256%3A[0-9a-f]+)?\\|Always\\|${encodeURIComponent(programOf(run))}, `,
    )
    return `^${index}\t${literally(node.name)}\t${secrets}\t${containers.join('')}`
  })
}

/**
 * The failures of a round by their messages: `final` ones, unless they are `passing`, too, which says that something else is not found; ones with a `stale`
 * credential, which decide nothing; `throttled` ones, which another command may try again later; and ones that are `firm`: nothing under way could end them.
 * @param firm all failures, or refusals by address of these hosts
 * @param offer what the nodes offer to a registry: a secret is never stale
 */
export function failurePatterns(firm: 'all' | readonly string[], offer: ReturnType<typeof offerOf>) {
  const isFinal = ({ verdict }: VerdictRule): boolean => !recovering.includes(verdict)
  const patternsOf = (some: readonly VerdictRule[]): string[] => some.map(({ pattern }) => pattern)
  const hosts = firm === 'all' ? '' : firm.map(literally).join('|')
  const ofAddresses = patternsOf(rules.filter(({ cause }) => cause === 'firewall'))
  return {
    final: ['^(InvalidImageName|SignatureValidationFailed) ', ...patternsOf(rules.filter(isFinal))],
    // A refusal of one credential stands beside what another one did not find.
    passing: patternsOf(
      rules.slice(0, rules.findLastIndex(isFinal)).filter(rule => !isFinal(rule) && rule.verdict !== 'denied'),
    ),
    throttled: patternsOf(rules.filter(({ verdict }) => verdict === 'rate-limited')),
    stale: patternsOf(rules.filter(({ cause }) => offer !== 'secret' && cause === 'stale-credential')),
    firm: firm === 'all' ? ['.'] : hosts ? ofAddresses.map(pattern => `(${hosts})/.*(${pattern})`) : [],
  }
}

function literally(text: string): string {
  return text.replace(/[.\\+*?()[\]{}|^$]/g, '\\$&')
}

/**
 * Reads the rows of a round, which kubectl or `roundScript` printed, and judges its pods, also those that were recreated. Pure.
 * @param now when they were printed, in milliseconds since the epoch: the clock of a command need not be this one's
 * @param listOf what the node of a probe listed of its images before
 */
export function readRound(
  output: string,
  probes: readonly Probe[],
  now: number,
  listOf: (probe: Probe) => ImageList | undefined = () => undefined,
) {
  const counts = new Map(rowsOf(output, 'attempt').map(([probe, count]) => [Number(probe), Number(count)]))
  const refusal = linesOfKind(output, 'refusal')
  const pods = new Map(readPods(output).map(pod => [pod.probe, pod]))
  const recreated = readPods(output, 'was')
  const isCut = !isWhole(output, 'pod')
  const made = [...pods.values(), ...recreated].flatMap(({ createdAt }) => (Number.isNaN(createdAt) ? [] : createdAt))
  const events = groupBy(readEvents(output, now), ({ pod }) => pod)
  const strays = new Set(rowsOf(output, 'stray').map(([name = '']) => name))
  const judge = (probe: Probe, attempts: number, pod?: ProbePod): ProbeResult => {
    const { index, node, images } = probe
    const own = events.get(pod?.name ?? '') ?? []
    const isStray = pod ? strays.has(pod.name) : strays.size > 0
    const judged = images.map(image => {
      if (isStray)
        return { container: image.container, verdict: 'changed' as const, message: 'its labels were removed' }
      const pull = judgePull(pod, image, node.name, own)
      const layers = pull.verdict === 'pulled' && judgeLayers(pod, image, own, listOf(probe))
      return { container: image.container, ...pull, ...layers }
    })
    return { index, attempts, images: judged }
  }
  const [[silentSeconds] = []] = rowsOf(output, 'silent')
  return {
    results: probes.flatMap((probe): ProbeResult[] => {
      const before = recreated.filter(each => each.probe === probe.index)
      const attempts = counts.get(probe.index) ?? 0
      // Those before the rows that were kept count with the first of them, but an earlier command has counted its own pod.
      const first = Math.max(0, attempts - before.length)
      const earlier = before.map((each, at) => judge(probe, at === 0 ? first : 1, each))
      const left = attempts - earlier.reduce((sum, each) => sum + each.attempts, 0)
      const pod = pods.get(probe.index)
      // A pod that was not created, or whose line was cut off, is not gone.
      const isUnknown = !pod && strays.size === 0 && (isCut || refusal !== '')
      const unknown = ({ container }: ProbedImage) => ({ container, verdict: undefined, message: '' })
      const { index, images } = probe
      return [...earlier, isUnknown ? { index, attempts: left, images: images.map(unknown) } : judge(probe, left, pod)]
    }),
    /** Whether any pod was created. */
    isMade: counts.size > 0,
    /** What kubectl printed about pods that could not be created or listed; empty if all were. */
    refusal,
    /** Whether the state of the pods was printed at all, and whether its end is missing. */
    isRead: isBegun(output, 'pod'),
    isCut,
    /** The probes whose pod still pulled at the end. It may have ended since: it exists all the same. */
    kept: rowsOf(output, 'kept').flatMap(([index]) => (pods.has(Number(index)) ? Number(index) : [])),
    /** What kubectl printed about pods that could not be deleted; empty if all were. */
    notDeleted: withoutSignatures(takeIn(linesOfKind(output, 'left'))),
    ...(isWhole(output, 'node') && { nodes: readNodes(output) }),
    ...(isWhole(output, 'other') && { others: readPods(output, 'other') }),
    ...(made.length > 0 && { firstMadeAt: Math.min(...made) }),
    ...(silentSeconds !== undefined && { silentSince: now - Number(silentSeconds) * 1000 }),
  }
}

/** What kubectl printed, line by line: the lines of its log are recognized by how they start. */
function linesOfKind(output: string, kind: string): string {
  return rowsOf(output, kind)
    .map(fields => fields.join(' '))
    .join('\n')
}
