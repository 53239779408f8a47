import type { Hono } from 'hono'
import { isDeepStrictEqual } from 'node:util'
import type { Resource } from '../../world/resources.js'
import { asClusterVersion } from './clusters.js'
import { clusterOperationRoutes } from './cluster-operations.js'
import type { Arm, ArmContext, ArmEnvironment } from './context.js'
import { armErrors } from './errors.js'

const type = 'Microsoft.ContainerService/managedClusters'
const path = `/subscriptions/:subscription/resourceGroups/:group/providers/${type}/:name`

/**
 * Updates clusters: a PUT of the whole cluster returns 200 with `Updating` and the URL of an operation (recorded
 * `aks_update_*`). Only tags and disabling Run Command have an effect; clients send everything else back as they read
 * it, even to attach a registry. Also starts stopped clusters.
 */
export function clusterUpdateRoutes(app: Hono<ArmEnvironment>, arm: Arm): void {
  const operations = clusterOperationRoutes(app, arm)

  /** The cluster, if the caller has permission to change it and no operation is running. */
  const changing = (c: ArmContext, action: string): Resource => {
    const [subscription = '', group = '', name = ''] = ['subscription', 'group', 'name'].map(key => c.req.param(key))
    const id = `/subscriptions/${subscription}/resourceGroups/${group}/providers/${type}/${name}`
    arm.authorize(c, `${type}/${action}`, id)
    arm.resourceGroup(c, subscription, group)
    arm.checkLocks(id, 'write')
    const cluster = arm.world.findResource(id)
    if (cluster === undefined) {
      if (c.req.method === 'PUT') c.env.problem('creating clusters is not simulated')
      throw armErrors.resourceNotFound(type, name, group)
    }
    operations.checkNone(cluster)
    return cluster
  }

  app.put(path, async c => {
    const cluster = changing(c, 'write')
    const { properties } = cluster.body
    const request = (await c.req.json().catch(() => ({}))) as Partial<Resource['body']>
    arm.checkPolicies(c, cluster.name, type, cluster.id)
    const { tags, ...requested } = request
    for (const change of changes(requested, cluster.body, '')) {
      if (change === runCommand) properties.apiServerAccessProfile = request.properties?.apiServerAccessProfile
      else c.env.problem(`changing ${change} of a cluster is not simulated`)
    }
    if (tags !== undefined) cluster.body.tags = tags
    const shown = asClusterVersion(cluster.body, c.req.query('api-version') ?? '')
    const answer = { ...shown, properties: updating(shown.properties) }
    const { operation } = operations.urls(c, cluster, operations.begin(cluster, 'Updating'))
    c.header('azure-asyncoperation', operation)
    return c.json(answer)
  })

  // Both headers as recorded for a cluster's deletion.
  app.post(`${path}/start`, c => {
    const cluster = changing(c, 'start/action')
    const { properties } = cluster.body
    const name = operations.begin(cluster, 'Starting', () => {
      properties.powerState = { code: 'Running' }
      const pools = properties.agentPoolProfiles as readonly Record<string, unknown>[]
      properties.agentPoolProfiles = pools.map(pool => ({ ...pool, powerState: { code: 'Running' } }))
    })
    const { operation, result } = operations.urls(c, cluster, name)
    c.header('azure-asyncoperation', operation)
    c.header('location', result)
    return c.body(null, 202)
  })
}

const runCommand = '/properties/apiServerAccessProfile/disableRunCommand'

/** The answer to the PUT shows the pools as updating too (recorded). */
function updating(properties: Record<string, unknown>): Record<string, unknown> {
  const provisioningState = 'Updating'
  const pools = properties.agentPoolProfiles as readonly Record<string, unknown>[]
  return { ...properties, provisioningState, agentPoolProfiles: pools.map(pool => ({ ...pool, provisioningState })) }
}

/** The paths at which a request differs from the current value. Omitted properties keep their value. */
function changes(requested: unknown, present: unknown, place: string): string[] {
  if (requested === undefined || requested === null || isDeepStrictEqual(requested, present)) return []
  if (Array.isArray(requested)) {
    const items: readonly unknown[] = Array.isArray(present) ? present : []
    return requested.length === items.length
      ? requested.flatMap((item, index) => changes(item, items[index], `${place}/${String(index)}`))
      : [place]
  }
  if (typeof requested !== 'object') return [place]
  const known = (typeof present === 'object' && present !== null ? present : {}) as Record<string, unknown>
  return Object.entries(requested).flatMap(([key, value]) => changes(value, known[key], `${place}/${key}`))
}
