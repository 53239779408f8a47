import { plural } from 'texts'
import { shortDigest, type Selection } from 'azure'
import { clauseOf, groupBy, type Clock } from 'kernel'
import type { Logger } from 'runner'
import type { Inputs, NodePull, Pending, Progress } from 'run-model'
import { createWaits, minPauseMs } from './waits.js'

interface Watched {
  name: string
  /** Number of nodes that must pull. */
  nodes: number
  /** What can still change the answer of each registry. */
  pending: ReadonlyMap<string, Pending>
  startedAt: number
  /** The latest pull of each node and image. */
  pulls: Map<string, NodePull>
}

/** Prints which nodes pull, cluster by cluster. */
export function narratePulls(log: Logger, clock: Clock, { probeNodes, timeoutMs }: Inputs): Progress['pulls'] {
  const waits = createWaits(log, clock, 'clusters')
  const clusters = new Map<string, Watched>()
  const title = `Verify: pull on ${probeNodes === 'all' ? 'every node' : 'one node of each pool'}`
  // A command inside a cluster reports nothing before its end.
  let reminding: NodeJS.Timeout | undefined
  return {
    onStart(target, way, selection, pending) {
      const { id, name } = target
      waits.beginOnce(title)
      log.line(`  ${name}: ${describeSelection(selection)}, with ${way}`)
      if ([...pending.values()].includes('group'))
        log.line(`  ${name}: access comes through a group; nodes can keep their tokens for up to a day`)
      const nodes = selection.chosen.length
      clusters.set(id, { name, nodes, pending, startedAt: clock.now(), pulls: new Map() })
      waits.expect(id, `${name}: ${noAnswer}`, timeoutMs)
      reminding ??= setInterval(() => {
        waits.remind()
      }, minPauseMs).unref()
    },
    onFallBack({ name }, why) {
      waits.beginOnce(title)
      log.line(`  ${name}: ${why.message}`)
      log.line(`  ${name}: continuing with AKS Run Command`)
    },
    onRound({ id }, pulls, nextMs) {
      const cluster = clusters.get(id)
      if (!cluster) return
      for (const pull of pulls) cluster.pulls.set(`${pull.node} ${pull.image.reference}`, pull)
      const waitedMs = clock.now() - cluster.startedAt
      if (nextMs === undefined)
        waits.ended(id, sayState(cluster, true), { isFailed: !haveAllPulled(cluster), tookMs: waitedMs })
      // What all have pulled is told once, at the end: nodes may have joined meanwhile.
      else if (!haveAllPulled(cluster) || countUnasked(cluster) > 0)
        waits.heard(id, sayState(cluster, false), canChange(cluster) ? timeoutMs - waitedMs : undefined)
    },
    onEnd({ id }) {
      if (waits.leave(id)) return
      clearInterval(reminding)
      reminding = undefined
    },
  }
}

const noAnswer = 'no node has answered yet'

/** `3 nodes (system: node 3 of 12 today, apps; win skipped: Windows)`. */
function describeSelection({ chosen, skipped }: Selection): string {
  const byPool = groupBy(chosen, ({ node }) => node.pool)
  const pools = [...byPool]
    .map(([pool, [{ turn }]]) => (turn ? `${pool}: node ${turn.number} of ${turn.of} today` : pool))
    .join(', ')
  const left = skipped.map(({ pool, why, registry }) => `; ${pool} skipped${registry ? ` at ${registry}` : ''}: ${why}`)
  return `${plural(chosen.length, 'node')} (${pools || 'none'}${left.join('')})`
}

function haveAllPulled({ pulls }: Watched): boolean {
  return [...pulls.values()].every(({ verdict }) => verdict === 'pulled')
}

function countUnasked({ nodes, pulls }: Watched): number {
  const asked = new Set([...pulls.values()].map(({ node }) => node))
  return Math.max(0, nodes - asked.size)
}

/** Whether waiting may change an answer: a refusal is final where nothing is pending. */
function canChange({ pulls, pending }: Watched): boolean {
  const isFinal = ({ verdict, cause, image, sibling }: NodePull): boolean =>
    verdict === 'denied' &&
    cause !== 'stale-credential' &&
    (sibling !== undefined || pending.get(image.registryId) === 'nothing')
  return [...pulls.values()].some(pull => pull.verdict !== 'pulled' && !isFinal(pull))
}

/** `aks-prod-1: 2 of 3 nodes pulled nginx:v1; 1 of 3 nodes was refused (401): the role has not reached it yet`, and how many were not asked yet. */
function sayState(cluster: Watched, isEnd: boolean): string {
  const unasked = isEnd ? 0 : countUnasked(cluster)
  const pulls = [...cluster.pulls.values()]
  const total = new Set(pulls.map(({ node }) => node)).size + unasked
  const parts = [
    ...describeDone(pulls, total),
    ...describeRest(pulls, cluster.pending, total),
    ...(unasked > 0 ? [`${unasked} not asked yet`] : []),
  ]
  return `${cluster.name}: ${parts.join('; ') || noAnswer}`
}

