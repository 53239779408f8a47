import type { Hono } from 'hono'
import { sameId } from '../../model/ids.js'
import type { Graph, GraphEnvironment } from './context.js'
import { graphErrors } from './errors.js'
import { parseFilter } from './filter.js'

/** Users: by filter, and by object ID. */
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
