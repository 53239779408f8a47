import { plural } from 'texts'
import { nameImageRequest, shortGuid, type Session } from 'azure'
import { nameSome, type Clock } from 'kernel'
import type { Logger } from 'runner'
import { isGrant, wordsOfOperation } from 'run-model'
import type { Inputs, Observed, Operation, Outcome, Plan, PlannedPair, Run, Progress } from 'run-model'
import {
  countPlan,
  describeImageResult,
  describeObserved,
  describeOperations,
  describeOutcome,
  describePlan,
  describeWorkloads,
} from './narration.js'
import { narratePulls } from './pull-narration.js'
import { createWaits } from './waits.js'

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
    waits: () => narrateObserve(log, clock, inputs),
    /** A role of the signed-in identity that is waited for, whatever the stage. */
    newRole: (sentence: string): void => {
      // The heading of an observation is printed when it ends.
      if (isObserved) log.line(`  waiting   ${sentence}`)
      else log.section(newRolesTitle, [sentence])
    },
    plan(plan: Plan) {
      // Folded if nothing is written or refused.
      const folded = plan.operations.length === 0 && plan.images.every(image => image.plan.kind === 'present')
      log.section(`Plan: ${countPlan(plan)}`, describePlan(plan, inputs.mode), { folded })
    },
    apply: (title?: string) => narrateApply(log, clock, inputs, title),
    verify: () => ({
      assignments: narrateAssignments(log, clock, inputs),
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

/** Prints each write as it ends, and what Azure answers to those that are tried again. */
function narrateApply(log: Logger, clock: Clock, { timeoutMs }: Inputs, title = 'Apply'): Progress['apply'] {
  const waits = createWaits(log, clock, 'written')
  return {
    onStart() {
      waits.begin(title)
    },
    onDone(outcome) {
      const { operation, error, finishedAt } = outcome
      waits.ended(operation, describeOutcome(outcome), { isFailed: !!error, tookMs: waits.elapsedMs(finishedAt) })
    },
    onWait(operation, refusal) {
      const why = refusal.azure?.message ?? refusal.message
      waits.heard(operation, `${wordsOfOperation(operation).name}: ${why}`, timeoutMs - waits.elapsedMs())
    },
  }
}

function narrateObserve(log: Logger, clock: Clock, { timeoutMs }: Inputs) {
  const waits = createWaits(log, clock, 'observed')
  return {
    /** New roles of the signed-in identity, which sees no subscription yet. */
    onRoles(elapsedMs: number, limitMs: number): void {
      waits.beginOnce(newRolesTitle)
      waits.heard('roles', 'Azure lists no subscription for the signed-in identity yet', limitMs - elapsedMs)
    },
    onIdentity(name: string, elapsedMs: number): void {
      waits.beginOnce('Wait for kubelet identities')
      waits.heard(name, `the kubelet identity of ${name} is being created`, timeoutMs - elapsedMs)
    },
    /** A role assignment that `detach` did not see at first, and that a later list shows. */
    onListed(role: string, { target, registry }: PlannedPair, leftMs: number): void {
      waits.beginOnce('Look again: wait until what the list still shows is gone')
      waits.heard(
        `${role} ${target.name} ${registry.name}`,
        `${role} on ${registry.name} for ${target.name} is still listed`,
        leftMs,
      )
    },
  }
}

const newRolesTitle = 'Wait for new roles: they take up to ten minutes to work'

/** Prints for which role assignments the step waits, with what Azure lists instead. */
function narrateAssignments(log: Logger, clock: Clock, { mode, timeoutMs }: Inputs): Progress['assignments'] {
  const isDetach = mode === 'detach'
  const end = isDetach ? 'gone' : 'reported'
  const waits = createWaits(log, clock, end)
  let outcomes: ReadonlyMap<PlannedPair, readonly Outcome[]> = new Map()
  const describe = (pair: PlannedPair): string => {
    const { target, registry, role } = pair
    const own = outcomes.get(pair) ?? []
    const roles = new Set(own.flatMap(({ operation }) => (isGrant(operation) ? operation.role.name : [])))
    if (!isDetach) return `${[...roles].join(' and ') || role.name} on ${registry.name} for ${target.name}`
    return own.flatMap(({ operation, changed }) => (changed ? wordsOfOperation(operation).name : [])).join(' and ')
  }
  return {
    onStart(written) {
      outcomes = written
      waits.begin(`Verify: wait until Azure Resource Manager ${isDetach ? 'no longer reports it' : 'reports it'}`)
    },
    onDone(pair, { error, propagationSeconds = 0 }) {
      // Nothing was removed: the target still has the role, through another group.
      if (!error && describe(pair) === '') return
      const text = `${describe(pair)}: ${error ? `failed: ${error.code}` : end}`
      waits.ended(pair, text, { isFailed: !!error, tookMs: propagationSeconds * 1000 })
    },
    onWait(pairs, held) {
      for (const pair of pairs) {
        const listed = held.get(pair)?.length ?? 0
        const state = isDetach ? 'still reported' : 'not reported yet'
        const answer = `Azure lists ${listed === 0 ? 'no role' : plural(listed, 'role assignment')} for it`
        waits.heard(pair, `${describe(pair)}: ${state} (${answer})`, timeoutMs - waits.elapsedMs())
      }
    },
  }
}

/** Prints each image as it ends; below its own heading if nothing else is written. */
function narrateImages(log: Logger, clock: Clock, isAlone: boolean): Progress['images'] {
  const waits = createWaits(log, clock, 'done')
  return {
    onStart() {
      waits.begin(isAlone ? 'Import' : undefined)
    },
    onDone(result) {
      const end = { isFailed: !!result.error, tookMs: waits.elapsedMs() }
      waits.ended(result, describeImageResult(result), end)
    },
    onWait(ended, waiting) {
      const names = nameSome(waiting.map(({ request, registry }) => `${nameImageRequest(request)} on ${registry.name}`))
      const done = `${ended.length} of ${plural(ended.length + waiting.length, 'image')} done`
      waits.heard('images', `${done}; still importing ${names}`, undefined)
    },
  }
}
