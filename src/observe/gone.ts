import {
  deleteRoleAssignmentCommand,
  normalizeId,
  sameId,
  type Registry,
  type RoleAssignment,
  type Target,
} from 'azure'
import { findExisting, getObject, type AzureContext } from 'azure-clients'
import { attempt, fix, groupBy, type Finding, valuesOf, warning } from 'kernel'
import { noteUnseenIdentities, type IdentityState, type Mode, type Observed } from 'run-model'
import { explainGone } from './identity-states.js'
import type { SearchPullers } from './pullers.js'
import { isOfOwnTenant } from './tenants.js'

export interface Inspection {
  findings: Finding[]
  /** Everything that could not be checked. */
  notes: string[]
  /** What the directory has shown of pull identities that Azure Resource Manager did not show. */
  identities: Observed['identities']
}

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
  { mode, isGreen }: { mode: Mode; isGreen: boolean },
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
  const orphans = await split(
    suspects.filter(({ assignment }) => deleted.has(normalizeId(assignment.principalId))),
    ({ registry }) => isOfOwnTenant(azure, registry.id),
  )
  const dead = await split(
    clusters.filter(({ identity }) => deleted.has(normalizeId(identity.objectId))),
    ({ id }) => isOfOwnTenant(azure, id),
  )
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
  return {
    findings: unused.flatMap(grant => (unclear.includes(grant) ? [] : toOrphan(grant))),
    notes: [
      // Other holders could explain a failure. They change nothing about access that is there.
      ...(isGreen
        ? []
        : [
            ...noteHolders(unknownRoles.length, why),
            ...noteHolders(orphans.no.length, notOwn),
            ...noteHolders(unclear.length, notListed),
          ]),
      ...noteUnseenIdentities(
        // In check, such a pair has an error.
        unknownClusters.filter(target => mode !== 'check' || !stateOf(target)?.error),
        why,
      ),
      ...noteUnseenIdentities(foreign, notOwn),
    ],
    identities: new Map<Target, IdentityState>([
      ...dead.yes.map(target => [target, explainGone(target, 'is no longer in the directory')] as const),
      ...dead.no.map(target => [target, { ...stateOf(target), state: 'foreign' }] as const),
      ...clusters.flatMap(target => (isSettled.has(target) ? [] : [[target, { state: 'alive' }] as const])),
    ]),
  }
}

const notOwn =
  'only the directory of its own tenant knows it, and that is not known to be the one that this step is signed in to'

const notListed = 'not all clusters could be listed, and one of them may pull as it'

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
  return warning(
    'ORPHANED_ASSIGNMENT',
    registry.id,
    `${role} on ${registry.name} is held by ${assignment.principalId}, which is no longer in the directory: the identity was deleted.`,
    fix(
      'It no longer grants anything, but counts towards the limit of assignments:',
      deleteRoleAssignmentCommand(assignment.id),
    ),
  )
}

type Principal = Pick<RoleAssignment, 'principalType' | 'principalId'>

/** The deleted ones among some principals, and those that could not be checked, by normalized object ID. */
interface DeletedPrincipals {
  deleted: ReadonlySet<string>
  unknown: ReadonlySet<string>
  /** Why these could not be checked, as a clause. */
  why: string
}

/** Looks up principals in the directory. */
async function findDeleted(azure: AzureContext, principals: Principal[]): Promise<DeletedPrincipals> {
  const distinct = new Map(principals.map(each => [normalizeId(each.principalId), each]))
  const [deleted, unknown] = [new Set<string>(), new Set<string>()]
  const why = 'no permission to read Microsoft Graph'
  const existing = await attempt(findExisting(azure, [...distinct.keys()]))
  if (existing.error)
    return {
      deleted,
      unknown: new Set(distinct.keys()),
      why: existing.error.kind === 'forbidden' ? why : 'Microsoft Graph did not answer',
    }
  const missing = [...distinct].filter(([id]) => !existing.value.has(id))
  for (const ofType of groupBy(missing, ([, { principalType }]) => principalType).values()) {
    const check = async ([id, principal]: [string, Principal]): Promise<void> => {
      const isGone = await isDeleted(azure, principal)
      if (isGone === undefined) unknown.add(id)
      else if (isGone) deleted.add(id)
    }
    const [first, ...others] = ofType
    await check(first)
    // Without read access to the first principal of a type there is none to the rest, so stop here.
    if (unknown.has(first[0])) for (const [id] of others) unknown.add(id)
    else await Promise.all(others.map(check))
  }
  return { deleted, unknown, why }
}

/** Undefined if it can't be known. A look-up of many omits unreadable principals as well as deleted ones; a request for one tells them apart. */
async function isDeleted(azure: AzureContext, { principalType, principalId }: Principal): Promise<boolean | undefined> {
  const { error } = await attempt(getObject(azure, principalType, principalId))
  if (!error) return false
  return error.kind === 'missing' ? true : undefined
}
