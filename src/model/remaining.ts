import { listGrants } from './access.js'
import type { Access, Operation, PlannedPair } from './plan.js'
import { normalizeId, sameId } from './resource-id.js'
import type { Roles } from './role-assignment.js'

/**
 * What still lets a pair's target pull once its `detach` is done.
 * @param group the group that the target leaves; empty for none
 * @param idle operations that turned out to change nothing: who leaves a group without being a direct member stays in it through another one
 */
export function findRemaining(
  pair: PlannedPair,
  roles: Roles,
  group: string,
  idle: ReadonlySet<Operation> = new Set(),
): Access[] {
  const gone = new Set(
    pair.operations.flatMap(operation =>
      operation.operation === 'delete-role-assignment' ? normalizeId(operation.assignment.id) : [],
    ),
  )
  const leaves = pair.operations.some(each => each.operation === 'remove-group-member' && !idle.has(each))
  const staying = pair.assignments.filter(
    ({ id, principalId }) => !gone.has(normalizeId(id)) && !(leaves && sameId(principalId, group)),
  )
  return listGrants(pair.target, pair.registry, staying, { roles, role: pair.role })
}
