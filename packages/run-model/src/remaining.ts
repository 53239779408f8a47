import { mayOverlap } from 'repository-conditions'
import { listGrants, normalizeId, reachOf, sameId, type Access, type Roles } from 'azure'
import type { Inputs } from './inputs.js'
import type { createOutcomeOf } from './progress.js'
import { isGrant, type Operation, type PlannedPair } from './plan.js'
import type { Run } from './run.js'

/** The access that `detach` should have removed, and that a pair's target still has. */
export function findRemaining(
  pair: PlannedPair,
  roles: Roles,
  { group, repositories }: Pick<Inputs, 'group' | 'repositories'>,
  { outcomeOf, lapses }: Pick<Run, 'lapses'> & { outcomeOf: ReturnType<typeof createOutcomeOf> },
): Access[] {
  const gone = new Set(
    pair.operations.flatMap(operation => {
      if (operation.operation === 'delete-role-assignment') return normalizeId(operation.assignment.id)
      // An update removes everything that it should.
      return isGrant(operation) && operation.replaces ? normalizeId(operation.replaces.id) : []
    }),
  )
  // An identity that isn't a direct member of the group stays in it through another group.
  const hasChangedNothing = (operation: Operation): boolean => {
    const outcome = outcomeOf(operation)
    return outcome !== undefined && !outcome.changed && !outcome.error
  }
  const leaves = pair.operations.some(each => each.operation === 'remove-group-member' && !hasChangedNothing(each))
  const staying = pair.assignments.filter(
    assignment =>
      !gone.has(normalizeId(assignment.id)) &&
      !(leaves && sameId(assignment.principalId, group)) &&
      lapses.get(assignment) !== 'gone',
  )
  const isNamed = (pattern: string): boolean =>
    repositories.length === 0 || repositories.some(named => mayOverlap(pattern, named))
  return listGrants(pair.target, pair.registry, staying, { roles, role: pair.role }).filter(({ assignment }) => {
    const { patterns, isWhole } = reachOf(assignment, pair.registry)
    return !isWhole || patterns.some(isNamed)
  })
}
