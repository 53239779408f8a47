import { plural } from 'texts'
import { shortDigest } from 'azure'
import { formatElapsed, groupBy, type Clock, withoutStop } from 'kernel'
import { type Logger, withTime } from 'runner'
import type { Inputs, NodePull, Pending, Progress } from 'run-model'

/** Pause between two lines if nothing changes, in milliseconds. */
export const silenceMs = 30_000

/** Number of changes of a cluster that are printed at once; after these, one every `busyMs`. */
const maxNews = 8

const busyMs = 30_000

/** The state of one cluster. */
interface Watched {
  name: string
  /** Number of nodes that must pull. */
  nodes: number
  /** What can still change the answer of each registry. */
  pending: ReadonlyMap<string, Pending>
  /** Whether a command inside the cluster pulls, which reports nothing before its end. */
  isInside: boolean
  isOver: boolean
  startedAt: number
  /** The latest pull of each node and image. */
  pulls: Map<string, NodePull>
  /** The last printed state, without times. */
  printed: string
  printedAt: number
  news: number
}

/**
 * Prints which nodes pull: one line per cluster when something changes, else one every 30 s for all of them, so that a wait of 15 minutes takes
 * fewer than 60 lines.
 */
export function narratePulls(log: Logger, clock: Clock, { probeNodes }: Inputs): Progress['pulls'] {
  let started = 0
  let printedAt = 0
  const clusters = new Map<string, Watched>()
  const which = probeNodes === 'all' ? 'every node' : 'one node of each pool'
  const print = (text: string): void => {
    printedAt = clock.now()
    log.line(text)
  }
  let isBegun = false
  const begin = (): void => {
    if (isBegun) return
    isBegun = true
    started = clock.now()
    log.section(`Verify: pull on ${which}`, [])
  }
  let breaking: NodeJS.Timeout | undefined
  /** Prints that commands inside clusters are still running. */
  const breakSilence = (): void => {
    const [first, ...others] = [...clusters.values()].filter(({ isInside, isOver }) => isInside && !isOver)
    if (!first || clock.now() - printedAt < silenceMs) return
    const now = clock.now()
    const time = formatElapsed(now - started)
    const pulls = [...first.pulls.values()]
    const state = pulls.some(isPulling)
      ? `${summarize(pulls, first.pending, first.nodes, now).text}; still running in the cluster`
      : isSilent(pulls)
        ? `still running in the cluster${waitingForNodes(pulls)}`
        : `still running in the cluster, retrying every ${describePause(now - first.startedAt)}`
    print(`  ${time}  ${first.name}: ${state}${describeWaiting(others.length)}`)
  }
  return {
    onStart(target, way, { chosen, skipped }, pending) {
      begin()
      const pools = [...new Set(chosen.map(({ node }) => node.pool))].join(', ')
      const left = skipped
        .map(({ pool, why, registry }) => `; ${pool} skipped${registry ? ` at ${registry}` : ''}: ${why}`)
        .join('')
      print(`  ${target.name}: ${plural(chosen.length, 'node')} (${pools || 'none'}${left}), with ${way}`)
      if ([...pending.values()].includes('group'))
        print(`  ${target.name}: access comes through a group; nodes can keep their tokens for up to a day`)
      const now = clock.now()
      const { id, name } = target
      const watched = { name, nodes: chosen.length, pending, isInside: way === 'run-command', isOver: false }
      clusters.set(id, { ...watched, startedAt: now, printedAt: now, pulls: new Map(), printed: '', news: 0 })
      breaking ??= setInterval(breakSilence, silenceMs).unref()
    },
    onFallBack(target, why) {
      begin()
      print(`  ${target.name}: ${why.message}`)
      print(`  ${target.name}: continuing with AKS Run Command`)
    },
    onRound(target, pulls, nextMs) {
      const cluster = clusters.get(target.id)
      if (!cluster) return
      for (const pull of pulls) cluster.pulls.set(`${pull.node} ${pull.image.reference}`, pull)
      const all = [...cluster.pulls.values()]
      const isEnd = nextMs === undefined
      const now = clock.now()
      const state = summarize(all, cluster.pending, isEnd ? 0 : cluster.nodes, now)
      const isDone = isEnd || (state.unasked === 0 && all.every(({ verdict }) => verdict === 'pulled'))
      const isChanged = state.key !== cluster.printed
      const isNews = isChanged && (cluster.news < maxNews || now - cluster.printedAt >= busyMs)
      if (!isNews && !(isDone && isChanged) && now - printedAt < silenceMs) return
      if (isChanged) cluster.news += 1
      Object.assign(cluster, { printed: state.key, printedAt: now })
      const others = isNews || isDone ? 0 : countWaiting(clusters, cluster)
      const isOld = ({ verdict, cause, image }: NodePull): boolean =>
        verdict === 'pulled' ||
        (verdict === 'denied' && cause !== 'stale-credential' && cluster.pending.get(image.registryId) === 'nothing')
      const isWaited = all.every(pull => pull.verdict === 'pulled' || isPulling(pull))
      const next =
        isDone || isWaited
          ? ''
          : isSilent(all)
            ? waitingForNodes(all)
            : all.every(isOld)
              ? '; trying again'
              : `; retrying every ${describePause(now - cluster.startedAt)}`
      const text = `${formatElapsed(now - started)}  ${target.name}: ${state.text}${next}${describeWaiting(others)}`
      print(`  ${isDone ? withTime(text, now - cluster.startedAt) : text}`)
    },
    onEnd(target) {
      const cluster = clusters.get(target.id)
      if (cluster) cluster.isOver = true
      if ([...clusters.values()].some(({ isOver }) => !isOver)) return
      clearInterval(breaking)
      breaking = undefined
    },
  }
}

