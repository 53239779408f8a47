import { describeRepositories } from 'repository-conditions'
import { holdOf, lastSegment, reachOf, showAssignmentCommand } from 'azure'
import type { RoleAssignment } from 'azure'
import { fix, type Finding, type Fix, warning } from 'kernel'
import { findRemaining } from 'run-model'
import type { Observed, PlannedPair } from 'run-model'
import { type Desired } from './context.js'

/** Finds everything that still lets targets pull after a `detach`. */
export function findResiduals(
  observed: Observed,
  pairs: readonly PlannedPair[],
  { mode, repositories }: Pick<Desired, 'mode' | 'repositories'>,
): Finding[] {
  if (mode !== 'detach') return []
  return pairs.flatMap(pair => {
    if (pair.error) return []
    const { target, registry } = pair
    return findRemaining(pair, observed.roles, repositories).map(({ assignment, role }) => {
      const { patterns, isWhole } = reachOf(assignment, registry)
      const limit = assignment.condition ? `, limited to ${describeRepositories(isWhole ? patterns : [])},` : ''
      const message = `${target.name} can still pull from ${registry.name}: ${describeHold(assignment, role, pair)}${limit} at ${assignment.scope}.`
      return warning(
        'RESIDUAL_ACCESS',
        target.id,
        message,
        adviseOnResidual(assignment, holdOf(assignment, pair) === 'group'),
      )
    })
  })
}

function describeHold(assignment: RoleAssignment, role: string, pair: PlannedPair): string {
  return holdOf(assignment, pair) !== 'group'
    ? `${pair.target.identity.name} holds ${role}`
    : `the group ${lastSegment(assignment.principalId)} holds ${role}`
}

/** What the access is also for can't be seen from here, so it is only shown. */
function adviseOnResidual({ id }: RoleAssignment, isOfGroup: boolean): Fix {
  const text = isOfGroup
    ? 'To end it, take the identity out of the group, if no other cluster with this identity needs that: detach only deletes pull roles assigned directly to it at the registry. The assignment:'
    : 'Delete it if no other cluster with this identity and no other registry below its scope needs it: detach only deletes pull roles assigned directly to it at the registry. The assignment:'
  return fix(text, showAssignmentCommand(id))
}
