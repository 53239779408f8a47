import {
  az,
  inSubscriptionOf,
  isAssignmentOf,
  listMembersCommand,
  listRoleAssignmentChangesCommand,
  normalizeId,
  reachTogether,
  sameId,
  showAssignmentCommand,
  type RoleAssignment,
} from 'azure'
import { checkMemberGroups, getRoleAssignment, listTransitiveMembers, type AzureContext } from 'azure-clients'
import { ActionError, attempt, fix } from 'kernel'
import { isDirect, isGrant, type Inputs, type Outcome, type PlannedPair } from 'run-model'

/** The inputs that decide what to wait for. */
export type AccessInputs = Pick<Inputs, 'mode' | 'repositories' | 'group' | 'onTimeout'>

/** A grant that Azure does not report in time. */
interface Late {
  pair: PlannedPair
  inputs: AccessInputs
  /** Resource ID of the assignment that was written for the pair; undefined if only a membership was. */
  writtenId: string | undefined
  /** Whether the pair waits for its group: for the group's role, or for the membership. */
  isThroughGroup: boolean
}

/**
 * Why a grant is not reported: Azure's list is late, or somebody may have deleted the assignment, or removed the member, meanwhile. Azure's own answer
 * to that may be late, too.
 */
export async function explainLate(
  azure: AzureContext,
  pair: PlannedPair,
  outcomes: readonly Outcome[],
  inputs: AccessInputs,
): Promise<ActionError> {
  const writtenId = outcomes.find(({ roleAssignmentId }) => roleAssignmentId)?.roleAssignmentId
  const isThroughGroup = inputs.group !== '' && !pair.operations.some(isDirect)
  const late = { pair, inputs, writtenId, isThroughGroup }
  // A direct assignment follows the wait for the group, whatever the reason.
  const isFollowed = isThroughGroup && inputs.onTimeout === 'assign-directly'
  if (inputs.mode === 'detach' || isFollowed) return notReported(late)
  const [isAssigned, isMember] = await Promise.all([
    findAssignment(azure, late),
    isThroughGroup ? findMember(azure, late) : true,
  ])
  if (isAssigned === false) return explainDeleted(late)
  if (isMember === false) return explainRemoved(late)
  const isThere = isAssigned !== undefined && isMember
  if (typeof isAssigned === 'object' && !isWide(isAssigned, late)) return explainNarrowed(late, isAssigned)
  return notReported(late, isThere)
}

/** Whether an assignment allows what the pair needs. */
function isWide(assignment: RoleAssignment, { pair: { role, registry }, inputs: { repositories } }: Late): boolean {
  return reachTogether([assignment], { role, repositories }, registry).isEnough
}

/** The assignment that was written, or whether the group's from before still let its members pull; false if it is gone, undefined if that could not be read. */
async function findAssignment(
  azure: AzureContext,
  { pair: { registry, role, groupAssignments }, inputs: { repositories }, writtenId, isThroughGroup }: Late,
): Promise<RoleAssignment | boolean | undefined> {
  const look = (id: string) => attempt(getRoleAssignment(azure, registry.id, id))
  if (writtenId !== undefined) {
    const { value, error } = await look(writtenId)
    return error?.kind === 'missing' ? false : value
  }
  const held = isThroughGroup ? groupAssignments.filter(({ roleId }) => roleId === role.id) : []
  if (held.length === 0) return undefined
  const looks = await Promise.all(held.map(each => look(each.id)))
  if (looks.some(({ error }) => error && error.kind !== 'missing')) return undefined
  const left = held.filter((_, index) => !looks[index]?.error)
  return reachTogether(left, { role, repositories }, registry).isEnough
}

/** Whether Microsoft Graph shows the pull identity in the group; undefined if it does not answer. A caller who can't read the identity reads the group's members. */
async function findMember(azure: AzureContext, { pair, inputs: { group } }: Late): Promise<boolean | undefined> {
  const { objectId } = pair.target.identity
  const groups = await attempt(checkMemberGroups(azure, { type: 'servicePrincipals', objectId }, [group]))
  if (!groups.error) return groups.value.has(normalizeId(group))
  const members = await attempt(listTransitiveMembers(azure, group))
  return members.value?.some(id => sameId(id, objectId))
}

function explainDeleted(late: Late): ActionError {
  const { target, registry, role } = late.pair
  const holder = late.isThroughGroup ? `group ${late.inputs.group}` : target.name
  const [was, what, outcome] =
    late.writtenId === undefined
      ? ['was held by', 'Azure no longer finds', 'something else has deleted it']
      : ['was assigned to', 'Azure does not find', "it isn't there yet, or something deleted it again"]
  const message = `${role.name} on ${registry.name} ${was} ${holder}, but ${what} the role assignment itself either: ${outcome}.`
  const advice =
    'Run the step again: if the role assignment was deleted, it is assigned again. If that recurs, find out what deletes it, such as another workflow or an infrastructure tool. ' +
    'What Azure reports now, and who changed role assignments there in the last seven days:'
  return timedOut(late, message, advice, listRoleAssignmentChangesCommand(registry.id))
}

