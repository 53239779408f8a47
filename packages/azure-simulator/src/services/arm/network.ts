import type { Hono } from 'hono'
import type { Arm, ArmEnvironment } from './context.js'
import { armErrors } from './errors.js'

/**
 * The network resources that people look at when nodes can't reach a registry. The world makes none itself: tests add them to its resources, a link
 * with the name `zone/link` that lists show (azure-rest-api-specs, Microsoft.Network, `publicIpAddress.json` and `privatedns.json`).
 */
export function networkRoutes(app: Hono<ArmEnvironment>, arm: Arm): void {
  const group = '/subscriptions/:subscription/resourceGroups/:group/providers/Microsoft.Network'
  const types: Record<string, string> = {
    'Microsoft.Network/publicIPAddresses': `${group}/publicIPAddresses/:name`,
    'Microsoft.Network/privateDnsZones/virtualNetworkLinks': `${group}/privateDnsZones/:zone/virtualNetworkLinks/:name`,
  }
  for (const [type, route] of Object.entries(types)) {
    app.get(route, c => {
      const { subscription = '', group: name = '' } = c.req.param() as Record<string, string>
      const id = decodeURI(new URL(c.req.url).pathname)
      arm.authorize(c, `${type}/read`, id)
      arm.resourceGroup(c, subscription, name)
      const resource = arm.world.findResource(id)
      if (resource === undefined) throw armErrors.resourceNotFound(type, id.split('/').at(-1) ?? '', name)
      return c.json(resource.body)
    })
  }
}
