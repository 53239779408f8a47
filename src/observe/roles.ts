import { ActionError, isAbort } from '../model/error.js'
import type { Lookup } from '../model/observed.js'
import { pullRole, type Registry, type RegistryWithRole } from '../model/registry.js'
import { placeOf, type RoleAssignment } from '../model/role-assignment.js'
import { canPull, type RoleDefinition } from '../model/roles.js'
import type { Inputs } from '../model/wanted.js'
import { attempt, type AzureContext } from '../services/context.js'
import { isForbidden, isNotFound } from '../services/arm/errors.js'
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
    return invalid(`${name} is in RBAC mode: its roles can't be limited to repositories.`, name, [
      'Leave repositories empty, or switch the registry to ABAC mode first:',
      `  az acr update --name ${name} --role-assignment-mode rbac-abac`,
    ])
  }
  if (mode === 'detach' || canPull(role, roleAssignmentMode)) return role
  return invalid(`${role.name} does not let anyone pull from ${name}, which is in ${roleAssignmentMode} mode.`, name, [
    `Use role: auto, which takes ${pullRole(registry).name} there.`,
  ])
}

async function readRole(
  azure: AzureContext,
  registry: Registry,
  reference: { kind: 'id'; id: string } | { kind: 'name'; name: string },
): Promise<RoleDefinition | ActionError> {
  const { clients, signal, caller } = azure
  const { name: registryName, subscriptionId } = registry
  const asked = reference.kind === 'id' ? reference.id : reference.name
  const reading =
    reference.kind === 'id'
      ? getRoleDefinition(clients, placeOf(registry), reference.id, signal).catch((error: unknown) => {
          if (isNotFound(error)) return undefined
          throw error
        })
      : findRoleDefinition(clients, placeOf(registry), reference.name, signal)
  const role = await attempt(reading, {
    failure: `The role ${asked} could not be read`,
    subject: registryName,
    scope: registry.id,
    action: 'Microsoft.Authorization/roleDefinitions/read',
    caller,
  })
  return (
    role ??
    invalid(`There is no role ${asked} in subscription ${subscriptionId}.`, registryName, [
      'Check the spelling, or give the GUID. What there is:',
      `  az role definition list --subscription ${subscriptionId} --query "[].roleName" --output tsv`,
    ])
  )
}

function invalid(message: string, subject: string, fix: string[]): ActionError {
  return new ActionError('INVALID_INPUT', message, { subject, fix: fix.join('\n') })
}

/** The definitions of the roles that matter, each read at most once. One that can't be read (it was deleted, or the caller may not) lets nobody pull. */
export interface RoleBook {
  known: ReadonlyMap<string, RoleDefinition>
  /** What could not be read, and why. */
  notes: ReadonlySet<string>
  read(assignments: RoleAssignment[], registry: Registry): Promise<void>
  /** Whether one of the assignments lets its holder pull from the registry. */
  letPull(assignments: RoleAssignment[], registry: Registry): Promise<boolean>
}

/** A book that knows the wanted roles already, and what was read before. */
export function createRoleBook(
  { clients, signal }: AzureContext,
  registries: Lookup<RegistryWithRole>[],
  definitions: ReadonlyMap<string, RoleDefinition> = new Map(),
): RoleBook {
  const known = new Map(definitions)
  for (const lookup of registries) if ('found' in lookup) known.set(lookup.found.role.id, lookup.found.role)
  const notes = new Set<string>()
  const requested = new Map<string, Promise<void>>()

  const request = async (roleId: string, registry: Registry): Promise<void> => {
    try {
      known.set(roleId, await getRoleDefinition(clients, placeOf(registry), roleId, signal))
    } catch (error) {
      if (isAbort(error)) throw error
      // A role that was deleted lets nobody pull; that is no want of knowledge.
      if (!isNotFound(error)) notes.add(unreadable(roleId, registry, error))
    }
  }
  const read: RoleBook['read'] = async (assignments, registry) => {
    const unknown = assignments.map(({ roleId }) => roleId).filter(roleId => !known.has(roleId))
    await Promise.all(
      unknown.map(roleId => {
        const reading = requested.get(roleId) ?? request(roleId, registry)
        requested.set(roleId, reading)
        return reading
      }),
    )
  }
  return {
    known,
    notes,
    read,
    async letPull(assignments, registry) {
      await read(assignments, registry)
      return assignments.some(({ roleId }) => {
        const role = known.get(roleId)
        return role !== undefined && canPull(role, registry.roleAssignmentMode)
      })
    },
  }
}

function unreadable(roleId: string, { name }: Registry, error: unknown): string {
  const why = isForbidden(error) ? 'it may not be read' : error instanceof Error ? error.message : String(error)
  return `not known: what the role ${roleId} allows that is assigned at ${name} or above it, so it counts as one that does not pull (${why})`
}
