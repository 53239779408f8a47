import * as registries from '@azure/arm-containerregistry/api/registries'
import type { Registry, ResourceId, RoleAssignmentMode } from 'azure'
import { abortable } from 'kernel'
import { armActions } from './actions.js'
import { ask } from './ask.js'
import { scopeOf, type Asked } from './attempt.js'
import type { ArmContext } from './clients.js'
import { toRegistry } from './registries.js'

/**
 * Creates a registry and waits until Azure is done.
 * @param writing the signal for the request itself; the one of the context is for the wait after it
 * @param onAccepted called when Azure has accepted the request
 * @throws ActionError, `INVALID_INPUT` if the resource group does not exist
 */
export function createRegistry(
  { clients, signal }: ArmContext,
  { subscriptionId, resourceGroup, name }: ResourceId,
  { sku, location, roleAssignmentMode }: { sku: string; location: string; roleAssignmentMode: RoleAssignmentMode },
  writing: AbortSignal,
  onAccepted: () => void,
): Promise<Registry> {
  const parameters = {
    location,
    sku: { name: sku },
    roleAssignmentMode: roleAssignmentMode === 'ABAC' ? 'AbacRepositoryPermissions' : 'LegacyRegistryPermissions',
  }
  const asked: Asked = {
    failure: `Registry ${name} (${sku}) could not be created`,
    subject: name,
    scope: scopeOf(subscriptionId, resourceGroup),
    action: armActions.writeRegistry,
    notFound: 'INVALID_INPUT',
  }
  const context = clients.containerRegistry(subscriptionId)
  return ask(clients, asked, async () => {
    const poller = registries.create(context, resourceGroup, name, parameters, { abortSignal: writing })
    await poller.submitted()
    onAccepted()
    // The SDK does not abort its last request (core-lro 3.3.1, `pollOperationHelper`).
    return toRegistry(await abortable(poller.pollUntilDone({ abortSignal: signal }), signal))
  })
}
