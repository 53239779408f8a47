import { findAccess, findLimit, findUnclear, listGrants } from '../model/access.js'
import { ActionError } from '../model/error.js'
import type { Unknown } from '../model/finding.js'
import type { Observed, ObservedPair } from '../model/observed.js'
import { isCreation, type Access, type Plan, type PlannedPair } from '../model/plan.js'
import { sameId } from '../model/resource-id.js'
import type { Wish } from '../model/wanted.js'
import { planAttach } from './attach.js'
import { refuseBootstrap } from './bootstrap.js'
import { findConditionDoubt, findUnclearRole } from './conditions.js'
import { contextOf, startMaking, type Context, type Making } from './context.js'
import { planDetach } from './detach.js'
import { findFindings } from './findings.js'
import { findUnknownMember, isMember } from './group.js'
import { planImage } from './images.js'

/**
 * Compares what was observed with the inputs: the writes that are missing, and nothing else, and the findings. Pure: no clock, no network.
 * For `check` it is the same as for `attach`: what attach would write is the drift.
 */
export function makePlan(observed: Observed, wish: Wish): Plan {
  const making = startMaking(observed, wish)
  const pairs = observed.pairs.map(pair => planPair(pair, making))
  const operations = [...new Set(pairs.flatMap(pair => pair.operations))]
  const images = observed.images.map(image => ({ image, plan: planImage(image, wish) }))
  const unknown = new Map(
    pairs
      .flatMap(pair => (pair.error ? [] : findUnknown(pair, contextOf(pair, making))))
      .map(entry => [entry.message, entry]),
  )
  return {
    pairs,
    operations,
    images,
    findings: findFindings(observed, pairs, wish),
    unknown: [...unknown.values(), ...(observed.bystanders?.unknown ?? [])],
  }
}

/** The plan anew, once the registries that it creates are there or have failed, with their creation kept in it. */
export function planAfterCreation(before: Plan, observed: Observed, wish: Wish): Plan {
  const plan = makePlan(observed, wish)
  const creations = before.operations.filter(isCreation)
  const pairs = plan.pairs.map(pair => ({
    ...pair,
    operations: [...creations.filter(({ registry }) => sameId(registry.id, pair.registry.id)), ...pair.operations],
  }))
  return { ...plan, pairs, operations: [...new Set([...creations, ...pairs.flatMap(pair => pair.operations)])] }
}

function planPair(pair: ObservedPair, making: Making): PlannedPair {
  const { observed, wish } = making
  const idle = { ...pair, access: null, operations: [] }
  const context = contextOf(pair, making)
  const refusal = observed.group?.error ?? refuseBootstrap(context)
  if (refusal) return { ...idle, error: refusal }
  const { target, registry, wanted } = context
  const { roles } = observed
  const access = findAccess(target, registry, pair.assignments, { roles, wanted })
  const grants = listGrants(target, registry, pair.assignments, { roles, role: wanted.role })
  const held = grants.map(({ assignment }) => assignment)
  const limitedTo = findUnclear(held, wanted, registry) ? undefined : findLimit(held, wanted, registry)
  try {
    const operations = wish.mode === 'detach' ? planDetach(context) : planAttach(context, access, held)
    const doubt =
      findDoubt(context, access) ??
      (operations.length === 0 ? findMemberDoubt(context, access) : undefined) ??
      findConditionDoubt(context, access, operations)
    return { ...pair, access, operations, ...(limitedTo && { limitedTo }), ...(doubt && { doubt }) }
  } catch (error) {
    if (error instanceof ActionError) return { ...idle, access, error }
    throw error
  }
}

function findUnknown({ access, doubt }: PlannedPair, context: Context): Unknown[] {
  return [...findUnknownMember(context), ...findUnclearRole(context, access, doubt)]
}

/** Why it is not known in `check` whether the pair pulls through the group of the inputs, where it is all that it can pull by. */
function findMemberDoubt(context: Context, access: Access | null): ActionError | undefined {
  const { wish, observed } = context
  const isOpen = wish.mode === 'check' && wish.group !== '' && !access && isMember(context) === undefined
  return isOpen ? observed.group?.unread : undefined
}

/** Why it is not known whether the pair has access (in `detach`, whether it still has it): the definition of a role could not be read. */
function findDoubt({ pair, registry, observed, wish }: Context, access: Access | null): ActionError | undefined {
  const relevant =
    wish.mode === 'detach'
      ? pair.assignments.filter(({ scope }) => sameId(scope, registry.id))
      : access || wish.group
        ? []
        : pair.assignments
  return relevant.map(({ roleId }) => observed.unreadRoles.get(roleId)).find(error => error !== undefined)
}
