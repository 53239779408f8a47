import type { Hono } from 'hono'
import { sameId } from '../../model/ids.js'
import { findRole, type RoleDefinition } from '../../model/role-definitions.js'
import { permissionsOf } from '../../world/permissions.js'
import { subscriptionIdOf } from '../../world/scopes.js'
import type { EligibleRole } from '../../world/world.js'
import type { Arm, ArmEnvironment } from './context.js'
import { ArmError, armErrors } from './errors.js'
import { extensionRoute, scopeOf } from './path.js'

const action = 'Microsoft.Authorization/roleDefinitions/read'
const writeAction = 'Microsoft.Authorization/roleDefinitions/write'
const deleteAction = 'Microsoft.Authorization/roleDefinitions/delete'

/** Role definitions: list, get, and create, update and delete custom roles; and the permissions that the caller's roles give, or could give. */
export function roleDefinitionRoutes(app: Hono<ArmEnvironment>, arm: Arm): void {
  app.get(`${extensionRoute}/roleDefinitions`, c => {
    const scope = scopeOf(c.req.url)
    arm.authorize(c, action, scope)
    const filter = parseFilter(c.req.query('$filter'), arm.world.filtersRoleNames)
    const above = new Set(arm.world.ancestors(scope))
    const assignable = (role: RoleDefinition): boolean =>
      role.assignableScopes.some(
        assignableScope =>
          above.has(assignableScope.toLowerCase()) ||
          (filter.below && arm.world.ancestors(assignableScope).includes(scope.toLowerCase())),
      )
    const found = arm.world.roles.filter(role => assignable(role) && filter.matches(role))
    return c.json(
      arm.page(
        c,
        found.map(role => roleBody(role, scope)),
      ),
    )
  })
  app.get(`${extensionRoute}/roleDefinitions/:name`, c => {
    const scope = scopeOf(c.req.url)
    // Built-in roles belong to the tenant; every caller has permission to read them by their tenant-level ID.
    if (scope !== '/') arm.authorize(c, action, scope)
    const { name } = c.req.param()
    const role = findRole(arm.world.roles, name)
    if (role === undefined)
      throw new ArmError(
        404,
        'RoleDefinitionDoesNotExist',
        `The specified role definition with ID '${name}' does not exist.`,
      )
    return c.json(roleBody(role, scope))
  })
  // Creating needs the action at each assignable scope (role-based-access-control/custom-roles, "Who can create, delete, update, or view").
  app.put(`${extensionRoute}/roleDefinitions/:name`, async c => {
    const scope = scopeOf(c.req.url)
    const { name } = c.req.param()
    const { properties } = await c.req.json<{ properties?: CustomRoleProperties }>()
    const {
      roleName = '',
      description = '',
      assignableScopes = [],
      permissions: [permission = {}] = [],
    } = properties ?? {}
    if (roleName === '' || assignableScopes.length === 0)
      throw new ArmError(400, 'InvalidRoleDefinition', 'The role definition has no name or no assignable scopes.')
    for (const assignable of assignableScopes) arm.authorize(c, writeAction, assignable)
    const existing = findRole(arm.world.roles, name)
    // An update replaces the definition, and needs the action at the scopes that it had, too (the same page, "Custom role limits").
    for (const assignable of existing?.assignableScopes ?? []) arm.authorize(c, writeAction, assignable)
    const namesake = findRole(arm.world.roles, roleName)
    if (namesake !== undefined && namesake !== existing) {
      throw new ArmError(
        409,
        'RoleDefinitionWithSameNameExists',
        `A custom role with the same name already exists in this directory. Use a different name.`,
      )
    }
    if (existing !== undefined) arm.world.roles.splice(arm.world.roles.indexOf(existing), 1)
    const role = arm.world.addCustomRole({ ...permission, name, roleName, description, assignableScopes })
    return c.json(roleBody(role, scope), 201)
  })
  // 200 with the role, or 204 (specification). The code is documented (role-based-access-control/troubleshooting, "Custom roles"); its status is not.
  app.delete(`${extensionRoute}/roleDefinitions/:name`, c => {
    const scope = scopeOf(c.req.url)
    const role = findRole(arm.world.roles, c.req.param('name'))
    arm.authorize(c, deleteAction, scope)
    if (role === undefined) return c.body(null, 204)
    for (const assignable of role.assignableScopes) arm.authorize(c, deleteAction, assignable)
    if (arm.world.roleAssignments.some(({ roleDefinitionId }) => roleDefinitionId.endsWith(role.name)))
      throw new ArmError(400, 'RoleDefinitionHasAssignments', 'There are existing role assignments referencing role.')
    arm.world.roles.splice(arm.world.roles.indexOf(role), 1)
    return c.json(roleBody(role, scope))
  })
  // What the caller could activate (Privileged Identity Management): `asTarget()`, as Azure/vscode-aks-tools reads it.
  app.get(`${extensionRoute}/roleEligibilityScheduleInstances`, c => {
    const scope = scopeOf(c.req.url)
    if (c.req.query('$filter') !== 'asTarget()') throw armErrors.invalidFilter(c.req.query('$filter') ?? '')
    const { objectId } = c.get('caller')
    const own = arm.world.eligibleRoles.filter(({ principalId }) => sameId(principalId, objectId))
    const within = own.filter(each => arm.world.ancestors(each.scope).includes(scope.toLowerCase()))
    return c.json(
      arm.page(
        c,
        within.map(each => eligibilityBody(arm, each)),
      ),
    )
  })
  // "Gets all permissions the caller has for a resource": one item per role, without conditions of the assignments. Documented for resource groups and
  // resources; tools also ask it at subscriptions. For a caller without a role there, the empty list is an assumption.
  app.get(`${extensionRoute}/permissions`, c => {
    const scope = scopeOf(c.req.url)
    arm.subscription(c, subscriptionIdOf(scope) ?? '')
    return c.json(arm.page(c, permissionsOf(arm.world, c.get('caller').objectId, scope)))
  })
}

