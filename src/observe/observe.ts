import { canPull, findAccess, formatResourceId, isAtOrAbove, listExcess, moved, normalizeId, pullRole } from 'azure'
import type { DesiredGrant, Registry, Target } from 'azure'
import { listRoleAssignments, listSubscriptionIdsOnce, type AzureContext } from 'azure-clients'
import { findUsed } from 'image-uses'
import { attempt, type Result, valuesOf } from 'kernel'
import { afterMove, explainLost, grantFor, isCreation } from 'run-model'
import type { Inputs, Lookup, Observed, ObservedPair, Outcome } from 'run-model'
import { listAtEach, listEach, mayReach, wantsGroups } from './assignment-lists.js'
import type { AssignmentList, ListEveryones } from './assignment-lists.js'
import { observeIdentities } from './identity-states.js'
import { joinUnmatched, type FoundResources } from './lists.js'
import { observeGroup } from './group.js'
import type { Patience } from './identities.js'
import { observeImages } from './images.js'
import { findRegistries } from './registries.js'
import { createRoleBook, findRole, type RoleBook } from './roles.js'
import { findTargets } from './targets.js'
import { markConcealed } from './tenants.js'

/**
 * Reads the current state of Azure: targets and registries in parallel, then the role assignments of the pull identities at each registry.
 * Resources that can't be found or read become errors of their pairs.
 * @throws ActionError `INVALID_INPUT` for filters that are probably typos; AbortError if the job is cancelled
 */
export async function observe(azure: AzureContext, inputs: Inputs, patience: Patience): Promise<Observed> {
  const listed = listEach(azure)
  const findingRegistries = findRegistriesWithRole(azure, inputs, listed)
  if (inputs.mode === 'check') listSubscriptionIdsOnce(azure).catch(() => undefined) // nobody waits for their names
  const finding = findTargets(azure, inputs, { ...patience, beside: findingRegistries })
  const [targets, registries, identities] = await Promise.all([
    finding,
    findingRegistries,
    observeIdentities(
      azure,
      finding.then(({ lookups }) => lookups),
      inputs,
    ),
    // Resource IDs are known from the start, so their lists don't wait for anything.
    wantsGroups(inputs)
      ? []
      : listed(inputs.registries.flatMap(each => (each.kind === 'id' ? formatResourceId(each.id) : []))),
  ])
  const { lookups, searched } = targets
  const leftOut = [...targets.leftOut, ...registries.leftOut]
  const found = { targets: lookups, registries: registries.lookups, leftOut, searched, identities }
  return observePairs(azure, { ...joinUnmatched([targets, registries]), ...found }, listed, inputs)
}

/** Observes again after registries were created. */
export async function observeAgain(
  azure: AzureContext,
  before: Observed,
  outcomes: readonly Outcome[],
  inputs: Inputs,
): Promise<Observed> {
  const now = async (lookup: Observed['registries'][number]): Promise<Observed['registries'][number]> => {
    const isOfRegistry = ({ operation }: Outcome): boolean =>
      isCreation(operation) && operation.registry === lookup.value?.registry
    const { created, error } = outcomes.find(isOfRegistry) ?? {}
    if (error) return { asked: lookup.asked, error }
    return created ? withRole(azure, lookup.asked, created, inputs) : lookup
  }
  const [registries, identities] = await Promise.all([
    Promise.all(before.registries.map(now)),
    observeIdentities(azure, Promise.resolve(before.targets), inputs),
  ])
  return observePairs(azure, { ...before, registries, identities }, listEach(azure), inputs)
}

async function withRole(
  azure: AzureContext,
  asked: string,
  found: Registry,
  inputs: Inputs,
): Promise<Observed['registries'][number]> {
  const role = await findRole(azure, found, inputs)
  if (role.error) return { asked, error: role.error, found }
  const value = { registry: found, role: role.value }
  return { asked, value: inputs.role.kind === 'both' ? { ...value, nextRole: pullRole(moved(found)) } : value }
}

/** Reads the role assignments of the pull identities and the images at each registry. */
async function observePairs(
  azure: AzureContext,
  found: Pick<Observed, 'targets' | 'registries' | 'leftOut' | 'searched' | 'findings' | 'unknown' | 'identities'>,
  listed: ListEveryones,
  inputs: Inputs,
): Promise<Observed> {
  const detaching = inputs.mode === 'detach' ? import('./pullers.js') : undefined
  const { targets, registries, identities } = found
  const foundTargets = valuesOf(targets)
  const foundRegistries = valuesOf(registries)
  const objectIds = [...new Set(foundTargets.map(({ identity }) => normalizeId(identity.objectId)))]
  const [lists, images] = await Promise.all([
    listAtEach(azure, foundRegistries, objectIds, listed, inputs),
    observeImages(
      azure,
      foundRegistries.map(({ registry }) => registry),
      inputs,
    ),
  ])
  const roles = createRoleBook(azure, registries)
  const reading = { roles, inputs, isOnlyIdentity: objectIds.length === 1 }
  const read = await Promise.all([...lists].map(([at, list]) => readPairs(azure, foundTargets, at, list, reading)))
  const [alive, lost]: [ObservedPair[], Observed['lost']] = [[], []]
  for (const [index, target] of foundTargets.entries()) {
    const gone = explainLost(identities.get(target))
    for (const [column, { registry }] of [...lists.keys()].entries()) {
      const { value, error = gone } = read[column]?.[index] ?? {}
      if (error) lost.push({ target, registry, error })
      else if (value) alive.push(value)
    }
  }
  const { pairs: grouped, ...group } = inputs.group
    ? await observeGroup(azure, alive, objectIds, listed, inputs)
    : { pairs: alive }
  const pairs = await markConcealed(azure, grouped, inputs, roles.known)
  const pullers = detaching ? await (await detaching).findPullers(azure, pairs, inputs) : new Map()
  return {
    ...found,
    pullers,
    pairs,
    lost,
    everyone: new Map(
      [...lists].flatMap(([{ registry }, { value }]) =>
        value?.everyones ? [[normalizeId(registry.id), value.assignments] as const] : [],
      ),
    ),
    roles: roles.known,
    unknownRoles: roles.unknown,
    ...images,
    ...group,
  }
}

