import { deleteRoleAssignmentCommand } from '../model/az-commands.js'
import { explainBoots, readBoots, type Boots } from '../model/boots.js'
import type { ActionError } from '../model/error.js'
import type { Finding } from '../model/finding.js'
import { fix, type Fix } from '../model/fix.js'
import type { Observed } from '../model/observed.js'
import type { PlannedPair } from '../model/plan.js'
import type { Registry } from '../model/registry.js'
import { attempt, valuesOf, type Result } from '../model/result.js'
import { normalizeId, sameId } from '../model/resource-id.js'
import { placeOf, type RoleAssignment } from '../model/role-assignment.js'
import { canPull, mayMoreThanPull } from '../model/roles.js'
import type { Mode } from '../model/inputs.js'
import type { AzureContext } from '../services/context.js'
import { listAtScope } from '../services/arm/role-assignments.js'
import type { Target } from '../model/target.js'
import { explainDead, findDeleted } from './dead-identities.js'
import { createPullers, type FindPullers } from './pullers.js'
import { createRoleBook } from './roles.js'

export interface Inspection {
  findings: Finding[]
  /** Everything that could not be checked. */
  notes: string[]
  /** Errors of targets whose pull identity is no longer in the directory. */
  dead: ReadonlyMap<Target, ActionError>
}

/** A role assignment that only allows pulling. */
interface PullGrant {
  assignment: RoleAssignment
  role: string
  registry: Registry
  /** Whether the role allows pulling in the registry's mode. */
  isHonoured: boolean
}

/**
 * Checks who else holds pull roles at the registries of these pairs: a cluster's own identity instead of its kubelet identity, and deleted principals.
 * It costs one long list per registry and requests to Microsoft Graph, so it is meant for pairs that failed or drifted, where it shows why.
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
      if (everyone.error) {
        unread.push(`could not check who else holds pull roles at ${registry.name} (${everyone.error.message})`)
        return []
      }
      await book.read(
        everyone.value.filter(({ scope }) => sameId(scope, registry.id)),
        registry,
      )
      return everyone.value.flatMap((assignment): PullGrant[] => {
        const role = book.known.get(assignment.roleId)
        if (!role || mayMoreThanPull(role) || !(canPull(role, 'RBAC') || canPull(role, 'ABAC'))) return []
        return [{ assignment, role: role.name, registry, isHonoured: canPull(role, registry.roleAssignmentMode) }]
      })
    }),
  )
  const grants = listed.flat()
  const boots = readBoots(observed)
  // An identity that isn't in the directory may belong to another tenant, and a cluster may boot its nodes with it.
  const dispensable = grants.filter(({ assignment }) => boots.through(assignment).length === 0)
  const findPullers = createPullers(azure, observed)
  const [gone, wrong] = await Promise.all([
    findGone(azure, observed, dispensable, findPullers, mode),
    mode === 'detach' ? [] : findWrongIdentities(pairs, grants, boots, findPullers),
  ])
  const wrongIds = findClientIds(pairs, grants)
  return { findings: [...wrong, ...wrongIds, ...gone.findings], notes: [...unread, ...gone.notes], dead: gone.dead }
}

async function listEveryone(
  azure: AzureContext,
  { everyone }: Observed,
  registry: Registry,
): Promise<Result<RoleAssignment[]>> {
  const known = everyone.get(normalizeId(registry.id))
  return known ? { value: known } : attempt(listAtScope(azure.clients, placeOf(registry), azure.signal))
}

/** Finds clusters whose own (control plane) identity has the role that their kubelet identity lacks. */
async function findWrongIdentities(
  pairs: PlannedPair[],
  grants: PullGrant[],
  boots: Boots,
  findPullers: FindPullers,
): Promise<Finding[]> {
  const found = await Promise.all(
    pairs.map(async ({ target, registry, access }): Promise<Finding[]> => {
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
        `The control plane identity of ${name} holds ${grant.role} on ${registry.name}, but nodes pull with the kubelet ` +
        `identity ${identity.name}, which does not.`
      const advice = await adviseOnWrong(grant, target, boots, findPullers)
      return [{ code: 'WRONG_IDENTITY_GRANTED', severity: 'warning', subject: id, message, fix: advice }]
    }),
  )
  return found.flat()
}

/** Advises to delete the role of a control plane identity, unless a cluster pulls with that identity: an identity of the user's can be both. */
async function adviseOnWrong(
  { assignment, registry }: PullGrant,
  { id }: Target,
  boots: Boots,
  findPullers: FindPullers,
): Promise<Fix> {
  const start = 'The kubelet identity needs the role. Do not delete the other assignment'
  const booting = boots.through(assignment)
  if (booting.length > 0) return fix(`${start}: ${explainBoots(booting)}.`)
  if (!sameId(assignment.scope, registry.id))
    return fix(`${start} for this: it is inherited from ${assignment.scope}, and may be needed below that scope.`)
  const pulling = await findPullers(assignment.principalId, id)
  if (pulling.error)
    return fix(`${start}: it could not be checked whether another cluster pulls with it. ${pulling.error.message}`)
  const [only = '', ...more] = pulling.value
  if (only) return fix(`${start}: ${[only, ...more].join(', ')} ${more.length > 0 ? 'pull' : 'pulls'} with it.`)
  return fix(
    'Once the kubelet identity has it, the other role assignment can be deleted:',
    deleteRoleAssignmentCommand(assignment.id),
  )
}

