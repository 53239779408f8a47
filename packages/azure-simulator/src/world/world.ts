import { builtInRoles } from '../model/built-in-roles.js'
import { clouds, type Cloud, type CloudName } from '../model/clouds.js'
import { newGuid } from '../model/ids.js'
import { madeUpRoles } from '../model/made-up-roles.js'
import { findRole, type Permission, type RoleDefinition } from '../model/role-definitions.js'
import { defaultTiming, type Timing } from '../model/timing.js'
import { isCluster } from './clusters.js'
import {
  createDirectory,
  type Client,
  type Directory,
  type FederatedCredential,
  type NewFederatedCredential,
  type Group,
  type GroupOptions,
  type Principal,
  type PrincipalOptions,
  type PrincipalType,
  type Trusting,
} from './directory.js'
import { createGithub, type Github } from './github.js'
import { createGovernance, type Governance } from './governance.js'
import { defaultImports, type ImportBehaviour } from './imports.js'
import { createRoleAssignmentStore, type RoleAssignment, type RoleAssignmentStore } from './role-assignments.js'
import { subscriptionIdOf } from './scopes.js'
import { createSourceRegistry, type SourceRegistry, type SourceRegistryOptions } from './source-registries.js'
import { createSubscriptions, type Subscriptions } from './subscriptions.js'
import { createTimers, type Timers } from './timers.js'

interface CustomRole extends Partial<Permission> {
  name?: string
  roleName: string
  description?: string
  assignableScopes: readonly string[]
}

interface AssignRole {
  principalId: string
  /** Name, GUID or ID of a role. */
  role: string
  scope: string
  condition?: string
  description?: string
  /** GUID of the assignment. */
  name?: string
  /** Taken from the directory by default. */
  principalType?: PrincipalType
  /**
   * Milliseconds since it was assigned. By default, the role of an application, such as the one that signs in, is an hour old, as it is in effect; all others
   * were assigned now.
   */
  ageMs?: number
  /** Milliseconds until permission checks use it; 0 by default. */
  effectiveInMs?: number
}

/** By default, so long ago an application got its roles: a new one would not be in effect yet. */
const usualAgeMs = 3_600_000

/** The state of the simulated cloud. Tests build it before a simulator starts, and may change it while it runs. */
export interface World extends Governance, Subscriptions {
  readonly cloud: Cloud
  readonly tenantId: string
  readonly tenantName: string
  /** All tenants that Entra knows here, by ID; the first is the home tenant. */
  readonly tenants: Map<string, string>
  readonly timing: Timing
  readonly timers: Timers
  readonly directory: Directory
  readonly roles: RoleDefinition[]
  readonly assignments: RoleAssignmentStore
  /** The current assignments, visible yet or not. */
  readonly roleAssignments: readonly RoleAssignment[]
  /** Registries outside Azure that images are imported from. */
  readonly sourceRegistries: SourceRegistry[]
  readonly imports: ImportBehaviour
  /** The workflow's repository. */
  readonly github: Github
  /** Makes registries refuse the token exchange for callers without any right there. */
  exchangeNeedsRights: boolean
  /** The callers' address for registries. */
  callerAddress: string
  /** Entries per page of a list. */
  pageSize: number
  /** If true, even `principalType: ServicePrincipal` doesn't skip the directory look-up for a role assignment. */
  strictDirectory: boolean
  /**
   * Whether a list of role definitions has only those with the `roleName` in `$filter`, as recorded. Documented are only `atScopeAndBelow()` and `type`
   * (learn.microsoft.com/rest/api/authorization/role-definitions/list), so a client must not rely on it.
   */
  filtersRoleNames: boolean
  /** The tenant refuses workload identity federation (AADSTS700223). */
  federationDisabled: boolean

  addTenant(name: string, id?: string): string
  /** By host, with the port unless it is 443; `docker.io` is Docker Hub. */
  addSourceRegistry(host: string, options?: SourceRegistryOptions): SourceRegistry
  addApplication(
    displayName: string,
    options?: PrincipalOptions & {
      clientId?: string
      federatedCredentials?: readonly NewCredential[]
      secrets?: string[]
    },
  ): Principal & Client
  addFederatedCredential(client: Trusting, credential: NewCredential): FederatedCredential
  addGroup(displayName: string, options?: GroupOptions): Group
  addUser(displayName: string, options?: PrincipalOptions): Principal
  /** Grants permissions that tokens issued from now on will have. */
  grantGraphPermission(client: Pick<Client, 'clientId'>, ...permissions: string[]): void
  addCustomRole(role: CustomRole): RoleDefinition
  /** Roles that people can activate (Privileged Identity Management). */
  readonly eligibleRoles: EligibleRole[]
  /** Visible at once. */
  assignRole(assignment: AssignRole): RoleAssignment
  /** Adds made-up built-in roles, so that a list of all has as many bytes as the real one: 1,636,025 were recorded, in one page. */
  addNoiseRoles(seed?: number): void
  /** Adds role assignments of strangers above `scope`; real subscriptions have hundreds. */
  addNoiseAssignments(count: number, scope: string): void
  /**
   * Role assignments for this principal fail with PrincipalNotFound for the next `milliseconds`, whatever the request.
   */
  hidePrincipal(objectId: string, milliseconds?: number): void
  /**
   * Ages all role assignments, memberships, principals and long-running operations by that much, which ends their
   * delays.
   */
  passTime(milliseconds: number): void
}

