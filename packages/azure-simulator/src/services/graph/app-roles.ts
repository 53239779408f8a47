import { randomBytes } from 'node:crypto'
import type { Hono } from 'hono'
import { graphAppId, graphPermissions } from '../../model/graph-permissions.js'
import { sameId } from '../../model/ids.js'
import type { Graph, GraphEnvironment } from './context.js'
import { graphErrors } from './errors.js'

/** Grants application permissions of Microsoft Graph to service principals. */
export function appRoleRoutes(app: Hono<GraphEnvironment>, graph: Graph): void {
  const { world } = graph

  // Microsoft Graph v1.0 "Grant an appRoleAssignment to a service principal", which requires one permission of each
  // kind.
  app.post('/v1.0/servicePrincipals/:id/appRoleAssignments', async c => {
    const canRead = graph.hasAny(c, ['Application.Read.All', 'Directory.Read.All'])
    if (!canRead || !graph.hasAny(c, ['AppRoleAssignment.ReadWrite.All'])) throw graphErrors.denied()
    const { id } = c.req.param()
    const { principalId, resourceId, appRoleId } = (await c.req.json().catch(() => ({}))) as Record<string, unknown>
    if (typeof principalId !== 'string' || typeof resourceId !== 'string' || typeof appRoleId !== 'string')
      throw graphErrors.badRequest('principalId, resourceId and appRoleId are required.')
    if (!sameId(principalId, id)) throw graphErrors.badRequest('principalId must be the service principal of the path.')
    const principal = graph.object(principalId)
    const client = world.directory.findClient(principal.clientId ?? '')
    const resource = graph.object(resourceId)
    if (client === undefined || resource.clientId !== graphAppId) {
      c.env.problem(`app roles of ${resource.displayName} for ${principal.displayName} are not simulated`)
      throw graphErrors.badRequest('Only permissions of Microsoft Graph for applications are simulated here.')
    }
    const [permission] = Object.entries(graphPermissions).find(([, role]) => sameId(role.id, appRoleId)) ?? []
    if (permission === undefined) throw graphErrors.noSuchAppRole(resource.clientId)
    if (client.graphPermissions.has(permission)) throw graphErrors.appRoleTaken()
    world.grantGraphPermission(client, permission)
    return c.json(
      {
        '@odata.context': `https://${world.cloud.graphHost}/v1.0/$metadata#servicePrincipals('${id}')/appRoleAssignments/$entity`,
        id: randomBytes(32).toString('base64url'),
        deletedDateTime: null,
        appRoleId,
        createdDateTime: new Date().toISOString(),
        principalDisplayName: principal.displayName,
        principalId: principal.objectId,
        principalType: 'ServicePrincipal',
        resourceDisplayName: resource.displayName,
        resourceId: resource.objectId,
      },
      201,
    )
  })
}
