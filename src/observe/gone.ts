import { deleteRoleAssignmentCommand, normalizeId, sameId } from 'azure'
import type { Registry, RoleAssignment, Target } from 'azure'
import { findExisting, getObject, type AzureContext } from 'azure-clients'
import { attempt, fix, groupBy, type Finding, valuesOf, warning } from 'kernel'
import { noteUnseenIdentities, type IdentityState, type Observed, type Run } from 'run-model'
import { explainDead } from './identity-states.js'
import type { SearchPullers } from './pullers.js'
import { isOfOwnTenant } from './tenants.js'

/** What is found, what could not be checked, and what the directory has shown of identities that Azure Resource Manager did not show. */
export type Inspection = Pick<Run, 'findings' | 'notes'> & Pick<Observed, 'identities'>

/** What a run without registries to inspect knows. */
export const nothingInspected: Inspection = { findings: [], notes: [], identities: new Map() }

/** A role assignment that allows pulling. */
export interface PullGrant {
  assignment: RoleAssignment
  role: string
  registry: Registry
  /** Whether the role allows pulling in the registry's mode. */
  isHonoured: boolean
  /** Whether the role allows more than pulling. */
  isBroader: boolean
}

/**
 * Finds deleted principals in one look-up: those with pull roles at the registries themselves, and kubelet identities that Azure Resource Manager could
 * not show. The role of a deleted identity remains and makes its cluster look attached, so `check` always looks up these identities. In subscriptions of
 * other tenants nothing counts as deleted, because the directory knows only the principals of its own.
 */
export async function findGone(
  azure: AzureContext,
  observed: Observed,
  grants: readonly PullGrant[],
  searchPullers: SearchPullers,
  { mode, isGreen }: { mode: Run['mode']; isGreen: boolean },
): Promise<Inspection> {
  const stateOf = (target: Target): IdentityState | undefined => observed.identities.get(target)
  const suspects = selectSuspects(observed, grants)
  const areIncluded = mode === 'check' || (mode === 'attach' && suspects.length > 0)
  const unseen = areIncluded ? valuesOf(observed.targets).filter(target => stateOf(target)?.why !== undefined) : []
  if (suspects.length + unseen.length === 0) return nothingInspected
  const clusters = unseen.filter(target => stateOf(target)?.state !== 'foreign')
  const { deleted, unknown, why } = await findDeleted(azure, [
    ...suspects.map(({ assignment }) => assignment),
    ...clusters.map(({ identity }) => ({ principalType: 'ServicePrincipal', principalId: identity.objectId })),
  ])
  const isDeleted = (principalId: string): boolean => deleted.has(normalizeId(principalId))
  const deletedHolders = suspects.filter(({ assignment }) => isDeleted(assignment.principalId))
  const orphans = await split(deletedHolders, ({ registry }) => isOfOwnTenant(azure, registry.id))
  const deletedIdentities = clusters.filter(({ identity }) => isDeleted(identity.objectId))
  const dead = await split(deletedIdentities, ({ id }) => isOfOwnTenant(azure, id))
  // An identity that a cluster pulls with may belong to another tenant, and be unknown to this directory.
  const asked = orphans.yes.map(({ assignment: { principalId: objectId }, registry }) => ({
    objectId,
    subscriptionIds: [registry.subscriptionId],
  }))
  const { pullers } = await searchPullers(asked, { isListOnly: true })
  const pullersOf = ({ assignment }: PullGrant) => pullers.get(normalizeId(assignment.principalId))
  const unused = orphans.yes.filter(grant => pullersOf(grant)?.found.length === 0)
  const unclear = unused.filter(grant => pullersOf(grant)?.errors.length !== 0)
  const isUnknown = (principalId: string): boolean => unknown.has(normalizeId(principalId))
  const unknownRoles = suspects.filter(({ assignment }) => isUnknown(assignment.principalId))
  const unknownClusters = clusters.filter(({ identity }) => isUnknown(identity.objectId))
  const isSettled = new Set([...dead.yes, ...dead.no, ...unknownClusters])
  const foreign = [...unseen.filter(target => stateOf(target)?.state === 'foreign'), ...dead.no]
  const ofHolders = [
    ...noteHolders(unknownRoles.length, why),
    ...noteHolders(orphans.no.length, notOwn),
    ...noteHolders(unclear.length, notListed),
  ]
  // In check, a pair of the others has an error.
  const unexplained = unknownClusters.filter(target => mode !== 'check' || !stateOf(target)?.error)
  return {
    findings: unused.flatMap(grant => (unclear.includes(grant) ? [] : toOrphan(grant))),
    notes: [
      // Other holders could explain a failure. They change nothing about access that is there.
      ...(isGreen ? [] : ofHolders),
      ...noteUnseenIdentities(unexplained, why),
      ...noteUnseenIdentities(foreign, notOwn),
    ],
    identities: new Map<Target, IdentityState>([
      ...dead.yes.map(target => [target, explainDead(target, 'is no longer in the directory')] as const),
      ...dead.no.map(target => [target, { ...stateOf(target), state: 'foreign' }] as const),
      ...clusters.flatMap(target => (isSettled.has(target) ? [] : [[target, { state: 'alive' }] as const])),
    ]),
  }
}

