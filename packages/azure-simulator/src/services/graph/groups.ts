import type { Hono } from 'hono'
import { sameId } from '../../model/ids.js'
import type { Group, Principal } from '../../world/directory.js'
import type { Graph, GraphContext, GraphEnvironment } from './context.js'
import { graphErrors } from './errors.js'
import { parseFilter } from './filter.js'

/** Groups: get, list members and owners, add both, and remove members. */
export function groupRoutes(app: Hono<GraphEnvironment>, graph: Graph): void {
  const { world } = graph
  const { directory } = world
  const resolve = (ids: readonly string[]): Principal[] =>
    ids.map(id => directory.find(id)).filter(principal => principal !== undefined)

  const readGroup = (c: GraphContext): Group => {
    const id = c.req.param('id') ?? ''
    graph.authorizeGroup(c, id, 'read')
    return graph.group(id)
  }
  const writeGroup = (c: GraphContext): Group => {
    const id = c.req.param('id') ?? ''
    graph.authorizeGroup(c, id, 'write')
    const group = graph.group(id)
    if (group.onPremisesSyncEnabled) throw graphErrors.synchronised()
    if (group.mailEnabled) throw graphErrors.mailEnabled()
    if (group.membershipRule !== undefined) throw graphErrors.dynamic()
    return group
  }

  /** The object that a reference request names in its body. */
  const referredObject = async (c: GraphContext): Promise<Principal> => {
    const body: unknown = await c.req.json().catch(() => undefined)
    const reference = (body as Record<string, unknown> | undefined)?.['@odata.id']
    const [, host, id] =
      typeof reference === 'string'
        ? (/^https:\/\/([^/]+)\/(?:v1\.0|beta)\/(?:directoryObjects|servicePrincipals|users|groups)\/([0-9a-f-]{36})$/i.exec(
            reference,
          ) ?? [])
        : []
    if (host !== world.cloud.graphHost || id === undefined) {
      throw graphErrors.badRequest("The specified '@odata.id' is not a valid reference to a directory object.")
    }
    return graph.object(id)
  }

  app.get('/v1.0/groups', c => {
    graph.authorizeRead(c, 'Group')
    const groups = graph.visible().filter(principal => principal.type === 'Group')
    return graph.list(c, 'groups', groups.filter(parseFilter(world, c.req.query('$filter'))))
  })
  app.get('/v1.0/groups/:id', c => graph.one(c, 'groups', readGroup(c)))
  app.get('/v1.0/groups/:id/members', c =>
    graph.list(
      c,
      'directoryObjects',
      resolve(directory.membersOf(readGroup(c))).filter(parseFilter(world, c.req.query('$filter'))),
    ),
  )
  app.get('/v1.0/groups/:id/transitiveMembers', c =>
    graph.list(c, 'directoryObjects', resolve(transitiveMembers(graph, readGroup(c)))),
  )
  app.get('/v1.0/groups/:id/owners', c => graph.list(c, 'directoryObjects', resolve(readGroup(c).owners)))

  app.post('/v1.0/groups/:id/members/$ref', async c => {
    const group = writeGroup(c)
    const { objectId: id } = await referredObject(c)
    if (directory.isMember(group, id)) throw graphErrors.alreadyExists('members')
    directory.addMember(group, id)
    return c.body(null, 204)
  })
  // Microsoft Graph v1.0 "Add owners": users and service principals. Whether every kind of group supports them isn't
  // documented.
  app.post('/v1.0/groups/:id/owners/$ref', async c => {
    const { id } = c.req.param()
    graph.authorizeGroup(c, id, 'own')
    const group = graph.group(id)
    if (group.onPremisesSyncEnabled) throw graphErrors.synchronised()
    const { objectId, type } = await referredObject(c)
    if (type === 'Group') throw graphErrors.badRequest('A group can not be an owner.')
    if (group.owners.some(owner => sameId(owner, objectId))) throw graphErrors.alreadyExists('owners')
    group.owners.push(objectId)
    return c.body(null, 204)
  })
  app.delete('/v1.0/groups/:id/owners/:owner/$ref', c => {
    const { id, owner } = c.req.param()
    graph.authorizeGroup(c, id, 'own')
    const { owners } = graph.group(id)
    const at = owners.findIndex(each => sameId(each, owner))
    if (at < 0) throw graphErrors.notFound(owner)
    owners.splice(at, 1)
    return c.body(null, 204)
  })
  // Microsoft Graph v1.0 "servicePrincipal: List ownedObjects"; here only groups.
  app.get('/v1.0/servicePrincipals/:id/ownedObjects', c => {
    graph.authorizeRead(c, 'ServicePrincipal')
    const { id } = c.req.param()
    const owned = directory.groups().filter(({ owners }) => owners.some(owner => sameId(owner, id)))
    return graph.list(c, 'directoryObjects', owned)
  })
  app.delete('/v1.0/groups/:id/members/:member/$ref', c => {
    const group = writeGroup(c)
    const { member } = c.req.param()
    if (!directory.isMember(group, member)) throw graphErrors.notFound(member)
    directory.removeMember(group, member)
    return c.body(null, 204)
  })
}

function transitiveMembers(graph: Graph, group: Group): string[] {
  const { directory } = graph.world
  const found = new Set<string>()
  const queue = [group]
  for (let current = queue.pop(); current !== undefined; current = queue.pop()) {
    for (const id of directory.membersOf(current)) {
      if (found.has(id.toLowerCase())) continue
      found.add(id.toLowerCase())
      const nested = directory.groups().find(candidate => sameId(candidate.objectId, id))
      if (nested !== undefined) queue.push(nested)
    }
  }
  return [...found]
}
