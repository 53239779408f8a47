import { isAssignmentOf, listGrants, reachTogether } from 'azure'
import type { Access, DesiredGrant, Registry, RoleAssignment, Target } from 'azure'
import { ActionError, once, type Result } from 'kernel'
import { afterMove, grantFor } from 'run-model'
import type { Inputs, Observed, ObservedPair, Operation, PlannedPair } from 'run-model'
import { indexPullers } from './pullers.js'

/** The inputs that describe the desired state. */
export type Desired = Pick<Inputs, 'mode' | 'repositories' | 'group' | 'onTimeout' | 'createRegistry' | 'forceImport'>

/** The data that all pairs are planned with. */
export interface PlanContext {
  observed: Observed
  desired: Desired
  /** Returns the operation with that key; the first pair that needs it makes it: one can serve several, such as a group's role assignment. */
  share: <T extends Operation>(key: string, make: () => T) => T
  pullersOf: ReturnType<typeof indexPullers>
}

/** The data that one pair is planned with. */
export interface PairContext<P extends ObservedPair = ObservedPair> extends PlanContext {
  pair: P
  target: Target
  registry: Registry
  grant: DesiredGrant
}

/** The same for a pair that is planned. */
export type PlannedContext = PairContext<PlannedPair>

export function startPlan(observed: Observed, desired: Desired): PlanContext {
  const made = new Map<string, Operation>()
  const share: PlanContext['share'] = <T extends Operation>(key: string, make: () => T) =>
    once<string, Operation>(made, key, make) as T
  return { observed, desired, share, pullersOf: indexPullers(observed) }
}

export function contextOf<P extends ObservedPair>(pair: P, shared: PlanContext): PairContext<P> {
  const { target, registry } = pair
  return { ...shared, pair, target, registry, grant: grantFor(pair, shared.desired.repositories) }
}

/** The pair as it is planned after the registry's move to the other mode; undefined if the step does not prepare for that. */
export function contextAfterMove(context: PairContext): PairContext | undefined {
  const pair = afterMove(context.pair)
  return pair && contextOf(pair, context)
}

/** Lists the pair's assignments that let its target pull, from all repositories or some. */
export function listPairGrants({ pair, target, registry, observed: { roles } }: PairContext): Access[] {
  return listGrants(target, registry, pair.assignments, { roles, role: pair.role })
}

export function listPullAssignments(context: PairContext): RoleAssignment[] {
  return listPairGrants(context).map(({ assignment }) => assignment)
}

/** Whether the pull identity itself has the role for all repositories. */
export function hasDirectly({ pair, target, registry, grant }: PairContext): boolean {
  const key = { scope: registry.id, principalId: target.identity.objectId, roleId: grant.role.id }
  const own = pair.assignments.filter(assignment => isAssignmentOf(assignment, key))
  return reachTogether(own, grant, registry).isEnough
}

/** The kernel's `attempt` for planning, which doesn't wait. */
export function attemptNow<T>(work: () => T): Result<T> {
  try {
    return { value: work() }
  } catch (error) {
    if (error instanceof ActionError) return { error }
    throw error
  }
}
