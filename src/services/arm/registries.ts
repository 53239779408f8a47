import { type Registry as SdkRegistry } from '@azure/arm-containerregistry'
import type { Registry } from '../../model/registry.js'
import { parseResourceId, type ResourceId } from '../../model/resource-id.js'
import type { RoleAssignmentMode } from '../../model/roles.js'
import type { Clients } from './clients.js'

/** Reads one registry. */
export async function getRegistry(clients: Clients, id: ResourceId, abortSignal: AbortSignal): Promise<Registry> {
  return toRegistry(
    await clients.containerRegistry(id.subscriptionId).registries.get(id.resourceGroup, id.name, { abortSignal }),
  )
}

/** Reads all registries of a subscription. */
export async function listRegistries(
  clients: Clients,
  subscriptionId: string,
  abortSignal: AbortSignal,
): Promise<Registry[]> {
  const registries: Registry[] = []
  for await (const registry of clients.containerRegistry(subscriptionId).registries.list({ abortSignal }))
    registries.push(toRegistry(registry))
  return registries
}

/**
 * Creates a registry and waits until Azure has done so.
 * @param signals for the write itself, and for the wait after it
 * @param onAccepted told when Azure has accepted it
 */
export async function createRegistry(
  clients: Clients,
  { subscriptionId, resourceGroup, name }: ResourceId,
  { sku, location, roleAssignmentMode }: { sku: string; location: string; roleAssignmentMode: RoleAssignmentMode },
  signals: { writing: AbortSignal; waiting: AbortSignal },
  onAccepted: () => void,
): Promise<Registry> {
  const parameters = {
    location,
    sku: { name: sku },
    roleAssignmentMode: roleAssignmentMode === 'ABAC' ? 'AbacRepositoryPermissions' : 'LegacyRegistryPermissions',
  }
  const { registries } = clients.containerRegistry(subscriptionId)
  const poller = registries.create(resourceGroup, name, parameters, { abortSignal: signals.writing })
  await poller.submitted()
  onAccepted()
  return toRegistry(await poller.pollUntilDone({ abortSignal: signals.waiting }))
}

function toRegistry(registry: SdkRegistry): Registry {
  const id = registry.id ?? ''
  return {
    id,
    name: registry.name ?? '',
    subscriptionId: parseResourceId(id)?.subscriptionId ?? '',
    loginServer: registry.loginServer ?? '',
    sku: registry.sku.name,
    // Absent in answers of older API versions, which know no other mode than LegacyRegistryPermissions.
    roleAssignmentMode: is(registry.roleAssignmentMode, 'AbacRepositoryPermissions') ? 'ABAC' : 'RBAC',
    adminUserEnabled: registry.adminUserEnabled ?? false,
    publicNetworkAccess: !is(registry.publicNetworkAccess, 'Disabled'),
    firewall: is(registry.networkRuleSet?.defaultAction, 'Deny'),
    armTokensAccepted: !is(registry.policies?.azureADAuthenticationAsArmPolicy?.status, 'disabled'),
    exists: true,
  }
}

/** Whether an answer has a value, in whatever letter case: Azure's services do not agree on theirs. */
function is(answer: string | undefined, value: string): boolean {
  return answer?.toLowerCase() === value.toLowerCase()
}