function describeDone(pulls: readonly NodePull[], total: number): string[] {
  const byNode = groupBy(pulls, ({ node }) => node)
  const done = [...byNode.values()].filter(own => own.every(({ verdict }) => verdict === 'pulled'))
  // Not every node has the platform of every image.
  const isUneven = groupBy(done, own => nameImages(own).toSorted().join(' ')).size > 1
  const alike = groupBy(done, own => describeImages(own, isUneven))
  return [...alike].map(([images, nodes]) => `${countOf(nodes.length, total)} pulled ${images}`)
}

function describeRest(pulls: readonly NodePull[], pending: ReadonlyMap<string, Pending>, total: number): string[] {
  const several = new Set(pulls.map(({ image }) => namePulledImage(image.reference))).size > 1
  const describe = (pull: NodePull, them: 'it' | 'them'): string =>
    describeOpen(pull, several, pending.get(pull.image.registryId) ?? 'nothing', them)
  const open = pulls.filter(({ verdict }) => verdict !== 'pulled')
  return [...groupBy(open, pull => describe(pull, 'them'))].map(([text, own]) => {
    const count = new Set(own.map(({ node }) => node)).size
    return `${countOf(count, total)} ${count === 1 ? describe(own[0], 'it') : text}`
  })
}

function nameImages(pulls: readonly NodePull[]): string[] {
  return [...new Set(pulls.map(({ image }) => image.reference))]
}

/** `team/app:v1`, or `2 images`. @param isUneven whether other nodes have pulled others: then the registry is named, too */
function describeImages(pulls: readonly NodePull[], isUneven: boolean): string {
  const images = [...new Set(nameImages(pulls).map(isUneven ? shortDigest : namePulledImage))]
  const there = pulls.every(({ layers }) => layers === 'on-node') ? ' (the layers were there already)' : ''
  return `${images.length > 1 ? plural(images.length, 'image') : (images[0] ?? '')}${there}`
}

/** `2 of 3 nodes`, or `the node` if there is only one. */
function countOf(count: number, total: number): string {
  return total === 1 ? 'the node' : `${count} of ${total} nodes`
}

/** Why a refusal can end; `them` are the nodes. */
const reasons: Record<Exclude<Pending, 'nothing'>, (them: string) => string> = {
  written: them => `: the role has not reached ${them} yet`,
  group: them => `: the group membership has not reached ${them} yet`,
  recent: them => `: the role was assigned recently and might not have reached ${them} yet`,
}

/** Why the nodes were refused, after a colon; empty if that is not known. */
function sayRefusal({ cause, sibling }: NodePull, pending: Pending, them: 'it' | 'them'): string {
  const [they, their] = them === 'it' ? ['it', 'its'] : ['they', 'their']
  if (cause === 'stale-credential') return `: the registry no longer accepts ${their} cached credential`
  if (sibling) return `: the role is in effect, because ${sibling.node} has pulled`
  if (pending !== 'nothing') return reasons[pending](them)
  if (cause === 'secret') return `: the registry refuses the secret of ${their} application`
  if (cause === 'no-credential') return `: ${they} offered no credential`
  return cause === 'role' ? ': no role allows the pull' : ''
}

/** Describes a pull that has not succeeded yet; names its image if there are several or if it takes long. */
function describeOpen(pull: NodePull, several: boolean, pending: Pending, them: 'it' | 'them'): string {
  const { verdict, message, image } = pull
  const which = several ? ` ${namePulledImage(image.reference)}` : ''
  const [status] = /\b(401|403|429)\b/.exec(message) ?? []
  const answer = status ? ` (${status})` : ''
  const [was, is, has] = them === 'it' ? ['was', 'is', 'has'] : ['were', 'are', 'have']
  // Nothing is tried again meanwhile.
  if (verdict === 'denied' && pull.pending) return `${was} refused${answer}${which}, and ${has} not answered since`
  if (verdict === 'denied') return `${was} refused${answer}${which}${sayRefusal(pull, pending, them)}`
  if (verdict === 'slow')
    return `${is} ${pull.pending?.doing === 'pulling' ? `still pulling ${namePulledImage(image.reference)}` : `not pulling yet${which}`}`
  return `reported ${verdict}${answer}${which}${message && `: ${clauseOf(message)}`}`
}

function namePulledImage(reference: string): string {
  return shortDigest(reference.replace(/^[^/]*\//, ''))
}
