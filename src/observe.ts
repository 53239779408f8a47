import { isAbort } from './errors.js'
import { getRoleDefinition } from './azure/role-definitions.js'
import { listRoleAssignments } from './azure/role-assignments.js'
import { findRegistries } from './find-registries.js'
import { findTargets } from './find-targets.js'
import type { Inputs } from './inputs.js'
import { attempt, type AzureContext } from './lookup.js'
import { ActionError } from './errors.js'
import type { Lookup, Observed, ObservedPair, Registry, RoleDefinition, Target } from './state.js'

/**
 * Reads how Azure is now: clusters and registries side by side, then what each pull identity holds at each registry.
 * What can't be found or read is kept as its pairs' error; only a cancelled job throws.
 *
 * The assignments are listed for the one principal (`assignedTo`), although that costs a second round trip after the cluster's: with 300
 * inherited assignments the plain list is two hundred times the size, and it can't tell who is in a group. `npm run bench` measures both.
 */
export async function observe(azure: AzureContext, inputs: Inputs): Promise<Observed> {
  const [targets, registries] = await Promise.all([findTargets(azure, inputs), findRegistries(azure, inputs)])
  const pairs = await Promise.all(
    targets.flatMap(target => registries.map(registry => observePair(azure, target, registry))),
  )
  return { targets, registries, pairs, roles: await readRoles(azure, pairs) }
}

async function observePair(
  azure: AzureContext,
  target: Lookup<Target>,
  registry: Lookup<Registry>,
): Promise<ObservedPair> {
  if ('error' in target || 'error' in registry) return { target, registry, assignments: [] }
  const { id, name, subscriptionId } = registry.found
  const listed = await attempt(
    listRoleAssignments(azure.clients, subscriptionId, id, target.found.identity.objectId, azure.signal),
    {
      failure: `The role assignments at ${name} could not be read`,
      subject: name,
      scope: id,
      action: 'Microsoft.Authorization/roleAssignments/read',
      caller: azure.caller,
    },
  )
  return listed instanceof ActionError
    ? { target, registry, assignments: [], error: listed }
    : { target, registry, assignments: listed }
}

/** Definitions of the roles that occur; one that can't be read (it was deleted, or the caller may not) is left out and so lets nobody pull. */
async function readRoles(azure: AzureContext, pairs: ObservedPair[]): Promise<Map<string, RoleDefinition>> {
  const wanted = new Map<string, string>() // role → a subscription to ask for it in
  for (const { assignments, registry } of pairs) {
    if ('error' in registry) continue
    for (const { roleId } of assignments) wanted.set(roleId, registry.found.subscriptionId)
  }
  const definitions = await Promise.all(
    [...wanted].map(([roleId, subscriptionId]) =>
      getRoleDefinition(azure.clients, subscriptionId, roleId, azure.signal).catch((error: unknown) => {
        if (isAbort(error)) throw error
        return undefined
      }),
    ),
  )
  return new Map(definitions.filter(role => role !== undefined).map(role => [role.id, role]))
}