/** Whether all that is left to do is up to nodes that have said nothing about their pod: nothing is tried again meanwhile. */
function isSilent(pulls: readonly NodePull[]): boolean {
  const left = pulls.filter(({ verdict, pending }) => verdict !== 'pulled' || pending)
  return left.length > 0 && left.every(({ pending }) => pending?.doing === 'silent' || pending?.doing === 'quiet')
}

function waitingForNodes(pulls: readonly NodePull[]): string {
  const silent = new Set(pulls.flatMap(({ node, pending }) => (pending ? node : [])))
  return `; waiting for the ${silent.size === 1 ? 'node' : 'nodes'}`
}

const describeWaiting = (others: number): string =>
  others > 0 ? `; ${plural(others, 'other cluster')} waiting, too` : ''

function countWaiting(clusters: Map<string, Watched>, one: Watched): number {
  const isWaiting = ({ pulls }: Watched): boolean => [...pulls.values()].some(({ verdict }) => verdict !== 'pulled')
  return [...clusters.values()].filter(each => each !== one && isWaiting(each)).length
}

/** How often nodes retry after such a wait: a pause is a twentieth of the wait, and at most a minute. */
function describePause(waitedMs: number): string {
  const pauseMs = waitedMs / 20
  return pauseMs < 15_000 ? 'few seconds' : pauseMs < 45_000 ? 'half minute' : 'minute'
}

/**
 * `2 of 3 nodes pulled nginx:v1; 1 of 3 nodes refused (401): the role has not reached it yet`, the number of nodes that were not asked, and the same
 * text without times.
 * @param expected number of nodes that must pull, of which some may not have been asked yet
 */