async function findRegistriesWithRole(
  azure: AzureContext,
  inputs: Inputs,
  listed: ListEveryones,
): Promise<Omit<FoundResources<Registry>, 'lookups'> & { lookups: Observed['registries'] }> {
  const found = await findRegistries(azure, inputs)
  const existing = valuesOf(found.lookups).flatMap(({ exists, id }) => (exists ? id : []))
  const complete = async (lookup: Lookup<Registry>): Promise<Observed['registries'][number]> =>
    lookup.error ? lookup : withRole(azure, lookup.asked, lookup.value, inputs)
  const [lookups] = await Promise.all([
    Promise.all(found.lookups.map(complete)),
    wantsGroups(inputs) ? [] : listed(existing),
  ])
  return { ...found, lookups }
}

/** The repositories at a registry that `images` and `manifests` name. */
function listRepositories(registry: Registry, { images, manifests }: Inputs): string[] {
  return [...images, ...findUsed(manifests, [registry])].map(({ repository }) => repository)
}

/**
 * Selects each target's assignments from those at a registry: its own and those of its groups. Groups are requested only if they can change the result:
 * the identity lacks some of the access, or has it through a role that allows more than pulling, and a group's role might allow pulling; or a group's
 * role allows more than the input `repositories`.
 */
async function readPairs(
  azure: AzureContext,
  targets: readonly Target[],
  at: Pick<ObservedPair, 'registry' | 'role' | 'nextRole'>,
  list: Result<AssignmentList>,
  { roles, inputs, isOnlyIdentity }: { roles: RoleBook; inputs: Inputs; isOnlyIdentity: boolean },
): Promise<Result<ObservedPair>[]> {
  if (list.error) return targets.map(() => list)
  const { registry } = at
  const { assignments, everyones, ofGroup: groupAssignments } = list.value
  const pairs = targets.map(target => {
    const all = everyones?.byPrincipal.get(normalizeId(target.identity.objectId)) ?? []
    const own = all.filter(({ scope }) => isAtOrAbove(scope, registry.id))
    return { target, ...at, assignments: everyones ? own : assignments, groupAssignments }
  })
  await roles.read([...pairs.flatMap(pair => pair.assignments), ...groupAssignments], registry)
  if (!everyones) return pairs.map(value => ({ value }))
  const grant = grantFor(at, inputs.repositories)
  const isLimitOpen = everyones.ofGroups.some(each => {
    const groupRole = roles.known.get(each.roleId)
    const isPullRole = groupRole !== undefined && canPull(groupRole, registry.roleAssignmentMode)
    return isPullRole && listExcess(each, grant, registry, groupRole).length > 0
  })
  // Images outside of `repositories` may be within reach by a group's role.
  const needed = grant.repositories.length > 0 ? [...grant.repositories, ...listRepositories(registry, inputs)] : []
  const isEnoughFor = ({ target, assignments: own }: ObservedPair, to: Registry, desired: DesiredGrant): boolean => {
    const access = findAccess(target, to, own, { roles: roles.known, grant: desired })
    return access !== null && access.grantedBy !== 'broader-role'
  }
  const later = afterMove(at)
  const isEnough = (pair: ObservedPair): boolean =>
    isEnoughFor(pair, registry, { ...grant, repositories: needed }) &&
    (!later || isEnoughFor(pair, later.registry, grantFor(later, inputs.repositories)))
  const modes = [at, ...(later ? [later] : [])].map(each => each.registry.roleAssignmentMode)
  const open = wantsGroups(inputs) || isLimitOpen ? pairs : pairs.filter(pair => !isEnough(pair))
  // For one identity, requesting its groups' assignments costs less than reading the roles of all groups.
  const mayGroupsPull = async (): Promise<boolean> =>
    isOnlyIdentity ? everyones.ofGroups.length > 0 : roles.mayLetPull(everyones.ofGroups, registry, modes)
  const asked = new Set(open.length > 0 && (await mayGroupsPull()) ? open : [])
  const readHeld = async (pair: ObservedPair): Promise<Result<ObservedPair>> => {
    const { objectId } = pair.target.identity
    const held = await attempt(listRoleAssignments(azure, registry.id, { assignedTo: objectId }))
    if (held.error) return held
    const reaching = held.value.filter(each => mayReach(each, objectId, registry))
    await roles.read(reaching, registry)
    return { value: { ...pair, assignments: reaching } }
  }
  return Promise.all(
    pairs.map(async pair => (asked.has(pair) ? readHeld(pair) : { value: { ...pair, isOwnOnly: true } })),
  )
}
