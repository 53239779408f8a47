import { lastSegment } from './resource-id.js'
import { builtInRoles, type RoleAssignmentMode, type RoleDefinition } from './roles.js'

/** The role that allows pulling and nothing else, which depends on the registry's role assignment mode. */
export function pullRole({ roleAssignmentMode }: Registry): RoleDefinition {
  return roleAssignmentMode === 'ABAC' ? builtInRoles.repositoryReader : builtInRoles.acrPull
}

/**
 * The login server that a host belongs to, in lower case: its own, or that of which it is a regional endpoint, `x.REGION.geo.azurecr.io`
 * (learn.microsoft.com/azure/container-registry/container-registry-regional-endpoints).
 */
export function loginServerOf(host: string): string {
  return host.toLowerCase().replace(/^([a-z0-9-]+)\.[a-z0-9]+\.geo\.(azurecr\.(?:io|us|cn))$/, '$1.$2')
}

export interface Registry {
  /** Resource ID, as Azure answered it. */
  id: string
  name: string
  subscriptionId: string
  /** As Azure reports it, never built from the name, because domain name labels add a hash. Empty until the registry exists. */
  loginServer: string
  sku: string
  roleAssignmentMode: RoleAssignmentMode
  adminUserEnabled: boolean
  publicNetworkAccess: boolean
  /** Whether only listed addresses are let in. */
  firewall: boolean
  /** Whether tokens for Azure Resource Manager are accepted besides those for the registry. */
  armTokensAccepted: boolean
  /** Whether anyone may pull, so that a pull proves nothing of a role. */
  anonymousPull: boolean
  /** Whether layers come from an address that networks have to let through apart from the registry's: dedicated data endpoints, or private ones. */
  hasOwnDataEndpoint: boolean
  /** False for one that the plan creates. */
  exists: boolean
}

/** A registry with the role that is wanted there. */
export interface RegistryWithRole {
  registry: Registry
  role: RoleDefinition
}

/** What registry names, login servers, regional endpoints and resource IDs have in common: the first label, lower case. */
export function labelOf(registry: string): string {
  return (lastSegment(registry).split('.')[0] ?? '').toLowerCase()
}
