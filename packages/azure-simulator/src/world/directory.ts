import type { ClaimsTest } from '../model/claims-matching.js'
import { graphAppId } from '../model/graph-permissions.js'
import { newGuid } from '../model/ids.js'

export type PrincipalType = 'ServicePrincipal' | 'User' | 'Group'

/** An object of Microsoft Entra ID. */
export interface Principal {
  readonly objectId: string
  readonly type: PrincipalType
  readonly displayName: string
  /** Application (client) ID; service principals only. */
  readonly clientId?: string
  readonly servicePrincipalType?: 'Application' | 'ManagedIdentity'
  /** The directory that holds it; a managed identity of another tenant is unknown to this one. */
  readonly tenantId: string
  createdAt: number
  /** Until then it is not found by anyone, whatever the request says; Infinity for ever. */
  hiddenUntil: number
}

/** What a token's issuer, subject and audience must equal, letter for letter, for Entra to accept it instead of a secret. */
export interface FederatedCredential {
  readonly id: string
  /** Unique among those of a client. */
  readonly name: string
  readonly description: string | null
  readonly issuer: string
  /** A flexible credential has a test of the token's claims in its place. */
  readonly subject: string | ClaimsTest
  /** Of a flexible credential: the expression that the test was made of. */
  readonly claimsMatchingExpression?: string
  readonly audience: string
}

/** A federated credential to be; its name is a GUID unless given. */
export type NewFederatedCredential = Pick<FederatedCredential, 'issuer' | 'subject' | 'audience'> &
  Partial<FederatedCredential>

/** What Entra knows of a client: an app registration or a user-assigned identity. */
export interface Client {
  /** Application permissions of Microsoft Graph; they are written into tokens. */
  readonly graphPermissions: Set<string>
  readonly clientId: string
  readonly objectId: string
  readonly displayName: string
  readonly federatedCredentials: FederatedCredential[]
  readonly secrets: string[]
}

export interface Group extends Principal {
  readonly type: 'Group'
  readonly members: Membership[]
  /** Object IDs that may change the members without a Microsoft Graph permission. */
  readonly owners: string[]
  /** Directory roles can be assigned to it; changing its members then takes one more permission. */
  readonly isAssignableToRole: boolean
  /** Kept in an on-premises directory: its members are changed there. */
  readonly onPremisesSyncEnabled: boolean
  readonly mailEnabled: boolean
  /** The rule of a group with dynamic membership; undefined where members are assigned. */
  readonly membershipRule: string | undefined
}

interface Membership {
  readonly objectId: string
  addedAt: number
  removedAt: number
}

export interface GroupOptions extends PrincipalOptions {
  members?: readonly string[]
  owners?: readonly string[]
  isAssignableToRole?: boolean
  onPremisesSyncEnabled?: boolean
  mailEnabled?: boolean
  membershipRule?: string
}

export interface PrincipalOptions {
  objectId?: string
  createdMsAgo?: number
  tenantId?: string
}

function completeCredential(credential: NewFederatedCredential): FederatedCredential {
  const id = newGuid()
  return { id, name: id, description: null, ...credential }
}

const aYear = 365 * 24 * 60 * 60 * 1000

/** The directory: principals, the clients among them, and groups. */
export interface Directory {
  readonly principals: Principal[]
  readonly clients: Client[]
  addServicePrincipal(
    displayName: string,
    kind: 'Application' | 'ManagedIdentity',
    options?: PrincipalOptions & {
      clientId?: string
      federatedCredentials?: readonly NewFederatedCredential[]
      secrets?: string[]
    },
  ): Principal & Client
  addFederatedCredential(client: Client, credential: NewFederatedCredential): FederatedCredential
  addGroup(displayName: string, options?: GroupOptions): Group
  addUser(displayName: string, options?: PrincipalOptions): Principal
  /** Deletes a principal, which leaves its groups. */
  remove(objectId: string): void
  find(objectId: string): Principal | undefined
  findClient(clientId: string): Client | undefined
  groups(): Group[]
  /** Object IDs of the direct members. */
  membersOf(group: Group): string[]
  isMember(group: Group, objectId: string): boolean
  addMember(group: Group, objectId: string): void
  removeMember(group: Group, objectId: string): void
  /** Object IDs of the groups that hold `objectId`, nested ones too; `lagMs` is the time that a change of membership takes to count. */
  groupsOf(objectId: string, lagMs?: number): string[]
  /** Makes every principal and every change of membership that much older. */
  passTime(milliseconds: number): void
}