/** A role, by name, that a principal can activate at a scope. */
export interface EligibleRole {
  principalId: string
  role: string
  scope: string
}

/** By default, issuer and audience are GitHub's and the cloud's. */
type NewCredential = Pick<NewFederatedCredential, 'subject'> & Partial<NewFederatedCredential>

const githubIssuer = 'https://token.actions.githubusercontent.com'

/** A tenant with only the built-in roles. */
export function createWorld(options: { cloud?: CloudName; tenantName?: string; tenantId?: string } = {}): World {
  const cloud = clouds[options.cloud ?? 'AzureCloud']
  const tenantId = options.tenantId ?? newGuid()
  const tenantName = options.tenantName ?? 'contoso'
  const directory = createDirectory(tenantId)
  const assignments = createRoleAssignmentStore()
  const timers = createTimers()
  const sourceRegistries: SourceRegistry[] = []
  const roles = [...builtInRoles]
  const tenants = new Map([[tenantId, tenantName]])

  const ofGithub = (credential: NewCredential): NewFederatedCredential => ({
    issuer: githubIssuer,
    audience: cloud.federationAudience,
    ...credential,
  })

  const world: World = {
    ...createGovernance(),
    ...createSubscriptions({ cloud, tenantId, directory }),
    cloud,
    tenantId,
    tenantName,
    tenants,
    timing: { ...defaultTiming },
    timers,
    directory,
    roles,
    assignments,
    get roleAssignments() {
      return assignments.all
    },
    sourceRegistries,
    imports: { ...defaultImports },
    github: createGithub(),
    exchangeNeedsRights: false,
    // In the documentation range of RFC 5737.
    callerAddress: '203.0.113.7',
    pageSize: 1000,
    strictDirectory: false,
    eligibleRoles: [],
    filtersRoleNames: true,
    federationDisabled: false,

    addTenant(name, id = newGuid()) {
      tenants.set(id, name)
      return id
    },
    addSourceRegistry(host, sourceOptions) {
      const source = createSourceRegistry(host, sourceOptions)
      sourceRegistries.push(source)
      return source
    },
    addApplication: (displayName, { federatedCredentials = [], ...applicationOptions } = {}) =>
      directory.addServicePrincipal(displayName, 'Application', {
        ...applicationOptions,
        federatedCredentials: federatedCredentials.map(ofGithub),
      }),
    addFederatedCredential: (client, credential) => directory.addFederatedCredential(client, ofGithub(credential)),
    addGroup: (displayName, groupOptions) => directory.addGroup(displayName, groupOptions),
    addUser: (displayName, userOptions) => directory.addUser(displayName, userOptions),
    grantGraphPermission({ clientId }, ...permissions) {
      for (const permission of permissions) directory.findClient(clientId)?.graphPermissions.add(permission)
    },
    addCustomRole(role) {
      const { actions = [], notActions = [], dataActions = [], notDataActions = [] } = role
      const now = new Date().toISOString()
      const definition: RoleDefinition = {
        name: role.name ?? newGuid(),
        roleName: role.roleName,
        type: 'CustomRole',
        description: role.description ?? '',
        assignableScopes: role.assignableScopes,
        permissions: [{ actions, notActions, dataActions, notDataActions }],
        createdOn: now,
        updatedOn: now,
      }
      roles.push(definition)
      return definition
    },
    assignRole({ role, condition, principalType, ...rest }) {
      const definition = findRole(roles, role)
      if (definition === undefined) throw new Error(`no role is called ${role}`)
      const subscriptionId = subscriptionIdOf(rest.scope)
      const isApplication = directory.find(rest.principalId)?.servicePrincipalType === 'Application'
      return assignments.add({
        ageMs: isApplication ? usualAgeMs : 0,
        ...rest,
        roleDefinitionId: `${subscriptionId === undefined ? '' : `/subscriptions/${subscriptionId}`}/providers/Microsoft.Authorization/roleDefinitions/${definition.name}`,
        principalType: principalType ?? directory.find(rest.principalId)?.type ?? 'ServicePrincipal',
        ...(condition === undefined ? {} : { condition, conditionVersion: '2.0' }),
      })
    },
    addNoiseRoles(seed = 1) {
      roles.push(...madeUpRoles(1_450_000, seed))
    },
    addNoiseAssignments(count, scope) {
      const above = world.ancestors(scope).slice(1)
      const types = ['User', 'ServicePrincipal', 'Group'] as const
      for (let index = 0; index < count; index += 1) {
        const role = roles[index % builtInRoles.length]
        const at = above[index % above.length]
        if (role === undefined || at === undefined) continue
        world.assignRole({
          principalId: newGuid(),
          role: role.name,
          scope: at,
          principalType: types[index % types.length] ?? 'User',
        })
      }
    },
    hidePrincipal(objectId, milliseconds = Infinity) {
      const principal = directory.find(objectId)
      if (principal === undefined) throw new Error(`no principal has the object ID ${objectId}`)
      principal.hiddenUntil = Date.now() + milliseconds
    },
    passTime(milliseconds) {
      assignments.passTime(milliseconds)
      directory.passTime(milliseconds)
      for (const resource of world.resources)
        if (isCluster(resource) && resource.readySince !== undefined) resource.readySince -= milliseconds
      timers.passTime(milliseconds)
    },
  }
  return world
}
