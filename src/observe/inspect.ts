import { deleteRoleAssignmentCommand } from '../model/az-commands.js'
import { ActionError, isForbidden, isNotFound } from '../model/error.js'
import type { Finding } from '../model/finding.js'
import { fix } from '../model/fix.js'
import type { Observed } from '../model/observed.js'
import type { PlannedPair } from '../model/plan.js'
import type { Registry } from '../model/registry.js'
import { normalizeId, sameId } from '../model/resource-id.js'
import { placeOf, type RoleAssignment } from '../model/role-assignment.js'
import { canPull, mayMoreThanPull } from '../model/roles.js'
import type { Mode } from '../model/wanted.js'
import { orError, type AzureContext } from '../services/context.js'
import { listAtScope } from '../services/arm/role-assignments.js'
import { findExisting, getObject } from '../services/graph/directory.js'
import type { Target } from '../model/target.js'
import { explainDead } from './dead-identities.js'
import { createRoleBook } from './roles.js'

/** The findings of an inspection, and what it could not read. */
export interface Inspection {
  findings: Finding[]
  notes: string[]
  /** Targets whose pull identity the directory does not know any more. */
  dead: ReadonlyMap<Target, ActionError>
}

/** A role assignment that lets its holder pull and nothing else. */
interface PullGrant {
  assignment: RoleAssignment
  role: string
  registry: Registry
  /** Whether the registry's mode lets the role pull. */
  isHonoured: boolean
}

/**
 * Inspects who else holds pull roles at the registries of these pairs: a cluster's own identity in place of its kubelet identity, and
 * principals that no longer exist. It costs a long list for each registry and up to two requests to Microsoft Entra, so it is meant for pairs
 * that failed or drifted, where it shows why.
 */
export async function inspect(
  azure: AzureContext,
  observed: Observed,
  pairs: PlannedPair[],
  mode: Mode,
): Promise<Inspection> {
  const registries = new Set(pairs.flatMap(({ registry }) => (registry.exists ? registry : [])))
  if (registries.size === 0) return { findings: [], notes: [], dead: new Map() }
  const book = createRoleBook(azure, observed.registries, observed.roles)
  const unread: string[] = []
  const listed = await Promise.all(
    [...registries].map(async registry => {
      const everyone = await listEveryone(azure, observed, registry)
      if (everyone instanceof ActionError) {
        unread.push(`not looked for at ${registry.name}: who else holds pull roles (${everyone.message})`)
        return []
      }
      await book.read(
        everyone.filter(({ scope }) => sameId(scope, registry.id)),
        registry,
      )
      return everyone.flatMap((assignment): PullGrant[] => {
        const role = book.known.get(assignment.roleId)
        if (!role || mayMoreThanPull(role) || !(canPull(role, 'RBAC') || canPull(role, 'ABAC'))) return []
        return [{ assignment, role: role.name, registry, isHonoured: canPull(role, registry.roleAssignmentMode) }]
      })
    }),
  )
  const grants = listed.flat()
  const orphans = await findOrphans(azure, observed, grants)
  const wrong = mode === 'detach' ? [] : findWrongIdentities(pairs, grants)
  return { findings: [...wrong, ...orphans.findings], notes: [...unread, ...orphans.notes], dead: orphans.dead }
}

function listEveryone(azure: AzureContext, { everyone }: Observed, registry: Registry) {
  const known = everyone.get(normalizeId(registry.id))
  if (known) return known
  return orError(listAtScope(azure.clients, placeOf(registry), azure.signal))
}