/** A directory of one tenant with nothing in it but Microsoft Graph, which nobody here can sign in as. */
export function createDirectory(homeTenantId: string): Directory {
  const principals = new Map<string, Principal>()
  const clients = new Map<string, Client>()

  const add = <T extends Principal>(principal: T): T => {
    principals.set(principal.objectId.toLowerCase(), principal)
    return principal
  }
  const base = (displayName: string, options: PrincipalOptions) => ({
    objectId: options.objectId ?? newGuid(),
    displayName,
    tenantId: options.tenantId ?? homeTenantId,
    createdAt: Date.now() - (options.createdMsAgo ?? 0),
    hiddenUntil: 0,
  })
  add({
    ...base('Microsoft Graph', { createdMsAgo: aYear }),
    type: 'ServicePrincipal' as const,
    servicePrincipalType: 'Application' as const,
    clientId: graphAppId,
  })
  const isGroup = (principal: Principal): principal is Group => principal.type === 'Group'
  const groups = (): Group[] => [...principals.values()].filter(isGroup)
  /** By member: looking through all groups for each member takes minutes in a large directory. */
  const memberships = new Map<string, { group: Group; membership: Membership }[]>()
  const membershipsOf = (objectId: string) => memberships.get(objectId.toLowerCase()) ?? []
  const note = (group: Group, membership: Membership): void => {
    memberships.set(membership.objectId.toLowerCase(), [...membershipsOf(membership.objectId), { group, membership }])
  }
  const current = (group: Group, objectId: string): Membership[] =>
    membershipsOf(objectId).flatMap(entry =>
      entry.group === group && entry.membership.removedAt === Infinity ? [entry.membership] : [],
    )

  return {
    get principals() {
      return [...principals.values()]
    },
    get clients() {
      return [...clients.values()]
    },
    addServicePrincipal(displayName, kind, options = {}) {
      const principal = add({
        ...base(displayName, options),
        type: 'ServicePrincipal' as const,
        servicePrincipalType: kind,
        clientId: options.clientId ?? newGuid(),
        federatedCredentials: (options.federatedCredentials ?? []).map(completeCredential),
        secrets: [...(options.secrets ?? [])],
        graphPermissions: new Set<string>(),
      })
      clients.set(principal.clientId.toLowerCase(), principal)
      return principal
    },
    addFederatedCredential(client, credential) {
      const complete = completeCredential(credential)
      client.federatedCredentials.push(complete)
      return complete
    },
    addGroup(displayName, options = {}) {
      const principal = base(displayName, options)
      const members = (options.members ?? []).map(objectId => ({
        objectId,
        addedAt: principal.createdAt,
        removedAt: Infinity,
      }))
      const group = add({
        ...principal,
        type: 'Group' as const,
        members,
        owners: [...(options.owners ?? [])],
        isAssignableToRole: options.isAssignableToRole ?? false,
        onPremisesSyncEnabled: options.onPremisesSyncEnabled ?? false,
        mailEnabled: options.mailEnabled ?? false,
        membershipRule: options.membershipRule,
      })
      for (const membership of members) note(group, membership)
      return group
    },
    addUser: (displayName, options = {}) => add({ ...base(displayName, options), type: 'User' as const }),
    remove(objectId) {
      const principal = principals.get(objectId.toLowerCase())
      principals.delete(objectId.toLowerCase())
      clients.delete(principal?.clientId?.toLowerCase() ?? '')
      for (const { membership } of membershipsOf(objectId))
        if (membership.removedAt === Infinity) membership.removedAt = Date.now()
    },
    find: objectId => principals.get(objectId.toLowerCase()),
    findClient: clientId => clients.get(clientId.toLowerCase()),
    groups,
    membersOf: group => group.members.filter(member => member.removedAt === Infinity).map(member => member.objectId),
    isMember: (group, objectId) => current(group, objectId).length > 0,
    addMember(group, objectId) {
      const membership = { objectId, addedAt: Date.now(), removedAt: Infinity }
      group.members.push(membership)
      note(group, membership)
    },
    removeMember(group, objectId) {
      for (const member of current(group, objectId)) member.removedAt = Date.now()
    },
    groupsOf(objectId, lagMs = 0) {
      const at = Date.now() - lagMs
      const found = new Set<Group>()
      const queue = [objectId]
      for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
        for (const { group, membership } of membershipsOf(id)) {
          if (found.has(group) || membership.addedAt > at || at >= membership.removedAt) continue
          found.add(group)
          queue.push(group.objectId)
        }
      }
      return [...found].map(group => group.objectId)
    },
    passTime(milliseconds) {
      for (const principal of principals.values()) {
        principal.createdAt -= milliseconds
        principal.hiddenUntil -= milliseconds
      }
      for (const member of groups().flatMap(({ members }) => members)) {
        member.addedAt -= milliseconds
        member.removedAt -= milliseconds
      }
    },
  }
}
