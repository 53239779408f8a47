import type { Hono } from 'hono'
import { sameId } from '../../model/ids.js'
import { seesSubscription } from '../../world/permissions.js'
import type { Resource } from '../../world/resources.js'
import { takesTokensOf, type Subscription } from '../../world/subscriptions.js'
import type { Arm, ArmEnvironment } from './context.js'
import { armErrors } from './errors.js'

/** Subscriptions, tenants, and the list of all resources (Microsoft.Resources). */
export function subscriptionRoutes(app: Hono<ArmEnvironment>, arm: Arm): void {
  const { world } = arm

  app.get('/tenants', c =>
    c.json({
      value: [...world.tenants]
        .filter(([id]) => sameId(id, c.get('caller').tenantId))
        .map(([tenantId, name]) => ({
          id: `/tenants/${tenantId}`,
          tenantId,
          countryCode: 'DE',
          displayName: name,
          domains: [`${name}.onmicrosoft.com`],
          tenantCategory: 'Home',
          defaultDomain: `${name}.onmicrosoft.com`,
          tenantType: 'AAD',
        })),
    }),
  )
  app.get('/subscriptions', c => {
    const { objectId, tenantId } = c.get('caller')
    const visible = world.subscriptions.filter(
      subscription =>
        takesTokensOf(subscription, tenantId) && seesSubscription(world, objectId, subscription.subscriptionId),
    )
    return c.json({ ...arm.page(c, visible.map(subscriptionBody)), count: { type: 'Total', value: visible.length } })
  })
  app.get('/subscriptions/:subscription', c => {
    // Any role in the subscription makes it visible.
    return c.json(subscriptionBody(arm.subscription(c, c.req.param('subscription'))))
  })

  // The list never answers 403: it has the resources that the caller has permission to read. That is why `az acr` says
  // "not found" if its role is too small.
  app.get('/subscriptions/:subscription/resources', c => {
    const { subscriptionId } = arm.subscription(c, c.req.param('subscription'))
    // az asks for times and states, which it doesn't need.
    c.req.query('$expand')
    const matches = resourceFilter(c.req.query('$filter'))
    const listed = world.resources.filter(
      resource =>
        sameId(resource.subscriptionId, subscriptionId) &&
        matches(resource) &&
        arm.allows(c, `${resource.type}/read`, resource.id),
    )
    return c.json(arm.page(c, listed.map(listEntry)))
  })
}

function subscriptionBody(subscription: Subscription): Record<string, unknown> {
  return {
    id: subscription.id,
    authorizationSource: 'RoleBased',
    // `tenantId` is the subscription's own tenant, whoever asks: azure-cli's `_profile.py` takes it for the home tenant.
    managedByTenants: subscription.managedByTenants.map(tenantId => ({ tenantId })),
    subscriptionId: subscription.subscriptionId,
    tenantId: subscription.tenantId,
    displayName: subscription.displayName,
    state: 'Enabled',
    subscriptionPolicies: {
      locationPlacementId: 'Public_2014-09-01',
      quotaId: 'EnterpriseAgreement_2014-09-01',
      spendingLimit: 'Off',
    },
  }
}

/** List entries lack only the properties (recorded). */
function listEntry({ body, type }: Resource): Record<string, unknown> {
  const { id, name, location, tags, sku, identity, systemData } = body
  return {
    id,
    name,
    type,
    ...(sku && { sku }),
    location,
    ...(identity && { identity }),
    tags: tags ?? {},
    ...(systemData && { systemData }),
  }
}

/** `resourceType eq '…'`, `resourceGroup eq '…'` and `name eq '…'`, joined by `and`. */
function resourceFilter(filter: string | undefined): (resource: Resource) => boolean {
  if (filter === undefined || filter === '') return () => true
  const terms = filter.split(/\s+and\s+/i).map(term => {
    const [, field, value] = /^(resourceType|resourceGroup|name)\s+eq\s+'([^']*)'$/i.exec(term.trim()) ?? []
    if (field === undefined || value === undefined) throw armErrors.invalidFilter(filter)
    const key = field.toLowerCase()
    return (resource: Resource): boolean =>
      sameId(key === 'resourcetype' ? resource.type : key === 'name' ? resource.name : resource.resourceGroup, value)
  })
  return resource => terms.every(matches => matches(resource))
}
