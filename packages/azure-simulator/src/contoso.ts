import { createRunner, subjectOf, type RunnerOptions } from './runner/runner.js'
import type { CloudName } from './model/clouds.js'
import type { Cluster } from './world/clusters.js'
import type { Client, Principal } from './world/directory.js'
import type { Registry } from './world/registries.js'
import type { ResourceGroup, Subscription } from './world/subscriptions.js'
import { createWorld, type World } from './world/world.js'

/** The world used in the README's examples. */
export interface Contoso {
  readonly world: World
  readonly subscription: Subscription
  readonly group: ResourceGroup
  readonly cluster: Cluster
  readonly registry: Registry
  /** The identity that the workflow signs in with. */
  readonly deployer: Principal & Client
  /** The repository secrets or variables that a workflow would have. */
  readonly variables: Record<'AZURE_CLIENT_ID' | 'AZURE_TENANT_ID' | 'AZURE_SUBSCRIPTION_ID', string>
}

/**
 * One subscription with cluster `aks-prod-1` and registry `contosoacr` in `rg-shop`, and the application `gh-deployer`
 * with a federated credential for the run's subject. It is Reader of the group and Role Based Access Control
 * Administrator of the registry.
 */
export function createContoso(
  options: {
    cloud?: CloudName
    runner?: RunnerOptions
    /** Name of the resource group; `rg-shop` by default. */ group?: string
  } = {},
): Contoso {
  const world = createWorld({ tenantName: 'contoso', ...(options.cloud === undefined ? {} : { cloud: options.cloud }) })
  const subscription = world.addSubscription({ displayName: 'Contoso production', managementGroup: 'contoso-platform' })
  const group = subscription.addResourceGroup(options.group ?? 'rg-shop')
  const cluster = group.addCluster('aks-prod-1')
  const registry = group.addRegistry('contosoacr')
  const deployer = world.addApplication('gh-deployer', {
    federatedCredentials: [{ subject: subjectOf(createRunner(options.runner)) }],
  })
  world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: group.id })
  world.assignRole({
    principalId: deployer.objectId,
    role: 'Role Based Access Control Administrator',
    scope: registry.id,
  })
  return {
    world,
    subscription,
    group,
    cluster,
    registry,
    deployer,
    variables: {
      AZURE_CLIENT_ID: deployer.clientId,
      AZURE_TENANT_ID: world.tenantId,
      AZURE_SUBSCRIPTION_ID: subscription.subscriptionId,
    },
  }
}

/** Adds an Owner of the subscription who can also change applications, groups and application permissions. */
export function addOwner(
  { world, subscription }: Pick<Contoso, 'world' | 'subscription'>,
  credentials: Parameters<World['addApplication']>[1],
): Principal & Client {
  const owner = world.addApplication('owner', credentials)
  world.assignRole({ principalId: owner.objectId, role: 'Owner', scope: subscription.id })
  world.grantGraphPermission(
    owner,
    ...['Application.Read.All', 'Application.ReadWrite.All', 'AppRoleAssignment.ReadWrite.All', 'Group.ReadWrite.All'],
  )
  return owner
}
