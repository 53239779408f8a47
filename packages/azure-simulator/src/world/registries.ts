import { armTimestamp, sameId } from '../model/ids.js'
import { createImageStore, type ImageStore } from './images.js'
import { resourceId, type Place, type Resource } from './resources.js'

export interface Registry extends Resource {
  readonly loginServer: string
  readonly images: ImageStore
}

export interface RegistryOptions {
  location?: string
  sku?: 'Basic' | 'Standard' | 'Premium'
  /** If undefined is given, the answer omits it, as in API versions that don't know it. */
  roleAssignmentMode?: 'LegacyRegistryPermissions' | 'AbacRepositoryPermissions' | undefined
  /** Domain name labels add a hash: `name-hash.azurecr.io`. */
  loginServer?: string
  adminUserEnabled?: boolean
  publicNetworkAccess?: 'Enabled' | 'Disabled'
  /** Only shown for Premium, as in recorded answers. */
  networkDefaultAction?: 'Allow' | 'Deny'
  /** Addresses that are allowed if the default action is Deny; Premium only. */
  allowedAddresses?: readonly string[]
  /** Whether the firewall lets Azure's own services in, including the import service. */
  networkRuleBypass?: 'AzureServices' | 'None'
  /** Standard and Premium only. */
  anonymousPullEnabled?: boolean
  /** Regions with an endpoint `<registry>.<region>.geo.azurecr.io`; Premium only, in preview. */
  regionalEndpoints?: readonly string[]
  /** Dedicated data endpoints, `<registry>.<region>.data.azurecr.io`; Premium only. */
  dataEndpointEnabled?: boolean
  /** For how many days soft delete keeps what is deleted; off by default. */
  softDeleteDays?: number
  /** `azureADAuthenticationAsArmPolicy`. */
  armAudienceEnabled?: boolean
  provisioningState?: string
  tags?: Record<string, string>
}

export const registryType = 'Microsoft.ContainerRegistry/registries'
const type = registryType

export const isRegistry = (resource: Resource | undefined): resource is Registry => resource?.type === registryType

/** The settings in a registry's body that control who can reach it and how; tests may change them at any time. */
export interface RegistryAccess {
  readonly isAbac: boolean
  readonly isPublic: boolean
  readonly deniesByDefault: boolean
  readonly allowedAddresses: readonly string[]
  readonly letsAzureServicesPass: boolean
  readonly anonymousPull: boolean
  readonly acceptsArmAudience: boolean
}

/** Reads the settings from a registry's body. */
export function accessOf({ body }: Registry): RegistryAccess {
  const properties = body.properties as {
    roleAssignmentMode?: string
    publicNetworkAccess?: string
    networkRuleSet?: { defaultAction?: string; ipRules?: readonly { value: string }[] }
    networkRuleBypassOptions?: string
    anonymousPullEnabled?: boolean
    policies?: { azureADAuthenticationAsArmPolicy?: { status?: string } }
  }
  return {
    isAbac: properties.roleAssignmentMode === 'AbacRepositoryPermissions',
    isPublic: properties.publicNetworkAccess !== 'Disabled',
    deniesByDefault: properties.networkRuleSet?.defaultAction === 'Deny',
    allowedAddresses: properties.networkRuleSet?.ipRules?.map(rule => rule.value) ?? [],
    letsAzureServicesPass: properties.networkRuleBypassOptions !== 'None',
    anonymousPull: properties.anonymousPullEnabled === true,
    acceptsArmAudience: properties.policies?.azureADAuthenticationAsArmPolicy?.status !== 'disabled',
  }
}

/** For how many days a registry keeps what is deleted; 0 if it doesn't. */
export function softDeleteDays({ body }: Registry): number {
  const { policies } = body.properties as {
    policies?: { softDeletePolicy?: { status?: string; retentionDays?: number } }
  }
  const { status, retentionDays = 7 } = policies?.softDeletePolicy ?? {}
  return status === 'enabled' ? retentionDays : 0
}

/** Whether a host is the registry's login server or one of its regional endpoints. */
export function answersAt({ loginServer, body }: Registry, host: string): boolean {
  const { regionalEndpoints, regionalEndpointHostNames = [] } = body.properties as {
    regionalEndpoints?: string
    regionalEndpointHostNames?: readonly string[]
  }
  return (
    sameId(loginServer, host) ||
    (regionalEndpoints === 'Enabled' && regionalEndpointHostNames.some(name => sameId(name, host)))
  )
}

