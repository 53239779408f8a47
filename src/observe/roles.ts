import { az } from '../model/az.js'
import { acrCommand } from '../model/az-commands.js'
import { ActionError, isNotFound } from '../model/error.js'
import { fix, type Fix } from '../model/fix.js'
import type { Lookup } from '../model/observed.js'
import { pullRole, type Registry, type RegistryWithRole } from '../model/registry.js'
import { placeOf, type RoleAssignment } from '../model/role-assignment.js'
import { canPull, type RoleDefinition } from '../model/roles.js'
import type { Inputs } from '../model/wanted.js'
import { orError, type AzureContext } from '../services/context.js'
import { findRoleDefinition, getRoleDefinition } from '../services/arm/role-definitions.js'

/** The role that is wanted at a registry, or why it can't be: it must let its holder pull there. */
export async function findRole(
  azure: AzureContext,
  registry: Registry,
  { role: reference, repositories, mode }: Inputs,
): Promise<RoleDefinition | ActionError> {
  const { name, roleAssignmentMode } = registry
  const role = reference.kind === 'auto' ? pullRole(registry) : await readRole(azure, registry, reference)
  if (role instanceof ActionError) return role
  if (repositories.length > 0 && roleAssignmentMode === 'RBAC') {
    const advice = fix(
      'Leave repositories empty, or switch the registry to ABAC mode first. In that mode AcrPull, AcrPush and the broad roles no longer let anyone pull:',
      acrCommand('update', registry.id, '--role-assignment-mode rbac-abac'),
    )
    return invalid(`${name} is in RBAC mode: its roles can't be limited to repositories.`, name, advice)
  }
  if (mode === 'detach' || canPull(role, roleAssignmentMode)) return role
  const message = `${role.name} does not let anyone pull from ${name}, which is in ${roleAssignmentMode} mode.`
  return invalid(message, name, fix(`Use role: auto, which takes ${pullRole(registry).name} there.`))
}

async function readRole(
  azure: AzureContext,
  registry: Registry,
  reference: { kind: 'id'; id: string } | { kind: 'name'; name: string },
): Promise<RoleDefinition | ActionError> {
  const { clients, signal } = azure
  const { name: registryName, subscriptionId } = registry
  const asked = reference.kind === 'id' ? reference.id : reference.name
  const role =
    reference.kind === 'id'
      ? await readDefinition(azure, registry, reference.id)
      : await orError(findRoleDefinition(clients, placeOf(registry), reference.name, signal))
  const advice = fix(
    'Check the spelling, or give the GUID. The roles that exist:',
    az`role definition list --subscription ${subscriptionId} --query "[].roleName" --output tsv`,
  )
  return role ?? invalid(`There is no role ${asked} in subscription ${subscriptionId}.`, registryName, advice)
}

/** Undefined when there is no such role. */
function readDefinition(
  { clients, signal }: AzureContext,
  registry: Registry,
  roleId: string,
): Promise<RoleDefinition | undefined | ActionError> {
  const read = getRoleDefinition(clients, placeOf(registry), roleId, signal).catch((error: unknown) => {
    if (isNotFound(error)) return undefined
    throw error
  })
  return orError(read)
}

function invalid(message: string, subject: string, advice: Fix): ActionError {
  return new ActionError('INVALID_INPUT', message, { subject, fix: advice })
}

/**
 * The definitions of the roles that matter, each read at most once. Nothing is known of a role whose definition could not be read. The same holds for
 * one that is not found, because Azure deletes no role that is assigned.
 */
export interface RoleBook {
  known: ReadonlyMap<string, RoleDefinition>
  /** Why others could not be read, by GUID. */
  unread: ReadonlyMap<string, ActionError>
  read(assignments: readonly RoleAssignment[], registry: Pick<Registry, 'id' | 'subscriptionId'>): Promise<void>
  /** Whether one of the assignments lets its holder pull from the registry, or may do so for all that can be read of its role. */
  mayLetPull(assignments: readonly RoleAssignment[], registry: Registry): Promise<boolean>
}

/** Creates a reader of role definitions that starts with the wanted roles and those read before. */
export function createRoleBook(
  azure: AzureContext,
  registries: Lookup<RegistryWithRole>[],
  definitions: ReadonlyMap<string, RoleDefinition> = new Map(),
): RoleBook {
  const known = new Map(definitions)
  for (const lookup of registries) if ('found' in lookup) known.set(lookup.found.role.id, lookup.found.role)
  const unread = new Map<string, ActionError>()
  const requested = new Map<string, Promise<void>>()

  const request = async (roleId: string, registry: Pick<Registry, 'id' | 'subscriptionId'>): Promise<void> => {
    const role = await orError(getRoleDefinition(azure.clients, placeOf(registry), roleId, azure.signal))
    if (role instanceof ActionError) unread.set(roleId, role)
    else known.set(roleId, role)
  }
  const read: RoleBook['read'] = async (assignments, registry) => {
    const unknown = assignments.filter(({ roleId }) => !known.has(roleId))
    // Asked for each of thousands of pairs, of which few have a role that others have not.
    if (unknown.length === 0) return
    await Promise.all(
      unknown.map(({ roleId }) => {
        const reading = requested.get(roleId) ?? request(roleId, registry)
        requested.set(roleId, reading)
        return reading
      }),
    )
  }
  return {
    known,
    unread,
    read,
    async mayLetPull(assignments, registry) {
      await read(assignments, registry)
      return assignments.some(({ roleId }) => {
        const role = known.get(roleId)
        return role ? canPull(role, registry.roleAssignmentMode) : unread.has(roleId)
      })
    },
  }
}
