import type { RoleDefinition } from '../state.js'
import { builtInRoles } from './built-in-roles.js'
import type { Clients } from './clients.js'

const builtIn = new Map<string, RoleDefinition>(Object.values(builtInRoles).map(role => [role.id, role]))

/** The definition of a role by its GUID: without a request for the well-known ones. */
export async function getRoleDefinition(
  clients: Clients,
  subscriptionId: string,
  roleId: string,
  abortSignal: AbortSignal,
): Promise<RoleDefinition> {
  const known = builtIn.get(roleId)
  if (known) return known
  const { roleName, permissions } = await clients
    .authorization(subscriptionId)
    .roleDefinitions.get(`subscriptions/${subscriptionId}`, roleId, { abortSignal })
  return {
    id: roleId,
    name: roleName ?? roleId,
    permissions: (permissions ?? []).map(
      ({ actions = [], notActions = [], dataActions = [], notDataActions = [] }) => ({
        actions,
        notActions,
        dataActions,
        notDataActions,
      }),
    ),
  }
}
