import { addGroupMemberCommand, az, listMembersCommand, normalizeId } from 'azure'
import { attempt, chunk, toActionError } from 'kernel'
import { ask } from '../ask.js'
import type { ArmContext, Clients } from '../arm/resources.js'
import { graphRules, groupRules, readGroup, type GraphAttempt, type DirectoryGroup } from './errors.js'
import { findExplanation } from '../rule.js'

// Microsoft Graph v1.0: learn.microsoft.com/graph/api. Azure roles do not count here; each operation names the application permission it needs.
// Every function throws ActionError.

/** Finds the object ID of the service principal that a cluster pulls with. */
export async function findServicePrincipal(
  azure: ArmContext,
  applicationId: string,
  cluster: string,
): Promise<string | undefined> {
  const failure = `The service principal ${applicationId}, with which ${cluster} pulls, could not be looked up`
  const command = az`ad sp show --id ${applicationId}`
  const path = `/v1.0/servicePrincipals?$filter=${ofApplication(applicationId)}&$select=id`
  return (await findOne(azure, { failure, subject: cluster, needs: 'Application.Read.All', command }, path))?.id
}

/** Lists when the secrets of the application end that a cluster pulls with, in milliseconds since the epoch; undefined if it belongs to another tenant. */
export async function listSecretEnds(
  azure: ArmContext,
  applicationId: string,
  cluster: string,
): Promise<number[] | undefined> {
  const failure = `The secrets of the application ${applicationId}, with which ${cluster} pulls, could not be read`
  const command = az`ad app credential list --id ${applicationId}`
  const path = `/v1.0/applications?$filter=${ofApplication(applicationId)}&$select=passwordCredentials`
  const found = await findOne(azure, { failure, subject: cluster, needs: 'Application.Read.All', command }, path)
  return found?.passwordCredentials.map(({ endDateTime }) => Date.parse(endDateTime))
}

const ofApplication = (id: string): string => encodeURIComponent(`appId eq '${id}'`)

async function findOne({ clients, signal }: ArmContext, asked: Parameters<typeof askGraph>[1], path: string) {
  const [found] = await askGraph(clients, asked, () =>
    clients.graph.list<{ id: string; passwordCredentials: { endDateTime: string }[] }>(path, signal),
  )
  return found
}

/** Lists the object IDs of all members of a group and its nested groups. */
export function listTransitiveMembers({ clients, signal }: ArmContext, groupId: string): Promise<string[]> {
  const asked = {
    failure: `The members of group ${groupId} could not be read`,
    subject: groupId,
    needs: 'GroupMember.Read.All',
    command: listMembersCommand(groupId),
    groupId,
  }
  return askGraph(clients, asked, async () => {
    const path = `/v1.0/groups/${groupId}/transitiveMembers?$select=id&$top=999`
    const members = await clients.graph.list<{ id: string }>(path, signal)
    return members.map(({ id }) => id)
  })
}

/** Maximum number of groups per request (learn.microsoft.com/graph/api/directoryobject-checkmembergroups). */
const maxChecked = 20

/** Finds which of the groups an object (a service principal or a group) is in, directly or through other groups. One request per 20 groups. */
export function checkMemberGroups(
  { clients, signal }: ArmContext,
  { type, objectId }: { type: 'servicePrincipals' | 'groups'; objectId: string },
  groupIds: readonly string[],
): Promise<Set<string>> {
  const asked = {
    failure: `The groups of ${objectId} could not be read`,
    subject: objectId,
    refused: 'GROUP_ACCESS_DENIED' as const,
    needs: type === 'groups' ? 'GroupMember.Read.All' : 'Application.Read.All',
    command: type === 'groups' ? listMembersCommand(objectId) : az`ad sp show --id ${objectId}`,
    objectId,
  }
  const path = `/v1.0/${type}/${objectId}/checkMemberGroups`
  return askGraph(clients, asked, async () => {
    const answers = await Promise.all(
      chunk(groupIds, maxChecked).map(some =>
        clients.graph.post<{ value: string[] }>(path, { groupIds: some }, signal),
      ),
    )
    return new Set(answers.flatMap(({ value }) => value).map(normalizeId))
  })
}

