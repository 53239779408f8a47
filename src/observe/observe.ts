import { groupBy } from '../model/lists.js'
import type { RegistryEnd } from '../model/outcome.js'
import { findAccess } from '../model/access.js'
import { ActionError } from '../model/error.js'
import type { Lookup, Observed, ObservedPair, UnreadPair } from '../model/observed.js'
import type { Registry, RegistryWithRole } from '../model/registry.js'
import { normalizeId, sameId } from '../model/resource-id.js'
import { placeOf, type RoleAssignment } from '../model/role-assignment.js'
import type { Target } from '../model/target.js'
import type { Inputs } from '../model/wanted.js'
import { orError, type AzureContext } from '../services/context.js'
import { listAssignedTo, listAtScope, listOfPrincipal } from '../services/arm/role-assignments.js'
import { findDeadIdentities } from './dead-identities.js'
import { observeBystanders } from './bystanders.js'
import { findGroup } from './group.js'
import { observeImages } from './images.js'
import { placeProbeImages } from './probe-images.js'
import { findRegistries } from './registries.js'
import { createRoleBook, findRole, type RoleBook } from './roles.js'
import { findTargets, type FoundTargets } from './targets.js'

/**
 * Reads how Azure is now: targets and registries side by side, then what the pull identities hold at each registry.
 * What can't be found or read is kept as its pairs' error; only a cancelled job throws.
 */
export async function observe(azure: AzureContext, inputs: Inputs): Promise<Observed> {
  const [found, registries] = await Promise.all([findTargets(azure, inputs), findRegistriesWithRole(azure, inputs)])
  return observePairs(azure, found, registries, inputs)
}

/** Observes again after registries were created. */
export async function observeAgain(
  azure: AzureContext,
  { targets, leaving, registries }: Observed,
  ends: RegistryEnd[],
  inputs: Inputs,
): Promise<Observed> {
  const now = async (lookup: Lookup<RegistryWithRole>): Promise<Lookup<RegistryWithRole>> => {
    const end = ends.find(({ outcome }) => 'found' in lookup && outcome.operation.registry === lookup.found.registry)
    return end ? withRole(azure, lookup.asked, end.created, inputs) : lookup
  }
  return observePairs(azure, { targets, leaving }, await Promise.all(registries.map(now)), inputs)
}

async function withRole(
  azure: AzureContext,
  asked: string,
  registry: Registry | ActionError,
  inputs: Inputs,
): Promise<Lookup<RegistryWithRole>> {
  if (registry instanceof ActionError) return { asked, error: registry }
  const role = await findRole(azure, registry, inputs)
  return role instanceof ActionError ? { asked, error: role } : { asked, found: { registry, role } }
}

/** Reads what the pull identities hold at each registry, and which images are there. */
async function observePairs(
  azure: AzureContext,
  { targets, leaving }: FoundTargets,
  registries: Lookup<RegistryWithRole>[],
  inputs: Inputs,
): Promise<Observed> {
  const foundTargets = targets.flatMap(target => ('found' in target ? target.found : []))
  const objectIds = distinctIds(foundTargets.map(({ identity }) => identity.objectId))
  const found = registries.flatMap(lookup => ('found' in lookup ? lookup.found.registry : []))
  const lookAtImages = async (): Promise<Pick<Observed, 'images' | 'probes'>> => {
    const probes = await placeProbeImages(azure, found, inputs)
    return { probes, images: inputs.mode === 'detach' ? [] : await observeImages(azure, found, inputs, probes) }
  }
  const [lists, { images, probes }, dead] = await Promise.all([
    Promise.all(registries.map(registry => listAt(azure, registry, objectIds, inputs.group))),
    lookAtImages(),
    findDeadIdentities(azure, inputs.mode === 'detach' ? [] : foundTargets),
  ])
  const roles = createRoleBook(azure, registries)
  const { repositories } = inputs
  const how = { roles, repositories, withGroups: inputs.mode === 'detach' || inputs.group !== '' }
  const read = await Promise.all(
    targets.flatMap(target =>
      registries.map((registry, index) => observePair(azure, target, registry, lists[index], how)),
    ),
  )
  const readable = read.flatMap(pair => (pair && 'role' in pair ? pair : []))
  const pairs = readable.filter(({ target }) => !dead.has(target))
  const group = inputs.group ? await findGroup(azure, inputs.group, objectIds, pairs) : undefined
  const bystanders = inputs.mode === 'detach' ? await observeBystanders(azure, pairs) : undefined
  return {
    targets,
    leaving,
    registries,
    pairs,
    unread: [
      ...read.flatMap(pair => (pair && 'error' in pair ? pair : [])),
      ...readable.flatMap(({ target, registry }) => {
        const error = dead.get(target)
        return error ? { target, registry, error } : []
      }),
    ],
    everyone: keepComplete(registries, lists),
    roles: roles.known,
    unreadRoles: roles.unread,
    images,
    probes,
    ...(group && { group }),
    ...(bystanders && { bystanders }),
  }
}

