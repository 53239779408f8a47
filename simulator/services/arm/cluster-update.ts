import type { Hono } from 'hono'
import { isDeepStrictEqual } from 'node:util'
import { newGuid } from '../../ids.js'
import type { Resource } from '../../world/resources.js'
import type { Arm, ArmContext, ArmEnvironment } from './context.js'
import { ArmError, armErrors } from './errors.js'
import { signedQuery } from './signed-url.js'

const type = 'Microsoft.ContainerService/managedClusters'
const path = `/subscriptions/:subscription/resourceGroups/:group/providers/${type}/:name`
const settled: readonly unknown[] = ['Succeeded', 'Failed', 'Canceled']

interface Operation {
  readonly startTime: string
  endTime: string | undefined
}

/**
 * Updates of clusters: a PUT of the whole cluster, which answers 200 with `Updating` and the URL of an operation (recorded
 * `aks_update_*`). Only tags really change; clients send everything else as they have read it, also to attach a registry.
 */
export function clusterUpdateRoutes(app: Hono<ArmEnvironment>, arm: Arm): void {
  const { world } = arm
  const operations = new Map<string, Operation>()

  app.put(path, async c => {
    const { subscription, group, name } = c.req.param()
    const id = `/subscriptions/${subscription}/resourceGroups/${group}/providers/${type}/${name}`
    arm.authorize(c, `${type}/write`, id)
    arm.resourceGroup(c, subscription, group)
    arm.checkLocks(id, 'write')
    const cluster = world.findResource(id)
    if (cluster === undefined) {
      c.env.problem('creating clusters is not simulated')
      throw armErrors.resourceNotFound(type, name, group)
    }
    const { properties } = cluster.body
    if (!settled.includes(properties.provisioningState)) throw operationNotAllowed()
    const request = (await c.req.json().catch(() => ({}))) as Partial<Resource['body']>
    for (const change of changes(request.properties, properties, '/properties')) {
      c.env.problem(`changing ${change} of a cluster is not simulated`)
    }
    if (request.tags !== undefined) cluster.body.tags = request.tags

    const operationName = newGuid()
    const operation: Operation = { startTime: timestamp(), endTime: undefined }
    operations.set(operationName, operation)
    c.header('azure-asyncoperation', operationUrl(c, cluster, operationName))
    const answer = { ...cluster.body, properties: updating(properties) }
    const end = (): void => {
      properties.provisioningState = 'Succeeded'
      operation.endTime = timestamp()
    }
    if (world.timing.clusterUpdateMs > 0) {
      properties.provisioningState = 'Updating'
      setTimeout(end, world.timing.clusterUpdateMs).unref()
    } else end()
    return c.json(answer)
  })

  app.get(
    '/subscriptions/:subscription/providers/Microsoft.ContainerService/locations/:location/operations/:name',
    c => {
      const { name } = c.req.param()
      const operation = operations.get(name)
      if (operation === undefined) throw new ArmError(404, 'NotFound', `The operation ${name} was not found.`)
      const { startTime, endTime } = operation
      // Recorded 2025: the name is the one in the URL; in 2022 and 2023 its first three groups were byte-swapped.
      return c.json(
        endTime === undefined
          ? { name, status: 'InProgress', startTime }
          : { name, status: 'Succeeded', startTime, endTime },
      )
    },
  )
}

/** The answer to the PUT says of the pools too that they are being updated (recorded). */
function updating(properties: Record<string, unknown>): Record<string, unknown> {
  const provisioningState = 'Updating'
  const pools = properties.agentPoolProfiles as readonly Record<string, unknown>[]
  return { ...properties, provisioningState, agentPoolProfiles: pools.map(pool => ({ ...pool, provisioningState })) }
}

/** Signed as recorded in 2025; the api-version is an old one whatever the request's (recorded 2022 to 2025). */
function operationUrl(c: ArmContext, cluster: Resource, name: string): string {
  const { origin } = new URL(c.req.url)
  const query = signedQuery(c)
  query.set('api-version', '2016-03-30')
  return `${origin}/subscriptions/${cluster.subscriptionId}/providers/Microsoft.ContainerService/locations/${cluster.body.location}/operations/${name}?${query.toString()}`
}

/** Code and text: Azure/azure-cli-extensions PR 9855. */
function operationNotAllowed(): ArmError {
  return new ArmError(
    409,
    'OperationNotAllowed',
    "Operation is not allowed because there's an in progress update managed cluster operation on the managed cluster. Please wait for it to finish before starting a new operation.",
  )
}

const timestamp = (): string => new Date().toISOString()

/** The places where a request asks for something else than there is; what it leaves out stays. */
function changes(wanted: unknown, present: unknown, place: string): string[] {
  if (wanted === undefined || wanted === null || isDeepStrictEqual(wanted, present)) return []
  if (Array.isArray(wanted)) {
    const items: readonly unknown[] = Array.isArray(present) ? present : []
    return wanted.length === items.length
      ? wanted.flatMap((item, index) => changes(item, items[index], `${place}/${String(index)}`))
      : [place]
  }
  if (typeof wanted !== 'object') return [place]
  const known = (typeof present === 'object' && present !== null ? present : {}) as Record<string, unknown>
  return Object.entries(wanted).flatMap(([key, value]) => changes(value, known[key], `${place}/${key}`))
}
