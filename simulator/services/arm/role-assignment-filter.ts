import { sameId } from '../../model/ids.js'
import type { RoleAssignment } from '../../world/role-assignments.js'
import type { World } from '../../world/world.js'
import { armErrors } from './errors.js'

/**
 * The filters of the role assignment list (azure-docs `role-based-access-control/role-assignments-list-rest.md`): without one, and with
 * `principalId eq`, the list holds what is at, above and below the scope; `atScope()` leaves out what is below; `assignedTo()` adds
 * what reaches a user or service principal through groups, nested ones too. `atScope()` can be joined with `assignedTo()` only.
 */
export function parseAssignmentFilter(
  world: World,
  scope: string,
  filter = '',
): (assignment: RoleAssignment) => boolean {
  const above = new Set(world.ancestors(scope))
  const isAtOrAbove = (assignment: RoleAssignment): boolean => above.has(assignment.scope.toLowerCase())
  const isBelow = (assignment: RoleAssignment): boolean =>
    world.ancestors(assignment.scope).includes(scope.toLowerCase())
  const inReach = (assignment: RoleAssignment): boolean => isAtOrAbove(assignment) || isBelow(assignment)

  const text = filter.trim()
  if (text === '') return inReach
  if (/^atScope\(\)$/i.test(text)) return isAtOrAbove
  const principalId = /^principalId\s+eq\s+'([0-9a-f-]{36})'$/i.exec(text)?.[1]
  if (principalId !== undefined) return assignment => sameId(assignment.principalId, principalId) && inReach(assignment)
  const [, atScope, assignee] = /^(atScope\(\)\s+and\s+)?assignedTo\('([0-9a-f-]{36})'\)$/i.exec(text) ?? []
  if (assignee === undefined) throw armErrors.invalidFilter(filter)
  const holders = new Set(
    [assignee, ...world.directory.groupsOf(assignee, world.timing.groupListingMs)].map(id => id.toLowerCase()),
  )
  const isPlaced = atScope === undefined ? inReach : isAtOrAbove
  // Not for groups: assignedTo() asks for users and service principals.
  if (world.directory.find(assignee)?.type === 'Group') return () => false
  return assignment => holders.has(assignment.principalId.toLowerCase()) && isPlaced(assignment)
}
