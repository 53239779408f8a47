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
  /** Its home directory; another tenant's managed identity is unknown to this one. */
  readonly tenantId: string
  createdAt: number
  /** Nobody finds it until then, whatever the request; Infinity for ever. */
  hiddenUntil: number
}

/**
 * The issuer, subject and audience that a token must match exactly (case-sensitive) for Entra to accept it instead of a
 * secret.
 */
export interface FederatedCredential {
  readonly id: string
  /** Unique per client. */
  readonly name: string
  readonly description: string | null
  readonly issuer: string
  /** A flexible credential has a test of the token's claims instead. */
  readonly subject: string | ClaimsTest
  /** Only for a flexible credential: the expression that the test was parsed from. */
  readonly claimsMatchingExpression?: string
  readonly audience: string
}

/** A new federated credential; its name is a GUID by default. */
export type NewFederatedCredential = Pick<FederatedCredential, 'issuer' | 'subject' | 'audience'> &
  Partial<FederatedCredential>

/** A client of Entra: an app registration or a user-assigned identity. */
export interface Client {
  /** Application permissions of Microsoft Graph; tokens list them. */
  readonly graphPermissions: Set<string>
  readonly clientId: string
  readonly objectId: string
  readonly displayName: string
  readonly federatedCredentials: FederatedCredential[]
  readonly secrets: string[]
  /** When a secret ends, in milliseconds since the epoch; one that isn't there ends in a year. */
  readonly secretEnds: Map<string, number>
}

/** Has federated credentials: a client, or an application that has no service principal yet. */
export type Trusting = Pick<Client, 'federatedCredentials'>

export interface Group extends Principal {
  readonly type: 'Group'
  readonly members: Membership[]
  /** Object IDs that can change the members without a Microsoft Graph permission. */
  readonly owners: string[]
  /** Directory roles can be assigned to it; changing its members then requires another permission. */
  readonly isAssignableToRole: boolean
  /** Synchronised from an on-premises directory: its members can only be changed there. */
  readonly onPremisesSyncEnabled: boolean
  readonly mailEnabled: boolean
  /** The rule of a group with dynamic membership; undefined if members are assigned. */
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

/** The directory: principals, including clients, and groups. */
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
  addFederatedCredential(client: Trusting, credential: NewFederatedCredential): FederatedCredential
  addGroup(displayName: string, options?: GroupOptions): Group
  addUser(displayName: string, options?: PrincipalOptions): Principal
  /** Deletes a principal and its group memberships. */
  remove(objectId: string): void
  find(objectId: string): Principal | undefined
  findClient(clientId: string): Client | undefined
  groups(): Group[]
  /** Object IDs of the direct members. */
  membersOf(group: Group): string[]
  isMember(group: Group, objectId: string): boolean
  addMember(group: Group, objectId: string): void
  removeMember(group: Group, objectId: string): void
  /**
   * Object IDs of the groups that contain `objectId`, including nested ones. `lagMs` is the delay until a membership
   * change counts.
   */
  groupsOf(objectId: string, lagMs?: number): string[]
  /** Ages every principal and membership change by that much. */
  passTime(milliseconds: number): void
}

/** A directory of one tenant. It only contains Microsoft Graph, which nobody here can sign in as. */
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
  /** By member: searching all groups for each member takes minutes in a large directory. */
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
        secretEnds: new Map<string, number>(),
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
