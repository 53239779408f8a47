import type { Cluster } from './clusters.js'

/**
 * The settings in a cluster's body that control who can reach its API server and how; tests may change them at any
 * time.
 */
export interface ClusterAccess {
  readonly fqdn: string
  readonly privateFqdn: string | undefined
  readonly isRunning: boolean
  readonly isPrivate: boolean
  readonly authorizedIpRanges: readonly string[]
  readonly usesEntra: boolean
  readonly usesAzureRbac: boolean
  readonly adminGroupObjectIds: readonly string[]
  readonly localAccountsDisabled: boolean
  readonly runCommandDisabled: boolean
}

/** Reads the settings from a cluster's body. */
export function accessOf({ body }: Cluster): ClusterAccess {
  const properties = body.properties as {
    fqdn: string
    privateFQDN?: string
    powerState?: { code?: string }
    apiServerAccessProfile?: {
      enablePrivateCluster?: boolean
      authorizedIPRanges?: readonly string[]
      disableRunCommand?: boolean
    }
    aadProfile?: { enableAzureRBAC?: boolean; adminGroupObjectIDs?: readonly string[] | null }
    disableLocalAccounts?: boolean
  }
  const { apiServerAccessProfile: profile, aadProfile } = properties
  return {
    fqdn: properties.fqdn,
    privateFqdn: properties.privateFQDN,
    isRunning: properties.powerState?.code !== 'Stopped',
    isPrivate: profile?.enablePrivateCluster === true,
    authorizedIpRanges: profile?.authorizedIPRanges ?? [],
    usesEntra: aadProfile !== undefined,
    usesAzureRbac: aadProfile?.enableAzureRBAC === true,
    adminGroupObjectIds: aadProfile?.adminGroupObjectIDs ?? [],
    localAccountsDisabled: properties.disableLocalAccounts === true,
    runCommandDisabled: profile?.disableRunCommand === true,
  }
}
