import { coversRepositories, describeRepositories } from 'repository-conditions'
import {
  deleteRoleAssignmentCommand,
  groupMemberCommand,
  holdOf,
  lastSegment,
  normalizeId,
  reachOf,
  showAssignmentCommand,
} from 'azure'
import type { RoleAssignment, Target } from 'azure'
import { fix, type Finding, type Fix, warning } from 'kernel'
import { findRemaining, createOutcomeOf } from 'run-model'
import type { Observed, PlannedPair, Run } from 'run-model'
import { explainBoots, indexPullers, type Pullers } from '../boots.js'
import { describeOutside, type Desired } from './context.js'
import { listPullersCommand } from './limits.js'

/** Finds everything that still lets targets pull after a `detach`. */
export function findResiduals(
  observed: Observed,
  pairs: readonly PlannedPair[],
  ended: Pick<Run, 'outcomes' | 'lapses'>,
  { mode, ...detached }: Pick<Desired, 'mode' | 'group' | 'repositories'>,
): Finding[] {
  if (mode !== 'detach') return []
  const advising = { observed, pullers: indexPullers(observed), repositories: detached.repositories }
  const outcomeOf = createOutcomeOf(ended.outcomes)
  const { lapses } = ended
  return pairs.flatMap(pair => {
    if (pair.error) return []
    const { target, registry } = pair
    return findRemaining(pair, observed.roles, detached, { outcomeOf, lapses }).map(({ assignment, role }) => {
      const { patterns, isWhole } = reachOf(assignment, registry)
      const limit = assignment.condition ? `, limited to ${describeRepositories(isWhole ? patterns : [])},` : ''
      const left = `, unless it was in that group only through ${detached.group}, which it has left (Microsoft Graph could not be read)`
      const unless = lapses.get(assignment) === 'unknown' ? left : ''
      const message = `${target.name} can still pull from ${registry.name}: ${describeHold(assignment, role, pair)}${limit} at ${assignment.scope}${unless}.`
      return warning('RESIDUAL_ACCESS', target.id, message, adviseOn(assignment, pair, advising))
    })
  })
}

function describeHold(assignment: RoleAssignment, role: string, pair: PlannedPair): string {
  return holdOf(assignment, pair) !== 'group'
    ? `${pair.target.identity.name} holds ${role}`
    : `the group ${lastSegment(assignment.principalId)} holds ${role}`
}

interface Advising {
  observed: Observed
  pullers: Pullers
  /** The repositories that the inputs name; empty for all. */
  repositories: readonly string[]
}

/**
 * Advises how to remove the remaining access without removing that of others: the member leaves the group, and the group keeps its role. Neither takes
 * away single repositories.
 */
function adviseOn(assignment: RoleAssignment, pair: PlannedPair, { observed, pullers, repositories }: Advising): Fix {
  const { id, principalId, scope } = assignment
  const { target, registry } = pair
  const { patterns, isWhole } = reachOf(assignment, registry)
  if (repositories.length > 0 && !(isWhole && coversRepositories(repositories, patterns))) {
    return fix(
      `It may also cover other repositories than ${describeRepositories(repositories)}. Deleting it, or leaving its group, would remove access to those, too. ` +
        'Limit it by hand, or grant the others by another role assignment first. The assignment:',
      showAssignmentCommand(id),
    )
  }
  const hold = holdOf(assignment, pair)
  if (hold === 'group') {
    const start = 'detach only deletes pull roles assigned directly to the pull identity at the registry. '
    // Groups can be nested, so the role that a cluster boots with may come through either.
    const booting = pullers.boots(target.identity.objectId).find(boot => pullers.groupsOf(boot)?.value?.size !== 0)
    if (booting) {
      const { name, bootstrapRegistryId } = booting
      return fix(
        `${start}Do not remove the identity from the group: ${name} boots its nodes from ${lastSegment(bootstrapRegistryId)} with it, and pulls there through a group.`,
      )
    }
    const ofOthers = spareOthers(start, target, pullers)
    if (ofOthers) return ofOthers
    return fix(
      `${start}The group needs its role for its other members. Remove the identity from the group instead, which removes all access that it ` +
        'has through the group. If it is a member of a nested group, remove it from that group:',
      groupMemberCommand('remove', principalId, target.identity.objectId),
    )
  }
  const start = 'detach only deletes pull roles assigned at the registry itself. '
  const booting = pullers.through(assignment)
  if (booting.length > 0) return fix(`${start}Do not delete this one: ${explainBoots(booting)}.`)
  const ofOthers = spareOthers(start, target, pullers)
  if (ofOthers) return ofOthers
  const reach =
    hold === 'direct'
      ? 'This role may do more than pull, so something else may need it.'
      : `The assignment is inherited: deleting it removes access to ${describeReach(scope, observed)}, and everything else that the role allows below that scope.`
  return fix(`${start}${reach} To delete it anyway:`, deleteRoleAssignmentCommand(id))
}

/** Advises not to remove access that other clusters have with the same identity, or may have. */
function spareOthers(start: string, { id, identity }: Target, pullers: Pullers): Fix | undefined {
  const others = describeOutside(pullers, { identity })
  if (others) return fix(`${start}Do not remove it: ${others} with ${identity.name}, too, and would lose it.`)
  if (pullers.outside(identity.objectId).errors.length === 0) return undefined
  const text = `${start}Do not remove it before you know that no other cluster pulls with ${identity.name}: not all clusters could be checked.`
  if (!identity.resourceId) return fix(text)
  return fix(`${text} Those that you can see:`, listPullersCommand(id, identity.objectId))
}

function describeReach(scope: string, { sideEffects }: Observed): string {
  const below = (sideEffects?.registryIds ?? []).filter(id => normalizeId(id).startsWith(`${normalizeId(scope)}/`))
  if (below.length === 0) return `every registry below ${scope}`
  return below.length === 1 ? '1 registry' : `${below.length} registries`
}
