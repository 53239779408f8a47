import { formatSize, plural } from 'texts'
import { nameOf, shortGuid, type Session } from 'azure'
import { formatElapsed, formatSeconds, nameSome, type ActionError, type Clock } from 'kernel'
import { type Logger, withTime } from 'runner'
import { isGrant, wordsOf } from 'run-model'
import type { Inputs, Observed, Operation, Outcome, Plan, PlannedPair, Run, Progress } from 'run-model'
import {
  countPlan,
  describeImageResult,
  describeObserved,
  describeOperations,
  describeOutcome,
  describePlan,
  describeWorkloads,
  formatCount,
} from './narration.js'
import { narratePulls, silenceMs } from './pull-narration.js'

/** Prints what a run does, stage by stage. */
export function narrate(log: Logger, clock: Clock, inputs: Inputs) {
  let isObserved = false
  return {
    signIn: <T extends { session: Session }>(work: () => Promise<T>, startedAt: number) => {
      const describe = ({ session: { caller, tenantId, by } }: T): string[] => [
        `signed in to tenant ${shortGuid(tenantId)} as ${caller.name}, ${by}`,
      ]
      return log.phase('Sign in', work, describe, startedAt)
    },
    observe: (work: () => Promise<Observed>) =>
      log.phase('Observe', work, observed => {
        isObserved = true
        return describeObserved(observed)
      }),
    waits: () => narrateObserve(log),
    /** A role of the signed-in identity that is waited for, whatever the stage. */
    newRole: (sentence: string): void => {
      // The heading of an observation is printed when it ends.
      if (isObserved) log.line(`  waiting   ${sentence}`)
      else log.section('Wait for new roles: they take up to ten minutes to work', [sentence])
    },
    plan(plan: Plan) {
      // Folded if nothing is written or refused.
      const folded = plan.operations.length === 0 && plan.images.every(image => image.plan.kind === 'present')
      log.section(`Plan: ${countPlan(plan)}`, describePlan(plan, inputs.mode), { folded })
    },
    apply: (title?: string) => narrateApply(log, clock, title),
    verify: () => ({
      assignments: narrateAssignments(log, clock, inputs.mode),
      pulls: narratePulls(log, clock, inputs),
    }),
    planAgain(operations: readonly Operation[]) {
      log.section('Plan again', describeOperations(operations))
    },
    images: (isAlone: boolean) => narrateImages(log, clock, isAlone),
    workloads(looks: NonNullable<Run['workloads']>) {
      log.section('Workloads', describeWorkloads(looks))
    },
  }
}

/** Prints each write as it ends. */
function narrateApply(log: Logger, clock: Clock, title = 'Apply'): Progress['apply'] {
  const known = new Set<string>()
  const isDue = createPace(clock)
  const tally = createTally(log, clock, 'written')
  return {
    onStart() {
      tally.start()
      log.section(title, [])
    },
    onDone(outcome) {
      tally.add(describeOutcome(outcome), outcome.error, tally.elapsedMs(outcome.finishedAt))
    },
    onWait(operation, refusal, pauseMs) {
      const why = refusal.azure?.message ?? refusal.message
      const next = `next try in ${formatSeconds(pauseMs / 1000)}`
      const isKnown = known.has(why)
      known.add(why)
      if (isKnown && !isDue()) return
      const reason = isKnown ? 'the same answer' : why
      log.line(`  ${tally.elapsed()}  ${wordsOf(operation).name}: ${reason} (${next})`)
    },
  }
}

/** How often the log says that an observation still waits, in milliseconds. */
const waitLineMs = 20_000

/** Prints what an observation waits for: a heading for each thing, and then a line every 20 s. */
function narrateObserve(log: Logger) {
  const due = new Map<string, number>()
  const print = (what: string, elapsedMs: number, state: string, ...firstLines: string[]): void => {
    const dueMs = due.get(what)
    if (dueMs !== undefined && elapsedMs < dueMs) return
    if (dueMs === undefined) log.section(`Wait for ${what}`, firstLines)
    else log.line(`  ${formatElapsed(elapsedMs)}  ${state}`)
    due.set(what, (Math.floor(elapsedMs / waitLineMs) + 1) * waitLineMs)
  }
  return {
    /** New roles of the signed-in identity, which sees no subscription yet. */
    onRoles(elapsedMs: number, limitMs: number): void {
      const state = 'Azure still lists no subscription for the identity'
      const first = `the signed-in identity sees no subscription yet; waiting for up to ${formatElapsed(limitMs)}`
      print('new roles: they take up to ten minutes to work', elapsedMs, state, first)
    },
    /** The kubelet identity of a cluster. */
    onIdentity(name: string, elapsedMs: number): void {
      print(`the kubelet identity of ${name}, which is being created`, elapsedMs, `${name} has none yet`)
    },
  }
}

