import { canPull, describeIgnored, findAccess, reachTogether, sameId } from 'azure'
import type { Access, Registry } from 'azure'
import { ActionError, type Result, type Unknown } from 'kernel'
import { isCreation, selectForToday } from 'run-model'
import type { Observed, ObservedPair, Operation, Plan, PlannedPair } from 'run-model'
import { planAttach } from './attach.js'
import { explainUndecided } from './conditions.js'
import { attemptNow, contextOf, listPullAssignments, startPlan } from './context.js'
import type { Desired, PairContext, PlanContext, PlannedContext } from './context.js'
import { planDetach } from './detach.js'
import { explainSealed, findFindings } from './findings.js'
import { findUnknownMember, isMember } from './group.js'
import { planImage } from './images.js'
import { explainMove } from './move.js'
import {
  explainConcealed,
  explainForeign,
  isOfOtherTenant,
  refuseBootstrap,
  refuseForeign,
  refuseShared,
} from './refusals.js'

/**
 * Compares the observed state with the inputs: only the missing writes, and the findings. Pure: no clock, no network.
 * `check` gets the same plan as `attach`: the writes that attach would do are the drift.
 */
export function makePlan(observed: Observed, desired: Desired): Plan {
  const shared = startPlan(observed, desired)
  const pairs = observed.pairs.map(pair => planPair(pair, shared))
  const operations = [...new Set(pairs.flatMap(pair => pair.operations))]
  const images = observed.images.flatMap(image =>
    image.request.isProbe && !isPulledFrom(image.registry, pairs) ? [] : { image, plan: planImage(image, desired) },
  )
  const contexts = pairs.flatMap(pair => (pair.error ? [] : contextOf(pair, shared)))
  return {
    pairs,
    operations,
    images,
    findings: findFindings(shared, contexts),
    unknown: [...observed.unknown, ...contexts.flatMap(findUnknown)],
  }
}

/** Whether nodes may pull from a registry: for a cluster that was not found or is refused, nothing is imported only to be pulled. */
function isPulledFrom({ id }: Registry, pairs: readonly PlannedPair[]): boolean {
  return pairs.some(({ target, registry, error }) => !error && target.kind === 'cluster' && sameId(registry.id, id))
}

/** Plans again after registries were created or failed to be. The new plan keeps their creation. */
export function planAfterCreation(before: Plan, observed: Observed, desired: Desired): Plan {
  const plan = makePlan(observed, desired)
  const creations = before.operations.filter(isCreation)
  const pairs = plan.pairs.map(pair => ({
    ...pair,
    operations: [...creations.filter(({ registry }) => sameId(registry.id, pair.registry.id)), ...pair.operations],
  }))
  return { ...plan, pairs, operations: [...new Set([...creations, ...pairs.flatMap(pair => pair.operations)])] }
}

function planPair(pair: ObservedPair, shared: PlanContext): PlannedPair {
  const { observed } = shared
  const context = contextOf(pair, shared)
  const refusal = observed.group?.error ?? refuseBootstrap(context)
  if (refusal) return { ...pair, access: null, operations: [], error: refusal }
  const { target, registry, grant } = context
  const access = findAccess(target, registry, pair.assignments, { roles: observed.roles, grant })
  const { value: operations, error } = planWrites(context, access)
  if (error) return { ...pair, access, operations: [], error }
  return judgeWrites(context, access, operations)
}

/** Plans what is written for a pair, or explains why nothing can be planned. */
function planWrites(context: PairContext, access: Access | null): Result<Operation[]> {
  const ignored = explainIgnored(context)
  if (ignored) return { error: ignored }
  const planned = attemptNow(() =>
    context.desired.mode === 'detach' ? planDetach(context) : planAttach(context, access, listPullAssignments(context)),
  )
  if (planned.error) return planned
  const refusal = refuseShared(context, planned.value) ?? refuseForeignWrite(context, planned.value)
  return refusal ? { error: refusal } : planned
}

