import type { Hono } from 'hono'
import { randomUUID } from 'node:crypto'
import { sameId } from '../../model/ids.js'
import { deleteResource } from '../../world/deletion.js'
import type { Arm, ArmContext, ArmEnvironment } from './context.js'
import { ArmError, armErrors } from './errors.js'
import { applySettings, asVersion, readLocation, readSku, type RegistryRequest } from './registry-settings.js'
import { findResource, resourceRoutes } from './resources.js'
import type { ResourceBody } from '../../world/resources.js'
import { signedQuery } from './signed-url.js'

const type = 'Microsoft.ContainerRegistry/registries'
const path = `/subscriptions/:subscription/resourceGroups/:group/providers/${type}/:name`
/** Registries: get, create, update and delete. Repeating a PUT, for example after a lost answer, changes nothing. */
export function registryRoutes(app: Hono<ArmEnvironment>, arm: Arm): void {
  const { world } = arm
  resourceRoutes(app, arm, type, (body, c) => asVersion(body, versionOf(c)))

  // Each registry has a single region; private endpoints are those that a test has put into its body.
  for (const child of ['privateEndpointConnections', 'replications']) {
    app.get(`${path}/${child}`, c => {
      const [subscription = '', group = '', name = ''] = ['subscription', 'group', 'name'].map(key => c.req.param(key))
      const { id, body } = findResource(arm, c, type, subscription, group, name)
      arm.authorize(c, `${type}/${child}/read`, id)
      return c.json({ value: body.properties[child] ?? [] })
    })
  }
  app.put(path, async c => {
    const { subscription, group, name } = c.req.param()
    const id = `/subscriptions/${subscription}/resourceGroups/${group}/providers/${type}/${name}`
    arm.authorize(c, `${type}/write`, id)
    const resourceGroup = arm.resourceGroup(c, subscription, group)
    arm.checkLocks(id, 'write')
    const [namespace = ''] = type.split('/')
    if (world.unregisteredProviders.has(namespace)) throw armErrors.providerNotRegistered(namespace)
    arm.checkPolicies(c, name, type, id)
    checkName(name)
    const request = (await c.req.json().catch(() => ({}))) as RegistryRequest
    const asked = { location: readLocation(request), sku: readSku(request) }
    const how = {
      version: versionOf(c),
      problem: (text: string) => {
        c.env.problem(text)
      },
    }
    const existing = world.findResource(id)
    if (existing !== undefined) {
      applySettings(request, existing.body, { ...how, isNew: false })
      noteChange(existing.body)
      return c.json(asVersion(existing.body, how.version))
    }
    const taken = world.resources.some(resource => resource.type === type && sameId(resource.name, name))
    if (taken) throw alreadyInUse(`${name.toLowerCase()}.${world.cloud.registrySuffix}`)
    const { registryCreationMs } = world.timing
    const registry = resourceGroup.addRegistry(name, {
      ...asked,
      provisioningState: registryCreationMs > 0 ? 'Creating' : 'Succeeded',
    })
    try {
      applySettings(request, registry.body, { ...how, isNew: true })
    } catch (error) {
      world.resources.splice(world.resources.indexOf(registry), 1)
      throw error
    }
    if (world.registryModePolicy) registry.body.properties.roleAssignmentMode = world.registryModePolicy
    // Recorded: 200 at once in 2026; before that, 201 with a status to poll.
    if (registryCreationMs <= 0) return c.json(asVersion(registry.body, how.version))
    world.timers.after(registryCreationMs, () => {
      registry.body.properties.provisioningState = 'Succeeded'
    })
    c.header('azure-asyncoperation', statusUrl(c, registry.id, `registries-${randomUUID()}`))
    return c.json(asVersion(registry.body, how.version), 201)
  })

  // Synchronous, as recorded for the role assignment mode.
  app.patch(path, async c => {
    const { subscription, group, name } = c.req.param()
    const id = `/subscriptions/${subscription}/resourceGroups/${group}/providers/${type}/${name}`
    arm.authorize(c, `${type}/write`, id)
    const registry = findResource(arm, c, type, subscription, group, name)
    arm.checkLocks(id, 'write')
    const request = (await c.req.json().catch(() => ({}))) as RegistryRequest
    arm.checkPolicies(c, name, type, id)
    applySettings(request, registry.body, {
      version: versionOf(c),
      isNew: false,
      problem: text => {
        c.env.problem(text)
      },
    })
    noteChange(registry.body)
    return c.json(asVersion(registry.body, versionOf(c)))
  })

  // Synchronous, as recorded in 2025, or with a Location to poll, as recorded in 2026.
  app.delete(path, c => {
    const { subscription, group, name } = c.req.param()
    const id = `/subscriptions/${subscription}/resourceGroups/${group}/providers/${type}/${name}`
    arm.authorize(c, `${type}/delete`, id)
    arm.resourceGroup(c, subscription, group)
    arm.checkLocks(id, 'delete')
    const registry = world.findResource(id)
    if (registry === undefined) return c.body(null, 204)
    const { registryDeletionMs } = world.timing
    if (registryDeletionMs <= 0) {
      deleteResource(world, registry)
      return c.body(null, 200)
    }
    registry.body.properties.provisioningState = 'Deleting'
    world.timers.after(registryDeletionMs, () => {
      deleteResource(world, registry)
    })
    const place = `/subscriptions/${subscription}/providers/Microsoft.ContainerRegistry/locations/${registry.body.location}`
    c.header('location', resultUrl(c, `${place}/operationResults/delete-${name}-${randomUUID()}`))
    return c.json(asVersion(registry.body, versionOf(c)), 202)
  })

  app.get(
    '/subscriptions/:subscription/providers/Microsoft.ContainerRegistry/locations/:location/operationResults/:name{delete-.+}',
    c => {
      const [, name = ''] = /^delete-(.+?)-[0-9a-f-]{36}$/.exec(c.req.param('name')) ?? []
      const isThere = world.resources.some(each => each.type === type && sameId(each.name, name))
      if (isThere) c.header('location', resultUrl(c, new URL(c.req.url).pathname))
      return c.body(null, isThere ? 202 : 200)
    },
  )

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

/** Every write is dated (recorded: acr_registry_abac_patch_to_abac_200.json). */
function noteChange({ systemData }: ResourceBody): void {
  if (systemData !== undefined) systemData.lastModifiedAt = new Date().toISOString().replace('Z', '+00:00')
}

function statusUrl(c: ArmContext, id: string, operation: string): string {
  return resultUrl(c, `${id}/operationStatuses/${operation}`)
}

function resultUrl(c: ArmContext, path: string): string {
  return `${new URL(c.req.url).origin}${path}?${signedQuery(c).toString()}`
}

const versionOf = (c: ArmContext): string => c.req.query('api-version') ?? ''

function checkName(name: string): void {
  if (/^[a-zA-Z0-9]{5,50}$/.test(name)) return
  const message = `The resource name '${name}' is invalid. It must be 5 to 50 letters and digits.`
  throw new ArmError(400, 'InvalidResourceName', message)
}

const alreadyInUse = (loginServer: string): ArmError =>
  new ArmError(
    409,
    'AlreadyInUse',
    `The registry DNS name ${loginServer} is already in use. You can check if the name is already claimed using following API: https://docs.microsoft.com/en-us/rest/api/containerregistry/registries/checknameavailability`,
  )