/**
 * Adds a member to a group; explains a refusal by the kind of the group, if that is the reason.
 * @param membership.member the name of the target that pulls as the principal
 * @param membership.failure what failed if that does, as a sentence without its full stop
 */
export async function addMember(
  { clients, signal }: ArmContext,
  { groupId, objectId, member, failure }: Record<'groupId' | 'objectId' | 'member' | 'failure', string>,
): Promise<void> {
  const command = addGroupMemberCommand(groupId, objectId)
  const asked = {
    failure,
    subject: member,
    needs: 'GroupMember.ReadWrite.All, or ownership of the group',
    command,
    groupId,
    objectId,
  }
  const { graph } = clients
  const reference = { '@odata.id': `${graph.endpoint}/v1.0/directoryObjects/${objectId}` }
  const addition = askGraph(clients, asked, () =>
    graph.post<undefined>(`/v1.0/groups/${groupId}/members/$ref`, reference, signal),
  )
  const { error } = await attempt(addition)
  if (!error) return
  const isFinal = !error.recovers && [400, 403].includes(error.azure?.status ?? 0)
  if (!isFinal || isMemberAlready(error)) throw error
  const path = `/v1.0/groups/${groupId}?$select=displayName,groupTypes,isAssignableToRole,mailEnabled,onPremisesSyncEnabled`
  const { value: group } = await attempt(askGraph(clients, asked, () => graph.get<DirectoryGroup>(path, signal)))
  const explainBy = (known: DirectoryGroup) => findExplanation(groupRules, known, { groupId, command })
  const explanation = (group && explainBy(group)) ?? explainBy(readGroup(error.azure?.message ?? ''))
  if (!explanation?.sentence) throw error
  const { code, fix, sentence: why } = explanation
  throw error.with({ code, fix, said: { what: failure, why } })
}

/** Whether Microsoft Graph refuses to add a member that is one already; only the text shows it (recorded: graph_group_owner_add_again_400). */
export function isMemberAlready(thrown: unknown): boolean {
  return /already exist/i.test(toActionError(thrown).azure?.message ?? '')
}

/** Finds which of the object IDs exist in the directory, among those that the caller can read. One request per 1,000. */
export function findExisting({ clients, signal }: ArmContext, objectIds: string[]): Promise<Set<string>> {
  const asked = {
    failure: 'The principals could not be looked up in the directory',
    needs: 'Directory.Read.All',
    command: az`ad sp show --id ${objectIds[0] ?? ''}`,
  }
  return askGraph(clients, asked, async () => {
    const found = new Set<string>()
    const path = '/v1.0/directoryObjects/getByIds?$select=id'
    for (const ids of chunk(objectIds, 1000)) {
      let open = ids
      let isPart: boolean
      do {
        const page = await clients.graph.post<{ value: { id: string }[]; '@odata.nextLink'?: string }>(
          path,
          { ids: open },
          signal,
        )
        for (const { id } of page.value) found.add(id.toLowerCase())
        open = open.filter(id => !found.has(id.toLowerCase()))
        // The next page of a POST has no URL; request the rest again.
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

/** Reads an object of the directory, in the collection of its type if known. @throws ActionError, also if it does not exist */
export async function getObject(
  { clients, signal }: ArmContext,
  principalType: string,
  objectId: string,
): Promise<void> {
  const asked = {
    failure: `${objectId} could not be looked up in the directory`,
    subject: objectId,
    needs: 'Directory.Read.All',
    command: az`ad sp show --id ${objectId}`,
    objectId,
  }
  const path = `/v1.0/${collections[principalType] ?? 'directoryObjects'}/${objectId}?$select=id`
  await askGraph(clients, asked, () => clients.graph.get(path, signal))
}

function askGraph<T>(
  clients: Clients,
  asked: Omit<GraphAttempt, 'scope' | 'action' | 'caller'>,
  work: () => Promise<T>,
): Promise<T> {
  return ask(clients, { ...asked, scope: 'Microsoft Graph', action: asked.needs }, work, graphRules)
}
