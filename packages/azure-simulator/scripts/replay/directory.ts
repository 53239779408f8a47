import type { Principal } from '../../src/world/directory.js'
import type { Seen } from './seen.js'

/** The principals named in recordings, and the groups with their initial members. */
export function addDirectory({ recordings, world }: Seen): void {
  const { directory } = world
  const principal = (objectId: string, type = 'ServicePrincipal', clientId?: string): Principal =>
    directory.find(objectId) ??
    (type === 'Group'
      ? world.addGroup('group', { objectId })
      : type === 'User'
        ? world.addUser('user', { objectId })
        : directory.addServicePrincipal('principal', 'Application', {
            objectId,
            ...(clientId === undefined || directory.findClient(clientId) !== undefined ? {} : { clientId }),
          }))
  const member = (groupId: string, objectId: string): void => {
    const group = principal(groupId, 'Group')
    if (group.type !== 'Group') return
    const found = directory.groups().find(candidate => candidate.objectId === group.objectId)
    if (found !== undefined && !directory.membersOf(found).includes(objectId)) directory.addMember(found, objectId)
  }
  /** Groups whose members the recording itself changes from here on. */
  const changed = new Set<string>()

  for (const { request, response } of recordings) {
    const url = new URL(request.url)
    if (response.status >= 400) continue
    visit([request.body, response.body], item => {
      const { principalId, principalType, id, appId, servicePrincipalType } = item
      const type = item['@odata.type']
      if (typeof principalId === 'string' && typeof principalType === 'string') principal(principalId, principalType)
      if (typeof id !== 'string' || url.host !== world.cloud.graphHost || !/^[0-9a-f-]{36}$/i.test(id)) return
      if (typeof appId === 'string' && servicePrincipalType !== undefined) principal(id, 'ServicePrincipal', appId)
      else if (type === '#microsoft.graph.group') principal(id, 'Group')
      else if (type === '#microsoft.graph.user') principal(id, 'User')
    })
    if (url.host !== world.cloud.graphHost) continue
    const [, groupId, rest = ''] = /\/groups\/([0-9a-f-]{36})(.*)$/i.exec(url.pathname) ?? []
    if (groupId !== undefined) {
      principal(groupId, 'Group')
      if (request.method === 'POST') changed.add(groupId)
      else if (request.method === 'DELETE') {
        const removed = /\/members\/([0-9a-f-]{36})/i.exec(rest)?.[1]
        if (removed !== undefined && !changed.has(groupId)) member(groupId, removed)
        changed.add(groupId)
      } else if (rest.startsWith('/members') && !changed.has(groupId)) {
        visit([response.body], ({ id }) => {
          if (typeof id === 'string') member(groupId, id)
        })
      }
    }
    const [, objectId] =
      /\/(?:servicePrincipals|users|directoryObjects)\/([0-9a-f-]{36})\/(?:checkMember|getMember)/i.exec(
        url.pathname,
      ) ?? []
    const { value } = (response.body ?? {}) as { value?: unknown }
    if (objectId !== undefined && Array.isArray(value)) {
      principal(objectId)
      for (const id of value as unknown[]) if (typeof id === 'string' && !changed.has(id)) member(id, objectId)
    }
  }
}

/** Calls back with every object in a value. */
export function visit(value: unknown, act: (item: Readonly<Record<string, unknown>>) => void): void {
  if (Array.isArray(value)) for (const item of value) visit(item, act)
  else if (typeof value === 'object' && value !== null) {
    act(value as Readonly<Record<string, unknown>>)
    for (const inner of Object.values(value)) visit(inner, act)
  }
}
