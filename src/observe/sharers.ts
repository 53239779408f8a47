import { listExcess, normalizeId, sameId, type Target } from 'azure'
import type { AzureContext } from 'azure-clients'
import type { Search } from 'kernel'
import type { ClusterName, Inputs, Observed, ObservedPair } from 'run-model'
import { createPullers } from './pullers.js'

/**
 * Selects the targets with an identity that AKS made and an own assignment that allows more than the input `repositories`. What limits that assignment
 * takes access from every cluster that pulls with the identity, and nothing keeps people from giving it to a second one.
 */
export function selectUnlimited(
  pairs: readonly ObservedPair[],
  roles: Observed['roles'],
  { mode, repositories }: Pick<Inputs, 'mode' | 'repositories'>,
): Target[] {
  if (mode === 'detach') return []
  const unlimited = pairs.filter(
    ({ target, registry, role, assignments }) =>
      target.ownsIdentity === true &&
      assignments.some(
        each =>
          sameId(each.principalId, target.identity.objectId) &&
          sameId(each.scope, registry.id) &&
          listExcess(each, { role, repositories }, registry, roles.get(each.roleId)).length > 0,
      ),
  )
  return [...new Set(unlimited.map(({ target }) => target))]
}

/**
 * Finds all clusters that can be seen and pull with the identity of one of some targets, by its normalized object ID.
 * @param targets all targets of the run
 */
export async function findSharers(
  azure: AzureContext,
  targets: readonly Target[],
  some: readonly Target[],
): Promise<ReadonlyMap<string, Search<ClusterName>>> {
  const find = createPullers(
    azure,
    targets,
    some.map(({ identity }) => identity.objectId),
  )
  const found = some.map(
    async ({ id, identity }) => [normalizeId(identity.objectId), await find(identity.objectId, id)] as const,
  )
  return new Map(await Promise.all(found))
}
