import { parseCondition, type Condition } from 'azure-simulator'
import type { Contoso } from 'azure-simulator/contoso'

// A model of what each identity can pull from each repository of each registry, computed from the state of a simulated world. It knows
// nothing of the action and its requests, nor of the simulator's own permission checks and delays: it says what holds in the end.

type World = Contoso['world']

/** A role assignment, with what decides about pulling. IDs are in lower case, except for `id`. */
interface Held {
  id: string
  scope: string
  principalId: string
  principalType: string
  roleId: string
  condition: string | null
}

interface KnownRegistry {
  id: string
  name: string
  loginServer: string
  isAbac: boolean
  /** The registry's ID and all scopes above it, in lower case. */
  scopes: ReadonlySet<string>
  repositories: readonly string[]
}

interface KnownCluster {
  id: string
  name: string
  /** Object ID of the identity that its nodes pull with. */
  pullsAs: string
  /** Object ID of its own identity. */
  controlPlane: string
}

type Role = World['roles'][number]

/** What decides who can pull; keys and object IDs are in lower case. */
export interface AccessState {
  assignments: Map<string, Held>
  /** The groups that a principal is a direct member of. */
  groupsOf: Map<string, ReadonlySet<string>>
  /** By GUID, in lower case. */
  roles: ReadonlyMap<string, Role>
  registries: readonly KnownRegistry[]
  clusters: readonly KnownCluster[]
  /** The display names of the principals that exist, groups excluded. */
  names: ReadonlyMap<string, string>
}

/** Access that somebody had before and no longer has. */
export interface Loss {
  /** The name of a cluster that pulls with the identity or, if none does, the identity's with `identity ` before it. */
  who: string
  /** Object ID of the identity. */
  identity: string
  /** ID of the cluster, if it is one. */
  cluster?: string
  registry: string
  /** Those among the tried ones that it can no longer pull. */
  repositories: readonly string[]
  /** Whether it can still pull others there. */
  isPart: boolean
}

const lower = (text: string): string => text.toLowerCase()

/** Reads the state of a world: a copy that later changes of the world don't reach. */
export function readAccess(world: World): AccessState {
  const assignments = new Map<string, Held>()
  for (const { id, scope, principalId, principalType, roleDefinitionId, condition } of world.roleAssignments)
    assignments.set(lower(id), {
      id,
      scope: lower(scope),
      principalId: lower(principalId),
      principalType,
      roleId: lower(roleDefinitionId.slice(-36)),
      condition,
    })
  const groupsOf = new Map<string, Set<string>>()
  for (const group of world.directory.groups())
    for (const member of world.directory.membersOf(group)) {
      const groups = groupsOf.get(lower(member)) ?? new Set()
      groupsOf.set(lower(member), groups.add(lower(group.objectId)))
    }
  const principals = world.directory.principals.filter(({ type }) => type !== 'Group')
  return {
    assignments,
    groupsOf,
    roles: new Map(world.roles.map(role => [lower(role.name), role])),
    registries: world.resources.flatMap(each => readRegistry(world, each)),
    clusters: world.resources.flatMap(each => readCluster(world, each)),
    names: new Map(principals.map(({ objectId, displayName }) => [lower(objectId), displayName])),
  }
}

type Resource = World['resources'][number]

function readRegistry(world: World, resource: Resource): KnownRegistry[] {
  if (!('images' in resource)) return []
  const { id, name, body, loginServer, images } = resource as Contoso['registry']
  const isAbac = body.properties.roleAssignmentMode === 'AbacRepositoryPermissions'
  const repositories = [...images.repositories.keys()]
  return [{ id: lower(id), name, loginServer, isAbac, scopes: new Set(world.ancestors(id)), repositories }]
}

function readCluster(world: World, resource: Resource): KnownCluster[] {
  if (!('nodeResourceGroup' in resource)) return []
  const { id, name, body, controlPlanePrincipalId = '' } = resource as Contoso['cluster']
  const { identityProfile, servicePrincipalProfile } = body.properties as {
    identityProfile?: { kubeletidentity?: { objectId: string } }
    servicePrincipalProfile?: { clientId: string }
  }
  const application = world.directory.findClient(servicePrincipalProfile?.clientId ?? '')
  const pullsAs = identityProfile?.kubeletidentity?.objectId ?? application?.objectId ?? ''
  return [{ id: lower(id), name, pullsAs: lower(pullsAs), controlPlane: lower(controlPlanePrincipalId) }]
}

