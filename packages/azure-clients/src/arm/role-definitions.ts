import type { Permission as SdkPermission, RoleDefinition as SdkRoleDefinition } from '@azure/arm-authorization'
import { builtInRoles, lastSegment, type Permission, type RoleDefinition } from 'azure'
import { askArm } from './errors.js'
import { sdkScope, toRead } from './requests.js'
import type { ArmContext } from './resources.js'

const builtIn = new Map<string, RoleDefinition>(Object.values(builtInRoles).map(role => [role.id, role]))

/** Gets a role by its GUID; well-known ones without a request, others at the registry, where the caller can read them. @throws ActionError */
export async function getRoleDefinition(
  { clients, signal }: ArmContext,
  scope: string,
  roleId: string,
): Promise<RoleDefinition> {
  const known = builtIn.get(roleId)
  if (known) return known
  return askArm(clients, reading(roleId, scope), async () =>
    toRoleDefinition(await clients.authorization.roleDefinitions.get(sdkScope(scope), roleId, { abortSignal: signal })),
  )
}

/** Finds a role by its display name, in any letter case. @throws ActionError */
export async function findRoleDefinition(
  { clients, signal }: ArmContext,
  scope: string,
  roleName: string,
): Promise<RoleDefinition | undefined> {
  const known = [...builtIn.values()].find(({ name }) => name.toLowerCase() === roleName.toLowerCase())
  if (known) return known
  const filter = `roleName eq '${roleName.replaceAll("'", "''")}'`
  return askArm(clients, reading(roleName, scope), async () => {
    for await (const role of clients.authorization.roleDefinitions.list(sdkScope(scope), {
      filter,
      abortSignal: signal,
    })) {
      // The role decides what is granted, so don't rely on the filter alone.
      if (role.roleName?.toLowerCase() === roleName.toLowerCase()) return toRoleDefinition(role)
    }
    return undefined
  })
}

function reading(role: string, scope: string) {
  return toRead(`The role ${role}`, scope, 'readRoleDefinition')
}

function toRoleDefinition({
  id = '',
  name = lastSegment(id),
  roleName = name,
  roleType = '',
  permissions = [],
}: SdkRoleDefinition): RoleDefinition {
  return {
    id: name.toLowerCase(),
    name: roleName,
    ...(roleType.toLowerCase() === 'customrole' && { isCustom: true }),
    permissions: permissions.map(toPermission),
  }
}

/**
 * Lists what the caller's roles allow at a scope, without conditions and deny assignments (learn.microsoft.com/rest/api/authorization/permissions). The
 * SDK needs the parts of the scope and a client for each subscription.
 * @throws ActionError
 */
export function listPermissions({ clients, signal }: ArmContext, scope: string): Promise<Permission[]> {
  const path = `${scope}/providers/Microsoft.Authorization/permissions?api-version=2022-04-01`
  return askArm(clients, toRead('The permissions', scope, 'readRoleAssignment'), async () =>
    (await clients.resourceManager.list<SdkPermission & { id?: string }>(path, signal)).map(toPermission),
  )
}

/** Azure may have null in place of an empty list. */
function toPermission({ actions, notActions, dataActions, notDataActions }: SdkPermission): Permission {
  return {
    actions: actions ?? [],
    notActions: notActions ?? [],
    dataActions: dataActions ?? [],
    notDataActions: notDataActions ?? [],
  }
}
