import type { Clock } from '../clock.js'
import { shortDigest } from '../images.js'
import type { Inputs } from '../inputs.js'
import { withTime, type Logger } from '../log.js'
import type { ProofProgress } from '../prove.js'
import type { NodePull, Target } from '../state.js'
import { formatElapsed, formatSeconds, plural } from './format.js'

/** Above this, nodes that say the same share a line. */
const mostLines = 8

/** Prints which nodes pull, and after each round how each of them stands that had not passed before. */
export function narrateProof(log: Logger, clock: Clock, { probeNodes }: Inputs): ProofProgress {
  let started = 0
  const passed = new Set<string>()
  const clusters = new Set<string>()
  const which = probeNodes === 'all' ? 'every node' : 'one node of each pool'
  // Several clusters are told apart by their name.
  const prefix = ({ name }: Target): string => (clusters.size > 1 ? `${name}  ` : '')
  return {
    onStart(target, way, { chosen, skipped }, throughGroup) {
      if (clusters.size === 0) {
        started = clock.now()
        log.section(`Verify: pull on ${which}`, [])
      }
      clusters.add(target.id)
      const pools = [...new Set(chosen.map(({ node }) => node.pool))].join(', ')
      const left = skipped.map(({ pool, why }) => `; ${pool} skipped: ${why}`).join('')
      log.line(`  ${target.name}: ${plural(chosen.length, 'node')} (${pools || 'none'}${left}), with ${way}`)
      if (throughGroup)
        log.line(
          `  ${target.name}: access comes through a group; a node may keep the token that it has for up to a day`,
        )
    },
    onFallBack(target, why) {
      log.line(`  ${target.name}: ${why.message}`)
      log.line(`  ${target.name}: going on with AKS Run Command`)
    },
    onRound(target, pulls, nextMs) {
      const elapsed = formatElapsed(clock.now() - started)
      const news = pulls.filter(pull => !passed.has(keyOf(target, pull)))
      const several = new Set(pulls.map(({ image }) => image.reference)).size > 1
      for (const { who, pull } of share(news, probeNodes === 'all')) {
        const next = pull.verdict === 'pulled' || nextMs === undefined ? '' : `; ${sayNext(nextMs)}`
        const text = `${elapsed}  ${prefix(target)}${who}  ${describePull(pull, several)}${next}`
        log.line(`  ${pull.verdict === 'pulled' ? withTime(text, pull.finishedAt - pull.startedAt) : text}`)
      }
      for (const pull of news) if (pull.verdict === 'pulled') passed.add(keyOf(target, pull))
    },
  }
}

function sayNext(ms: number): string {
  return ms < 500 ? 'trying again' : `next try in ${formatSeconds(ms / 1000)}`
}

function keyOf(target: Target, { node, image }: NodePull): string {
  return `${target.id} ${node} ${image.reference}`
}

/** A line a pull or, where they are many, a line for all that ended alike. */
function share(pulls: NodePull[], byNode: boolean): { who: string; pull: NodePull }[] {
  if (pulls.length <= mostLines) return pulls.map(pull => ({ who: byNode ? pull.node : pull.pool, pull }))
  const alike = new Map<string, NodePull[]>()
  for (const pull of pulls) {
    const key = `${pull.verdict} ${pull.image.reference}`
    alike.set(key, [...(alike.get(key) ?? []), pull])
  }
  return [...alike.values()].flatMap(group => {
    const [first] = group
    return first ? [{ who: plural(group.length, 'node'), pull: first }] : []
  })
}

/** `pulled nginx:v1`, `denied (401): …`; the image of what was not pulled only where there are several. */
function describePull({ verdict, message, image }: NodePull, several: boolean): string {
  const name = shortDigest(image.reference.replace(/^[^/]*\//, ''))
  if (verdict === 'pulled') return `pulled ${name}`
  const which = several ? ` ${name}` : ''
  if (verdict === 'slow') return `still pulling${which}${message && `: ${message}`}`
  const [status] = /\b(401|403|429)\b/.exec(message) ?? []
  const meaning = verdict === 'denied' ? 'the role has not reached this node yet' : message
  return `${verdict}${status ? ` (${status})` : ''}${which}: ${meaning}`
}
