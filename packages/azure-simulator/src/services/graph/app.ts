import { Hono } from 'hono'
import type { Cloud } from '../../model/clouds.js'
import { newGuid } from '../../model/ids.js'
import type { SigningKey } from '../tokens/signing-keys.js'
import type { World } from '../../world/world.js'
import { notingUnread } from '../unread.js'
import { readBearer } from '../tokens/bearer.js'
import { appRoleRoutes } from './app-roles.js'
import { applicationRoutes } from './applications.js'
import { createGraph, type GraphEnvironment } from './context.js'
import { GraphError, graphErrors } from './errors.js'
import { groupRoutes } from './groups.js'
import { membershipRoutes } from './memberships.js'
import { servicePrincipalRoutes, userRoutes } from './principals.js'

/**
 * The part of Microsoft Graph that pull identities and their groups need, in one cloud: v1.0, and beta for flexible
 * federated credentials.
 */
export function createGraphApp(world: World, cloud: Cloud, key: SigningKey): Hono<GraphEnvironment> {
  const app = new Hono<GraphEnvironment>({ getPath: request => routePath(request.url) })
  const graph = createGraph(world, cloud)

  app.use(async (c, next) => {
    await next()
    const requestId = newGuid()
    c.header('request-id', requestId)
    c.header('client-request-id', c.req.header('client-request-id') ?? requestId)
    c.header('cache-control', 'no-cache')
  })
  app.use(notingUnread<GraphEnvironment>())
  app.use(async (c, next) => {
    const caller = await readBearer(c.req.header('authorization'), {
      world,
      key,
      audiences: [`https://${cloud.graphHost}`],
      problem: text => {
        c.env.problem(text)
      },
    })
    if ('kind' in caller) throw graphErrors.unauthenticated(caller)
    c.set('caller', caller)
    c.env.record.caller = caller.displayName
    await next()
  })
  applicationRoutes(app, graph)
  appRoleRoutes(app, graph)
  servicePrincipalRoutes(app, graph)
  groupRoutes(app, graph)
  membershipRoutes(app, graph)
  userRoutes(app, graph)

  app.notFound(c => {
    c.env.problem('no such route')
    const error = graphErrors.noSuchSegment(c.req.path.split('/')[2] ?? '')
    return c.json(error.body(c.req.header('client-request-id')), error.status)
  })
  app.onError((error, c) => {
    if (!(error instanceof GraphError)) throw error
    return c.json(error.body(c.req.header('client-request-id')), error.status)
  })
  return app
}

/** Alternate keys become a segment: `/servicePrincipals(appId='…')` → `/servicePrincipals/~appId/…`. */
function routePath(url: string): string {
  return decodeURI(new URL(url).pathname).replace(/\(appId='([^']*)'\)/i, '/~appId/$1')
}
