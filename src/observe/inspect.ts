import { canPull, canPullInSomeMode, mayMoreThanPull, normalizeId, sameId, showAssignmentCommand } from 'azure'
import type { Registry, RoleAssignment } from 'azure'
import { listRoleAssignments, type AzureContext } from 'azure-clients'
import { attempt, groupBy, type Finding, warning } from 'kernel'
import { createOutcomeOf, type PlannedPair, type PlannedRun, type Run } from 'run-model'
import { findGone, nothingInspected, type Inspection } from './gone.js'
import { refuteDetached, type LaterList } from './new-assignments.js'
import { createRoleBook } from './roles.js'

/** A role assignment that allows pulling. */
interface PullGrant {
  assignment: RoleAssignment
  role: string
  registry: Registry
  /** Whether the role allows pulling in the registry's mode. */
  isHonoured: boolean
  /** Whether the role allows more than pulling. */
  isBroader: boolean
}

/**
 * Checks who else holds pull roles at the registries of these pairs: a cluster's own identity instead of its kubelet identity.
 * It costs one long list per registry and requests to Microsoft Graph, so `attach` does it only for pairs that failed, where it shows why.
 */
export async function inspect(
  azure: AzureContext,
  run: PlannedRun,
  waiting: Pick<LaterList, 'clock' | 'onListed'>,
): Promise<Inspection & Partial<Pick<Run, 'verifications'>>> {
  const { observed, mode } = run
  const pairs = selectSuspicious(run)
  const registries = new Set(pairs.flatMap(({ registry }) => (registry.exists ? registry : [])))
  if (registries.size === 0) return nothingInspected
  const book = createRoleBook(azure, observed.registries, observed.roles)
  const unknown: string[] = []
  const listed = await Promise.all(
    [...registries].map(async registry => {
      const known = observed.everyone.get(normalizeId(registry.id))
      const everyone = known ? { value: known } : await attempt(listRoleAssignments(azure, registry.id))
      if (everyone.error) {
        unknown.push(`could not check who else holds pull roles at ${registry.name} (${everyone.error.message})`)
        return []
      }
      const here = everyone.value.filter(({ scope }) => sameId(scope, registry.id))
      await book.read(here, registry)
      return everyone.value.flatMap((assignment): PullGrant[] => {
        const role = book.known.get(assignment.roleId)
        if (!role || !canPullInSomeMode(role)) return []
        const isHonoured = canPull(role, registry.roleAssignmentMode)
        return [{ assignment, role: role.name, registry, isHonoured, isBroader: mayMoreThanPull(role) }]
      })
    }),
  )
  const all = listed.flat()
  const grants = all.filter(({ isBroader }) => !isBroader)
  const heldBy = indexGrants(grants)
  const gone = await findGone(azure, observed, mode)
  const wrong = mode === 'detach' ? [] : findWrongIdentities(pairs, heldBy)
  const heldByAnyRole = indexGrants(all)
  const wrongIds = findClientIds(pairs, heldByAnyRole)
  return {
    ...gone,
    findings: [...wrong, ...wrongIds, ...gone.findings],
    notes: [...unknown, ...gone.notes],
    ...(mode === 'detach' && {
      verifications: await refuteDetached(azure, pairs, run, { ...waiting, roles: book.known, heldBy: heldByAnyRole }),
    }),
  }
}

/** Selects the pairs whose registries are inspected for other pull roles; in `attach` only those that failed. */
export function selectSuspicious({ plan, mode, outcomes, verifications }: PlannedRun): PlannedPair[] {
  const outcomeOf = createOutcomeOf(outcomes)
  const hasFailed = (pair: PlannedPair): boolean =>
    verifications.get(pair)?.error !== undefined || pair.operations.some(operation => outcomeOf(operation)?.error)
  return plan.pairs.filter(pair => mode !== 'attach' || hasFailed(pair))
}

type HeldBy = (registry: Registry, principalId: string) => readonly PullGrant[]

/** Indexes grants by holder, because thousands of pairs would each read thousands of grants. */
function indexGrants(grants: readonly PullGrant[]): HeldBy {
  const keyOf = (registry: Registry, principalId: string): string => `${registry.id} ${normalizeId(principalId)}`
  const held = groupBy(grants, ({ registry, assignment }) => keyOf(registry, assignment.principalId))
  return (registry, principalId) => (principalId && held.get(keyOf(registry, principalId))) || []
}

/** Finds clusters whose own (control plane) identity has the role that their kubelet identity lacks. */
function findWrongIdentities(pairs: PlannedPair[], heldBy: HeldBy): Finding[] {
  return pairs.flatMap(({ target, registry, access }): Finding[] => {
    const { id, name, identity, controlPlaneObjectId = '' } = target
    // One identity can be both; then its role allows too little.
    if (access || sameId(controlPlaneObjectId, identity.objectId)) return []
    const grant = heldBy(registry, controlPlaneObjectId).find(({ isHonoured }) => isHonoured)
    if (!grant) return []
    const message =
      `The control plane identity of ${name} holds ${grant.role} on ${registry.name}, but nodes pull with the kubelet ` +
      `identity ${identity.name}, which does not.`
    const text =
      'The kubelet identity needs the role: this step with mode: attach assigns it. Other clusters may pull with the control plane identity. Its assignment:'
    return [warning('WRONG_IDENTITY_GRANTED', id, message, text, showAssignmentCommand(grant.assignment.id))]
  })
}

/**
 * Finds assignments to the client ID of a pull identity. Azure accepts any ID with a principal type, but compares only object IDs, so nobody can use them
 * (Azure/acr issue 695).
 */
function findClientIds(pairs: PlannedPair[], heldBy: HeldBy): Finding[] {
  return pairs.flatMap(({ target, registry }): Finding[] => {
    const { id, name, identity } = target
    const { clientId, objectId } = identity
    return heldBy(registry, clientId).map(({ assignment, role }) => {
      const message =
        `${role} at ${assignment.scope} is assigned to ${clientId}, the client ID of ${identity.name}, which ${name} pulls with: it lets nobody pull ` +
        `from ${registry.name}, because role assignments are for object IDs, here ${objectId}.`
      const text = 'This step with mode: attach assigns the role to the object ID. The other assignment:'
      return warning('WRONG_IDENTITY_GRANTED', id, message, text, showAssignmentCommand(assignment.id))
    })
  })
}
