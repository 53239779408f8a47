import { mayOverlap } from 'repository-conditions'
import { listGrants, normalizeId, reachOf, type Access, type Roles } from 'azure'
import type { Inputs } from './inputs.js'
import type { PlannedPair } from './plan.js'

/** The access that `detach` should have removed, and that a pair's target still has. */
export function findRemaining(
  { target, registry, role, assignments, operations }: PlannedPair,
  roles: Roles,
  repositories: Inputs['repositories'],
): Access[] {
  const deleted = operations.flatMap(each => (each.operation === 'delete-role-assignment' ? each.assignment.id : []))
  const gone = new Set(deleted.map(normalizeId))
  const staying = assignments.filter(({ id }) => !gone.has(normalizeId(id)))
  const isNamed = (pattern: string): boolean =>
    repositories.length === 0 || repositories.some(named => mayOverlap(pattern, named))
  return listGrants(target, registry, staying, { roles, role }).filter(({ assignment }) => {
    const { patterns, isWhole } = reachOf(assignment, registry)
    return !isWhole || patterns.some(isNamed)
  })
}
