import { az } from '../../model/az.js'
import { groupMemberCommand, listMembersCommand } from '../../model/az-commands.js'
import type { Caller } from '../../model/caller.js'
import { ActionError, azureMessage, isAbort } from '../../model/error.js'
import { chunk } from '../../model/lists.js'
import { normalizeId } from '../../model/resource-id.js'
import type { Clients } from '../arm/clients.js'
import { explain } from '../arm/errors.js'
import { graphRules, type GraphAsked } from './errors.js'
import { explainGroupKind } from './group-kind.js'

// Microsoft Graph v1.0: learn.microsoft.com/graph/api. A role in Azure gives no right here; each operation names the application permission it needs.
// Every function throws ActionError.

/** The object ID of the service principal of an application that a cluster pulls with; undefined when there is none. */
export function findServicePrincipal(
  clients: Clients,
  applicationId: string,
  cluster: string,
  abortSignal: AbortSignal,
): Promise<string | undefined> {
  const asked: GraphAsked = {
    failure: `The service principal ${applicationId}, with which ${cluster} pulls, could not be looked up`,
    subject: cluster,
    refused: 'AUTHORIZATION_FAILED',
    needs: 'the application permission Application.Read.All',
    command: az`ad sp show --id ${applicationId}`,
  }
  const filter = encodeURIComponent(`appId eq '${applicationId}'`)
  return askGraph(clients, asked, async () => {
    const path = `/v1.0/servicePrincipals?$filter=${filter}&$select=id`
    const [found] = await clients.graph.list<{ id: string }>(path, abortSignal)
    return found?.id
  })
}

/** The object IDs of all members of a group, nested groups' members too. */
export function listTransitiveMembers(clients: Clients, groupId: string, abortSignal: AbortSignal): Promise<string[]> {
  const asked: GraphAsked = {
    failure: `The members of group ${groupId} could not be read`,
    subject: groupId,
    refused: 'GROUP_ACCESS_DENIED',
    needs: 'the application permission GroupMember.Read.All',
    command: listMembersCommand(groupId),
    groupId,
  }
  return askGraph(clients, asked, async () => {
    const path = `/v1.0/groups/${groupId}/transitiveMembers?$select=id&$top=999`
    const members = await clients.graph.list<{ id: string }>(path, abortSignal)
    return members.map(({ id }) => id)
  })
}

/** As many groups as Microsoft Graph checks in one request (learn.microsoft.com/graph/api/directoryobject-checkmembergroups). */
const mostChecked = 20

/** The groups that an object (a service principal or a group) is in, itself or through others, among those given: one request for 20 of them, however many members they have. */
export function checkMemberGroups(
  clients: Clients,
  { type, objectId }: { type: 'servicePrincipals' | 'groups'; objectId: string },
  groupIds: readonly string[],
  abortSignal: AbortSignal,
): Promise<Set<string>> {
  const asked: GraphAsked = {
    failure: `The groups of ${objectId} could not be read`,
    subject: objectId,
    refused: 'GROUP_ACCESS_DENIED',
    needs: `the application permission ${type === 'groups' ? 'GroupMember.Read.All' : 'Application.Read.All'}`,
    command: type === 'groups' ? listMembersCommand(objectId) : az`ad sp show --id ${objectId}`,
    objectId,
  }
  const path = `/v1.0/${type}/${objectId}/checkMemberGroups`
  return askGraph(clients, asked, async () => {
    const answers = await Promise.all(
      chunk([...groupIds], mostChecked).map(some =>
        clients.graph.post<{ value: string[] }>(path, { groupIds: some }, abortSignal),
      ),
    )
    return new Set(answers.flatMap(({ value }) => value).map(normalizeId))
  })
}

/** A principal that is to become a member of a group, or to leave it. */
export interface Membership {
  groupId: string
  objectId: string
  /** The name of the target that pulls as the principal. */
  member: string
  /** What failed where the change does, as a sentence without its full stop. */
  failure: string
}

/** Makes a principal a member. */
export function addGroupMember(clients: Clients, membership: Membership, abortSignal: AbortSignal): Promise<void> {
  const { groupId, objectId } = membership
  const reference = { '@odata.id': `${clients.graph.endpoint}/v1.0/directoryObjects/${objectId}` }
  return change(clients, changing('add', membership), abortSignal, () =>
    clients.graph.post<undefined>(`/v1.0/groups/${groupId}/members/$ref`, reference, abortSignal),
  )
}