/** What was listed at a registry. */
interface AssignmentList {
  assignments: RoleAssignment[]
  /** The assignments of the wanted group. */
  ofGroup: RoleAssignment[]
  /** Where `assignments` is everyone's, without regard to who is in which group; else it is all that the only pull identity holds. */
  everyones?: {
    /** By the principal's object ID, normalised. */
    byPrincipal: ReadonlyMap<string, RoleAssignment[]>
    /** Those whose principal may be a group. */
    ofGroups: readonly RoleAssignment[]
  }
}

async function findRegistriesWithRole(azure: AzureContext, inputs: Inputs): Promise<Lookup<RegistryWithRole>[]> {
  const registries = await findRegistries(azure, inputs)
  return Promise.all(
    registries.map(async lookup => ('error' in lookup ? lookup : withRole(azure, lookup.asked, lookup.found, inputs))),
  )
}

/**
 * Lists assignments once a registry, not once a pair.
 *
 * For one pull identity `assignedTo` is asked, although it has to wait for the cluster's answer: with 300 inherited assignments the plain
 * list is two hundred times the size, and it can't tell who is in a group. For several, the plain list costs one request instead of one
 * each, and groups are asked about only where they matter. `npm run bench` measures both.
 */
async function listAt(
  azure: AzureContext,
  lookup: Lookup<RegistryWithRole>,
  objectIds: string[],
  group: string,
): Promise<AssignmentList | ActionError> {
  const [only, ...more] = objectIds
  if ('error' in lookup || !lookup.found.registry.exists || !only) {
    return { assignments: [], ofGroup: [] }
  }
  const { registry } = lookup.found
  const place = placeOf(registry)
  const { clients, signal } = azure
  const reading = async (): Promise<AssignmentList> => {
    if (more.length > 0) {
      const assignments = await listAtScope(clients, place, signal)
      const byPrincipal = groupBy(assignments, ({ principalId }) => normalizeId(principalId))
      return {
        assignments,
        ofGroup: byPrincipal.get(normalizeId(group)) ?? [],
        everyones: { byPrincipal, ofGroups: assignments.filter(mayBeGroup) },
      }
    }
    const [assignments, ofGroup] = await Promise.all([
      listAssignedTo(clients, place, only, signal),
      group ? listOfPrincipal(clients, place, group, signal) : [],
    ])
    const held = assignments.filter(each => mayReach(each, only, registry))
    // The group's list goes below the registry too.
    return {
      assignments: held,
      ofGroup: ofGroup.filter(({ scope }) => isAtOrAbove(scope, registry.id)),
    }
  }
  return orError(reading())
}

