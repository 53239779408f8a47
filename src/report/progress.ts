import { groupBy } from '../model/lists.js'
import { shortDigest } from '../model/image.js'
import type { NodePull } from '../model/outcome.js'
import { describeOperation } from '../model/plan.js'
import type {
  ApplyProgress,
  ImageProgress,
  Logger,
  ProofProgress,
  VerifyProgress,
  WrittenPair,
} from '../model/progress.js'
import type { Target } from '../model/target.js'
import type { Clock } from '../model/time.js'
import type { Inputs, Mode } from '../model/wanted.js'
import { withTime } from '../services/runner/log.js'
import { describeImageResult, describeInputs, describeOutcome } from './narration.js'
import { formatElapsed, formatSeconds, plural } from './text.js'
import { version } from './version.js'

/** The first line of the log. */
export function announceStart(inputs: Inputs, log: Logger): void {
  log.line(`attach-acr ${version} · ${describeInputs(inputs)}`)
}

/** Prints what is written as it is written. */
export function narrateApply(log: Logger, clock: Clock, title = 'Apply'): ApplyProgress {
  let started = clock.now()
  const told = new Set<string>()
  return {
    onStart() {
      started = clock.now()
      log.section(title, [])
    },
    onDone(outcome) {
      log.line(`  ${withTime(describeOutcome(outcome), outcome.finishedAt - started)}`)
    },
    onWait(operation, refusal, pauseMs) {
      const why = refusal.azure?.message ?? refusal.message
      const next = `next try in ${formatSeconds(pauseMs / 1000)}`
      const reason = told.has(why) ? 'the same answer' : why
      told.add(why)
      log.line(`  ${formatElapsed(clock.now() - started)}  ${describeOperation(operation)}: ${reason} (${next})`)
    },
  }
}

/** Prints what verifying waits for. */
export function narrateVerify(log: Logger, clock: Clock, inputs: Inputs) {
  return { assignments: narrateAssignments(log, clock, inputs.mode), pulls: narrateProof(log, clock, inputs) }
}

/** Prints which role assignments are waited for, with the last answer. */
function narrateAssignments(log: Logger, clock: Clock, mode: Mode): VerifyProgress {
  let started = clock.now()
  const [until, notYet] =
    mode === 'detach' ? ['no longer reports it', 'still reported'] : ['reports it', 'not reported yet']
  const elapsed = (): string => formatElapsed(clock.now() - started)
  const describe = ({ pair: { target, registry, role } }: WrittenPair): string =>
    `${role.name} on ${registry.name} for ${target.name}`
  return {
    onStart() {
      started = clock.now()
      log.section(`Verify: wait until Azure Resource Manager ${until}`, [])
    },
    onDone(pair, { error, propagationSeconds = 0 }) {
      const end = error ? `failed: ${error.code}` : mode === 'detach' ? 'gone' : 'reported'
      log.line(`  ${withTime(`${elapsed()}  ${describe(pair)}: ${end}`, propagationSeconds * 1000)}`)
    },
    onWait(pairs, held, pauseMs) {
      const [first] = pairs
      if (!first) return
      const listed = held.get(first)?.length ?? 0
      const [what, answer] =
        pairs.length === 1
          ? [describe(first), ` (Azure lists ${listed === 0 ? 'no role' : plural(listed, 'role assignment')} of it)`]
          : [`${pairs.length} of them on ${first.pair.registry.name}`, '']
      log.line(`  ${elapsed()}  ${what}: ${notYet}${answer}; next look in ${formatSeconds(pauseMs / 1000)}`)
    },
  }
}

/** Prints each image as it ends, between what is waited for meanwhile: below a heading of its own where nothing else is written. */
export function narrateImages(log: Logger, clock: Clock, isAlone: boolean): ImageProgress {
  let started = clock.now()
  return {
    onStart() {
      started = clock.now()
      if (isAlone) log.section('Import', [])
    },
    onDone(result) {
      log.line(`  ${withTime(describeImageResult(result), clock.now() - started)}`)
    },
  }
}

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
  const alike = groupBy(pulls, ({ verdict, image }) => `${verdict} ${image.reference}`)
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
