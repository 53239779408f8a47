import type { RegistryEnd } from '../model/outcome.js'
import { findAccess } from '../model/access.js'
import { ActionError } from '../model/error.js'
import type { Lookup, Observed, ObservedPair, UnreadPair } from '../model/observed.js'
import type { Registry, RegistryWithRole } from '../model/registry.js'
import { formatResourceId, isAtOrAbove, normalizeId } from '../model/resource-id.js'
import { placeOf } from '../model/role-assignment.js'
import type { Target } from '../model/target.js'
import type { Inputs } from '../model/wanted.js'
import { orError, type AzureContext } from '../services/context.js'
import { listAssignedTo } from '../services/arm/role-assignments.js'
import {
  keepComplete,
  listAtEach,
  listEach,
  mayReach,
  wantsGroups,
  type AssignmentList,
  type ListEveryones,
} from './assignment-lists.js'
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
  const listed = listEach(azure)
  const [found, registries] = await Promise.all([
    findTargets(azure, inputs),
    findRegistriesWithRole(azure, inputs, listed),
    // Resource IDs are known from the start: their lists need not wait for anything.
    wantsGroups(inputs)
      ? []
      : listed(inputs.registries.flatMap(each => (each.kind === 'id' ? formatResourceId(each.id) : []))),
  ])
  return observePairs(azure, found, registries, listed, inputs)
}

/** Observes again after registries were created. */
export async function observeAgain(
  azure: AzureContext,
  { targets, leaving, searched, registries }: Observed,
  ends: RegistryEnd[],
  inputs: Inputs,
): Promise<Observed> {
  const now = async (lookup: Lookup<RegistryWithRole>): Promise<Lookup<RegistryWithRole>> => {
    const end = ends.find(({ outcome }) => 'found' in lookup && outcome.operation.registry === lookup.found.registry)
    return end ? withRole(azure, lookup.asked, end.created, inputs) : lookup
  }
  return observePairs(
    azure,
    { targets, leaving, searched },
    await Promise.all(registries.map(now)),
    listEach(azure),
    inputs,
  )
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
  { targets, leaving, searched }: FoundTargets,
  registries: Lookup<RegistryWithRole>[],
  listed: ListEveryones,
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
    listAtEach(azure, registries, objectIds, listed, inputs),
    lookAtImages(),
    findDeadIdentities(azure, inputs.mode === 'detach' ? [] : foundTargets),
  ])
  const roles = createRoleBook(azure, registries)
  const { repositories } = inputs
  const how = { roles, repositories, withGroups: wantsGroups(inputs), isAlone: objectIds.length === 1 }
  const read = await Promise.all(
    targets.flatMap(target =>
      registries.map((registry, index) => observePair(azure, target, registry, lists[index], how)),
    ),
  )
  const readable = read.flatMap(pair => (pair && 'role' in pair ? pair : []))
  const pairs = readable.filter(({ target }) => !dead.has(target))
  const group = inputs.group ? await findGroup(azure, inputs.group, objectIds, pairs) : undefined
  const bystanders =
    inputs.mode === 'detach' ? await observeBystanders(azure, { targets, pairs, group, roles }, inputs) : undefined
  return {
    targets,
    leaving,
    searched,
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

async function findRegistriesWithRole(
  azure: AzureContext,
  inputs: Inputs,
  listed: ListEveryones,
): Promise<Lookup<RegistryWithRole>[]> {
  const registries = await findRegistries(azure, inputs)
  const existing = registries.flatMap(lookup => ('found' in lookup && lookup.found.exists ? lookup.found.id : []))
  const complete = async (lookup: Lookup<Registry>): Promise<Lookup<RegistryWithRole>> =>
    'error' in lookup ? lookup : withRole(azure, lookup.asked, lookup.found, inputs)
  const [withRoles] = await Promise.all([
    Promise.all(registries.map(complete)),
    wantsGroups(inputs) ? [] : listed(existing),
  ])
  return withRoles
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
  { roles, withGroups, repositories, isAlone }: Reading,
): Promise<Held | ActionError> {
  if (!everyones) return { assignments, groupsKnown: true }
  const { objectId } = target.identity
  const own = (everyones.byPrincipal.get(normalizeId(objectId)) ?? []).filter(({ scope }) =>
    isAtOrAbove(scope, registry.id),
  )
  await roles.read(own, registry)
  const isEnough = !withGroups && isSettled({ target, registry, role, assignments: own }, { roles, repositories })
  // Asking about one identity costs less than reading the roles of all groups, which is worth it only for many identities.
  const mayGroupsPull = async (): Promise<boolean> =>
    isAlone ? everyones.ofGroups.length > 0 : roles.mayLetPull(everyones.ofGroups, registry)
  if (isEnough || !(await mayGroupsPull())) return { assignments: own, groupsKnown: false }
  const held = await orError(listAssignedTo(azure.clients, placeOf(registry), objectId, azure.signal))
  if (held instanceof ActionError) return held
  return { assignments: held.filter(each => mayReach(each, objectId, registry)), groupsKnown: true }
}

/** Whether a pair has all that is wanted, so that nothing is written for it. */
function isSettled(
  { target, registry, role, assignments }: Omit<ObservedPair, 'groupsKnown' | 'groupAssignments'>,
  { roles, repositories }: Pick<Reading, 'roles' | 'repositories'>,
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
  /** Whether only one identity is looked at. */
  isAlone: boolean
}

type Held = Pick<ObservedPair, 'assignments' | 'groupsKnown'>

function distinctIds(ids: string[]): string[] {
  return [...new Set(ids.map(normalizeId))]
}