/** Clusters whose own (control plane) identity was given the role that their kubelet identity lacks. */
function findWrongIdentities(pairs: PlannedPair[], grants: PullGrant[]): Finding[] {
  return pairs.flatMap(({ target, registry, access }): Finding[] => {
    if (access) return []
    const { controlPlaneObjectId, name, id, identity } = target
    const grant = grants.find(
      ({ assignment, registry: at, isHonoured }) =>
        isHonoured &&
        controlPlaneObjectId !== undefined &&
        at === registry &&
        sameId(assignment.principalId, controlPlaneObjectId),
    )
    if (!grant) return []
    const message =
      `The cluster's own identity of ${name} holds ${grant.role} on ${registry.name}, but nodes pull with the kubelet ` +
      `identity ${identity.name}, which does not.`
    const advice = fix(
      'Once the kubelet identity has it, the other role assignment can be deleted:',
      deleteRoleAssignmentCommand(grant.assignment.id),
    )
    return [{ code: 'WRONG_IDENTITY_GRANTED', severity: 'warning', subject: id, message, fix: advice }]
  })
}

/** Pull roles at the registries themselves whose principal the directory no longer knows. */
async function findOrphans(
  azure: AzureContext,
  { targets, group }: Observed,
  grants: PullGrant[],
): Promise<Inspection> {
  const known = targets.flatMap(target =>
    'found' in target ? [target.found.identity.objectId, target.found.controlPlaneObjectId ?? ''] : [],
  )
  if (group && !group.error) known.push(group.id)
  const alive = new Set(known.map(normalizeId))
  const suspects = grants.filter(
    ({ assignment, registry }) =>
      sameId(assignment.scope, registry.id) && !alive.has(normalizeId(assignment.principalId)),
  )
  if (suspects.length === 0) return { findings: [], notes: [], dead: new Map() }
  try {
    const clusters = targets.flatMap(target =>
      'found' in target && target.found.kind === 'cluster' ? target.found : [],
    )
    const principals = [
      ...suspects.map(({ assignment }) => assignment.principalId),
      ...clusters.map(({ identity }) => identity.objectId),
    ]
    const existing = await findExisting(azure.clients, [...new Set(principals)], azure.signal)
    const missing = suspects.filter(({ assignment }) => !existing.has(normalizeId(assignment.principalId)))
    const gone = await Promise.all(missing.map(({ assignment }) => isDeleted(azure, assignment)))
    const lost = clusters.filter(({ identity }) => !existing.has(normalizeId(identity.objectId)))
    const dead = await Promise.all(
      lost.map(async (target): Promise<[Target, ActionError][]> => {
        const principal = { principalType: 'ServicePrincipal', principalId: target.identity.objectId }
        return (await isDeleted(azure, principal))
          ? [[target, explainDead(target, 'is not in the directory any more')]]
          : []
      }),
    )
    const unknown = gone.filter(answer => answer === undefined).length
    return {
      findings: missing.filter((_, index) => gone[index]).map(toOrphan),
      notes:
        unknown > 0
          ? [`not known: whether the principals of ${unknown} pull roles are gone (Microsoft Graph may not be asked)`]
          : [],
      dead: new Map(dead.flat()),
    }
  } catch (error) {
    if (!(error instanceof ActionError)) throw error
    const why = isForbidden(error) ? 'Microsoft Graph may not be asked' : 'Microsoft Graph could not be asked'
    return { dead: new Map(), findings: [], notes: [`not looked for: pull roles of principals that are gone (${why})`] }
  }
}

/**
 * Whether the directory no longer has a principal; undefined when it can't be known: what the caller may not read looks the same as what is gone,
 * until it is asked for by itself.
 */
async function isDeleted(
  { clients, signal }: AzureContext,
  { principalType, principalId }: Pick<RoleAssignment, 'principalType' | 'principalId'>,
): Promise<boolean | undefined> {
  try {
    await getObject(clients, principalType, principalId, signal)
    return false
  } catch (error) {
    if (!(error instanceof ActionError)) throw error
    return isNotFound(error) ? true : undefined
  }
}

function toOrphan({ assignment, role, registry }: PullGrant): Finding {
  return {
    code: 'ORPHANED_ASSIGNMENT',
    severity: 'warning',
    subject: registry.id,
    message: `${role} on ${registry.name} is held by ${assignment.principalId}, which the directory no longer knows: the identity was deleted.`,
    fix: fix(
      'It grants nothing any more and counts towards the limit of assignments:',
      deleteRoleAssignmentCommand(assignment.id),
    ),
  }
}
