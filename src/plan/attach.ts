import { normalizeId, type Access, type RoleAssignment } from 'azure'
import type { Operation } from 'run-model'
import { assign } from './assign.js'
import { explainLimit, findUndecided, type Reason } from './conditions.js'
import type { PairContext } from './context.js'
import { planGroup } from './group.js'
import { planForMove } from './move.js'

/**
 * Plans what lets the pair pull and, with `role: both`, what lets it pull after the registry's move to the other mode.
 * @param held the assignments that let the pair pull, from all repositories or some
 */
export function planAttach(context: PairContext, access: Access | null, held: readonly RoleAssignment[]): Operation[] {
  return [...planAccess(context, access, held), ...planForMove(context)]
}

function planAccess(context: PairContext, access: Access | null, held: readonly RoleAssignment[]): Operation[] {
  const { registry, desired, share } = context
  const creation = registry.exists ? [] : [share(`create ${registry.id}`, () => planRegistry(context))]
  if (desired.group) return [...creation, ...planGroup(context)]
  if (access && access.grantedBy !== 'broader-role') return []
  if (findUndecided(context, access)) return creation
  const why = access
    ? {
        reason: `pulls only through ${access.role}, which allows more than pulling; removing that role must not break it`,
      }
    : explainLimit(context, 'its role', held, 'no pull role at the registry or above it')
  return [...creation, planDirect(context, why)]
}

export function planDirect(context: PairContext, reason: Reason): Operation {
  const { pair, target, registry, share } = context
  const principalId = target.identity.objectId
  const principal = { principalId, principalType: 'ServicePrincipal' as const }
  // Clusters can share their kubelet identity.
  return share(`assign ${normalizeId(registry.id)} ${normalizeId(principalId)}`, () =>
    assign(context, principal, pair.assignments, reason),
  )
}

function planRegistry({ registry, desired }: PairContext): Operation {
  const location = desired.createRegistry?.location ?? ''
  return { operation: 'create-registry', registry, sku: registry.sku, location, reason: 'the registry does not exist' }
}
