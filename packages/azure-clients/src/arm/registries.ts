import {
  acrCommand,
  isOwnServer,
  lastSegment,
  parseResourceId,
  phaseOf,
  type RegionalEndpoints,
  type Registry,
  type SoftDelete,
} from 'azure'
import { ActionError, briefly, present } from 'kernel'
import { oneLine } from '../http/answers.js'
import { describeWay } from '../http/proxy.js'

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
      quarantinePolicy?: { status?: string }
      /** Only in preview versions. */
      softDeletePolicy?: { status?: string; retentionDays?: number }
    }
    /** Only in preview versions, as is the next one. */
    regionalEndpoints?: string
    regionalEndpointHostNames?: string[]
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

/**
 * The registry in an answer, if its login server is its own: tokens are sent there.
 * @param registrySuffix of the login servers in the cloud
 * @throws ActionError `AZURE_UNAVAILABLE`, because Azure itself does not answer so
 */
export function toOwnRegistry(raw: RawRegistry, registrySuffix: string): Registry {
  const registry = toRegistry(raw)
  const { id, name, loginServer } = registry
  // Until the registry exists, it has none.
  if (loginServer === '' || isOwnServer(loginServer, registry, registrySuffix)) return registry
  const own = `${lastSegment(id).toLowerCase()}${registrySuffix}`
  const found = oneLine(loginServer).slice(0, maxHost)
  throw new ActionError(
    'AZURE_UNAVAILABLE',
    {
      what: `The registry ${name} could not be read`,
      why: `the answer names the login server ${found}, which is not ${own}, with or without the hash of a domain name label`,
      brief: `the answer names the foreign login server ${found}`,
      more: 'No token was sent there.',
    },
    {
      ...{ subject: name, resource: id },
      fix: briefly(
        `Something between the runner and Azure may have changed the answer: check ${describeWay()}.`,
        `To see what Azure answers:`,
        acrCommand('show', id, '--query loginServer'),
      ),
    },
  )
}

/** Maximum length of a host name, in characters (RFC 1035, 2.3.4). */
const maxHost = 253

export function toRegistry(raw: RawRegistry): Registry {
  const { id, name, sku, tags, properties = {} } = raw
  return {
    id,
    name: name ?? lastSegment(id),
    subscriptionId: parseResourceId(id)?.subscriptionId ?? '',
    loginServer: properties.loginServer ?? '',
    sku: sku.name,
    ...toMode(properties),
    anonymousPull: properties.anonymousPullEnabled ?? false,
    adminUserEnabled: properties.adminUserEnabled ?? false,
    ...toNetwork(properties),
    armTokensAccepted: !is(properties.policies?.azureADAuthenticationAsArmPolicy?.status, 'disabled'),
    ...toState(raw),
    ...present({ keyVault: keyVaultOf(properties), tags, quarantines: quarantineOf(properties) }),
    exists: true,
  }
}

type Properties = NonNullable<RawRegistry['properties']>

function toMode({ roleAssignmentMode: mode }: Properties): Pick<Registry, 'roleAssignmentMode' | 'unknownMode'> {
  if (is(mode, 'AbacRepositoryPermissions')) return { roleAssignmentMode: 'ABAC' }
  // Older API versions only have LegacyRegistryPermissions, and omit the property.
  const isKnown = !mode || is(mode, 'LegacyRegistryPermissions')
  return { roleAssignmentMode: 'RBAC', ...present({ unknownMode: isKnown ? undefined : mode }) }
}

type Network = 'publicNetworkAccess' | 'otherNetworkAccess' | 'firewall' | 'privateEndpoints' | 'isSealed'

function toNetwork(properties: Properties): Pick<Registry, Network> {
  const { publicNetworkAccess: access, networkRuleSet, privateEndpointConnections: connections } = properties
  const isPrivate = is(access, 'Disabled')
  // Azure's list of its values is open (containerregistry.json, `modelAsString`).
  const isKnown = !access || isPrivate || is(access, 'Enabled')
  // Without the list, nothing is known about its connections.
  const isSealed = isPrivate && connections && !connections.some(each => is(approvalOf(each), 'Approved'))
  return {
    publicNetworkAccess: !isPrivate,
    firewall: is(networkRuleSet?.defaultAction, 'Deny'),
    privateEndpoints: (connections ?? []).map(connection => ({
      id: connection.properties?.privateEndpoint?.id ?? '',
      status: approvalOf(connection) ?? '',
    })),
    ...present({ otherNetworkAccess: isKnown ? undefined : access, isSealed: isSealed ? true : undefined }),
  }
}

/** Azure's word for whether the connection of a private endpoint is approved. */
function approvalOf({ properties }: RawConnection): string | undefined {
  return properties?.privateLinkServiceConnectionState?.status
}

/** What happens to a registry, and when it was last changed. */
function toState(raw: RawRegistry): Pick<Registry, 'isChanging' | 'changedAt' | 'state' | 'phase' | 'createdAt'> {
  const { provisioningState: state, creationDate, privateEndpointConnections } = raw.properties ?? {}
  const connections = privateEndpointConnections ?? []
  const isSettled = !state || is(state, 'Succeeded')
  return present({
    isChanging: isMoving(state) || connections.some(isConnectionOpen) || undefined,
    changedAt: lastChange([raw, ...connections]),
    state: isSettled ? undefined : state,
    phase: phaseOf(state),
    createdAt: creationDate ? new Date(creationDate).toJSON() : undefined,
  })
}

function isMoving(state: string | undefined): boolean {
  return is(state, 'Creating') || is(state, 'Updating')
}

/** Whether the connection of a private endpoint is being changed, or waits for approval. */
function isConnectionOpen(connection: RawConnection): boolean {
  return isMoving(connection.properties?.provisioningState) || is(approvalOf(connection), 'Pending')
}

/** When the last of them was written: Azure Resource Manager dates every write, also of the network rules (recorded: acr_registry_abac_patch_to_abac_200.json). */
function lastChange(all: readonly Pick<RawRegistry, 'systemData'>[]): number | undefined {
  const changes = all.flatMap(each => each.systemData?.lastModifiedAt ?? [])
  return changes.length > 0 ? Math.max(...changes.map(Date.parse)) : undefined
}

function quarantineOf({ policies }: Properties): true | undefined {
  return is(policies?.quarantinePolicy?.status, 'enabled') || undefined
}

/** The host of the key vault; undefined if the registry is not encrypted with a key of the customer's. */
function keyVaultOf({ encryption }: Properties): string | undefined {
  return is(encryption?.status, 'enabled') ? hostOf(encryption?.keyVaultProperties?.keyIdentifier) : undefined
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

export function toRegionalEndpoints({ properties }: RawRegistry): RegionalEndpoints {
  const { regionalEndpoints: state, regionalEndpointHostNames: hosts } = properties ?? {}
  if (is(state, 'Disabled')) return { hosts: [] }
  return is(state, 'Enabled') && hosts ? { hosts: hosts.map(host => host.toLowerCase()) } : {}
}
