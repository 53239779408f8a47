import {
  az,
  coverTogether,
  inSubscriptionOf,
  isAssignmentOf,
  listMembersCommand,
  listRoleAssignmentChangesCommand,
  normalizeId,
  placeOf,
  sameId,
  showAssignmentCommand,
  type RoleAssignment,
} from 'azure'
import { checkMemberGroups, getRoleAssignment, listTransitiveMembers, type AzureContext } from 'azure-clients'
import { ActionError, attempt, fix } from 'kernel'
import { isDirect, isGrant, type Inputs, type Outcome, type PlannedPair } from 'run-model'

/** The inputs that decide what to wait for. */
export type AccessInputs = Pick<Inputs, 'mode' | 'repositories' | 'group' | 'onTimeout'>

/** Whether something is still there; undefined if that could not be read. */
type Presence = boolean | undefined

/**
 * Why a grant is not reported: Azure's list is late, or somebody may have deleted the assignment, or removed the member, meanwhile. Azure's own answer
 * to that may be late, too.
 * @param writtenId resource ID of the assignment that was written for the pair; undefined if only a membership was
 */
export async function explainLate(
  azure: AzureContext,
  pair: PlannedPair,
  writtenId: string | undefined,
  inputs: AccessInputs,
): Promise<ActionError> {
  // A direct assignment follows the wait for the group, whatever the reason.
  const isFollowed = isThroughGroup(pair, inputs) && inputs.onTimeout === 'assign-directly'
  if (inputs.mode === 'detach' || isFollowed) return notReported(pair, writtenId, inputs)
  const [isAssigned, isMember] = await Promise.all([
    findAssignment(azure, pair, writtenId, inputs),
    isThroughGroup(pair, inputs) ? findMember(azure, pair, inputs) : true,
  ])
  if (isAssigned === false) return explainDeleted(pair, writtenId, inputs)
  if (isMember === false) return explainRemoved(pair, writtenId, inputs)
  return notReported(pair, writtenId, inputs, { isThere: isAssigned && isMember })
}

/** Whether the pair waits for its group: for the group's role, or for the membership. */
function isThroughGroup({ operations }: PlannedPair, { group }: AccessInputs): boolean {
  return group !== '' && !operations.some(isDirect)
}

/** Whether the assignment that was written exists, or else the group's assignments from before that let its members pull. */
async function findAssignment(
  azure: AzureContext,
  pair: PlannedPair,
  writtenId: string | undefined,
  inputs: AccessInputs,
): Promise<Presence> {
  const { registry, role, groupAssignments } = pair
  const look = (id: string) => attempt(getRoleAssignment(azure, placeOf(registry), id))
  if (writtenId !== undefined) {
    const { error } = await look(writtenId)
    return error ? (error.kind === 'missing' ? false : undefined) : true
  }
  const held = isThroughGroup(pair, inputs) ? groupAssignments.filter(({ roleId }) => roleId === role.id) : []
  if (held.length === 0) return undefined
  const looks = await Promise.all(held.map(each => look(each.id)))
  if (looks.some(({ error }) => error && error.kind !== 'missing')) return undefined
  const left = held.filter((_, index) => !looks[index]?.error)
  return coverTogether(left, { role, repositories: inputs.repositories }, registry)
}

/** Whether Microsoft Graph shows the pull identity in the group. A caller who can't read the identity reads the group's members instead. */
async function findMember(azure: AzureContext, { target }: PlannedPair, { group }: AccessInputs): Promise<Presence> {
  const { objectId } = target.identity
  const groups = await attempt(checkMemberGroups(azure, { type: 'servicePrincipals', objectId }, [group]))
  if (!groups.error) return groups.value.has(normalizeId(group))
  const members = await attempt(listTransitiveMembers(azure, group))
  return members.value?.some(id => sameId(id, objectId))
}

function explainDeleted(pair: PlannedPair, writtenId: string | undefined, inputs: AccessInputs): ActionError {
  const { target, registry, role } = pair
  const holder = isThroughGroup(pair, inputs) ? `group ${inputs.group}` : target.name
  const [was, what, outcome] =
    writtenId === undefined
      ? ['was held by', 'Azure no longer finds', 'something else has deleted it']
      : ['was assigned to', 'Azure does not find', 'it is late, or something else has deleted it']
  return new ActionError(
    'PROPAGATION_TIMEOUT',
    `${role.name} on ${registry.name} ${was} ${holder}, but ${what} the role assignment itself either: ${outcome}.`,
    {
      subject: registry.name,
      fix: fix(
        'Run the step again: if the role assignment was deleted, it is assigned again. If that recurs, find out what deletes it, such as another workflow or an infrastructure tool. ' +
          'What Azure reports now, and who changed role assignments there in the last seven days:',
        ...showNow(pair, writtenId),
        listRoleAssignmentChangesCommand(registry.id),
      ),
    },
  )
}