/**
 * Finds assignments to the client ID of a pull identity. Azure accepts any ID with a principal type, but compares only object IDs, so nobody can use them
 * (Azure/acr issue 695).
 */
function findClientIds(pairs: PlannedPair[], grants: PullGrant[]): Finding[] {
  return pairs.flatMap(({ target, registry }): Finding[] => {
    const { id, name, identity } = target
    const { clientId, objectId } = identity
    return grants
      .filter(
        ({ assignment, registry: at }) =>
          clientId !== '' && at === registry && sameId(assignment.principalId, clientId),
      )
      .map(({ assignment, role }) => ({
        code: 'WRONG_IDENTITY_GRANTED',
        severity: 'warning',
        subject: id,
        message:
          `${role} at ${assignment.scope} is assigned to ${clientId}, the client ID of ${identity.name}, which ${name} pulls with: it lets nobody pull ` +
          `from ${registry.name}, because role assignments are for object IDs, here ${objectId}.`,
        fix: fix(
          'This step with mode: attach assigns the role to the object ID. The other assignment can be deleted, because no identity can use it:',
          deleteRoleAssignmentCommand(assignment.id),
        ),
      }))
  })
}

/**
 * Finds deleted principals in one look-up: those with pull roles at the registries themselves, and kubelet identities that Azure Resource Manager could
 * not show. The role of a deleted identity remains and makes its cluster look attached, so `check` always looks up these identities.
 */
async function findGone(
  azure: AzureContext,
  { targets, group, unreadIdentities }: Observed,
  grants: PullGrant[],
  findPullers: FindPullers,
  mode: Mode,
): Promise<Inspection> {
  const found = valuesOf(targets)
  const known = found.flatMap(({ identity, controlPlaneObjectId }) => [
    identity.objectId,
    // It has a finding of its own.
    identity.clientId,
    controlPlaneObjectId ?? '',
  ])
  if (group && !group.error) known.push(group.id)
  const alive = new Set(known.map(normalizeId))
  const suspects = grants.filter(
    ({ assignment, registry }) =>
      sameId(assignment.scope, registry.id) &&
      isOfTenant(assignment) &&
      !alive.has(normalizeId(assignment.principalId)),
  )
  const areIncluded = mode === 'check' || (mode === 'attach' && suspects.length > 0)
  const clusters = areIncluded ? found.filter(target => unreadIdentities.has(target)) : []
  if (suspects.length + clusters.length === 0) return { findings: [], notes: [], dead: new Map() }
  const { deleted, unknown, why } = await findDeleted(azure, [
    ...suspects.map(({ assignment }) => assignment),
    ...clusters.map(({ identity }) => ({ principalType: 'ServicePrincipal', principalId: identity.objectId })),
  ])
  const isUnknown = (principalId: string): boolean => unknown.has(normalizeId(principalId))
  const unknownRoles = suspects.filter(({ assignment }) => isUnknown(assignment.principalId)).length
  const unknownClusters = clusters.filter(({ identity }) => isUnknown(identity.objectId)).map(({ name }) => name)
  const [only, ...more] = unknownClusters
  const ofClusters = more.length > 0 ? `each of ${unknownClusters.length} clusters` : only
  const orphans = suspects.filter(({ assignment }) => deleted.has(normalizeId(assignment.principalId)))
  const isUnused = async ({ assignment: { principalId }, registry }: PullGrant): Promise<boolean> =>
    (await findPullers(principalId, registry.id)).value?.length === 0
  // An identity that a cluster pulls with may belong to another tenant, and be unknown to this directory.
  const unused = await Promise.all(orphans.map(isUnused))
  return {
    findings: orphans.filter((_, index) => unused[index]).map(toOrphan),
    notes: [
      ...(unknownRoles > 0
        ? [
            `could not check whether ${unknownRoles === 1 ? 'the holder of 1 pull role still exists' : `the holders of ${unknownRoles} pull roles still exist`}: ${why}`,
          ]
        : []),
      ...(ofClusters ? [`could not check whether the kubelet identity of ${ofClusters} still exists: ${why}`] : []),
    ],
    dead: new Map(
      clusters
        .filter(({ identity }) => deleted.has(normalizeId(identity.objectId)))
        .map(target => [target, explainDead(target, 'is no longer in the directory')]),
    ),
  }
}

/**
 * Whether an assignment's principal must be in this tenant's directory, unless it was deleted. Groups of a partner are ForeignGroup, and managed
 * identities of another tenant are assigned with `delegatedManagedIdentityResourceId` (learn.microsoft.com/rest/api/authorization/role-assignments/create).
 */
function isOfTenant({ principalType, isDelegated }: RoleAssignment): boolean {
  return /^(user|group|serviceprincipal)$/i.test(principalType) && !isDelegated
}

function toOrphan({ assignment, role, registry }: PullGrant): Finding {
  return {
    code: 'ORPHANED_ASSIGNMENT',
    severity: 'warning',
    subject: registry.id,
    message: `${role} on ${registry.name} is held by ${assignment.principalId}, which is no longer in the directory: the identity was deleted.`,
    fix: fix(
      'It no longer grants anything, but counts towards the limit of assignments:',
      deleteRoleAssignmentCommand(assignment.id),
    ),
  }
}
