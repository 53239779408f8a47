import type { Context } from 'hono'
import type { Cloud } from '../../model/clouds.js'
import type { Exchange } from '../../model/exchange.js'
import { sameId } from '../../model/ids.js'
import type { Group, Principal, PrincipalType } from '../../world/directory.js'
import type { World } from '../../world/world.js'
import type { Caller } from '../tokens/bearer.js'
import { graphErrors } from './errors.js'
import { graphObject, odataType, select } from './objects.js'

export interface GraphEnvironment {
  Bindings: Exchange
  Variables: { caller: Caller }
}

export type GraphContext = Context<GraphEnvironment>

/** Application permissions that allow an operation; any of them is enough (Graph permissions reference). */
const readPermissions: Readonly<Record<PrincipalType, readonly string[]>> = {
  ServicePrincipal: [
    'Application.Read.All',
    'Application.ReadWrite.All',
    'Application.ReadWrite.OwnedBy',
    'Directory.Read.All',
    'Directory.ReadWrite.All',
  ],
  Group: [
    'GroupMember.Read.All',
    'GroupMember.ReadWrite.All',
    'Group.Read.All',
    'Group.ReadWrite.All',
    'Directory.Read.All',
    'Directory.ReadWrite.All',
  ],
  User: ['User.ReadBasic.All', 'User.Read.All', 'User.ReadWrite.All', 'Directory.Read.All', 'Directory.ReadWrite.All'],
}
/** Application permissions for reading all applications. */
export const applicationReaders = readPermissions.ServicePrincipal.filter(name => !name.endsWith('.OwnedBy'))
/** Application permissions for changing applications. */
export const applicationWriters = ['Application.ReadWrite.All', 'Directory.ReadWrite.All']
const groupPermissions = {
  read: readPermissions.Group,
  write: ['GroupMember.ReadWrite.All', 'Group.ReadWrite.All', 'Directory.ReadWrite.All'],
  own: ['Group.ReadWrite.All', 'Directory.ReadWrite.All'],
} as const

/** Helpers shared by the routes of Microsoft Graph. */
export interface Graph {
  readonly world: World
  /** Whether the caller holds one of these application permissions. */
  hasAny(c: GraphContext, permissions: readonly string[]): boolean
  canRead(c: GraphContext, type: PrincipalType): boolean
  authorizeRead(c: GraphContext, type: PrincipalType): void
  /** Owners can read and change their groups without a permission; `own` is access to the list of owners. */
  authorizeGroup(c: GraphContext, id: string, access: keyof typeof groupPermissions): void
  /** The tenant's objects that have reached this replica. */
  visible(): Principal[]
  /** @throws GraphError, a 404 */
  object(id: string): Principal
  group(id: string): Group
  /** `kind` is the metadata name, such as `servicePrincipals`; mixed lists include each object's type. */
  /** @param page default page size if the request sets none; 100 if omitted */
  list(c: GraphContext, kind: string, principals: readonly Principal[], page?: number): Response
  one(c: GraphContext, kind: string, principal: Principal): Response
  value(c: GraphContext, type: string, value: unknown): Response
}

/** Binds the helpers to a world. */
export function createGraph(world: World, cloud: Cloud): Graph {
  const root = `https://${cloud.graphHost}/v1.0`
  const respond = (c: GraphContext, body: Record<string, unknown>): Response =>
    c.json(body, 200, {
      'content-type':
        'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8',
    })

  const hasAny = (c: GraphContext, permissions: readonly string[]): boolean =>
    c.get('caller').roles.some(role => permissions.includes(role))
  const canRead = (c: GraphContext, type: PrincipalType): boolean => hasAny(c, readPermissions[type])

  const visible = (): Principal[] => {
    const now = Date.now()
    return world.directory.principals.filter(
      principal =>
        sameId(principal.tenantId, world.tenantId) &&
        principal.hiddenUntil <= now &&
        principal.createdAt + world.timing.directoryReplicationMs <= now,
    )
  }
  const object = (id: string): Principal => {
    const found = visible().find(principal => sameId(principal.objectId, id))
    if (found === undefined) throw graphErrors.notFound(id)
    return found
  }

  return {
    world,
    hasAny,
    canRead,
    visible,
    object,
    authorizeRead(c, type) {
      if (!canRead(c, type)) throw graphErrors.denied()
    },
    authorizeGroup(c, id, access) {
      const group = world.directory.groups().find(candidate => sameId(candidate.objectId, id))
      if (group?.owners.some(owner => sameId(owner, c.get('caller').objectId)) === true) return
      if (hasAny(c, groupPermissions[access])) {
        const needsMore = access !== 'read' && group?.isAssignableToRole === true
        if (!needsMore || hasAny(c, ['RoleManagement.ReadWrite.Directory'])) return
      }
      throw graphErrors.denied()
    },
    group(id) {
      const found = object(id)
      const group = world.directory.groups().find(candidate => candidate === found)
      if (group === undefined) throw graphErrors.notFound(id)
      return group
    },
    list(c, kind, principals, page = 100) {
      const start = Number(c.req.query('$skiptoken') ?? 0)
      const end = start + Math.min(Number(c.req.query('$top') ?? page), Math.max(page, 999), world.pageSize)
      const url = new URL(c.req.url)
      url.searchParams.set('$skiptoken', String(end))
      const isMixed = kind === 'directoryObjects'
      const selected = c.req.query('$select')
      return respond(c, {
        '@odata.context': `${root}/$metadata#${kind}`,
        ...(end < principals.length ? { '@odata.nextLink': url.href } : {}),
        value: principals
          .slice(start, end)
          .map(principal =>
            select(
              { ...(isMixed ? { '@odata.type': odataType(principal) } : {}), ...graphObject(world, principal) },
              selected,
            ),
          ),
      })
    },
    one: (c, kind, principal) =>
      respond(c, {
        '@odata.context': `${root}/$metadata#${kind}/$entity`,
        ...select(graphObject(world, principal), c.req.query('$select')),
      }),
    value(c, type, value) {
      // Recorded with every such answer to a POST; it leads nowhere.
      if (c.req.method === 'POST') c.header('location', `https://${cloud.graphHost}`)
      return respond(c, { '@odata.context': `${root}/$metadata#${type}`, value })
    },
  }
}
