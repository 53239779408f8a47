import type { Fault } from '../front/faults.js'
import type { Timing } from '../model/timing.js'
import { createRunner, subjectOf } from '../runner/runner.js'
import type { Cluster } from '../world/clusters.js'
import type { Client, Principal } from '../world/directory.js'
import type { ImageStore } from '../world/images.js'
import type { Registry } from '../world/registries.js'
import type { ResourceGroup, Subscription } from '../world/subscriptions.js'
import { createWorld, type World } from '../world/world.js'
import { ScenarioError, type ScenarioFile, type ScenarioGroup, type ScenarioImage } from './scenario-file.js'

/** A world built from a scenario file, and how the simulator must behave. */
export interface Scenario {
  readonly world: World
  /** The first resource group's. */
  readonly subscription: Subscription
  /** The identity that the workflow signs in with. */
  readonly deployer: Principal & Client
  readonly timing: Partial<Timing>
  readonly faults: readonly Fault[]
}

/** Names of scopes and principals in a scenario; a name that several have needs its group: `group/name`. */
interface Names {
  add(name: string, id: string, group?: string): void
  /** @throws ScenarioError */
  find(name: string): string
}

/**
 * Builds the world of a scenario. The application `gh-deployer` trusts the run's subject, as in contoso. Unless the
 * scenario assigns it roles, it is Reader of each resource group and Role Based Access Control Administrator of each
 * registry.
 * @throws ScenarioError for a name or a role that does not exist
 */
export function createScenario({
  resourceGroups,
  roleAssignments = [],
  sources = [],
  ...behaviour
}: ScenarioFile): Scenario {
  const world = createWorld({ tenantName: 'contoso' })
  const deployer = world.addApplication('gh-deployer', {
    federatedCredentials: [{ subject: subjectOf(createRunner()) }],
  })
  const scopes = createNames('scope')
  const principals = createNames('principal')
  principals.add('gh-deployer', deployer.objectId)
  const subscriptions = new Map<string, Subscription>()
  const groups: ResourceGroup[] = []
  const registries: Registry[] = []
  for (const { subscription: displayName = 'Contoso production', ...options } of resourceGroups) {
    const subscription = subscriptions.get(displayName) ?? world.addSubscription({ displayName })
    if (!subscriptions.has(displayName)) scopes.add(displayName, subscription.id)
    subscriptions.set(displayName, subscription)
    const group = addGroup(subscription, options)
    groups.push(group)
    scopes.add(group.name, group.id)
    for (const cluster of addClusters(group, options)) {
      scopes.add(cluster.name, cluster.id, group.name)
      principals.add(cluster.name, cluster.kubeletIdentity.objectId, group.name)
    }
    for (const registry of addRegistries(group, options)) {
      registries.push(registry)
      scopes.add(registry.name, registry.id, group.name)
    }
  }
  for (const { host, images, ...options } of sources) pushAll(world.addSourceRegistry(host, options), images)

  const assign = (principalId: string, role: string, scope: string, condition?: string): void => {
    try {
      world.assignRole({ principalId, role, scope, ...(condition === undefined ? {} : { condition }) })
    } catch (error) {
      throw new ScenarioError(`/roleAssignments: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  for (const { principal, role, scope, condition } of roleAssignments)
    assign(principals.find(principal), role, scopes.find(scope), condition)
  if (!roleAssignments.some(({ principal }) => principal === 'gh-deployer')) {
    for (const { id } of groups) assign(deployer.objectId, 'Reader', id)
    for (const { id } of registries) assign(deployer.objectId, 'Role Based Access Control Administrator', id)
  }
  const [subscription] = world.subscriptions
  if (subscription === undefined) throw new ScenarioError('/resourceGroups: at least one is required')
  const { timing = {}, faults = [] } = behaviour
  return {
    ...{ world, subscription, deployer, timing },
    faults: faults.map(({ times = 1, ...fault }) => ({ ...fault, times: times === 'always' ? Infinity : times })),
  }
}

function addGroup(subscription: Subscription, { name, location, tags }: ScenarioGroup): ResourceGroup {
  return subscription.addResourceGroup(name, { ...(location && { location }), ...(tags && { tags }) })
}

function addClusters(group: ResourceGroup, { clusters = [] }: ScenarioGroup): Cluster[] {
  return clusters.map(({ name, ...options }) => group.addCluster(name, options))
}

function addRegistries(group: ResourceGroup, { registries = [] }: ScenarioGroup): Registry[] {
  return registries.map(({ name, images = [], ...options }) => {
    const registry = group.addRegistry(name, options)
    pushAll(registry.images, images)
    return registry
  })
}

function pushAll(store: ImageStore, images: readonly ScenarioImage[]): void {
  for (const { repository, tag, ...options } of images) store.push(repository, tag, options)
}

function createNames(what: 'scope' | 'principal'): Names {
  const ids = new Map<string, Set<string>>()
  const note = (name: string, id: string): void => {
    ids.set(name, (ids.get(name) ?? new Set()).add(id))
  }
  return {
    add(name, id, group) {
      note(name, id)
      if (group !== undefined) note(`${group}/${name}`, id)
    },
    find(name) {
      const [id, ...others] = ids.get(name) ?? []
      if (id === undefined)
        throw new ScenarioError(`/roleAssignments: unknown ${what} ${name}; known: ${[...ids.keys()].join(', ')}`)
      if (others.length > 0)
        throw new ScenarioError(`/roleAssignments: several have the ${what} ${name}; write group/name`)
      return id
    },
  }
}
