import { isGuid, lastSegment, sameId } from './ids.js'

export interface Permission {
  readonly actions: readonly string[]
  readonly notActions: readonly string[]
  readonly dataActions: readonly string[]
  readonly notDataActions: readonly string[]
}

export interface RoleDefinition {
  /** GUID; the same in every subscription. */
  readonly name: string
  readonly roleName: string
  readonly type: 'BuiltInRole' | 'CustomRole'
  readonly description: string
  readonly assignableScopes: readonly string[]
  readonly permissions: readonly Permission[]
  readonly createdOn: string
  readonly updatedOn: string
}

/** Finds a role by GUID, by an ID that ends in one, or by name, ignoring case. */
export function findRole(roles: readonly RoleDefinition[], role: string): RoleDefinition | undefined {
  const key = lastSegment(role)
  return roles.find(definition => (isGuid(key) ? sameId(definition.name, key) : sameId(definition.roleName, role)))
}
