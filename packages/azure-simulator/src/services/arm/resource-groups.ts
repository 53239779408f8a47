import type { Hono } from 'hono'
import { newGuid, sameId } from '../../model/ids.js'
import { locations, normalizeLocation } from '../../model/locations.js'
import { deleteResourceGroup } from '../../world/deletion.js'
import type { ResourceGroup } from '../../world/subscriptions.js'
import type { Arm, ArmEnvironment } from './context.js'
import { ArmError } from './errors.js'

const type = 'Microsoft.Resources/subscriptions/resourceGroups'
const path = '/subscriptions/:subscription/resourceGroups/:group'

/** Resource groups: list, get, check, create or update, and delete. */
export function resourceGroupRoutes(app: Hono<ArmEnvironment>, arm: Arm): void {
  const { world } = arm
  /** Deletions that clients can poll. */
  const deletions = new Set<string>()

  app.get('/subscriptions/:subscription/resourceGroups', c => {
    const { groups } = arm.subscription(c, c.req.param('subscription'))
    const readable = groups.filter(group => arm.allows(c, `${type}/read`, group.id))
    return c.json(arm.page(c, readable.map(groupBody)))
  })
  app.get(path, c => {
    const { subscription, group } = c.req.param()
    arm.authorize(c, `${type}/read`, `/subscriptions/${subscription}/resourceGroups/${group}`)
    const found = arm.resourceGroup(c, subscription, group)
    // ARM answers an existence check with a different status (recorded).
    return c.req.method === 'HEAD' ? c.body(null, 204) : c.json(groupBody(found))
  })
  app.put(path, async c => {
    const { subscription, group: name } = c.req.param()
    const id = `/subscriptions/${subscription}/resourceGroups/${name}`
    arm.authorize(c, `${type}/write`, id)
    const owner = arm.subscription(c, subscription)
    checkName(name)
    const { location, tags } = (await c.req.json().catch(() => ({}))) as {
      location?: string
      tags?: Record<string, string> | null
    }
    const requested = readLocation(location)
    arm.checkLocks(id, 'write')
    arm.checkPolicies(c, name, type, id)
    const existing = owner.groups.find(group => sameId(group.name, name))
    if (existing === undefined)
      return c.json(groupBody(owner.addResourceGroup(name, { location: requested, tags: tags ?? {} })), 201)
    if (existing.location !== requested) throw locationMismatch(requested, existing)
    // A PUT replaces the whole group: omitted tags are removed (Azure/azure-cli #11513).
    existing.tags = tags ?? {}
    return c.json(groupBody(existing))
  })
  // Recorded: 202 with a URL to poll; here its first answer is that the deletion is done.
  app.delete(path, c => {
    const { subscription, group: name } = c.req.param()
    const id = `/subscriptions/${subscription}/resourceGroups/${name}`
    arm.authorize(c, `${type}/delete`, id)
    const group = arm.resourceGroup(c, subscription, name)
    arm.checkLocksWithin(group.id)
    deleteResourceGroup(world, group)
    const operation = Buffer.from(JSON.stringify({ jobId: `RESOURCEGROUPDELETIONJOB-${newGuid()}` })).toString(
      'base64url',
    )
    deletions.add(operation)
    const { origin } = new URL(c.req.url)
    c.header(
      'location',
      `${origin}/subscriptions/${subscription}/operationresults/${operation}?api-version=${c.req.query('api-version') ?? ''}`,
    )
    return c.body(null, 202)
  })
  app.get('/subscriptions/:subscription/operationResults/:operation', c => {
    const { subscription, operation } = c.req.param()
    arm.subscription(c, subscription)
    if (!deletions.has(operation)) throw new ArmError(404, 'NotFound', `The operation ${operation} was not found.`)
    return c.body(null, 200)
  })
}

function groupBody(group: ResourceGroup): Record<string, unknown> {
  return {
    id: group.id,
    name: group.name,
    type: 'Microsoft.Resources/resourceGroups',
    location: group.location,
    tags: group.tags,
    properties: { provisioningState: 'Succeeded' },
  }
}

/** The characters in the specification, without a trailing period. Text: Azure/azure-cli #14481. */
function checkName(name: string): void {
  if (/^[-\w._()]{1,90}$/.test(name) && !name.endsWith('.')) return
  throw new ArmError(
    400,
    'InvalidResourceGroup',
    `The provided resource group name '${name}' has these invalid characters: '${name.replace(/[-\w.()]/g, '') || '.'}'. The name can only be a letter, digit, '-', '.', '(', ')' or '_'.`,
  )
}

/** Code and text: MicrosoftDocs/executable-docs #74. */
function readLocation(location: string | undefined): string {
  if (!location) throw new ArmError(400, 'LocationRequired', 'The location property is required for this definition.')
  const name = normalizeLocation(location)
  if (locations.includes(name)) return name
  throw new ArmError(
    400,
    'LocationNotAvailableForResourceGroup',
    `The provided location '${location}' is not available for resource group. List of available regions is '${locations.join(',')}'.`,
  )
}

/** Text: Azure/azure-cli #22242. */
const locationMismatch = (location: string, group: ResourceGroup): ArmError =>
  new ArmError(
    409,
    'InvalidResourceGroupLocation',
    `Invalid resource group location '${location}'. The Resource group already exists in location '${group.location}'.`,
  )