/** The host of a registry's dedicated data endpoint, if it has one. */
export function dataEndpointOf({ body }: Registry): string | undefined {
  const { dataEndpointEnabled, dataEndpointHostNames = [] } = body.properties as {
    dataEndpointEnabled?: boolean
    dataEndpointHostNames?: readonly string[]
  }
  return dataEndpointEnabled === true ? dataEndpointHostNames[0] : undefined
}

/** A registry in the format of recorded 2026 answers. */
export function createRegistry(place: Place, name: string, options: RegistryOptions = {}): Registry {
  const { sku = 'Standard' } = options
  const loginServer = options.loginServer ?? `${name.toLowerCase()}.${place.cloud.registrySuffix}`
  const location = options.location ?? place.location
  const [label = ''] = loginServer.split('.')
  const hostIn = (region: string, kind: 'data' | 'geo'): string =>
    `${label}.${region}.${kind}.${place.cloud.registrySuffix}`
  const id = resourceId(place, type, name)
  const created = armTimestamp(Date.now())
  const createdOffset = created.replace('Z', '+00:00')
  const mode = 'roleAssignmentMode' in options ? options.roleAssignmentMode : 'LegacyRegistryPermissions'
  return {
    id,
    name,
    type,
    subscriptionId: place.subscriptionId,
    resourceGroup: place.resourceGroup,
    createdAt: Date.now(),
    loginServer,
    images: createImageStore(),
    body: {
      sku: { name: sku, tier: sku },
      type,
      id,
      name,
      location,
      tags: options.tags ?? {},
      systemData: {
        createdBy: 'platform@contoso.example',
        createdByType: 'User',
        createdAt: createdOffset,
        lastModifiedBy: 'platform@contoso.example',
        lastModifiedByType: 'User',
        lastModifiedAt: createdOffset,
      },
      properties: {
        loginServer,
        creationDate: created,
        provisioningState: options.provisioningState ?? 'Succeeded',
        adminUserEnabled: options.adminUserEnabled ?? false,
        ...(sku === 'Premium'
          ? {
              networkRuleSet: {
                defaultAction: options.networkDefaultAction ?? 'Allow',
                ipRules: (options.allowedAddresses ?? []).map(value => ({ action: 'Allow', value })),
              },
            }
          : {}),
        policies: {
          quarantinePolicy: { status: 'disabled' },
          trustPolicy: { type: 'Notary', status: 'disabled' },
          retentionPolicy: { days: 7, lastUpdatedTime: createdOffset, status: 'disabled' },
          exportPolicy: { status: 'enabled' },
          azureADAuthenticationAsArmPolicy: { status: options.armAudienceEnabled === false ? 'disabled' : 'enabled' },
          softDeletePolicy: {
            retentionDays: options.softDeleteDays ?? 7,
            lastUpdatedTime: createdOffset,
            status: options.softDeleteDays === undefined ? 'disabled' : 'enabled',
          },
        },
        encryption: { status: 'disabled' },
        dataEndpointEnabled: options.dataEndpointEnabled ?? false,
        regionalEndpoints: options.regionalEndpoints === undefined ? 'Disabled' : 'Enabled',
        dataEndpointHostNames: options.dataEndpointEnabled === true ? [hostIn(location, 'data')] : [],
        regionalEndpointHostNames: options.regionalEndpoints?.map(region => hostIn(region, 'geo')) ?? [],
        endpointProtocol: 'IPv4',
        privateEndpointConnections: [],
        publicNetworkAccess: options.publicNetworkAccess ?? 'Enabled',
        networkRuleBypassOptions: options.networkRuleBypass ?? 'AzureServices',
        networkRuleBypassAllowedForTasks: false,
        zoneRedundancy: 'Disabled',
        anonymousPullEnabled: options.anonymousPullEnabled ?? false,
        metadataSearch: 'Disabled',
        ...(mode === undefined ? {} : { roleAssignmentMode: mode }),
        autoGeneratedDomainNameLabelScope: loginServer.startsWith(`${name.toLowerCase()}-`)
          ? 'TenantReuse'
          : 'Unsecure',
        writableCacheRepos: 'Disabled',
      },
    },
  }
}