/**
 * Who can no longer pull what, sorted. Only what changed is compared: the holders of assignments that are gone or different, the members
 * that left a group, and the registries whose mode changed. So a step that adds 10,000 assignments costs no more than reading them.
 */
export function findLosses(before: AccessState, after: AccessState): Loss[] {
  const changed = findChanges(before, after)
  if (changed.length === 0) return []
  const names = sampleRepositories(before, after)
  const couldPull = createJudge(before)
  const canPull = createJudge(after)
  const seen = new Set<string>()
  const losses = changed.flatMap(({ registry, holders }) =>
    [...holders].flatMap((identity): Loss[] => {
      const key = `${identity} ${registry.id}`
      if (seen.has(key)) return []
      seen.add(key)
      const later = after.registries.find(({ id }) => id === registry.id)
      const had = [...names, ...registry.repositories].filter(name => couldPull(identity, registry, name))
      const lost = had.filter(name => !later || !canPull(identity, later, name))
      if (lost.length === 0) return []
      const clusters = before.clusters.filter(({ pullsAs }) => pullsAs === identity)
      const repositories = [...new Set(lost)].sort()
      const at = { identity, registry: registry.name, repositories, isPart: lost.length < had.length }
      if (clusters.length === 0) return [{ who: `identity ${before.names.get(identity) ?? identity}`, ...at }]
      return clusters.map(({ id, name }) => ({ who: name, cluster: id, ...at }))
    }),
  )
  return losses.sort((a, b) => (describeLoss(a) < describeLoss(b) ? -1 : 1))
}

/** `aks-2 on contosoacr`, or `aks-2 on contosoacr: team/app` if it can still pull others. */
export function describeLoss({ who, registry, repositories, isPart }: Loss): string {
  return `${who} on ${registry}${isPart ? `: ${repositories.join(', ')}` : ''}`
}

/** The registries at which something was taken away, each with everybody who may have lost access by it. */
function findChanges(before: AccessState, after: AccessState): { registry: KnownRegistry; holders: Set<string> }[] {
  const membersOf = listMembers(before)
  const isSame = (a: Held, b: Held | undefined): boolean =>
    a.condition === b?.condition && a.principalId === b.principalId && a.roleId === b.roleId
  const byScope = new Map<string, Set<string>>()
  const add = (scope: string, principalId: string): void => {
    const holders = byScope.get(scope) ?? new Set()
    byScope.set(scope, holders)
    for (const id of expand(principalId, membersOf)) if (isSomebody(before, id)) holders.add(id)
  }
  for (const [id, held] of before.assignments)
    if (!isSame(held, after.assignments.get(id))) add(held.scope, held.principalId)
  for (const [member, groups] of before.groupsOf)
    if ([...groups].some(id => !after.groupsOf.get(member)?.has(id))) add('', member)
  const modes = new Map(after.registries.map(({ id, isAbac }) => [id, isAbac]))
  return before.registries.flatMap(registry => {
    const isChanged = modes.get(registry.id) !== registry.isAbac
    const holders = new Set<string>()
    for (const [scope, some] of byScope)
      if (scope === '' || registry.scopes.has(scope)) for (const id of some) holders.add(id)
    if (isChanged)
      for (const { principalId } of before.assignments.values())
        for (const id of expand(principalId, membersOf)) if (isSomebody(before, id)) holders.add(id)
    return holders.size > 0 ? [{ registry, holders }] : []
  })
}

/** Whether a principal can pull at all: groups can't, and neither can those that were deleted. */
function isSomebody({ names, clusters }: AccessState, id: string): boolean {
  return names.has(id) || clusters.some(({ pullsAs }) => pullsAs === id)
}

