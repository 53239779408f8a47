import { type RoleDefinition as SdkRoleDefinition } from '@azure/arm-authorization'
import type { Place } from '../../model/role-assignment.js'
import { builtInRoles, type RoleDefinition } from '../../model/roles.js'
import { lastSegment } from '../../model/resource-id.js'
import { armActions } from './actions.js'
import { ask } from './ask.js'
import type { Asked } from './attempt.js'
import type { Clients } from './clients.js'
import { sdkScope } from './role-assignments.js'

const builtIn = new Map<string, RoleDefinition>(Object.values(builtInRoles).map(role => [role.id, role]))

/** The definition of a role by its GUID: without a request for the well-known ones, else asked for at the registry, where the caller may read. @throws ActionError */
export async function getRoleDefinition(
  clients: Clients,
  { scope, subscriptionId }: Place,
  roleId: string,
  abortSignal: AbortSignal,
): Promise<RoleDefinition> {
  const known = builtIn.get(roleId)
  if (known) return known
  const { roleDefinitions } = clients.authorization(subscriptionId)
  return ask(clients, reading(roleId, scope), async () =>
    toRoleDefinition(await roleDefinitions.get(sdkScope(scope), roleId, { abortSignal })),
  )
}

/** The definition of a role by its display name, in any letter case; undefined when there is none. @throws ActionError */
export async function findRoleDefinition(
  clients: Clients,
  { scope, subscriptionId }: Place,
  roleName: string,
  abortSignal: AbortSignal,
): Promise<RoleDefinition | undefined> {
  const known = [...builtIn.values()].find(({ name }) => name.toLowerCase() === roleName.toLowerCase())
  if (known) return known
  const { roleDefinitions } = clients.authorization(subscriptionId)
  const filter = `roleName eq '${roleName.replaceAll("'", "''")}'`
  return ask(clients, reading(roleName, scope), async () => {
    for await (const role of roleDefinitions.list(sdkScope(scope), { filter, abortSignal })) {
      // What is granted depends on it: the filter alone is not relied on.
      if (role.roleName?.toLowerCase() === roleName.toLowerCase()) return toRoleDefinition(role)
    }
    return undefined
  })
}

function reading(role: string, scope: string): Asked {
  const action = armActions.readRoleDefinition.action
  return {
    failure: `The role ${role} could not be read at ${lastSegment(scope)}`,
    subject: lastSegment(scope),
    scope,
    action,
  }
}

function toRoleDefinition({ name = '', roleName = name, permissions = [] }: SdkRoleDefinition): RoleDefinition {
  return {
    id: name.toLowerCase(),
    name: roleName,
    // The SDK passes on null where Azure has it in place of an empty list.
    permissions: permissions.map(({ actions, notActions, dataActions, notDataActions }) => ({
      actions: actions ?? [],
      notActions: notActions ?? [],
      dataActions: dataActions ?? [],
      notDataActions: notDataActions ?? [],
    })),
  }
}
