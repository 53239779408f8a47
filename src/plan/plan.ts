import { canPull, describeIgnored, findAccess, reachTogether, sameId } from 'azure'
import type { Access, Registry } from 'azure'
import { ActionError, type Unknown } from 'kernel'
import { isCreation, type Observed, type ObservedPair, type Plan, type PlannedPair } from 'run-model'
import { planAttach } from './attach.js'
import { explainUndecided } from './conditions.js'
import { attemptNow, contextOf, listPullAssignments, startPlan } from './context.js'
import type { Desired, PairContext, PlanContext, PlannedContext } from './context.js'
import { planDetach } from './detach.js'
import { explainSealed, findFindings } from './findings.js'
import { findUnknownMember, isMember } from './group.js'
import { planImage } from './images.js'
import {
  explainConcealed,
  explainForeign,
  isForeign,
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
  const { observed, desired } = shared
  const idle = { ...pair, access: null, operations: [] }
  const context = contextOf(pair, shared)
  const refusal = observed.group?.error ?? refuseBootstrap(context)
  if (refusal) return { ...idle, error: refusal }
  const { target, registry, grant } = context
  const { roles } = observed
  const access = findAccess(target, registry, pair.assignments, { roles, grant })
  const ignored = explainIgnored(context)
  if (ignored) return { ...idle, access, error: ignored }
  const held = listPullAssignments(context)
  const { unclear, limit } = reachTogether(held, grant, registry)
  const limited = limit && !unclear && { limitedTo: limit }
  const { value: operations, error } = attemptNow(() =>
    desired.mode === 'detach' ? planDetach(context) : planAttach(context, access, held),
  )
  if (error) return { ...idle, access, error }
  const others = refuseShared(context, operations)
  if (others) return { ...idle, access, error: others }
  const sealed = desired.mode === 'check' ? explainSealed(registry) : undefined
  if (sealed) return { ...pair, access, operations, ...limited, error: sealed }
  const write = operations.find(each => !isCreation(each))
  const foreign = desired.mode !== 'detach' && isForeign(context) ? write : undefined
  if (foreign && desired.mode === 'attach') return { ...idle, access, error: refuseForeign(context, foreign) }
  if (foreign && registry.exists) return { ...pair, access, operations: [], unknown: explainForeign(context) }
  if (write && pair.isConcealed) return { ...pair, access, operations: [], unknown: explainConcealed(context) }
  const unknown =
    findUnknownAccess(context, access) ??
    (operations.length === 0 ? explainMembership(context) : undefined) ??
    (access || operations.length > 0 ? undefined : explainUndecided(context, access))
  return { ...pair, access, operations, ...limited, ...(unknown && { unknown }) }
}

/** In `check`, explains that the registry's mode ignores the desired role, which no assignment repairs. */
function explainIgnored({ registry, grant, desired }: PairContext): ActionError | undefined {
  if (desired.mode !== 'check' || canPull(grant.role, registry.roleAssignmentMode)) return undefined
  const { message, advice } = describeIgnored(grant.role, registry)
  return new ActionError('DRIFT', message, { subject: registry.name, fix: advice })
}

/** Everything that could not be checked for a pair. */
function findUnknown(context: PlannedContext): Unknown[] {
  const { pair, target } = context
  const undecided = pair.unknown ? undefined : explainUndecided(context, pair.access)
  return [...findUnknownMember(context), ...(undecided ? [{ subject: target.id, message: undecided.message }] : [])]
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
