import type { Hono } from 'hono'
import { randomUUID } from 'node:crypto'
import { sameId } from '../../model/ids.js'
import type { RegistryOptions } from '../../world/registries.js'
import type { ResourceBody } from '../../world/resources.js'
import type { Arm, ArmContext, ArmEnvironment } from './context.js'
import { ArmError, armErrors } from './errors.js'
import { findResource, resourceRoutes } from './resources.js'
import { signedQuery } from './signed-url.js'

const type = 'Microsoft.ContainerRegistry/registries'
const path = `/subscriptions/:subscription/resourceGroups/:group/providers/${type}/:name`
/** What a PATCH changes here. */
const changeable: readonly string[] = [
  'adminUserEnabled',
  'roleAssignmentMode',
  'publicNetworkAccess',
  'anonymousPullEnabled',
]
const skus = ['Basic', 'Standard', 'Premium'] as const

/** Registries: read, and create; the same PUT again, as after a lost answer, changes nothing. */
export function registryRoutes(app: Hono<ArmEnvironment>, arm: Arm): void {
  const { world } = arm
  resourceRoutes(app, arm, type)

  app.put(path, async c => {
    const { subscription, group, name } = c.req.param()
    const id = `/subscriptions/${subscription}/resourceGroups/${group}/providers/${type}/${name}`
    arm.authorize(c, `${type}/write`, id)
    const resourceGroup = arm.resourceGroup(c, subscription, group)
    arm.checkLocks(id, 'write')
    const options = readRequest(name, await c.req.json().catch(() => undefined))
    const existing = world.findResource(id)
    if (existing !== undefined) {
      const { location, sku } = existing.body
      if (location === options.location && sku?.name === options.sku) return c.json(existing.body)
      c.env.problem('changing a registry by PUT is not simulated')
      throw new ArmError(409, 'Conflict', `The registry ${name} exists.`)
    }
    const taken = world.resources.some(resource => resource.type === type && sameId(resource.name, name))
    if (taken) throw alreadyInUse(`${name.toLowerCase()}.${world.cloud.registrySuffix}`)
    const { registryCreationMs } = world.timing
    const registry = resourceGroup.addRegistry(name, {
      ...options,
      ...(world.registryModePolicy && { roleAssignmentMode: world.registryModePolicy }),
      provisioningState: registryCreationMs > 0 ? 'Creating' : 'Succeeded',
    })
    // Recorded: 200 at once in 2026, 201 with a status to poll before.
    if (registryCreationMs <= 0) return c.json(registry.body)
    world.timers.after(registryCreationMs, () => {
      registry.body.properties.provisioningState = 'Succeeded'
    })
    c.header('azure-asyncoperation', statusUrl(c, registry.id, `registries-${randomUUID()}`))
    return c.json(registry.body, 201)
  })

  // Synchronous, as recorded for the mode.
  app.patch(path, async c => {
    const { subscription, group, name } = c.req.param()
    const id = `/subscriptions/${subscription}/resourceGroups/${group}/providers/${type}/${name}`
    arm.authorize(c, `${type}/write`, id)
    const registry = findResource(arm, c, type, subscription, group, name)
    arm.checkLocks(id, 'write')
    const { properties = {}, tags } = (await c.req.json().catch(() => ({}))) as Partial<ResourceBody>
    for (const [key, value] of Object.entries(properties)) {
      if (!changeable.includes(key)) c.env.problem(`changing ${key} of a registry is not simulated`)
      else registry.body.properties[key] = value
    }
    if (tags !== undefined) registry.body.tags = tags
    return c.json(registry.body)
  })

  app.get(`${path}/operationStatuses/:operation`, c => {
    const { subscription, group, name, operation } = c.req.param()
    const id = `/subscriptions/${subscription}/resourceGroups/${group}/providers/${type}/${name}`
    arm.authorize(c, `${type}/operationStatuses/read`, id)
    const registry = world.findResource(id)
    if (registry === undefined) throw armErrors.resourceNotFound(type, name, group)
    c.header('azure-asyncoperation', statusUrl(c, id, operation))
    return c.json({ status: registry.body.properties.provisioningState })
  })
}

function statusUrl(c: ArmContext, id: string, operation: string): string {
  const { origin } = new URL(c.req.url)
  return `${origin}${id}/operationStatuses/${operation}?${signedQuery(c).toString()}`
}

function readRequest(name: string, body: unknown): RegistryOptions {
  if (!/^[a-zA-Z0-9]{5,50}$/.test(name)) {
    throw new ArmError(
      400,
      'InvalidResourceName',
      `The resource name '${name}' is invalid. It must be 5 to 50 letters and digits.`,
    )
  }
  const request = (body ?? {}) as {
    location?: unknown
    sku?: { name?: unknown }
    tags?: Record<string, string>
    properties?: Record<string, unknown>
  }
  if (typeof request.location !== 'string') {
    throw new ArmError(400, 'LocationRequired', 'The location property is required for this definition.')
  }
  const sku = skus.find(candidate => candidate === request.sku?.name)
  if (sku === undefined)
    throw armErrors.invalidRequestContent(`The SKU of the registry must be one of ${skus.join(', ')}.`)
  const { adminUserEnabled, roleAssignmentMode } = request.properties ?? {}
  return {
    location: request.location,
    sku,
    ...(request.tags === undefined ? {} : { tags: request.tags }),
    ...(typeof adminUserEnabled === 'boolean' ? { adminUserEnabled } : {}),
    ...(roleAssignmentMode === 'AbacRepositoryPermissions' ? { roleAssignmentMode } : {}),
  }
}

const alreadyInUse = (loginServer: string): ArmError =>
  new ArmError(
    409,
    'AlreadyInUse',
    `The registry DNS name ${loginServer} is already in use. You can check if the name is already claimed using following API: https://docs.microsoft.com/en-us/rest/api/containerregistry/registries/checknameavailability`,
  )
