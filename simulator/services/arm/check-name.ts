import type { Hono } from 'hono'
import { sameId } from '../../model/ids.js'
import { registryType } from '../../world/registries.js'
import type { Arm, ArmEnvironment } from './context.js'
import { armErrors } from './errors.js'

/** Whether a registry of that name can be created; names are one for all of Azure (`containerregistry.json`, checkNameAvailability). */
export function checkNameRoutes(app: Hono<ArmEnvironment>, arm: Arm): void {
  app.post('/subscriptions/:subscription/providers/Microsoft.ContainerRegistry/checkNameAvailability', async c => {
    const { id } = arm.subscription(c, c.req.param('subscription'))
    arm.authorize(c, 'Microsoft.ContainerRegistry/checkNameAvailability/read', id)
    const body = (await c.req.json().catch(() => ({}))) as { name?: unknown; type?: unknown }
    const { name, type } = body
    if (typeof name !== 'string' || type !== registryType) {
      throw armErrors.invalidRequestContent('The request content was invalid: name and type are required.')
    }
    // Reason and text: azure-docs and the portal; the specification has the reason only.
    if (!/^[a-z0-9]{5,50}$/i.test(name)) {
      return c.json({
        nameAvailable: false,
        reason: 'Invalid',
        message: 'Resource names may contain alpha numeric characters only and must be between 5 and 50 characters.',
      })
    }
    const isTaken = arm.world.resources.some(resource => resource.type === registryType && sameId(resource.name, name))
    if (!isTaken) return c.json({ nameAvailable: true })
    // Reason and text: the specification's example.
    return c.json({
      nameAvailable: false,
      reason: 'AlreadyExists',
      message: `The registry ${name} is already in use.`,
    })
  })
}
