import { canPull } from './azure/pull-rights.js'
import { getRoleDefinition } from './azure/role-definitions.js'
import { isForbidden, isNotFound } from './azure-errors.js'
import { isAbort } from './errors.js'
import { placeOf, type AzureContext } from './lookup.js'
import type { Lookup, Registry, RegistryWithRole, RoleAssignment, RoleDefinition } from './state.js'

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
