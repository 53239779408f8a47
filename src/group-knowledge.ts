import { sameId } from './azure/resource-id.js'
import type { ObservedPair } from './state.js'

/**
 * Whether Azure Resource Manager counts a pair's pull identity as a member of a group, itself or through nested ones: it lists what a member
 * holds through it. Undefined when the pair's role assignments tell nothing.
 */
export function isCounted(
  {
    assignments,
    groupsKnown,
    groupAssignments,
  }: Pick<ObservedPair, 'assignments' | 'groupsKnown' | 'groupAssignments'>,
  groupId: string,
): boolean | undefined {
  if (assignments.some(({ principalId }) => sameId(principalId, groupId))) return true
  return groupsKnown && groupAssignments.length > 0 ? false : undefined
}