function explainNarrowed(late: Late, { condition = '' }: RoleAssignment): ActionError {
  const { target, registry, role } = late.pair
  const holder = late.isThroughGroup ? `group ${late.inputs.group}` : target.name
  const message = `${role.name} on ${registry.name} was written for ${holder}, but its condition is now another one: ${condition}`
  const advice =
    'Azure does not show the change yet, or another job has overwritten it. Run the step again: it adds what is missing. If that recurs, let only one job at a time change this role assignment. What Azure reports now:'
  return timedOut(late, message, advice)
}

function explainRemoved(late: Late): ActionError {
  const { group } = late.inputs
  const message = `${late.pair.target.name} was made a member of group ${group}, but Microsoft Graph does not show it there: it isn't there yet, or something removed it again.`
  const advice =
    'Run the step again: if the member was removed, it is added again. If that recurs, find out what removes it, such as another workflow, an infrastructure tool or an access review. ' +
    'What Azure reports now, and the direct members of the group:'
  return timedOut(late, message, advice, listMembersCommand(group))
}

/** @param isThere whether what was written was seen there; undefined if it could not be read */
function notReported(late: Late, isThere?: boolean): ActionError {
  const { pair, inputs, isThroughGroup } = late
  const { target, registry, role } = pair
  const messages = {
    detach: `${target.name} was detached from ${registry.name}, but Azure Resource Manager still reports its role.`,
    group: `Group ${inputs.group} has ${role.name} on ${registry.name}, but Azure does not report ${target.name} as a member yet.`,
    direct: `${role.name} on ${registry.name} was assigned to ${target.name}, but Azure Resource Manager does not report it yet.`,
  }
  const kind = inputs.mode === 'detach' ? 'detach' : isThroughGroup ? 'group' : 'direct'
  const state = kind === 'detach' || isThere ? 'The change was written and is not lost' : 'The change was written'
  const advice = [
    `${state}; Azure documents up to 10 minutes. Run the step again, or set a longer timeout.`,
    ...(kind === 'group'
      ? ['With on-timeout: assign-directly, the role is assigned directly to the pull identity at the end of the wait.']
      : []),
    'To see what Azure reports now:',
  ]
  return timedOut(late, messages[kind], advice.join('\n'))
}

/** An error whose advice begins with commands that show what Azure reports now. */
function timedOut({ pair, writtenId }: Late, message: string, advice: string, ...more: string[]): ActionError {
  const { target, registry } = pair
  const listed = az`role assignment list --assignee ${target.identity.objectId} --scope ${registry.id} --include-inherited --include-groups ${inSubscriptionOf(registry.id)}`
  const commands = [listed, ...(writtenId ? [showAssignmentCommand(writtenId)] : []), ...more]
  return new ActionError('PROPAGATION_TIMEOUT', message, { subject: registry.name, fix: fix(advice, ...commands) })
}

/**
 * When no other job can still overwrite a condition unnoticed: a job that read the assignment before this update has sent its own by then, and
 * Azure takes about as long for it. Updates in Azure have no precondition that would prevent it.
 */
export function settledAt({ operation, finishedAt, tookMs = 0, conditions = [] }: Outcome): number {
  const isUpdate = isGrant(operation) && (conditions.length > 0 || (operation.condition && operation.replaces))
  return isUpdate ? finishedAt + tookMs + 1000 : finishedAt
}

/** The written assignment, if something else has changed its condition since; Azure may still report a previous one. */
export function findOvertaking(
  { operations }: PlannedPair,
  outcomes: readonly Outcome[],
  held: readonly RoleAssignment[],
): RoleAssignment | undefined {
  const written = operations.filter(isGrant)
  const planned = written.flatMap(({ condition, replaces }) => [condition || undefined, replaces?.condition])
  const mine = new Set([...planned, ...outcomes.flatMap(({ conditions = [] }) => conditions)])
  const keys = written.map(({ scope, principalId, role }) => ({ scope, principalId, roleId: role.id }))
  return held.find(
    assignment =>
      assignment.condition !== undefined &&
      !mine.has(assignment.condition) &&
      keys.some(key => isAssignmentOf(assignment, key)),
  )
}

/** The error of an assignment whose condition something else keeps changing. */
export function overtaken(pair: PlannedPair, { id, condition = '' }: RoleAssignment): ActionError {
  const { target, registry, role } = pair
  const message = `${role.name} on ${registry.name} for ${target.name} was written, but something else keeps changing its condition: ${condition}`
  const text = 'Let only one step at a time change this role assignment. To see its current state:'
  const advice = fix(text, showAssignmentCommand(id))
  return new ActionError('PROPAGATION_TIMEOUT', message, { subject: registry.name, fix: advice })
}
