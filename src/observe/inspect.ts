import { deleteRoleAssignmentCommand } from '../model/az-commands.js'
import { explainBoots, readBoots, type Boots } from '../model/boots.js'
import { ActionError, isForbidden, isNotFound } from '../model/error.js'
import type { Finding } from '../model/finding.js'
import { fix } from '../model/fix.js'
import { groupBy } from '../model/lists.js'
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
  const boots = readBoots(observed)
  // An identity that the directory does not know may be one of another tenant, by which a cluster boots its nodes.
  const dispensable = grants.filter(({ assignment }) => boots.through(assignment).length === 0)
  const gone = await findGone(azure, observed, dispensable, mode)
  const wrong = mode === 'detach' ? [] : findWrongIdentities(pairs, grants, boots)
  return { findings: [...wrong, ...gone.findings], notes: [...unread, ...gone.notes], dead: gone.dead }
}

function listEveryone(azure: AzureContext, { everyone }: Observed, registry: Registry) {
  const known = everyone.get(normalizeId(registry.id))
  if (known) return known
  return orError(listAtScope(azure.clients, placeOf(registry), azure.signal))
}

/** Clusters whose own (control plane) identity was given the role that their kubelet identity lacks. */
function findWrongIdentities(pairs: PlannedPair[], grants: PullGrant[], boots: Boots): Finding[] {
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
    const booting = boots.through(grant.assignment)
    const advice =
      booting.length > 0
        ? fix(`The kubelet identity needs the role. Do not delete the other assignment: ${explainBoots(booting)}.`)
        : fix(
            'Once the kubelet identity has it, the other role assignment can be deleted:',
            deleteRoleAssignmentCommand(grant.assignment.id),
          )
    return [{ code: 'WRONG_IDENTITY_GRANTED', severity: 'warning', subject: id, message, fix: advice }]
  })
}

/**
 * Asks the directory, in one look-up, who is gone: holders of pull roles at the registries themselves, and kubelet identities. The role of a deleted
 * identity stays, and makes its cluster look attached, so `check` always asks about identities.
 */
async function findGone(
  azure: AzureContext,
  { targets, group }: Observed,
  grants: PullGrant[],
  mode: Mode,
): Promise<Inspection> {
  const found = targets.flatMap(target => ('found' in target ? target.found : []))
  const known = found.flatMap(({ identity, controlPlaneObjectId }) => [identity.objectId, controlPlaneObjectId ?? ''])
  if (group && !group.error) known.push(group.id)
  const alive = new Set(known.map(normalizeId))
  const suspects = grants.filter(
    ({ assignment, registry }) =>
      sameId(assignment.scope, registry.id) && !alive.has(normalizeId(assignment.principalId)),
  )
  const isAsked = mode === 'check' || (mode === 'attach' && suspects.length > 0)
  const clusters = isAsked ? found.filter(({ kind }) => kind === 'cluster') : []
  if (suspects.length + clusters.length === 0) return { findings: [], notes: [], dead: new Map() }
  const { deleted, open, why } = await findDeleted(azure, [
    ...suspects.map(({ assignment }) => assignment),
    ...clusters.map(({ identity }) => ({ principalType: 'ServicePrincipal', principalId: identity.objectId })),
  ])
  const isOpen = (principalId: string): boolean => open.has(normalizeId(principalId))
  const openRoles = suspects.filter(({ assignment }) => isOpen(assignment.principalId)).length
  const openClusters = clusters.filter(({ identity }) => isOpen(identity.objectId)).map(({ name }) => name)
  const [only, ...more] = openClusters
  const ofClusters = more.length > 0 ? `each of ${openClusters.length} clusters` : only
  return {
    findings: suspects.filter(({ assignment }) => deleted.has(normalizeId(assignment.principalId))).map(toOrphan),
    notes: [
      ...(openRoles > 0
        ? [
            `not known: whether ${openRoles === 1 ? 'the holder of 1 pull role still exists' : `the holders of ${openRoles} pull roles still exist`} (${why})`,
          ]
        : []),
      ...(ofClusters ? [`not known: whether the kubelet identity of ${ofClusters} still exists (${why})`] : []),
    ],
    dead: new Map(
      clusters
        .filter(({ identity }) => deleted.has(normalizeId(identity.objectId)))
        .map(target => [target, explainDead(target, 'is not in the directory any more')]),
    ),
  }
}

type Principal = Pick<RoleAssignment, 'principalType' | 'principalId'>

/** Which of the principals the directory has no more, by object ID, normalised; and those about which it could not be asked, and why. */
async function findDeleted(
  azure: AzureContext,
  principals: Principal[],
): Promise<{ deleted: ReadonlySet<string>; open: ReadonlySet<string>; why: string }> {
  const distinct = new Map(principals.map(each => [normalizeId(each.principalId), each]))
  const [deleted, open] = [new Set<string>(), new Set<string>()]
  let why = 'Microsoft Graph may not be asked'
  const existing = await orError(findExisting(azure.clients, [...distinct.keys()], azure.signal))
  if (existing instanceof ActionError && !isForbidden(existing)) why = 'Microsoft Graph could not be asked'
  if (existing instanceof ActionError) return { deleted, open: new Set(distinct.keys()), why }
  const lost = [...distinct].filter(([id]) => !existing.has(id))
  for (const ofType of groupBy(lost, ([, { principalType }]) => principalType).values()) {
    const judge = async ([id, principal]: [string, Principal]): Promise<void> => {
      const isGone = await isDeleted(azure, principal)
      if (isGone === undefined) open.add(id)
      else if (isGone) deleted.add(id)
    }
    const [first, ...others] = ofType
    if (first) await judge(first)
    // Who may not read one may read no other of its type, and a thousand need not be asked for.
    if (first && open.has(first[0])) for (const [id] of others) open.add(id)
    else await Promise.all(others.map(judge))
  }
  return { deleted, open, why }
}

/**
 * Whether the directory no longer has a principal; undefined when it can't be known: what the caller may not read looks the same as what is gone,
 * until it is asked for by itself.
 */
async function isDeleted(
  { clients, signal }: AzureContext,
  { principalType, principalId }: Principal,
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
