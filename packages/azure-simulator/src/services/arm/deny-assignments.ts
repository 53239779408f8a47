import type { Hono } from 'hono'
import { sameId } from '../../model/ids.js'
import type { DenyAssignment } from '../../world/governance.js'
import type { Arm, ArmEnvironment } from './context.js'
import { ArmError, armErrors } from './errors.js'
import { extensionRoute, scopeOf } from './path.js'

const type = 'Microsoft.Authorization/denyAssignments'
/** The principal that represents everyone (azure-docs `role-based-access-control/deny-assignments.md`). */
const everyone = { id: '00000000-0000-0000-0000-000000000000', type: 'SystemDefined' }

/** Deny assignments. Only Azure itself writes them. */
export function denyAssignmentRoutes(app: Hono<ArmEnvironment>, arm: Arm): void {
  const { world } = arm

  app.get(`${extensionRoute}/denyAssignments`, c => {
    const scope = scopeOf(c.req.url)
    arm.authorize(c, `${type}/read`, scope)
    const above = new Set(world.ancestors(scope))
    const filter = (c.req.query('$filter') ?? '').trim()
    if (filter !== '' && !/^atScope\(\)$/i.test(filter)) throw armErrors.invalidFilter(filter)
    const listed = world.denyAssignments.filter(
      assignment =>
        above.has(assignment.scope.toLowerCase()) ||
        (filter === '' && world.ancestors(assignment.scope).includes(scope.toLowerCase())),
    )
    return c.json(arm.page(c, listed.map(denyBody)))
  })
  app.get(`${extensionRoute}/denyAssignments/:name`, c => {
    const scope = scopeOf(c.req.url)
    arm.authorize(c, `${type}/read`, scope)
    const { name } = c.req.param()
    const found = world.denyAssignments.find(assignment => sameId(assignment.name, name))
    if (found === undefined)
      throw new ArmError(404, 'DenyAssignmentNotFound', `The deny assignment '${name}' is not found.`)
    return c.json(denyBody(found))
  })
}

function denyBody(assignment: DenyAssignment): Record<string, unknown> {
  const { id, name, denyAssignmentName, scope, doNotApplyToChildScopes, principals, excludePrincipals } = assignment
  const { actions, notActions, dataActions, notDataActions } = assignment
  const listed = (ids: readonly string[]): unknown[] =>
    ids.map(principal => ({ id: principal, type: 'ServicePrincipal' }))
  return {
    properties: {
      denyAssignmentName,
      description: null,
      permissions: [{ actions, notActions, dataActions, notDataActions }],
      scope,
      doNotApplyToChildScopes,
      principals: principals.length === 0 ? [everyone] : listed(principals),
      excludePrincipals: listed(excludePrincipals),
      isSystemProtected: true,
    },
    id,
    type,
    name,
  }
}
