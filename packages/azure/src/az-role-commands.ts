import { az, doubleQuoted, forEach, inSubscriptionOf, option, raw, shell, subscriptionOf, type Raw } from './az.js'
import { parseResourceId } from './resource-id.js'

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

/** The principal by its object ID, which needs its type, or by its name. */
function assigneeOf(id: Raw, { name = '', type }: Pick<Grant, 'name' | 'type'>): Raw {
  const byId = shell`--assignee-object-id ${id} ${option('--assignee-principal-type', type)}`
  return raw(id.raw ? byId : shell`--assignee ${doubleQuoted(name)}`)
}

/**
 * Assigns a role to a principal, or to each of several.
 * @param grant without a scope, the command ends where that must be added
 * @param subscriptionId by default that of the scope
 */
export function createRoleAssignmentCommand(
  grant: Omit<Grant, 'objectId' | 'scope'> & {
    objectId: Grant['objectId'] | readonly string[]
    scope?: Grant['scope'] | Raw
  },
  subscriptionId = typeof grant.scope === 'string' ? subscriptionOf(grant.scope) : '',
): string {
  const { role, scope, condition } = grant
  const limit = condition ? raw(shell`--condition-version 2.0 --condition ${doubleQuoted(condition)}`) : undefined
  const at =
    scope === undefined ? scope : raw(shell`--scope ${typeof scope === 'string' ? doubleQuoted(scope) : scope}`)
  return forEach(
    grant.objectId,
    id => az`role assignment create ${assigneeOf(id, grant)}
    --role ${doubleQuoted(role)} ${at} ${option('--subscription', subscriptionId)}
    ${limit} ${scope === undefined ? '--scope' : undefined}`,
  )
}

/** Lists the roles that a pull identity has at a registry, inherited ones and those of its groups too, with their conditions. */
export function listHeldRolesCommand(objectId: string, registryId: string): string {
  return az`role assignment list --assignee ${objectId} --scope ${registryId} ${inSubscriptionOf(registryId)} --include-inherited --include-groups --query "[].{principal: principalId, role: roleDefinitionName, scope: scope, condition: condition}"`
}

export function showAssignmentCommand(id: string): string {
  return az`rest --method get --url ${`${id}?api-version=2022-04-01`}`
}

/** Lists who changed role assignments in a resource's group within the last seven days. */
export function listRoleAssignmentChangesCommand(resourceId: string): string {
  const { subscriptionId, resourceGroup = '' } = parseResourceId(resourceId) ?? {}
  const query =
    "[?contains(operationName.value, 'roleAssignments')].{time:eventTimestamp, who:caller, what:operationName.value, on:resourceId}"
  return az`monitor activity-log list ${option('--subscription', subscriptionId)} --resource-group ${resourceGroup} --offset 7d --query ${doubleQuoted(query)} --output table`
}
