import type { Hono } from 'hono'
import { sameId } from '../../model/ids.js'
import type { Principal } from '../../world/directory.js'
import type { Graph, GraphEnvironment } from './context.js'
import { graphErrors } from './errors.js'
import { parseFilter } from './filter.js'

/** Service principals: by filter, object ID, or application ID as alternate key. */
export function servicePrincipalRoutes(app: Hono<GraphEnvironment>, graph: Graph): void {
  const { world } = graph
  const all = (): Principal[] => graph.visible().filter(principal => principal.type === 'ServicePrincipal')

  app.get('/v1.0/servicePrincipals', c => {
    graph.authorizeRead(c, 'ServicePrincipal')
    return graph.list(c, 'servicePrincipals', all().filter(parseFilter(world, c.req.query('$filter'))))
  })
  app.get('/v1.0/servicePrincipals/:id', c => {
    graph.authorizeRead(c, 'ServicePrincipal')
    const { id } = c.req.param()
    const found = all().find(principal => sameId(principal.objectId, id))
    if (found === undefined) throw graphErrors.notFound(id)
    return graph.one(c, 'servicePrincipals', found)
  })
  app.get('/v1.0/servicePrincipals/~appId/:appId', c => {
    graph.authorizeRead(c, 'ServicePrincipal')
    const { appId } = c.req.param()
    const found = all().find(principal => principal.clientId !== undefined && sameId(principal.clientId, appId))
    if (found === undefined) throw graphErrors.notFound(appId)
    return graph.one(c, 'servicePrincipals', found)
  })
}

/** Users: by filter or object ID. */
export function userRoutes(app: Hono<GraphEnvironment>, graph: Graph): void {
  app.get('/v1.0/users', c => {
    graph.authorizeRead(c, 'User')
    const users = graph.visible().filter(({ type }) => type === 'User')
    return graph.list(c, 'users', users.filter(parseFilter(graph.world, c.req.query('$filter'))))
  })
  app.get('/v1.0/users/:id', c => {
    graph.authorizeRead(c, 'User')
    const { id } = c.req.param()
    const found = graph.visible().find(principal => principal.type === 'User' && sameId(principal.objectId, id))
    if (found === undefined) throw graphErrors.notFound(id)
    return graph.one(c, 'users', found)
  })
}
