import { newGuid, sameId } from '../model/ids.js'
import { createCluster, type Cluster, type ClusterOptions } from './clusters.js'
import { createIdentity, type IdentityOptions, type UserAssignedIdentity } from './identities.js'
import { createRegistry, type Registry, type RegistryOptions } from './registries.js'
import type { Place, Resource } from './resources.js'
import { managementGroupScope, scopesWithinSubscription, subscriptionIdOf } from './scopes.js'

export interface ResourceGroup {
  /** `/subscriptions/<guid>/resourceGroups/<name>` */
  readonly id: string
  readonly name: string
  readonly subscriptionId: string
  readonly location: string
  tags: Record<string, string>
  addCluster(name: string, options?: ClusterOptions): Cluster
  addRegistry(name: string, options?: RegistryOptions): Registry
  addUserAssignedIdentity(name: string, options?: IdentityOptions): UserAssignedIdentity
}

export interface Subscription {
  /** `/subscriptions/<guid>` */
  readonly id: string
  readonly subscriptionId: string
  readonly displayName: string
  readonly tenantId: string
  /** Other tenants whose principals can have roles here, as with Azure Lighthouse. */
  readonly managedByTenants: readonly string[]
  readonly managementGroup: string | undefined
  readonly groups: ResourceGroup[]
  addResourceGroup(name: string, options?: { location?: string; tags?: Record<string, string> }): ResourceGroup
}

/** The subscriptions of a world, their content, and the management groups above them. */
export interface Subscriptions {
  readonly subscriptions: Subscription[]
  readonly resources: Resource[]
  addManagementGroup(name: string, options?: { parent?: string }): string
  addSubscription(options?: {
    displayName?: string
    id?: string
    managementGroup?: string
    tenantId?: string
    managedByTenants?: readonly string[]
  }): Subscription
  findSubscription(subscriptionId: string): Subscription | undefined
  findResource(id: string): Resource | undefined
  /** The scope, those above it in its subscription, its management groups, and `/`; in lower case. */
  ancestors(scope: string): string[]
}

/**
 * Whether Azure Resource Manager takes a tenant's tokens for a subscription: its own tenant's, and those of tenants that it is delegated to
 * (azure-docs `lighthouse/concepts/architecture`: users of the managing tenant sign in to their own tenant).
 */
export function takesTokensOf({ tenantId, managedByTenants }: Subscription, tokenTenantId: string): boolean {
  return [tenantId, ...managedByTenants].some(id => sameId(id, tokenTenantId))
}

/** A tenant without subscriptions. */
export function createSubscriptions({
  cloud,
  tenantId,
  directory,
}: Pick<Place, 'cloud' | 'tenantId' | 'directory'>): Subscriptions {
  const subscriptions: Subscription[] = []
  const resources: Resource[] = []
  /** Maps a name to its parent's name; the root management group has the tenant's name. */
  const managementGroups = new Map<string, string>()

  const findSubscription = (id: string) => subscriptions.find(subscription => sameId(subscription.subscriptionId, id))

  const addManagementGroup: Subscriptions['addManagementGroup'] = (name, { parent = tenantId } = {}) => {
    managementGroups.set(name.toLowerCase(), parent)
    return managementGroupScope(name)
  }

  const managementGroupScopes = (name: string | undefined): string[] => {
    const scopes: string[] = []
    for (
      let current = name;
      current !== undefined && !sameId(current, tenantId);
      current = managementGroups.get(current.toLowerCase())
    ) {
      scopes.push(managementGroupScope(current).toLowerCase())
    }
    return [...scopes, managementGroupScope(tenantId).toLowerCase(), '/']
  }

  const keep = <T extends Resource>(resource: T): T => {
    resources.push(resource)
    return resource
  }

  const addResourceGroup = (
    subscription: Subscription,
    name: string,
    location: string,
    tags: Record<string, string>,
  ): ResourceGroup => {
    const place: Place = {
      cloud,
      tenantId: subscription.tenantId,
      directory,
      subscriptionId: subscription.subscriptionId,
      resourceGroup: name,
      location,
    }
    const group: ResourceGroup = {
      id: `${subscription.id}/resourceGroups/${name}`,
      name,
      subscriptionId: subscription.subscriptionId,
      location,
      tags,
      addCluster(clusterName, clusterOptions = {}) {
        const cluster = keep(createCluster(place, clusterName, clusterOptions, keep))
        if (!subscription.groups.some(known => sameId(known.name, cluster.nodeResourceGroup))) {
          addResourceGroup(subscription, cluster.nodeResourceGroup, location, {})
        }
        return cluster
      },
      addRegistry: (registryName, registryOptions) => keep(createRegistry(place, registryName, registryOptions)),
      addUserAssignedIdentity: (identityName, identityOptions) =>
        keep(createIdentity(place, identityName, identityOptions)),
    }
    subscription.groups.push(group)
    return group
  }

  return {
    subscriptions,
    resources,
    addManagementGroup,
    addSubscription(subscriptionOptions = {}) {
      const subscriptionId = subscriptionOptions.id ?? newGuid()
      const subscription: Subscription = {
        id: `/subscriptions/${subscriptionId}`,
        subscriptionId,
        displayName: subscriptionOptions.displayName ?? 'Production',
        tenantId: subscriptionOptions.tenantId ?? tenantId,
        managedByTenants: subscriptionOptions.managedByTenants ?? [],
        managementGroup: subscriptionOptions.managementGroup,
        groups: [],
        addResourceGroup: (name, { location = 'westeurope', tags = {} } = {}) =>
          addResourceGroup(subscription, name, location, tags),
      }
      const { managementGroup } = subscriptionOptions
      if (managementGroup !== undefined && !managementGroups.has(managementGroup.toLowerCase()))
        addManagementGroup(managementGroup)
      subscriptions.push(subscription)
      return subscription
    },
    findSubscription,
    findResource: id => resources.find(resource => sameId(resource.id, id)),
    ancestors(scope) {
      const subscriptionId = subscriptionIdOf(scope)
      if (subscriptionId !== undefined) {
        return [
          ...scopesWithinSubscription(scope),
          ...managementGroupScopes(findSubscription(subscriptionId)?.managementGroup),
        ]
      }
      const group = /^\/providers\/Microsoft\.Management\/managementGroups\/([^/]+)/i.exec(scope)?.[1]
      return group === undefined ? ['/'] : managementGroupScopes(group)
    },
  }
}
