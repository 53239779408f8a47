import { az, normalizeId, sameId, type RoleAssignment, unknowable } from 'azure'
import { checkMemberGroups, getObject, listTransitiveMembers, type AzureContext } from 'azure-clients'
import { ActionError, attempt, fix, groupBy, once, type Result } from 'kernel'
import {
  isCounted,
  type ObservedPair,
  type Operation,
  type Outcome,
  type PlannedPair,
  type Run,
  type Observed,
} from 'run-model'
import { isOfOwnTenant } from './tenants.js'

/**
 * Finds the members of the group. Azure Resource Manager lists the assignments that a member has through the group, which shows members without
 * Microsoft Graph, but learns of new ones late. So Graph, which needs its own permission, is asked only about identities that aren't shown as members.
 */
export async function findGroup(
  azure: AzureContext,
  id: string,
  objectIds: string[],
  pairs: ObservedPair[],
): Promise<NonNullable<Observed['group']>> {
  const counted = pairs.flatMap(pair => (isCounted(pair, id) ? normalizeId(pair.target.identity.objectId) : []))
  const open = objectIds.filter(objectId => !counted.includes(normalizeId(objectId)))
  if (open.length === 0) return { id, members: { value: new Set(counted) } }
  const { value: members, error } = await attempt(findMembers(azure, id, open))
  if (!error) return { id, members: { value: new Set([...counted, ...members]) } }
  return { id, members: { error }, ...(error.kind === 'missing' && { error: await explainMissing(azure, id, pairs) }) }
}

/**
 * Finds which of these are members of a group. A single identity is looked up itself, because a group may have thousands of members; a caller who can't
 * read the identity, but owns the group or can read groups, reads the group's members instead.
 * @returns normalised object IDs @throws ActionError; a "not found" if the group doesn't exist
 */
async function findMembers(azure: AzureContext, groupId: string, objectIds: readonly string[]): Promise<string[]> {
  const [only, ...others] = objectIds
  if (only !== undefined && others.length === 0) {
    const groups = await attempt(checkMemberGroups(azure, { type: 'servicePrincipals', objectId: only }, [groupId]))
    if (!groups.error) {
      if (groups.value.has(normalizeId(groupId))) return [normalizeId(only)]
      // A group that doesn't exist has no members either.
      const { error } = await attempt(getObject(azure, 'Group', groupId))
      if (error?.kind === 'missing') throw error
      return []
    }
    if (!isUnreadable(groups.error)) throw groups.error
  }
  return (await listTransitiveMembers(azure, groupId)).map(normalizeId)
}

/** Whether the caller can't read an object of the directory, or the directory doesn't have it yet. */
const isUnreadable = (error: ActionError): boolean => error.kind === 'forbidden' || error.kind === 'missing'

type Lapse = [RoleAssignment, 'gone' | 'unknown']

/**
 * After a `detach` removes a target from a group, finds which assignments of parent groups it lost too. Microsoft Graph knows at once; Azure Resource
 * Manager still lists them for some time.
 */
export async function findLapses(
  azure: AzureContext,
  pairs: readonly PlannedPair[],
  outcomes: readonly Outcome[],
  left: string,
): Promise<Run['lapses']> {
  const removed = new Set<Operation>(
    outcomes.flatMap(({ operation, changed }) =>
      changed && operation.operation === 'remove-group-member' ? operation : [],
    ),
  )
  const leaving = pairs.filter(({ operations }) => operations.some(operation => removed.has(operation)))
  const othersOf = ({ assignments, target: { identity } }: PlannedPair): RoleAssignment[] =>
    assignments.filter(({ principalId }) => ![identity.objectId, left].some(id => sameId(id, principalId)))
  const byIdentity = groupBy(leaving, ({ target }) => normalizeId(target.identity.objectId))
  const listed = new Map<string, Promise<Result<string[]>>>()
  const lapses = await Promise.all(
    [...byIdentity].map(async ([objectId, samePrincipal]): Promise<Lapse[]> => {
      const others = samePrincipal.flatMap(othersOf)
      const groupIds = [...new Set(others.map(({ principalId }) => normalizeId(principalId)))]
      const held =
        groupIds.length > 0
          ? await attempt(checkMemberGroups(azure, { type: 'servicePrincipals', objectId }, groupIds))
          : { value: new Set<string>() }
      const isIn = async (groupId: string): Promise<boolean | undefined> => {
        if (!held.error) return held.value.has(groupId)
        if (!isUnreadable(held.error)) return undefined
        const read = () => attempt(listTransitiveMembers(azure, groupId))
        const members = await once(listed, groupId, read)
        return members.value?.some(member => sameId(member, objectId))
      }
      const lapsed = await Promise.all(
        others.map(async (assignment): Promise<Lapse[]> => {
          const stays = await isIn(normalizeId(assignment.principalId))
          return stays ? [] : [[assignment, stays === undefined ? 'unknown' : 'gone']]
        }),
      )
      return lapsed.flat()
    }),
  )
  return new Map(lapses.flat())
}

/** At a registry of another tenant, a group of that tenant can hold roles. */
async function explainMissing(azure: AzureContext, id: string, pairs: readonly ObservedPair[]): Promise<ActionError> {
  const owned = await Promise.all(pairs.map(({ registry }) => isOfOwnTenant(azure, registry.id)))
  const other = pairs.find((_, index) => !owned[index])
  if (!other) return noGroup(id)
  const { registry } = other
  return unknowable(`Group ${id} could not be found`, registry, { who: registry.name })
}

function noGroup(id: string): ActionError {
  return new ActionError('PRINCIPAL_NOT_FOUND', `There is no group ${id} in the tenant.`, {
    subject: id,
    fix: fix(
      'Give the object ID of a security group. The groups of the tenant:',
      az`ad group list --query "[].{name:displayName, objectId:id}" --output table`,
    ),
  })
}
