import { lastSegment, parseResourceId, phaseOf, type Registry, type SoftDelete } from 'azure'

/** The version of the API of registries. */
export const registryVersion = '2025-11-01'

/** The used part of Azure's answer. It may have null in place of an absent value. */
export interface RawRegistry {
  id: string
  name?: string
  tags?: Record<string, string>
  sku: { name: string }
  systemData?: { lastModifiedAt?: string }
  properties?: {
    loginServer?: string
    creationDate?: string
    provisioningState?: string
    roleAssignmentMode?: string
    anonymousPullEnabled?: boolean
    adminUserEnabled?: boolean
    publicNetworkAccess?: string
    networkRuleSet?: { defaultAction?: string }
    privateEndpointConnections?: RawConnection[]
    policies?: {
      azureADAuthenticationAsArmPolicy?: { status?: string }
      /** Only in preview versions. */
      softDeletePolicy?: { status?: string; retentionDays?: number }
    }
    encryption?: { status?: string; keyVaultProperties?: { keyIdentifier?: string } }
  }
}

interface RawConnection extends Pick<RawRegistry, 'systemData'> {
  properties?: {
    provisioningState?: string
    privateEndpoint?: { id?: string }
    privateLinkServiceConnectionState?: { status?: string }
  }
}

export function toRegistry({ id, name, tags, sku, systemData, properties = {} }: RawRegistry): Registry {
  const { roleAssignmentMode: mode, publicNetworkAccess: access, provisioningState, encryption } = properties
  const connections = properties.privateEndpointConnections ?? []
  const isMoving = (state: string | undefined): boolean => ['creating', 'updating'].includes(state?.toLowerCase() ?? '')
  const isOpen = ({ properties: connection }: RawConnection): boolean =>
    isMoving(connection?.provisioningState) || is(connection?.privateLinkServiceConnectionState?.status, 'Pending')
  const isApproved = ({ properties: connection }: RawConnection): boolean =>
    is(connection?.privateLinkServiceConnectionState?.status, 'Approved')
  // Azure Resource Manager dates every write, also of the network rules (recorded: acr_registry_abac_patch_to_abac_200.json).
  const changes = [systemData, ...connections.map(each => each.systemData)].flatMap(each => each?.lastModifiedAt ?? [])
  const phase = phaseOf(provisioningState)
  const isPrivate = is(access, 'Disabled')
  // Without the list, nothing is known about its connections.
  const isSealed = isPrivate && properties.privateEndpointConnections && !connections.some(isApproved)
  const isAbac = is(mode, 'AbacRepositoryPermissions')
  return {
    id,
    name: name ?? lastSegment(id),
    subscriptionId: parseResourceId(id)?.subscriptionId ?? '',
    loginServer: properties.loginServer ?? '',
    sku: sku.name,
    // Older API versions only have LegacyRegistryPermissions, and omit the property.
    roleAssignmentMode: isAbac ? 'ABAC' : 'RBAC',
    ...(mode && !isAbac && !is(mode, 'LegacyRegistryPermissions') && { unknownMode: mode }),
    anonymousPull: properties.anonymousPullEnabled ?? false,
    adminUserEnabled: properties.adminUserEnabled ?? false,
    publicNetworkAccess: !isPrivate,
    ...(isSealed && { isSealed }),
    // Azure's list of its values is open (containerregistry.json, `modelAsString`).
    ...(access && !is(access, 'Enabled') && !isPrivate && { otherNetworkAccess: access }),
    firewall: is(properties.networkRuleSet?.defaultAction, 'Deny'),
    privateEndpoints: connections.map(({ properties: connection }) => ({
      id: connection?.privateEndpoint?.id ?? '',
      status: connection?.privateLinkServiceConnectionState?.status ?? '',
    })),
    ...((isMoving(provisioningState) || connections.some(isOpen)) && { isChanging: true }),
    ...(changes.length > 0 && { changedAt: Math.max(...changes.map(Date.parse)) }),
    armTokensAccepted: !is(properties.policies?.azureADAuthenticationAsArmPolicy?.status, 'disabled'),
    ...(is(encryption?.status, 'enabled') && { keyVault: hostOf(encryption?.keyVaultProperties?.keyIdentifier) }),
    ...(provisioningState && !is(provisioningState, 'Succeeded') && { state: provisioningState }),
    ...(phase && { phase }),
    ...(properties.creationDate && { createdAt: new Date(properties.creationDate).toJSON() }),
    ...(tags && { tags }),
    exists: true,
  }
}

/** The host of a URL; empty if the text isn't one. */
function hostOf(url = ''): string {
  return /^https:\/\/([\w.-]+)/i.exec(url)?.[1]?.toLowerCase() ?? ''
}

/** Compares without letter case, which differs between Azure's services. */
function is(answer: string | undefined, value: string): boolean {
  return answer?.toLowerCase() === value.toLowerCase()
}

export function toSoftDelete({ properties }: RawRegistry): SoftDelete {
  const { status = '', retentionDays = 7 } = properties?.policies?.softDeletePolicy ?? {}
  return { days: status.toLowerCase() === 'enabled' ? retentionDays : 0 }
}
