import { sameId } from './azure/resource-id.js'
import type { ObservedPair } from './state.js'

/**
 * What a pair's role assignments tell of whether its pull identity is in a group, itself or through nested ones: Azure Resource Manager counts
 * what a member holds through it. Undefined when they tell nothing.
 */
export function isMemberByAssignments(pair: ObservedPair, groupId: string): boolean | undefined {
  if (pair.assignments.some(({ principalId }) => sameId(principalId, groupId))) return true
  return pair.groupsKnown && pair.groupAssignments.length > 0 ? false : undefined
}