function refuseForeignWrite(context: PairContext, operations: readonly Operation[]): ActionError | undefined {
  const write = findWrite(operations)
  return write && context.desired.mode === 'attach' && isOfOtherTenant(context)
    ? refuseForeign(context, write)
    : undefined
}

/** The first operation that changes access. */
function findWrite(operations: readonly Operation[]): Operation | undefined {
  return operations.find(each => !isCreation(each))
}

/** Decides whether the planned writes are known to be needed, and whether nothing else can stop the pull. */
function judgeWrites(context: PairContext, access: Access | null, operations: Operation[]): PlannedPair {
  const { pair, registry, grant, desired } = context
  const hidden = explainHidden(context, operations)
  const sealed = desired.mode === 'check' ? explainSealed(registry) : undefined
  if (hidden && !sealed) return { ...pair, access, operations: [], unknown: hidden }
  const { unclear, limit } = reachTogether(listPullAssignments(context), grant, registry)
  const planned: PlannedPair = { ...pair, access, operations }
  if (limit && !unclear) planned.limitedTo = limit
  if (sealed) return { ...planned, error: sealed }
  const unknown = explainUnknown(context, access, operations)
  return unknown ? { ...planned, unknown } : planned
}

/** Explains why a write that seems to be needed can't be called drift: who owns the identity or the registry sees more than this step. */
function explainHidden(context: PairContext, operations: readonly Operation[]): ActionError | undefined {
  const { pair, registry, desired } = context
  if (!findWrite(selectForToday(pair, operations))) return undefined
  if (desired.mode === 'check' && registry.exists && isOfOtherTenant(context)) return explainForeign(context)
  return pair.isConcealed ? explainConcealed(context) : undefined
}

/** Explains why it is unknown whether the pair has what is desired. */
function explainUnknown(
  context: PairContext,
  access: Access | null,
  operations: readonly Operation[],
): ActionError | undefined {
  const unknown = findUnknownAccess(context, access)
  if (unknown || selectForToday(context.pair, operations).length > 0) return unknown
  return explainMembership(context) ?? (access ? undefined : explainUndecided(context, access))
}

/** In `check`, explains that the registry's mode ignores the desired role, which no assignment repairs. */
function explainIgnored({ registry, grant, desired }: PairContext): ActionError | undefined {
  if (desired.mode !== 'check' || canPull(grant.role, registry.roleAssignmentMode)) return undefined
  const { said, advice } = describeIgnored(grant.role, registry)
  return new ActionError('DRIFT', said, { subject: registry.name, fix: advice })
}

/** Everything that could not be checked for a pair. */
function findUnknown(context: PlannedContext): Unknown[] {
  const { pair, target } = context
  const undecided = pair.unknown ? [] : [explainUndecided(context, pair.access), explainMove(context)]
  const messages = undecided.flatMap(error => error?.message ?? [])
  return [...findUnknownMember(context), ...messages.map(message => ({ subject: target.id, message }))]
}

/** Explains why it is unknown whether the pair pulls through the group: only a `check` plans nothing then. */
function explainMembership(context: PairContext): ActionError | undefined {
  const { error } = context.observed.group?.members ?? {}
  return isMember(context) === undefined && error?.kind !== 'forbidden' ? error : undefined
}

/** Explains why it is unknown whether the pair has access (in `detach`, whether it still has): the definition of a role could not be read. */
function findUnknownAccess(context: PairContext, access: Access | null): ActionError | undefined {
  const { pair, registry, observed, desired } = context
  const isDetaching = desired.mode === 'detach'
  if (!isDetaching && (access || desired.group)) return undefined
  const relevant = pair.assignments.filter(({ scope }) => !isDetaching || sameId(scope, registry.id))
  return relevant.map(({ roleId }) => observed.unknownRoles.get(roleId)).find(error => error !== undefined)
}
