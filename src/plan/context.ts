import { readBoots, type Boots } from '../model/boots.js'
import type { Observed, ObservedPair } from '../model/observed.js'
import type { Operation } from '../model/plan.js'
import type { Registry } from '../model/registry.js'
import type { Wanted } from '../model/role-assignment.js'
import type { Target } from '../model/target.js'
import type { Wish } from '../model/wanted.js'

/** The data that all pairs are planned with. */
export interface Making {
  observed: Observed
  wish: Wish
  share: Share
  boots: Boots
}

/** The data that one pair is planned with. */
export interface Context extends Making {
  pair: ObservedPair
  target: Target
  registry: Registry
  wanted: Wanted
}

/** Begins a plan: no operation is shared yet. */
export function startMaking(observed: Observed, wish: Wish): Making {
  return { observed, wish, share: createSharing(), boots: readBoots(observed) }
}

/** The context of one pair of the plan. */
export function contextOf(pair: ObservedPair, making: Making): Context {
  const { target, registry, role } = pair
  const { wish } = making
  return { ...making, pair, target, registry, wanted: { role, repositories: wish.repositories } }
}

/** The operation with that key, which the first pair that needs it creates. */
type Share = <T extends Operation>(key: string, make: () => T) => T

/** Operations that serve several pairs, such as a group's one role assignment, are made once. */
function createSharing(): Share {
  const made = new Map<string, Operation>()
  return <T extends Operation>(key: string, make: () => T) => {
    const operation = (made.get(key) as T | undefined) ?? make()
    made.set(key, operation)
    return operation
  }
}