const notOwn = 'it may belong to another tenant, whose directory this step does not see'

const notListed = 'not all clusters could be listed, and one of them may pull with it'

/** Selects the grants at the registries themselves whose holder must be in the directory of the registry's tenant, unless it was deleted. */
function selectSuspects({ targets, group }: Observed, grants: readonly PullGrant[]): PullGrant[] {
  const known = valuesOf(targets).flatMap(({ identity, controlPlaneObjectId }) => [
    identity.objectId,
    // It has a finding of its own.
    identity.clientId,
    controlPlaneObjectId ?? '',
  ])
  if (group && !group.error) known.push(group.id)
  const alive = new Set(known.map(normalizeId))
  return grants.filter(
    ({ assignment, registry }) =>
      sameId(assignment.scope, registry.id) &&
      isOfTenant(assignment) &&
      !alive.has(normalizeId(assignment.principalId)),
  )
}

/**
 * Whether an assignment's principal must be in the directory of the assignment's tenant, unless it was deleted. Groups of a partner are ForeignGroup, and
 * managed identities of another tenant are assigned with `delegatedManagedIdentityResourceId`
 * (learn.microsoft.com/rest/api/authorization/role-assignments/create). Guests are users of the directory.
 */
function isOfTenant({ principalType, delegatedTo }: RoleAssignment): boolean {
  return /^(user|group|serviceprincipal)$/i.test(principalType) && !delegatedTo
}

async function split<T>(all: readonly T[], test: (each: T) => Promise<boolean>): Promise<{ yes: T[]; no: T[] }> {
  const results = await Promise.all(all.map(test))
  return { yes: all.filter((_, index) => results[index]), no: all.filter((_, index) => !results[index]) }
}

function noteHolders(count: number, why: string): string[] {
  if (count === 0) return []
  const what = count === 1 ? 'the holder of 1 pull role still exists' : `the holders of ${count} pull roles still exist`
  return [`could not check whether ${what}: ${why}`]
}

function toOrphan({ assignment, role, registry }: PullGrant): Finding {
  const message = `${role} on ${registry.name} is held by ${assignment.principalId}, which is no longer in the directory: the identity was deleted.`
  const text = 'It no longer grants anything, but counts towards the limit of assignments:'
  const advice = fix(text, deleteRoleAssignmentCommand(assignment.id))
  return warning('ORPHANED_ASSIGNMENT', registry.id, message, advice)
}

type Principal = Pick<RoleAssignment, 'principalType' | 'principalId'>

/**
 * Looks up principals in the directory.
 * @returns the deleted ones, and those that could not be checked, by normalized object ID, with the reason as a clause
 */
async function findDeleted(azure: AzureContext, principals: Principal[]) {
  const distinct = new Map(principals.map(each => [normalizeId(each.principalId), each]))
  const [deleted, unknown] = [new Set<string>(), new Set<string>()]
  const why = 'no permission to read Microsoft Graph'
  const existing = await attempt(findExisting(azure, [...distinct.keys()]))
  if (existing.error) {
    const isForbidden = existing.error.kind === 'forbidden'
    return { deleted, unknown: new Set(distinct.keys()), why: isForbidden ? why : 'Microsoft Graph did not answer' }
  }
  const missing = [...distinct].filter(([id]) => !existing.value.has(id))
  for (const ofType of groupBy(missing, ([, { principalType }]) => principalType).values()) {
    // A look-up of many omits unreadable principals as well as deleted ones; a request for one tells them apart.
    const check = async ([id, { principalType, principalId }]: [string, Principal]): Promise<void> => {
      const { error } = await attempt(getObject(azure, principalType, principalId))
      if (error) (error.kind === 'missing' ? deleted : unknown).add(id)
    }
    const [first, ...others] = ofType
    await check(first)
    // Without read access to the first principal of a type there is none to the rest, so stop here.
    if (unknown.has(first[0])) for (const [id] of others) unknown.add(id)
    else await Promise.all(others.map(check))
  }
  return { deleted, unknown, why }
}
