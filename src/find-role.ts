import { builtInRoles } from './azure/built-in-roles.js'
import { canPull } from './azure/pull-rights.js'
import { findRoleDefinition, getRoleDefinition } from './azure/role-definitions.js'
import { isNotFound } from './azure-errors.js'
import { ActionError } from './errors.js'
import type { Inputs } from './inputs.js'
import { attempt, placeOf, type AzureContext } from './lookup.js'
import type { Registry, RoleDefinition } from './state.js'

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

/** The role that lets an identity pull and nothing else, which depends on what the registry honours. */
export function pullRole({ roleAssignmentMode }: Registry): RoleDefinition {
  return roleAssignmentMode === 'ABAC' ? builtInRoles.repositoryReader : builtInRoles.acrPull
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
