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

function assigneeOf({ objectId, name = '' }: Pick<Grant, 'objectId' | 'name'>) {
  return objectId ? option('--assignee-object-id', objectId) : raw(shell`--assignee ${doubleQuoted(name)}`)
}

/** Assigns a role to a principal, or to each of several. @param subscriptionId by default that of the scope */
export function createRoleAssignmentCommand(
  grant: Omit<Grant, 'objectId' | 'scope'> & {
    objectId: Grant['objectId'] | readonly string[]
    scope?: Grant['scope'] | Raw
  },
  subscriptionId = typeof grant.scope === 'string' ? subscriptionOf(grant.scope) : '',
): string {
  const { objectId, name, type, role, scope, condition = '' } = grant
  const conditionOptions = condition && shell`--condition-version 2.0 --condition ${doubleQuoted(condition)}`
  const scopeOption = raw(shell`--scope ${typeof scope === 'string' ? doubleQuoted(scope) : (scope ?? [])}`)
  const [inPlace, atEnd] = scope === undefined ? [[], scopeOption] : [scopeOption, []]
  return forEach(
    objectId,
    id => az`role assignment create ${id.raw ? raw(`--assignee-object-id ${id.raw}`) : assigneeOf({ objectId: '', ...(name && { name }) })} ${option('--assignee-principal-type', id.raw && type)}
    --role ${doubleQuoted(role)} ${inPlace} ${option('--subscription', subscriptionId)}
    ${raw(conditionOptions)} ${atEnd}`,
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
