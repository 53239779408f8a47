import { readBoots, type Boots } from '../model/boots.js'
import type { Observed, ObservedPair } from '../model/observed.js'
import type { Operation } from '../model/plan.js'
import type { Registry } from '../model/registry.js'
import type { Wanted } from '../model/role-assignment.js'
import type { Target } from '../model/target.js'
import type { Desired } from '../model/wanted.js'

/** The data that all pairs are planned with. */
export interface PlanContext {
  observed: Observed
  desired: Desired
  share: Share
  boots: Boots
}

/** The data that one pair is planned with. */
export interface Context extends PlanContext {
  pair: ObservedPair
  target: Target
  registry: Registry
  wanted: Wanted
}

export function startPlan(observed: Observed, desired: Desired): PlanContext {
  return { observed, desired, share: createSharing(), boots: readBoots(observed) }
}

export function contextOf(pair: ObservedPair, shared: PlanContext): Context {
  const { target, registry, role } = pair
  return { ...shared, pair, target, registry, wanted: { role, repositories: shared.desired.repositories } }
}

/** Returns the operation with that key; the first pair that needs it makes it. */
type Share = <T extends Operation>(key: string, make: () => T) => T

/** An operation can serve several pairs, such as a group's role assignment. */
function createSharing(): Share {
  const made = new Map<string, Operation>()
  return <T extends Operation>(key: string, make: () => T) => {
    const operation = (made.get(key) as T | undefined) ?? make()
    made.set(key, operation)
    return operation
  }
}