function summarize(
  pulls: NodePull[],
  pending: ReadonlyMap<string, Pending>,
  expected: number,
  now: number,
): { text: string; key: string; unasked: number } {
  const byNode = groupBy(pulls, ({ node }) => node)
  const unasked = Math.max(0, expected - byNode.size)
  const done = [...byNode.values()].filter(own => own.every(({ verdict }) => verdict === 'pulled'))
  // Not every node has the platform of every image.
  const isUneven = groupBy(done, own => nameImages(own).toSorted().join(' ')).size > 1
  const doneAlike = groupBy(done, own => describeImages(own, isUneven))
  const several = new Set(pulls.map(({ image }) => nameImage(image.reference))).size > 1
  const describePull = (pull: NodePull, them: 'it' | 'them'): string =>
    describeOpen(pull, several, pending.get(pull.image.registryId) ?? 'nothing', them)
  const open = groupBy(
    pulls.filter(({ verdict }) => verdict !== 'pulled'),
    pull => describePull(pull, 'them'),
  )
  const describe = (time: (own: NodePull[]) => string): string =>
    [
      ...[...doneAlike].map(([images, nodes]) => `${countOf(nodes.length, byNode.size + unasked)} pulled ${images}`),
      ...[...open].map(([text, own]) => {
        const count = new Set(own.map(({ node }) => node)).size
        return `${countOf(count, byNode.size + unasked)} ${count === 1 ? describePull(own[0], 'it') : text}${time(own)}`
      }),
      ...(unasked > 0 ? [`${unasked} not asked yet`] : []),
    ].join('; ')
  const text = describe(own => {
    const since = own.flatMap(pull => (isPulling(pull) && pull.pending ? pull.pending.since : []))
    return since.length > 0 ? ` (${describeTime(now - Math.min(...since))})` : ''
  })
  return { text, key: describe(() => ''), unasked }
}

function nameImages(pulls: readonly NodePull[]): string[] {
  return [...new Set(pulls.map(({ image }) => image.reference))]
}

/** `team/app:v1`, or `2 images`. @param isUneven whether other nodes have pulled others: then the registry is named, too */
function describeImages(pulls: readonly NodePull[], isUneven: boolean): string {
  const images = [...new Set(nameImages(pulls).map(isUneven ? shortDigest : nameImage))]
  const there = pulls.every(({ layers }) => layers === 'on-node') ? ' (the layers were there already)' : ''
  return `${images.length > 1 ? plural(images.length, 'image') : (images[0] ?? '')}${there}`
}

/** `2 of 3 nodes`, or `the node` if there is only one. */
function countOf(count: number, total: number): string {
  return total === 1 ? 'the node' : `${count} of ${total} nodes`
}

function isPulling({ verdict, pending }: NodePull): boolean {
  return verdict === 'slow' && pending?.doing === 'pulling'
}

/** `40 s`, or `2 min` above a minute. */
function describeTime(ms: number): string {
  return ms < 60_000 ? `${Math.round(ms / 1000)} s` : `${Math.floor(ms / 60_000)} min`
}

/** Why a refusal can end; `them` are the nodes. */
const reasons: Record<Exclude<Pending, 'nothing'>, (them: string) => string> = {
  written: them => `: the role has not reached ${them} yet`,
  group: them => `: the group membership has not reached ${them} yet`,
  recent: them => `: the role was assigned recently and may not have reached ${them} yet`,
}

/** Why the nodes were refused, after a colon; empty if that is not known. */
function describeRefusal({ cause }: NodePull, pending: Pending, them: 'it' | 'them'): string {
  const [they, their] = them === 'it' ? ['it', 'its'] : ['they', 'their']
  if (cause === 'stale-credential') return `: the registry no longer accepts ${their} cached credential`
  if (pending !== 'nothing') return reasons[pending](them)
  if (cause === 'secret') return `: the registry refuses the secret of ${their} application`
  if (cause === 'no-credential') return `: ${they} offered no credential`
  return cause === 'role' ? ': no role allows the pull' : ''
}

/** Describes a pull that has not succeeded yet; names its image if there are several or if it takes long. */
function describeOpen(pull: NodePull, several: boolean, pending: Pending, them: 'it' | 'them'): string {
  const { verdict, message, image } = pull
  const which = several ? ` ${nameImage(image.reference)}` : ''
  // eslint-disable-next-line no-restricted-syntax -- the node's own words
  const [status] = /\b(401|403|429)\b/.exec(message) ?? []
  const answer = status ? ` (${status})` : ''
  const [was, is] = them === 'it' ? ['was', 'is'] : ['were', 'are']
  if (verdict === 'denied') return `${was} refused${answer}${which}${describeRefusal(pull, pending, them)}`
  if (verdict === 'slow')
    return `${is} ${isPulling(pull) ? `still pulling ${nameImage(image.reference)}` : `not pulling yet${which}`}`
  return `reported ${verdict}${answer}${which}${message && `: ${withoutStop(message)}`}`
}

function nameImage(reference: string): string {
  return shortDigest(reference.replace(/^[^/]*\//, ''))
}