/** Takes a direct member out. */
export function removeGroupMember(clients: Clients, membership: Membership, abortSignal: AbortSignal): Promise<void> {
  const { groupId, objectId } = membership
  return change(clients, changing('remove', membership), abortSignal, () =>
    clients.graph.delete(`/v1.0/groups/${groupId}/members/${objectId}/$ref`, abortSignal),
  )
}

/** A refusal does not always say why; the kind of the group often does. */
async function change(
  clients: Clients,
  asked: ReturnType<typeof changing>,
  abortSignal: AbortSignal,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await askGraph(clients, asked, work)
  } catch (error) {
    const isOfKind = error instanceof ActionError && !error.recovers && [400, 403].includes(error.azure?.status ?? 0)
    if (!isOfKind || isMemberAlready(error)) throw error
    throw (await explainGroupKind(clients, asked, error, abortSignal)) ?? error
  }
}

/** Whether Microsoft Graph refuses to add a member because it is one: the code, Request_BadRequest, says nothing (recorded: graph_group_owner_add_again_400). */
export function isMemberAlready(thrown: unknown): boolean {
  return /already exist/i.test(azureMessage(thrown))
}

function changing(verb: 'add' | 'remove', { groupId, objectId, member, failure }: Membership) {
  return {
    failure,
    subject: member,
    refused: 'GROUP_ACCESS_DENIED' as const,
    needs: 'the application permission GroupMember.ReadWrite.All, or ownership of the group',
    command: groupMemberCommand(verb, groupId, objectId),
    groupId,
    objectId,
  }
}

interface Page {
  value: { id: string }[]
  '@odata.nextLink'?: string
}

/** Which of the object IDs the directory knows, as far as the caller may read them; at most 1,000 a request. */
export function findExisting(clients: Clients, objectIds: string[], abortSignal: AbortSignal): Promise<Set<string>> {
  const asked: GraphAsked = {
    failure: 'Which principals exist could not be read',
    subject: 'Microsoft Graph',
    refused: 'AUTHORIZATION_FAILED',
    needs: 'the application permission Directory.Read.All',
    command: az`ad sp show --id ${objectIds[0] ?? ''}`,
  }
  return askGraph(clients, asked, async () => {
    const found = new Set<string>()
    const path = '/v1.0/directoryObjects/getByIds?$select=id'
    for (const ids of chunk(objectIds, 1000)) {
      let open = ids
      let isPart: boolean
      do {
        const page = await clients.graph.post<Page>(path, { ids: open }, abortSignal)
        for (const { id } of page.value) found.add(id.toLowerCase())
        open = open.filter(id => !found.has(id.toLowerCase()))
        // A page of a POST has no address of its own: the others are asked for again.
        isPart = page['@odata.nextLink'] !== undefined && page.value.length > 0
      } while (isPart && open.length > 0)
    }
    return found
  })
}

const collections: Partial<Record<string, string>> = {
  ServicePrincipal: 'servicePrincipals',
  Group: 'groups',
  User: 'users',
}

/** Looks up one object of the directory, in the collection of its type where that is known. @throws ActionError, also where it does not exist */
export async function getObject(
  clients: Clients,
  principalType: string,
  objectId: string,
  abortSignal: AbortSignal,
): Promise<void> {
  const asked: GraphAsked = {
    failure: `${objectId} could not be looked up in the directory`,
    subject: objectId,
    refused: 'AUTHORIZATION_FAILED',
    needs: 'the application permission Directory.Read.All',
    command: az`ad sp show --id ${objectId}`,
    objectId,
  }
  const path = `/v1.0/${collections[principalType] ?? 'directoryObjects'}/${objectId}?$select=id`
  await askGraph(clients, asked, () => clients.graph.get(path, abortSignal))
}

/** Sends a request and turns errors of the SDK into the contract's error. @throws ActionError, and AbortError when the job is cancelled */
async function askGraph<T>({ caller }: { caller: Caller }, asked: GraphAsked, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    if (isAbort(thrown) || thrown instanceof ActionError) throw thrown
    throw explain(thrown, { ...asked, caller, scope: 'Microsoft Graph', action: asked.needs }, graphRules)
  }
}
