import { chunk } from '../../model/lists.js'
import type { Clients } from '../arm/clients.js'

// Microsoft Graph v1.0: learn.microsoft.com/graph/api. A role in Azure gives no right here; each operation names the application permission it needs.

/** The object ID of the service principal of an application; undefined when there is none. Needs Application.Read.All. */
export async function findServicePrincipal(
  { graph }: Clients,
  applicationId: string,
  abortSignal: AbortSignal,
): Promise<string | undefined> {
  const filter = encodeURIComponent(`appId eq '${applicationId}'`)
  const [found] = await graph.list<{ id: string }>(`/v1.0/servicePrincipals?$filter=${filter}&$select=id`, abortSignal)
  return found?.id
}

/** The object IDs of all members of a group, nested groups' members too. Needs GroupMember.Read.All. */
export async function listTransitiveMembers(
  { graph }: Clients,
  groupId: string,
  abortSignal: AbortSignal,
): Promise<string[]> {
  const members = await graph.list<{ id: string }>(
    `/v1.0/groups/${groupId}/transitiveMembers?$select=id&$top=999`,
    abortSignal,
  )
  return members.map(({ id }) => id)
}

/** Makes a principal a member. Needs GroupMember.ReadWrite.All, or ownership of the group. */
export async function addGroupMember(
  { graph }: Clients,
  groupId: string,
  objectId: string,
  abortSignal: AbortSignal,
): Promise<void> {
  const reference = { '@odata.id': `${graph.endpoint}/v1.0/directoryObjects/${objectId}` }
  await graph.post(`/v1.0/groups/${groupId}/members/$ref`, reference, abortSignal)
}

/** Takes a direct member out. Needs GroupMember.ReadWrite.All, or ownership of the group. */
export async function removeGroupMember(
  { graph }: Clients,
  groupId: string,
  objectId: string,
  abortSignal: AbortSignal,
): Promise<void> {
  await graph.delete(`/v1.0/groups/${groupId}/members/${objectId}/$ref`, abortSignal)
}

/** Which of the object IDs the directory knows, as far as the caller may read them; at most 1,000 a request. Needs Directory.Read.All. */
export async function findExisting(
  { graph }: Clients,
  objectIds: string[],
  abortSignal: AbortSignal,
): Promise<Set<string>> {
  const found = new Set<string>()
  for (const ids of chunk(objectIds, 1000)) {
    const { value } = await graph.post<{ value: { id: string }[] }>(
      '/v1.0/directoryObjects/getByIds?$select=id',
      { ids },
      abortSignal,
    )
    for (const { id } of value) found.add(id.toLowerCase())
  }
  return found
}

const collections: Partial<Record<string, string>> = {
  ServicePrincipal: 'servicePrincipals',
  Group: 'groups',
  User: 'users',
}

/** Reads one object of the directory; a type that has no collection here is one that is not to be read. */
export async function getObject(
  { graph }: Clients,
  principalType: string,
  objectId: string,
  abortSignal: AbortSignal,
): Promise<void> {
  await graph.get(`/v1.0/${collections[principalType] ?? 'directoryObjects'}/${objectId}?$select=id`, abortSignal)
}
