import type { Hono } from 'hono'
import { isCluster, type Cluster } from '../../world/clusters.js'
import { bodyOf } from '../../world/own-update.js'
import type { Resource } from '../../world/resources.js'
import { changes } from './changes.js'
import { createCluster, readPool } from './cluster-creation.js'
import { asClusterVersion } from './clusters.js'
import { clusterOperationRoutes } from './cluster-operations.js'
import type { Arm, ArmContext, ArmEnvironment } from './context.js'
import { armErrors } from './errors.js'

const type = 'Microsoft.ContainerService/managedClusters'
const path = `/subscriptions/:subscription/resourceGroups/:group/providers/${type}/:name`

/**
 * Creates and updates clusters: a PUT of the whole cluster returns 201 with `Creating`, or 200 with `Updating`, and the URL of an operation (recorded
 * `aks_create_*` and `aks_update_*`). Of an update, only tags, Run Command, local accounts and managed Entra integration have an effect; clients send
 * everything else back as they read it, even to attach a registry. Also adds node pools, and stops and starts clusters.
 */
export function clusterUpdateRoutes(app: Hono<ArmEnvironment>, arm: Arm): void {
  const operations = clusterOperationRoutes(app, arm)

  const place = (c: ArmContext): { id: string; subscription: string; group: string; name: string } => {
    const [subscription = '', group = '', name = ''] = ['subscription', 'group', 'name'].map(key => c.req.param(key))
    const id = `/subscriptions/${subscription}/resourceGroups/${group}/providers/${type}/${name}`
    return { id, subscription, group, name }
  }
  /** The cluster, if the caller has permission to change it and no operation is running. */
  const changing = (c: ArmContext, action: string): Cluster => {
    const { id, subscription, group, name } = place(c)
    arm.authorize(c, `${type}/${action}`, id)
    arm.resourceGroup(c, subscription, group)
    arm.checkLocks(id, 'write')
    const cluster = arm.world.findResource(id)
    if (!isCluster(cluster)) throw armErrors.resourceNotFound(type, name, group)
    operations.checkNone(cluster)
    return cluster
  }
  /** The URL of an operation for the answer's header. */
  const follow = (c: ArmContext, cluster: Resource, operation: string): void => {
    c.header('azure-asyncoperation', operations.urls(c, cluster, operation).operation)
  }

  app.put(path, async (c, next) => {
    const { id, subscription, group, name } = place(c)
    if (arm.world.findResource(id) !== undefined) return next()
    arm.authorize(c, `${type}/write`, id)
    const resourceGroup = arm.resourceGroup(c, subscription, group)
    arm.checkLocks(id, 'write')
    const [namespace = ''] = type.split('/')
    if (arm.world.unregisteredProviders.has(namespace)) throw armErrors.providerNotRegistered(namespace)
    arm.checkPolicies(c, name, type, id)
    const cluster = await createCluster(c, resourceGroup, name)
    const shown = asClusterVersion(cluster.body, c.req.query('api-version') ?? '')
    const answer = { ...shown, properties: { ...shown.properties } }
    const operation = operations.begin(cluster, 'Creating', lateMs => {
      cluster.readySince = Date.now() - lateMs
      cluster.receiveKubeletIdentity()
      setPools(cluster, { provisioningState: 'Succeeded' })
    })
    follow(c, cluster, operation)
    return c.json(answer, 201)
  })
  app.put(path, async c => {
    const cluster = changing(c, 'write')
    const { properties } = cluster.body
    const request = (await c.req.json().catch(() => ({}))) as Partial<Resource['body']>
    arm.checkPolicies(c, cluster.name, type, cluster.id)
    const { tags, ...requested } = request
    const { aadProfile, disableLocalAccounts } = request.properties ?? {}
    if (disableLocalAccounts !== undefined) properties.disableLocalAccounts = disableLocalAccounts
    if (aadProfile)
      properties.aadProfile ??= { ...managedEntra, tenantID: arm.subscription(c, cluster.subscriptionId).tenantId }
    for (const change of changes(requested, bodyOf(arm.world, cluster), '')) {
      if (change === runCommand) properties.apiServerAccessProfile = request.properties?.apiServerAccessProfile
      else c.env.problem(`changing ${change} of a cluster is not simulated`)
    }
    if (tags !== undefined) cluster.body.tags = tags
    const shown = asClusterVersion(bodyOf(arm.world, cluster), c.req.query('api-version') ?? '')
    const answer = { ...shown, properties: updating(shown.properties) }
    follow(c, cluster, operations.begin(cluster, 'Updating'))
    return c.json(answer)
  })

  // The answers have the form of the cluster's own; the pool's nodes join when the operation has ended.
  app.put(`${path}/agentPools/:pool`, async c => {
    const cluster = changing(c, 'agentPools/write')
    const { pool: name } = c.req.param()
    const profiles = cluster.body.properties.agentPoolProfiles as { name: string }[]
    if (profiles.some(pool => pool.name === name)) c.env.problem('changing a node pool is not simulated')
    const { pool, profile } = await readPool(c, name)
    profiles.push(profile)
    const operation = operations.begin(cluster, 'Updating', () => {
      setPools(cluster, { provisioningState: 'Succeeded' })
      cluster.kubernetes.addPool(pool)
    })
    follow(c, cluster, operation)
    const { name: _, ...properties } = profile
    return c.json({ id: `${cluster.id}/agentPools/${name}`, name, type: `${type}/agentPools`, properties }, 201)
  })

  // Both headers as recorded for a cluster's deletion.
  for (const [word, state, code] of [
    ['start', 'Starting', 'Running'],
    ['stop', 'Stopping', 'Stopped'],
  ] as const)
    app.post(`${path}/${word}`, c => {
      const cluster = changing(c, `${word}/action`)
      const name = operations.begin(cluster, state, () => {
        cluster.body.properties.powerState = { code }
        setPools(cluster, { powerState: { code } })
      })
      const { operation, result } = operations.urls(c, cluster, name)
      c.header('azure-asyncoperation', operation)
      c.header('location', result)
      return c.body(null, 202)
    })
}

/** What `az aks update --enable-aad` leaves to the service. */
const managedEntra = { managed: true, enableAzureRBAC: false, adminGroupObjectIDs: null }

const runCommand = '/properties/apiServerAccessProfile/disableRunCommand'

function setPools({ body: { properties } }: Resource, change: Record<string, unknown>): void {
  const pools = properties.agentPoolProfiles as readonly Record<string, unknown>[]
  properties.agentPoolProfiles = pools.map(pool => ({ ...pool, ...change }))
}

/** The answer to the PUT shows the pools as updating too (recorded). */
function updating(properties: Record<string, unknown>): Record<string, unknown> {
  const provisioningState = 'Updating'
  const pools = properties.agentPoolProfiles as readonly Record<string, unknown>[]
  return { ...properties, provisioningState, agentPoolProfiles: pools.map(pool => ({ ...pool, provisioningState })) }
}
