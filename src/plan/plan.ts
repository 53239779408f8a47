import { findAccess, findLimit, findUnclear, listGrants } from '../model/access.js'
import type { ActionError } from '../model/error.js'
import type { Unknown } from '../model/finding.js'
import type { Observed, ObservedPair } from '../model/observed.js'
import { isCreation, type Access, type Plan, type PlannedPair } from '../model/plan.js'
import { attemptNow } from '../model/result.js'
import { sameId } from '../model/resource-id.js'
import type { Desired } from '../model/wanted.js'
import { planAttach } from './attach.js'
import { refuseBootstrap } from './bootstrap.js'
import { findConditionDoubt, findUnclearRole } from './conditions.js'
import { contextOf, startPlan, type Context, type PlanContext } from './context.js'
import { planDetach } from './detach.js'
import { findFindings } from './findings.js'
import { findUnknownMember, isMember } from './group.js'
import { planImage } from './images.js'

/**
 * Compares what was observed with the inputs: the writes that are missing, and nothing else, and the findings. Pure: no clock, no network.
 * For `check` it is the same as for `attach`: what attach would write is the drift.
 */
export function makePlan(observed: Observed, desired: Desired): Plan {
  const shared = startPlan(observed, desired)
  const pairs = observed.pairs.map(pair => planPair(pair, shared))
  const operations = [...new Set(pairs.flatMap(pair => pair.operations))]
  const images = observed.images.map(image => ({ image, plan: planImage(image, desired) }))
  const unknown = new Map(
    pairs
      .flatMap(pair => (pair.error ? [] : findUnknown(pair, contextOf(pair, shared))))
      .map(entry => [entry.message, entry]),
  )
  return {
    pairs,
    operations,
    images,
    findings: findFindings(observed, pairs, desired),
    unknown: [...unknown.values(), ...(observed.bystanders?.unknown ?? [])],
  }
}

/** The plan anew, once the registries that it creates are there or have failed, with their creation kept in it. */
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
  const { target, registry, wanted } = context
  const { roles } = observed
  const access = findAccess(target, registry, pair.assignments, { roles, wanted })
  const grants = listGrants(target, registry, pair.assignments, { roles, role: wanted.role })
  const held = grants.map(({ assignment }) => assignment)
  const limitedTo = findUnclear(held, wanted, registry) ? undefined : findLimit(held, wanted, registry)
  const { value: operations, error } = attemptNow(() =>
    desired.mode === 'detach' ? planDetach(context) : planAttach(context, access, held),
  )
  if (error) return { ...idle, access, error }
  const doubt =
    findDoubt(context, access) ??
    (operations.length === 0 ? findMemberDoubt(context, access) : undefined) ??
    findConditionDoubt(context, access, operations)
  return { ...pair, access, operations, ...(limitedTo && { limitedTo }), ...(doubt && { doubt }) }
}

function findUnknown({ access, doubt }: PlannedPair, context: Context): Unknown[] {
  return [...findUnknownMember(context), ...findUnclearRole(context, access, doubt)]
}

/** Why it is not known in `check` whether the pair pulls through the group of the inputs, where it is all that it can pull by. */
function findMemberDoubt(context: Context, access: Access | null): ActionError | undefined {
  const { desired, observed } = context
  const isOpen = desired.mode === 'check' && desired.group !== '' && !access && isMember(context) === undefined
  return isOpen ? observed.group?.unread : undefined
}

/** Why it is not known whether the pair has access (in `detach`, whether it still has it): the definition of a role could not be read. */
function findDoubt({ pair, registry, observed, desired }: Context, access: Access | null): ActionError | undefined {
  const relevant =
    desired.mode === 'detach'
      ? pair.assignments.filter(({ scope }) => sameId(scope, registry.id))
      : access || desired.group
        ? []
        : pair.assignments
  return relevant.map(({ roleId }) => observed.unreadRoles.get(roleId)).find(error => error !== undefined)
}
