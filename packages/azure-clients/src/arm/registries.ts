import type { Registry as SdkRegistry } from '@azure/arm-containerregistry'
import * as registries from '@azure/arm-containerregistry/api/registries'
import {
  formatResourceId,
  lastSegment,
  parseResourceId,
  phaseOf,
  type Registry,
  type ResourceId,
  type RoleAssignmentMode,
} from 'azure'
import { abortable } from 'kernel'
import type { Asked } from '../ask.js'
import type { ArmContext } from './context.js'
import { armActions, collect, scopeOf, toList, toRead } from './requests.js'
import { askArm } from './errors.js'

/** @throws ActionError, `REGISTRY_NOT_FOUND` if it does not exist */
export function getRegistry({ clients, signal }: ArmContext, id: ResourceId): Promise<Registry> {
  const asked = toRead(`The registry ${id.name}`, formatResourceId(id), armActions.readRegistry, 'REGISTRY_NOT_FOUND')
  const context = clients.containerRegistry(id.subscriptionId)
  return askArm(clients, asked, async () =>
    toRegistry(await registries.get(context, id.resourceGroup, id.name, { abortSignal: signal })),
  )
}

/** Lists the registries of a resource group or, without one, of the subscription. @throws ActionError */
export function listRegistries(
  { clients, signal }: ArmContext,
  subscriptionId: string,
  resourceGroup = '',
): Promise<Registry[]> {
  const asked = toList(
    'The registries',
    scopeOf(subscriptionId, resourceGroup),
    armActions.readRegistry,
    'REGISTRY_NOT_FOUND',
  )
  return askArm(clients, asked, async () => {
    const context = clients.containerRegistry(subscriptionId)
    const pages = resourceGroup
      ? registries.listByResourceGroup(context, resourceGroup, { abortSignal: signal })
      : registries.list(context, { abortSignal: signal })
    return collect(pages, toRegistry)
  })
}

export function toRegistry(registry: SdkRegistry): Registry {
  const id = registry.id ?? ''
  const createdAt = registry.creationDate?.toJSON()
  const { roleAssignmentMode: mode, publicNetworkAccess: access } = registry
  const connections = registry.privateEndpointConnections ?? []
  const isMoving = (state: string | undefined): boolean => ['creating', 'updating'].includes(state?.toLowerCase() ?? '')
  const isOpen = ({
    provisioningState,
    privateLinkServiceConnectionState: link,
  }: (typeof connections)[number]): boolean => isMoving(provisioningState) || is(link?.status, 'Pending')
  // Azure Resource Manager dates every write, also of the network rules (recorded: acr_registry_abac_patch_to_abac_200.json).
  const changes = [registry, ...connections].flatMap(({ systemData }) => systemData?.lastModifiedAt?.getTime() ?? [])
  const phase = phaseOf(registry.provisioningState)
  const isAbac = is(mode, 'AbacRepositoryPermissions')
  return {
    id,
    name: registry.name ?? lastSegment(id),
    subscriptionId: parseResourceId(id)?.subscriptionId ?? '',
    loginServer: registry.loginServer ?? '',
    sku: registry.sku.name,
    // Older API versions only have LegacyRegistryPermissions, and omit the property.
    roleAssignmentMode: isAbac ? 'ABAC' : 'RBAC',
    ...(mode && !isAbac && !is(mode, 'LegacyRegistryPermissions') && { unknownMode: mode }),
    anonymousPull: registry.anonymousPullEnabled ?? false,
    hasOwnDataEndpoint: (registry.dataEndpointEnabled ?? false) || connections.length > 0,
    adminUserEnabled: registry.adminUserEnabled ?? false,
    publicNetworkAccess: !is(access, 'Disabled'),
    // Azure's list of its values is open (containerregistry.json, `modelAsString`).
    ...(access && !is(access, 'Enabled') && !is(access, 'Disabled') && { otherNetworkAccess: access }),
    firewall: is(registry.networkRuleSet?.defaultAction, 'Deny'),
    privateEndpoints: connections.map(({ privateEndpoint, privateLinkServiceConnectionState: link }) => ({
      id: privateEndpoint?.id ?? '',
      status: link?.status ?? '',
    })),
    ...((isMoving(registry.provisioningState) || connections.some(isOpen)) && { isChanging: true }),
    ...(changes.length > 0 && { changedAt: Math.max(...changes) }),
    armTokensAccepted: !is(registry.policies?.azureADAuthenticationAsArmPolicy?.status, 'disabled'),
    ...(is(registry.encryption?.status, 'enabled') && {
      keyVault: hostOf(registry.encryption?.keyVaultProperties?.keyIdentifier),
    }),
    ...(phase && { phase }),
    ...(createdAt && { createdAt }),
    ...(registry.tags && { tags: registry.tags }),
    exists: true,
  }
}

/** The host of a URL; empty if it is none. */
function hostOf(url = ''): string {
  return /^https:\/\/([\w.-]+)/i.exec(url)?.[1]?.toLowerCase() ?? ''
}

/** Compares without letter case, which differs between Azure's services. */
function is(answer: string | undefined, value: string): boolean {
  return answer?.toLowerCase() === value.toLowerCase()
}

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
  return askArm(clients, asked, async () => {
    const poller = registries.create(context, resourceGroup, name, parameters, { abortSignal: writing })
    await poller.submitted()
    onAccepted()
    // The SDK does not abort its last request (core-lro 3.3.1, `pollOperationHelper`).
    return toRegistry(await abortable(poller.pollUntilDone({ abortSignal: signal }), signal))
  })
}