/** The properties that clients read of an eligible assignment. */
function eligibilityBody({ world }: Arm, { principalId, role, scope }: EligibleRole): Record<string, unknown> {
  const { name = '', roleName = role } = findRole(world.roles, role) ?? {}
  const roleDefinitionId = `/subscriptions/${subscriptionIdOf(scope) ?? ''}/providers/Microsoft.Authorization/roleDefinitions/${name}`
  const expandedProperties = { roleDefinition: { id: roleDefinitionId, displayName: roleName, type: 'BuiltInRole' } }
  return { properties: { scope, principalId, roleDefinitionId, status: 'Provisioned', expandedProperties } }
}

/** The role in the body of a PUT. */
interface CustomRoleProperties {
  roleName?: string
  description?: string
  assignableScopes?: string[]
  permissions?: { actions?: string[]; notActions?: string[]; dataActions?: string[]; notDataActions?: string[] }[]
}

/** A role as ARM shows it. Its ID is below the subscription, or below the tenant for scopes above subscriptions. */
function roleBody(role: RoleDefinition, scope: string): Record<string, unknown> {
  const { name, roleName, type, description, assignableScopes, permissions, createdOn, updatedOn } = role
  const subscriptionId = subscriptionIdOf(scope)
  return {
    properties: {
      roleName,
      type,
      description,
      assignableScopes,
      permissions,
      createdOn,
      updatedOn,
      createdBy: null,
      updatedBy: null,
    },
    id: `${subscriptionId === undefined ? '' : `/subscriptions/${subscriptionId}`}/providers/Microsoft.Authorization/roleDefinitions/${name}`,
    type: 'Microsoft.Authorization/roleDefinitions',
    name,
  }
}

interface Filter {
  readonly below: boolean
  matches(role: RoleDefinition): boolean
}

/**
 * `roleName eq '…'`, `type eq '…'` and `atScopeAndBelow()`, joined by `and`; names are case-insensitive (recorded:
 * `'reader'` finds Reader).
 */
function parseFilter(filter: string | undefined, byName: boolean): Filter {
  // Doesn't split at an "and" in quotes, such as in the name of a role.
  const terms = (filter ?? '').split(/\s+and\s+(?=(?:[^']*'[^']*')*[^']*$)/i).filter(term => term !== '')
  const tests: ((role: RoleDefinition) => boolean)[] = []
  let below = false
  for (const term of terms) {
    const [, field, value] = /^(roleName|type)\s+eq\s+'((?:[^']|'')*)'$/i.exec(term.trim()) ?? []
    if (field !== undefined && value !== undefined) {
      const expected = value.replaceAll("''", "'")
      const isOfType = field.toLowerCase() === 'type'
      if (isOfType || byName) tests.push(role => sameId(isOfType ? role.type : role.roleName, expected))
    } else if (/^atScopeAndBelow\(\)$/i.test(term.trim())) {
      below = true
    } else {
      throw armErrors.invalidFilter(filter ?? '')
    }
  }
  return { below, matches: role => tests.every(test => test(role)) }
}
