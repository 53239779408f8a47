import type { Access, Operation } from '../model/plan.js'
import type { Registry } from '../model/registry.js'
import { normalizeId } from '../model/resource-id.js'
import type { RoleAssignment } from '../model/role-assignment.js'
import { canPull } from '../model/roles.js'
import type { Wish } from '../model/wanted.js'
import { assign } from './assign.js'
import type { Context } from './context.js'
import { planGroup } from './group.js'

export function planAttach(context: Context, access: Access | null): Operation[] {
  const { registry, wish, share } = context
  const creation: Operation[] = registry.exists
    ? []
    : [share(`create ${registry.id}`, () => createRegistry(registry, wish))]
  if (wish.group) return [...creation, ...planGroup(context)]
  if (access && access.grantedBy !== 'broader-role') return []
  const reason = access
    ? `pulls only through ${access.role}, which may do more; taking that away must not break it`
    : reasonFor(context.pair.assignments, context)
  return [...creation, planDirect(context, reason)]
}

export function planDirect(context: Context, reason: string): Operation {
  const { pair, target, registry, share } = context
  const principalId = target.identity.objectId
  const principal = { principalId, principalType: 'ServicePrincipal' as const }
  // Clusters may share their kubelet identity.
  return share(`assign ${normalizeId(registry.id)} ${normalizeId(principalId)}`, () =>
    assign(context, principal, pair.assignments, reason),
  )
}

function createRegistry(registry: Registry, { createRegistry: creation }: Wish): Operation {
  return {
    operation: 'create-registry',
    registry,
    sku: registry.sku,
    location: creation?.location ?? '',
    reason: 'the registry does not exist',
  }
}

function reasonFor(assignments: RoleAssignment[], { registry, wanted, observed }: Context): string {
  const pulling = assignments.filter(({ roleId }) => {
    const role = observed.roles.get(roleId)
    return role && canPull(role, registry.roleAssignmentMode)
  })
  if (pulling.length === 0) return 'no pull role at the registry or above it'
  return wanted.repositories.length > 0
    ? 'its roles do not include all of the repositories'
    : 'its role is limited by a condition, which is removed'
}
