import { acrCommand, az, canPull, canPullInSomeMode, describeIgnored, pullRole } from 'azure'
import type { Registry, RegistryWithRole, RoleAssignment, RoleDefinition, Roles } from 'azure'
import { findRoleDefinition, getRoleDefinition, type AzureContext } from 'azure-clients'
import { ActionError, briefly, attempt, once, type Fix, type Result, valuesOf, type Said } from 'kernel'
import type { Inputs, Lookup } from 'run-model'

/**
 * Finds the role to assign at a registry; it must allow pulling there. In `check`, one that may once have done so is returned, too: the registry's mode may
 * have been switched since, or a custom role may have lost its action, which is drift.
 */
export async function findRole(
  azure: AzureContext,
  registry: Registry,
  { role: reference, repositories, mode }: Inputs,
): Promise<Result<RoleDefinition>> {
  const { name, roleAssignmentMode } = registry
  const read = isByMode(reference) ? { value: pullRole(registry) } : await readRole(azure, registry, reference)
  if (read.error) return read
  const role = read.value
  const isIgnored = !canPull(role, roleAssignmentMode)
  if (mode === 'check' && isIgnored && (role.isCustom || canPullInSomeMode(role))) return read
  // With both, the role for ABAC mode is limited, and counts after the move.
  const isLimitable = roleAssignmentMode === 'ABAC' || (reference.kind === 'both' && mode !== 'detach')
  if (repositories.length > 0 && !isLimitable) {
    // No command switches it here: everybody who pulls by these roles would lose access at once.
    const advice = briefly(
      'Leave repositories empty, or switch the registry to ABAC mode first.',
      'In that mode AcrPull, AcrPush and the broad roles no longer allow anybody to pull, so everybody needs a repository role before. The current mode:',
      acrCommand('show', registry.id, '--query roleAssignmentMode'),
    )
    return invalid({ what: `${name} is in RBAC mode`, why: "its roles can't be limited to repositories" }, name, advice)
  }
  if (mode === 'detach' || !isIgnored) return read
  const { said, advice } = describeIgnored(role, registry)
  return invalid(said, name, advice)
}

type RoleByMode = Extract<Inputs['role'], { kind: 'auto' | 'both' }>

function isByMode(reference: Inputs['role']): reference is RoleByMode {
  return reference.kind === 'auto' || reference.kind === 'both'
}

async function readRole(
  azure: AzureContext,
  registry: Registry,
  reference: Exclude<Inputs['role'], RoleByMode>,
): Promise<Result<RoleDefinition>> {
  const { name, subscriptionId } = registry
  const { value, error } = await attempt<RoleDefinition | undefined>(
    reference.kind === 'id'
      ? getRoleDefinition(azure, registry.id, reference.id)
      : findRoleDefinition(azure, registry.id, reference.name),
  )
  if (error && !(reference.kind === 'id' && error.kind === 'missing')) return { error }
  if (value) return { value }
  const asked = reference.kind === 'id' ? reference.id : reference.name
  const listed = az`role definition list --subscription ${subscriptionId} --query "[].roleName" --output tsv`
  const advice = briefly('Check the spelling, or give the GUID.', 'The existing roles:', listed)
  return invalid(`There is no role ${asked} in subscription ${subscriptionId}`, name, advice)
}

function invalid(said: string | Said, subject: string, advice: Fix): Result<never> {
  return { error: new ActionError('INVALID_INPUT', said, { subject, fix: advice }) }
}

export type RoleBook = ReturnType<typeof createRoleBook>

/**
 * Role definitions, each read at most once. A role that could not be read is unknown, even if Azure reports it as not found, because Azure never
 * deletes an assigned role.
 * @param definitions those read before
 */
export function createRoleBook(
  azure: AzureContext,
  registries: Lookup<RegistryWithRole>[],
  definitions: Roles = new Map(),
) {
  const known = new Map(definitions)
  for (const { role, nextRole = role } of valuesOf(registries)) known.set(role.id, role).set(nextRole.id, nextRole)
  /** Why the other definitions are unknown, by GUID. */
  const unknown = new Map<string, ActionError>()
  const requested = new Map<string, Promise<void>>()
  const request = async (roleId: string, at: At): Promise<void> => {
    const role = await attempt(getRoleDefinition(azure, at.id, roleId))
    if (role.error) unknown.set(roleId, role.error)
    else known.set(roleId, role.value)
  }
  const read = async (assignments: readonly RoleAssignment[], at: At): Promise<void> => {
    const others = assignments.filter(({ roleId }) => !known.has(roleId))
    // Fast path: called once per pair, and nearly all roles are already known.
    if (others.length === 0) return
    await Promise.all(others.map(({ roleId }) => once(requested, roleId, () => request(roleId, at))))
  }
  /** Whether one of the assignments allows pulling from the registry, in one of the modes, or might because its role can't be read. */
  const mayLetPull = async (
    assignments: readonly RoleAssignment[],
    registry: Registry,
    modes: readonly Registry['roleAssignmentMode'][],
  ): Promise<boolean> => {
    await read(assignments, registry)
    return assignments.some(({ roleId }) => {
      const role = known.get(roleId)
      return role ? modes.some(mode => canPull(role, mode)) : unknown.has(roleId)
    })
  }
  return { known, unknown, read, mayLetPull }
}

/** Where a role is assigned. */
type At = Pick<Registry, 'id'>
