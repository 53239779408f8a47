import type { Hono } from 'hono'
import { sameId } from '../../model/ids.js'
import { findRole, type RoleDefinition } from '../../model/role-definitions.js'
import { subscriptionIdOf } from '../../world/scopes.js'
import type { Arm, ArmEnvironment } from './context.js'
import { ArmError, armErrors } from './errors.js'
import { extensionRoute, scopeOf } from './path.js'

const action = 'Microsoft.Authorization/roleDefinitions/read'

/** Role definitions, read only. */
export function roleDefinitionRoutes(app: Hono<ArmEnvironment>, arm: Arm): void {
  app.get(`${extensionRoute}/roleDefinitions`, c => {
    const scope = scopeOf(c.req.url)
    arm.authorize(c, action, scope)
    const filter = parseFilter(c.req.query('$filter'))
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
    // Built-in roles are the tenant's; every caller may read them by their tenant-level ID.
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
}

/** A role as ARM shows it: its ID is the subscription's, or the tenant's above subscriptions. */
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

/** `roleName eq '…'`, `type eq '…'` and `atScopeAndBelow()`, joined by `and`; names compare without letter case (recorded: `'reader'` finds Reader). */
function parseFilter(filter: string | undefined): Filter {
  const terms = (filter ?? '').split(/\s+and\s+/i).filter(term => term !== '')
  const tests: ((role: RoleDefinition) => boolean)[] = []
  let below = false
  for (const term of terms) {
    const [, field, value] = /^(roleName|type)\s+eq\s+'((?:[^']|'')*)'$/i.exec(term.trim()) ?? []
    if (field !== undefined && value !== undefined) {
      const wanted = value.replaceAll("''", "'")
      tests.push(role => sameId(field.toLowerCase() === 'type' ? role.type : role.roleName, wanted))
    } else if (/^atScopeAndBelow\(\)$/i.test(term.trim())) {
      below = true
    } else {
      throw armErrors.invalidFilter(filter ?? '')
    }
  }
  return { below, matches: role => tests.every(test => test(role)) }
}
