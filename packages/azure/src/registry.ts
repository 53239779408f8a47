import { briefly, fix, type Fix, type Said } from 'kernel'
import { lastSegment } from './resource-id.js'
import type { Phase } from './target.js'
import { az, option } from './az.js'
import { builtInRoles, canPullInSomeMode, type RoleAssignmentMode, type RoleDefinition } from './roles.js'

/** The role that only allows pulling, by the registry's role assignment mode. */
export function pullRole({ roleAssignmentMode }: Registry): RoleDefinition {
  return roleAssignmentMode === 'ABAC' ? builtInRoles.repositoryReader : builtInRoles.acrPull
}

/** The registry as it is after its move to the other role assignment mode, where other roles count. */
export function moved(registry: Registry): Registry {
  return { ...registry, roleAssignmentMode: registry.roleAssignmentMode === 'ABAC' ? 'RBAC' : 'ABAC' }
}

/** Describes a role that does not allow pulling from a registry in its mode, and what to use instead. */
export function describeIgnored(role: RoleDefinition, registry: Registry): { said: Said; advice: Fix } {
  const { name, roleAssignmentMode, subscriptionId } = registry
  const what = `${role.name} does not allow pulling from ${name}, which is in ${roleAssignmentMode} mode`
  const auto = `Use role: auto, which assigns ${pullRole(registry).name} there.`
  if (canPullInSomeMode(role)) return { said: { what }, advice: fix(auto) }
  const lacked =
    roleAssignmentMode === 'ABAC'
      ? 'data action Microsoft.ContainerRegistry/registries/repositories/content/read'
      : 'action Microsoft.ContainerRegistry/registries/pull/read'
  return {
    said: { what, why: `it lacks the ${lacked}` },
    advice: briefly(
      `${auto} If it is a custom role that should allow it, add the action again.`,
      `What it allows:`,
      az`role definition list --name ${role.name} ${option('--subscription', subscriptionId)}`,
    ),
  }
}

export interface Registry {
  /** Resource ID, in Azure's spelling. */
  id: string
  name: string
  subscriptionId: string
  /** As Azure reports it; domain name labels add a hash to the name. Empty until the registry exists. */
  loginServer: string
  sku: string
  roleAssignmentMode: RoleAssignmentMode
  /** Azure's name of its mode, if that is one that this step doesn't know. */
  unknownMode?: string
  adminUserEnabled: boolean
  /** False if it only accepts connections through private endpoints. */
  publicNetworkAccess: boolean
  /** Azure's value of its public network access, if that is neither Enabled nor Disabled, such as SecuredByPerimeter. */
  otherNetworkAccess?: string
  /** Whether the registry accepts only listed IP addresses. */
  firewall: boolean
  /** Set if nobody can connect to it: it only accepts connections through private endpoints, and none is approved. */
  isSealed?: true
  /** Connections of private endpoints, with Azure's word for their state, such as `Approved` or `Pending`. */
  privateEndpoints: readonly { id: string; status: string }[]
  /** Whether Azure is changing the registry or the connection of a private endpoint, or one waits for approval. */
  isChanging?: true
  /** When it was last written, its network rules included; milliseconds since the epoch. */
  changedAt?: number
  /** Whether the registry also accepts tokens for Azure Resource Manager. */
  armTokensAccepted: boolean
  /** Whether anyone can pull, so that a pull does not prove that there is a role. */
  anonymousPull: boolean
  /** Set if it shows a new image to nobody until a scanner has released it (Azure/acr docs/preview/quarantine). */
  quarantines?: true
  /** Host of the key vault with the customer-managed key that encrypts the registry, empty if Azure doesn't name it; absent without such a key. */
  keyVault?: string
  tags?: Readonly<Record<string, string>>
  /** When it was created, as Azure reports it. */
  createdAt?: string
  /** Azure's provisioning state, unless it is `Succeeded`: such as `Updating` or `Failed`. */
  state?: string
  /** Set while it is being created or deleted. */
  phase?: Phase
  /** False if the plan creates the registry. */
  exists: boolean
}

/**
 * Why an image that was pushed may be missing, or refused, all the same; empty without a quarantine. By its tag such an image is not found, by its digest the
 * operation is disallowed (Azure/acr docs/preview/quarantine).
 */
export function describeQuarantine({ name, quarantines }: Pick<Registry, 'name' | 'quarantines'>): string {
  return quarantines
    ? `${name} has a quarantine: it lets nobody pull a new image until a scanner has released it (quarantineState: Passed).`
    : ''
}

export interface RegistryWithRole {
  registry: Registry
  role: RoleDefinition
  /** With `role: both`, the role that counts after the registry's move to the other mode. */
  nextRole?: RoleDefinition
}

/** The first label of a registry's name, login server, regional endpoint or resource ID, in lower case; the same for all four. */
export function labelOf(registry: string): string {
  return (lastSegment(registry).split('.')[0] ?? '').toLowerCase()
}

/**
 * Whether two labels can be of one registry: a login server can have the hash of a domain name label after a dash, which the name does not have, and
 * names have no dashes.
 */
export function isSameLabel(a: string, b: string): boolean {
  const stem = (label: string): string => label.split('-')[0] ?? ''
  return a === b || (stem(a) === stem(b) && (!a.includes('-') || !b.includes('-')))
}

/**
 * Whether a login server can be a registry's: `NAME.SUFFIX`, or `NAME-HASH.SUFFIX` with a domain name label
 * (learn.microsoft.com/azure/container-registry/container-registry-get-started-azure-cli).
 * @param suffix of the login servers in its cloud
 */
export function isOwnServer(loginServer: string, { id }: Pick<Registry, 'id'>, suffix: string): boolean {
  const host = loginServer.toLowerCase()
  const name = lastSegment(id).toLowerCase()
  if (!host.startsWith(name) || !host.endsWith(suffix)) return false
  return /^(-[a-z0-9]+)?$/.test(host.slice(name.length, -suffix.length))
}

/** For how many days a registry keeps what is deleted; 0 if it doesn't. */
export interface SoftDelete {
  days: number
}

/** The hosts of the regional endpoints that a registry has enabled, in lower case; absent if Azure doesn't list them. */
export interface RegionalEndpoints {
  hosts?: readonly string[]
}
