import { az, doubleQuoted, json, inSubscriptionOf, option, raw, shell, subscriptionOf } from './az.js'
import { parseResourceId } from './resource-id.js'
import type { RoleAssignment } from './role-assignment.js'

/** A role of a principal at a scope. */
interface Grant {
  /** If it is unknown, it is empty, and `name` is used. */
  objectId: string
  /** A client ID. */
  name?: string
  type: string
  role: string
  scope: string
  condition?: string
}

function assigneeOf({ objectId, name = '' }: Pick<Grant, 'objectId' | 'name'>) {
  return objectId ? option('--assignee-object-id', objectId) : raw(shell`--assignee ${doubleQuoted(name)}`)
}

export function createRoleAssignmentCommand({ type, role, scope, condition = '', ...principal }: Grant): string {
  const conditionOptions = condition && shell`--condition-version 2.0 --condition ${doubleQuoted(condition)}`
  return az`role assignment create ${assigneeOf(principal)} ${option('--assignee-principal-type', principal.objectId && type)}
    --role ${doubleQuoted(role)} --scope ${doubleQuoted(scope)} ${inSubscriptionOf(scope)}
    ${raw(conditionOptions)}`
}

/**
 * Deletes a principal's assignments of a role at exactly this scope, if there are any. It has to run before a create that changes the condition:
 * `az role assignment create` counts an existing assignment as success, whatever its condition.
 */
export function withdrawRoleCommand({ role, scope, ...principal }: Omit<Grant, 'type' | 'condition'>): string {
  return az`role assignment list ${assigneeOf(principal)} --role ${doubleQuoted(role)} --scope ${doubleQuoted(scope)} ${inSubscriptionOf(scope)}
    --query "[].id" --output tsv | xargs -r az role assignment delete ${inSubscriptionOf(scope)} --ids`
}

/** Lists the roles of a principal at and below a subscription. */
export function listAssignmentsOfCommand(objectId: string, subscriptionId: string): string {
  return az`role assignment list --all --assignee ${objectId} ${option('--subscription', subscriptionId)}
    --query "[].{role:roleDefinitionName, scope:scope}" --output table`
}

export function showAssignmentCommand(id: string): string {
  return az`rest --method get --url ${`${id}?api-version=2022-04-01`}`
}

/**
 * Replaces the condition of an assignment in one request, so that its holder never lacks the role: `az role assignment create` leaves an existing
 * condition as it is. A request with the same name, scope, principal and role is an update
 * (learn.microsoft.com/rest/api/authorization/role-assignments/create).
 */
export function limitAssignmentCommand(assignment: RoleAssignment, condition: string): string {
  const { id, principalId, principalType, scope, roleId } = assignment
  const roleDefinitionId = `/subscriptions/${subscriptionOf(scope)}/providers/Microsoft.Authorization/roleDefinitions/${roleId}`
  const properties = { roleDefinitionId, principalId, principalType, condition, conditionVersion: '2.0' }
  return az`rest --method put --url ${`${id}?api-version=2022-04-01`} --body ${json({ properties })}`
}

export function deleteRoleAssignmentCommand(id: string): string {
  return az`role assignment delete --ids ${id} ${inSubscriptionOf(id)}`
}

/** Lists who changed role assignments in a resource's group within the last seven days. */
export function listRoleAssignmentChangesCommand(resourceId: string): string {
  const { subscriptionId, resourceGroup = '' } = parseResourceId(resourceId) ?? {}
  const query =
    "[?contains(operationName.value, 'roleAssignments')].{time:eventTimestamp, who:caller, what:operationName.value, on:resourceId}"
  return az`monitor activity-log list ${option('--subscription', subscriptionId)} --resource-group ${resourceGroup} --offset 7d --query ${doubleQuoted(query)} --output table`
}