/** Undefined where one of the two was not found. */
async function observePair(
  azure: AzureContext,
  asked: Lookup<Target>,
  at: Lookup<RegistryWithRole>,
  list: AssignmentList | ActionError | undefined,
  how: Reading,
): Promise<ObservedPair | UnreadPair | undefined> {
  if ('error' in asked || 'error' in at || !list) return undefined
  const target = asked.found
  const { registry, role } = at.found
  if (list instanceof ActionError) return { target, registry, error: list }
  const held = await selectHeld(azure, target, at.found, list, how)
  if (held instanceof ActionError) return { target, registry, error: held }
  await how.roles.read([...held.assignments, ...list.ofGroup], registry)
  return { target, registry, role, ...held, groupAssignments: list.ofGroup }
}

/**
 * Selects from a registry's assignments what the target's pull identity holds, itself or through a group. Groups are asked about only where they
 * can change the verdict: where the identity does not hold all that is wanted by a role that only pulls, and some group's role may pull.
 */
async function selectHeld(
  azure: AzureContext,
  target: Target,
  { registry, role }: RegistryWithRole,
  { assignments, everyones }: AssignmentList,
  { roles, withGroups, repositories }: Reading,
): Promise<Held | ActionError> {
  if (!everyones) return { assignments, groupsKnown: true }
  const { objectId } = target.identity
  const own = (everyones.byPrincipal.get(normalizeId(objectId)) ?? []).filter(({ scope }) =>
    isAtOrAbove(scope, registry.id),
  )
  await roles.read(own, registry)
  const isEnough = !withGroups && isSettled({ target, registry, role, assignments: own }, { roles, repositories })
  if (isEnough || !(await roles.mayLetPull(everyones.ofGroups, registry))) {
    return { assignments: own, groupsKnown: false }
  }
  const held = await orError(listAssignedTo(azure.clients, placeOf(registry), objectId, azure.signal))
  if (held instanceof ActionError) return held
  return { assignments: held.filter(each => mayReach(each, objectId, registry)), groupsKnown: true }
}

/** Whether a pair has all that is wanted, so that nothing is written for it. */
function isSettled(
  { target, registry, role, assignments }: Omit<ObservedPair, 'groupsKnown' | 'groupAssignments'>,
  { roles, repositories }: Omit<Reading, 'withGroups'>,
): boolean {
  const access = findAccess(target, registry, assignments, { roles: roles.known, wanted: { role, repositories } })
  return access !== null && access.grantedBy !== 'broader-role'
}

/** What decides how much of a pair is read. */
interface Reading {
  roles: RoleBook
  repositories: string[]
  /** Whether everything that the identity holds through groups is wanted. */
  withGroups: boolean
}

type Held = Pick<ObservedPair, 'assignments' | 'groupsKnown'>

function keepComplete(registries: Lookup<RegistryWithRole>[], lists: (AssignmentList | ActionError)[]) {
  const everyone = new Map<string, RoleAssignment[]>()
  registries.forEach((lookup, index) => {
    const list = lists[index]
    if ('found' in lookup && list && !(list instanceof ActionError) && list.everyones) {
      everyone.set(normalizeId(lookup.found.registry.id), list.assignments)
    }
  })
  return everyone
}

/** Whether a principal may be a group: every type but those that are known to have no members. */
function mayBeGroup({ principalType }: RoleAssignment): boolean {
  return !/^(user|serviceprincipal|device)$/i.test(principalType)
}

/** Whether an assignment can be one that a principal holds at a registry, itself or through a group, because the filter of the list is not relied on. */
function mayReach(assignment: RoleAssignment, objectId: string, registry: Registry): boolean {
  return (
    (sameId(assignment.principalId, objectId) || mayBeGroup(assignment)) && isAtOrAbove(assignment.scope, registry.id)
  )
}

function isAtOrAbove(scope: string, resourceId: string): boolean {
  const [above, below] = [normalizeId(scope), normalizeId(resourceId)]
  // Management groups contain subscriptions, which an ID does not tell: Azure lists only those that do.
  return below === above || below.startsWith(`${above}/`) || !above.startsWith('/subscriptions/')
}

function distinctIds(ids: string[]): string[] {
  return [...new Set(ids.map(normalizeId))]
}
