import type { Hono } from 'hono'
import type { Arm, ArmEnvironment } from './context.js'
import { ArmError, armErrors } from './errors.js'
import { findResource, resourceRoutes } from './resources.js'

const type = 'Microsoft.ManagedIdentity/userAssignedIdentities'

/** User-assigned identities: read, and create (recorded `msi_put_userassignedidentity_201`); the same PUT again changes nothing but tags. */
export function identityRoutes(app: Hono<ArmEnvironment>, arm: Arm): void {
  resourceRoutes(app, arm, type)

  app.put(`/subscriptions/:subscription/resourceGroups/:group/providers/${type}/:name`, async c => {
    const { subscription, group, name } = c.req.param()
    const id = `/subscriptions/${subscription}/resourceGroups/${group}/providers/${type}/${name}`
    arm.authorize(c, `${type}/write`, id)
    const resourceGroup = arm.resourceGroup(c, subscription, group)
    arm.checkLocks(id, 'write')
    const request = (await c.req.json().catch(() => ({}))) as { location?: unknown; tags?: Record<string, string> }
    if (typeof request.location !== 'string') {
      throw new ArmError(400, 'LocationRequired', 'The location property is required for this definition.')
    }
    const { tags } = request
    const existing = arm.world.findResource(id)
    if (existing !== undefined) {
      if (tags !== undefined) existing.body.tags = tags
      return c.json(existing.body)
    }
    const identity = resourceGroup.addUserAssignedIdentity(name, tags === undefined ? {} : { tags })
    identity.body.location = request.location
    // Relative, and nothing to poll.
    c.header('location', identity.id)
    return c.json(identity.body, 201)
  })

  app.put(
    `/subscriptions/:subscription/resourceGroups/:group/providers/${type}/:name/federatedIdentityCredentials/:credential`,
    async c => {
      const { subscription, group, name, credential } = c.req.param()
      const id = `/subscriptions/${subscription}/resourceGroups/${group}/providers/${type}/${name}`
      arm.authorize(c, `${type}/federatedIdentityCredentials/write`, id)
      const identity = findResource(arm, c, type, subscription, group, name)
      const client = arm.world.directory.findClient(String(identity.body.properties.clientId))
      const { properties } = (await c.req.json().catch(() => ({}))) as { properties?: Record<string, unknown> }
      const { issuer, subject, audiences } = properties ?? {}
      const [audience] = Array.isArray(audiences) ? (audiences as unknown[]) : []
      if (
        client === undefined ||
        typeof issuer !== 'string' ||
        typeof subject !== 'string' ||
        typeof audience !== 'string'
      ) {
        throw armErrors.invalidRequestContent(
          'The request content was invalid: issuer, subject and one audience are required.',
        )
      }
      arm.world.addFederatedCredential(client, { issuer, subject, audience })
      return c.json(
        {
          properties: { issuer, subject, audiences: [audience] },
          id: `${identity.id}/federatedIdentityCredentials/${credential}`,
          name: credential,
          type: `${type}/federatedIdentityCredentials`,
        },
        201,
      )
    },
  )
}
