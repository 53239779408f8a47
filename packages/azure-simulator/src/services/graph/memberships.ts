import type { Hono } from 'hono'
import { sameId } from '../../model/ids.js'
import type { Graph, GraphContext, GraphEnvironment } from './context.js'
import { graphErrors } from './errors.js'
import { odataType } from './objects.js'

/** Graph checks at most 20 groups per call, and resolves at most 1000 objects. */
const maxChecked = 20
const maxResolved = 1000

/** Memberships of any object, including nested groups (`checkMember…`, `getMember…`), and objects by ID. */
export function membershipRoutes(app: Hono<GraphEnvironment>, graph: Graph): void {
  const { directory } = graph.world

  for (const collection of ['directoryObjects', 'servicePrincipals', 'groups', 'users']) {
    app.post(`/v1.0/${collection}/:id/:function{(check|get)Member(Groups|Objects)}`, async c => {
      const { id } = c.req.param()
      const object = graph.object(id)
      graph.authorizeRead(c, object.type)
      const groups = directory.groupsOf(object.objectId)
      if (c.req.param('function').startsWith('get')) {
        const { securityEnabledOnly = false } = await bodyOf(c)
        // All groups here are security groups, so both values return the same list.
        if (typeof securityEnabledOnly !== 'boolean')
          throw graphErrors.badRequest(`'securityEnabledOnly' must be true or false.`)
        return strings(graph, c, groups)
      }
      const requested = await idsOf(c, c.req.param('function') === 'checkMemberGroups' ? 'groupIds' : 'ids')
      if (requested.length > maxChecked) {
        throw graphErrors.badRequest(`The number of IDs exceeds the maximum of ${maxChecked}.`)
      }
      return strings(
        graph,
        c,
        requested.filter(candidate => groups.some(group => sameId(group, candidate))),
      )
    })
  }

  app.post('/v1.0/directoryObjects/getByIds', async c => {
    const readable = (['ServicePrincipal', 'Group', 'User'] as const).filter(type => graph.canRead(c, type))
    if (readable.length === 0) throw graphErrors.denied()
    const body = await bodyOf(c)
    const ids = await idsOf(c, 'ids')
    if (ids.length > maxResolved)
      throw graphErrors.badRequest(`The number of IDs exceeds the maximum of ${maxResolved}.`)
    const types = Array.isArray(body.types)
      ? body.types.map(type => `#microsoft.graph.${String(type)}`.toLowerCase())
      : undefined
    const found = graph
      .visible()
      .filter(object => ids.some(id => sameId(id, object.objectId)) && readable.includes(object.type))
      .filter(
        object =>
          types === undefined ||
          types.includes('#microsoft.graph.directoryobject') ||
          types.includes(odataType(object).toLowerCase()),
      )
    // One page with all of them: the reference doesn't mention paging
    // (learn.microsoft.com/graph/api/directoryobject-getbyids).
    return graph.list(c, 'directoryObjects', found, maxResolved)
  })
}

const strings = (graph: Graph, c: GraphContext, value: readonly string[]): Response =>
  graph.value(c, 'Collection(Edm.String)', value)

async function bodyOf(c: GraphContext): Promise<Record<string, unknown>> {
  const body: unknown = await c.req.json().catch(() => undefined)
  if (typeof body !== 'object' || body === null) throw graphErrors.badRequest('Unable to read JSON request payload.')
  return body as Record<string, unknown>
}

async function idsOf(c: GraphContext, name: string): Promise<string[]> {
  const ids = (await bodyOf(c))[name]
  if (!Array.isArray(ids)) throw graphErrors.badRequest(`The parameter '${name}' is missing.`)
  return ids.map(String)
}