function explainRemoved(pair: PlannedPair, writtenId: string | undefined, { group }: AccessInputs): ActionError {
  const { target, registry } = pair
  return new ActionError(
    'PROPAGATION_TIMEOUT',
    `${target.name} was made a member of group ${group}, but Microsoft Graph does not show it there: it is late, or something else has removed it.`,
    {
      subject: registry.name,
      fix: fix(
        'Run the step again: if the member was removed, it is added again. If that recurs, find out what removes it, such as another workflow, an infrastructure tool or an access review. ' +
          'What Azure reports now, and the direct members of the group:',
        ...showNow(pair, writtenId),
        listMembersCommand(group),
      ),
    },
  )
}

/** @param options.isThere whether what was written was seen there; undefined if it could not be read */
function notReported(
  pair: PlannedPair,
  writtenId: string | undefined,
  inputs: AccessInputs,
  { isThere }: { isThere?: boolean | undefined } = {},
): ActionError {
  const { target, registry, role } = pair
  const messages = {
    detach: `${target.name} was detached from ${registry.name}, but Azure Resource Manager still reports its role.`,
    group: `Group ${inputs.group} has ${role.name} on ${registry.name}, but Azure does not report ${target.name} as a member yet.`,
    direct: `${role.name} on ${registry.name} was assigned to ${target.name}, but Azure Resource Manager does not report it yet.`,
  }
  const kind = inputs.mode === 'detach' ? 'detach' : isThroughGroup(pair, inputs) ? 'group' : 'direct'
  const state = kind === 'detach' || isThere ? 'The change was written and is not lost' : 'The change was written'
  const advice = [
    `${state}; Azure documents up to 10 minutes. Run the step again, or set a longer timeout.`,
    ...(kind === 'group'
      ? ['With on-timeout: assign-directly, the role is assigned directly to the pull identity at the end of the wait.']
      : []),
    'To see what Azure reports now:',
  ]
  return new ActionError('PROPAGATION_TIMEOUT', messages[kind], {
    subject: registry.name,
    fix: fix(advice.join('\n'), ...showNow(pair, writtenId)),
  })
}

/** Commands that show what Azure reports now. */
function showNow({ target, registry }: PlannedPair, writtenId: string | undefined): string[] {
  return [
    az`role assignment list --assignee ${target.identity.objectId} --scope ${registry.id} --include-inherited --include-groups ${inSubscriptionOf(registry.id)}`,
    ...(writtenId ? [showAssignmentCommand(writtenId)] : []),
  ]
}

/**
 * When no other job can still overwrite a condition unnoticed: a job that read the assignment before this update has sent its own by then, and
 * Azure takes about as long for it. Updates in Azure have no precondition that would prevent it.
 */
export function settledAt({ operation, finishedAt, tookMs = 0 }: Outcome): number {
  const isUpdate = isGrant(operation) && operation.condition && operation.replaces
  return isUpdate ? finishedAt + tookMs + 1000 : finishedAt
}

/** The written assignment, if something else has changed its condition since; Azure may still report the previous one. */
export function findOvertaking(
  { operations }: PlannedPair,
  held: readonly RoleAssignment[],
): RoleAssignment | undefined {
  const written = operations.filter(isGrant)
  const mine = new Set(written.flatMap(({ condition, replaces }) => [condition || undefined, replaces?.condition]))
  const keys = written.map(({ scope, principalId, role }) => ({ scope, principalId, roleId: role.id }))
  return held.find(
    assignment =>
      assignment.condition !== undefined &&
      !mine.has(assignment.condition) &&
      keys.some(key => isAssignmentOf(assignment, key)),
  )
}

/** The error of an assignment whose condition something else keeps changing. */
export function overtaken(
  { target, registry, role }: PlannedPair,
  { id, condition = '' }: RoleAssignment,
): ActionError {
  return new ActionError(
    'PROPAGATION_TIMEOUT',
    `${role.name} on ${registry.name} for ${target.name} was written, but something else keeps changing its condition: ${condition}`,
    {
      subject: registry.name,
      fix: fix(
        'Let only one step at a time change this role assignment. To see its current state:',
        showAssignmentCommand(id),
      ),
    },
  )
}