/** Prints for which role assignments the step waits, with Azure's last answer. */
function narrateAssignments(log: Logger, clock: Clock, mode: Run['mode']): Progress['assignments'] {
  let said = ''
  const isDue = createPace(clock)
  const tally = createTally(log, clock, mode === 'detach' ? 'gone' : 'reported')
  const [until, notYet] =
    mode === 'detach' ? ['no longer reports it', 'still reported'] : ['reports it', 'not reported yet']
  let outcomes: ReadonlyMap<PlannedPair, readonly Outcome[]> = new Map()
  const describe = (pair: PlannedPair): string => {
    const { target, registry, role } = pair
    const own = outcomes.get(pair) ?? []
    const roles = new Set(own.flatMap(({ operation }) => (isGrant(operation) ? operation.role.name : [])))
    if (mode !== 'detach') return `${[...roles].join(' and ') || role.name} on ${registry.name} for ${target.name}`
    return own.flatMap(({ operation, changed }) => (changed ? wordsOf(operation).name : [])).join(' and ')
  }
  return {
    onStart(written) {
      tally.start()
      outcomes = written
      log.section(`Verify: wait until Azure Resource Manager ${until}`, [])
    },
    onDone(pair, { error, propagationSeconds = 0 }) {
      // Nothing was removed: the target still has the role, through another group.
      if (!error && describe(pair) === '') return
      const end = error ? `failed: ${error.code}` : mode === 'detach' ? 'gone' : 'reported'
      tally.add(`${tally.elapsed()}  ${describe(pair)}: ${end}`, error, propagationSeconds * 1000)
    },
    onWait(pairs, held, pauseMs) {
      const [first] = pairs
      if (!first) return
      const listed = held.get(first)?.length ?? 0
      const [what, answer] =
        pairs.length === 1
          ? [describe(first), ` (Azure lists ${listed === 0 ? 'no role' : plural(listed, 'role assignment')} for it)`]
          : [`${pairs.length} grants on ${first.registry.name}`, '']
      const text = `${what}: ${notYet}${answer}`
      if (text === said && !isDue()) return
      said = text
      log.line(`  ${tally.elapsed()}  ${text}; next check in ${formatSeconds(pauseMs / 1000)}`)
    },
  }
}

/** Whether a line without news is due, every 30 s. */
function createPace(clock: Clock): () => boolean {
  let last = clock.now()
  return () => {
    const isDue = clock.now() - last >= silenceMs
    if (isDue) last = clock.now()
    return isDue
  }
}

/** Maximum number of successes that are printed one by one; above it, the log has the number, and the report has all. */
const maxGoodLines = 50

/** Prints failures and the first successes, and then the number of these every 30 s. Times count from `start`. */
function createTally(log: Logger, clock: Clock, what: string) {
  let started = clock.now()
  let count = 0
  let isDue = (): boolean => false
  const elapsedMs = (now = clock.now()): number => now - started
  const elapsed = (): string => formatElapsed(elapsedMs())
  return {
    elapsedMs,
    elapsed,
    start(): void {
      started = clock.now()
    },
    add(text: string, error: ActionError | undefined, tookMs = elapsedMs()): void {
      if (!error) count += 1
      if (error || count <= maxGoodLines) log.line(`  ${withTime(text, tookMs)}`)
      else if (count === maxGoodLines + 1) {
        log.line('  … the report lists all')
        isDue = createPace(clock)
      } else if (isDue()) log.line(`  ${elapsed()}  ${formatCount(count)} ${what}`)
    },
  }
}

/** Prints each image as it ends; below its own heading if nothing else is written. */
function narrateImages(log: Logger, clock: Clock, isAlone: boolean): Progress['images'] {
  const tally = createTally(log, clock, 'done')
  return {
    onStart() {
      tally.start()
      if (isAlone) log.section('Import', [])
    },
    onDone(result) {
      tally.add(describeImageResult(result), result.error)
    },
    onWait(ended, waiting) {
      const bytes = ended.reduce((sum, { sizeInBytes = 0 }) => sum + sizeInBytes, 0)
      const done = `${ended.length} of ${plural(ended.length + waiting.length, 'image')} done`
      const names = nameSome(waiting.map(({ request, registry }) => `${nameOf(request)} on ${registry.name}`))
      const size = bytes > 0 ? ` (${formatSize(bytes)})` : ''
      log.line(`  ${tally.elapsed()}  ${done}${size}; still importing ${names}`)
    },
  }
}