function listMembers({ groupsOf }: AccessState): ReadonlyMap<string, readonly string[]> {
  const members = new Map<string, string[]>()
  for (const [member, groups] of groupsOf)
    for (const group of groups) members.set(group, [...(members.get(group) ?? []), member])
  return members
}

/** A principal with everything that it leads to: a group with its members, nested ones included. */
function expand(start: string, next: ReadonlyMap<string, Iterable<string>>): Set<string> {
  const found = new Set([start])
  for (const id of found) for (const other of next.get(id) ?? []) found.add(other)
  return found
}

/** Names to try in addition to those that exist: whatever the conditions name, and one that no condition names. */
function sampleRepositories(...states: AccessState[]): string[] {
  const names = new Set(['some/repository', 'aks-managed-repository/oss/pause'])
  for (const { assignments } of states)
    for (const { condition } of assignments.values())
      for (const [, value = ''] of condition?.matchAll(/'([^']*)'/g) ?? []) {
        const text = value.toLowerCase().replaceAll('?', 'q')
        for (const name of [text.replaceAll('*', ''), text.replaceAll('*', 'x/y'), `${text}x`, `${text}/x`])
          if (/^[a-z0-9]+(?:[._/-][a-z0-9]+)*$/.test(name)) names.add(name)
      }
  return [...names]
}

/** Whether a cluster's nodes can pull from a repository of a registry, by the state of a world. */
export function canPull(world: World, cluster: { id: string }, registry: { id: string }, repository: string): boolean {
  const state = readAccess(world)
  const known = state.clusters.find(({ id }) => id === lower(cluster.id))
  const at = state.registries.find(({ id }) => id === lower(registry.id))
  return known !== undefined && at !== undefined && createJudge(state)(known.pullsAs, at, repository)
}

const provider = 'Microsoft.ContainerRegistry/registries'

/** Returns a function that tells whether an identity can pull from a repository. */
function createJudge({ assignments, groupsOf, roles }: AccessState) {
  const byPrincipal = new Map<string, Held[]>()
  for (const held of assignments.values())
    byPrincipal.set(held.principalId, [...(byPrincipal.get(held.principalId) ?? []), held])
  return (identity: string, { isAbac, scopes }: KnownRegistry, repository: string): boolean =>
    [...expand(identity, groupsOf)]
      .flatMap(id => byPrincipal.get(id) ?? [])
      .some(({ scope, roleId, condition }) => {
        const role = roles.get(roleId)
        if (!role || !scopes.has(scope) || !allows(role, isAbac)) return false
        // A registry in RBAC mode knows no repositories; whether it minds a condition is not documented, so here it doesn't.
        return condition === null || !isAbac || conditionOf(condition)(repository)
      })
}

/** The permission that pulling needs (learn.microsoft.com/azure/container-registry/container-registry-rbac-abac-repository-permissions). */
function allows({ permissions }: Role, isAbac: boolean): boolean {
  const action = lower(isAbac ? `${provider}/repositories/content/read` : `${provider}/pull/read`)
  return permissions.some(({ actions, notActions, dataActions, notDataActions }) => {
    const [named, excepted] = isAbac ? [dataActions, notDataActions] : [actions, notActions]
    return named.some(pattern => matches(pattern, action)) && !excepted.some(pattern => matches(pattern, action))
  })
}

function matches(pattern: string, action: string): boolean {
  const [head = '', ...rest] = lower(pattern).split('*')
  if (rest.length === 0) return head === action
  if (!action.startsWith(head)) return false
  let at = head.length
  const last = rest.pop() ?? ''
  for (const part of rest) {
    const found = action.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return action.length - last.length >= at && action.endsWith(last)
}

const conditions = new Map<string, (repository: string) => boolean>()

function conditionOf(text: string): (repository: string) => boolean {
  const known = conditions.get(text)
  if (known) return known
  let condition: Condition = () => false
  try {
    condition = parseCondition(text)
  } catch {
    // Azure would not have taken it.
  }
  const judge = (repository: string): boolean => {
    const named = { [`${provider}/repositories:name`]: repository }
    return condition({ action: `${provider}/repositories/content/read`, request: named, resource: named })
  }
  conditions.set(text, judge)
  return judge
}
