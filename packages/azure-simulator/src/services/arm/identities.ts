import type { Hono } from 'hono'
import { parseClaimsExpression, wrongClaims } from '../../model/claims-matching.js'
import { sameId } from '../../model/ids.js'
import { deleteResource } from '../../world/deletion.js'
import type { Client, FederatedCredential } from '../../world/directory.js'
import type { Arm, ArmContext, ArmEnvironment } from './context.js'
import { ArmError, armErrors } from './errors.js'
import { findResource, resourceRoutes } from './resources.js'

const type = 'Microsoft.ManagedIdentity/userAssignedIdentities'

/**
 * User-assigned identities: get, create, delete (recorded `msi_put_userassignedidentity_201`); repeating the PUT only
 * changes tags. Also their federated credentials, which a PUT with the same name replaces; flexible ones have an expression instead of a subject
 * (`claimsMatchingExpression`, 2025-01-31-preview).
 */
export function identityRoutes(app: Hono<ArmEnvironment>, arm: Arm): void {
  resourceRoutes(app, arm, type)

  app.put(`/subscriptions/:subscription/resourceGroups/:group/providers/${type}/:name`, async c => {
    const { subscription, group, name } = c.req.param()
    const id = `/subscriptions/${subscription}/resourceGroups/${group}/providers/${type}/${name}`
    arm.authorize(c, `${type}/write`, id)
    const resourceGroup = arm.resourceGroup(c, subscription, group)
    arm.checkLocks(id, 'write')
    const [namespace = ''] = type.split('/')
    if (arm.world.unregisteredProviders.has(namespace)) throw armErrors.providerNotRegistered(namespace)
    const request = (await c.req.json().catch(() => ({}))) as { location?: unknown; tags?: Record<string, string> }
    if (typeof request.location !== 'string') {
      throw new ArmError(400, 'LocationRequired', 'The location property is required for this definition.')
    }
    const { tags } = request
    const existing = arm.world.findResource(id)
    if (existing !== undefined) {
      existing.body.tags = tags ?? {}
      return c.json(existing.body)
    }
    const identity = resourceGroup.addUserAssignedIdentity(name, tags === undefined ? {} : { tags })
    identity.body.location = request.location
    // The URL is relative, and there is nothing to poll.
    c.header('location', identity.id)
    return c.json(identity.body, 201)
  })

  // 200 or 204, without content (specification).
  app.delete(`/subscriptions/:subscription/resourceGroups/:group/providers/${type}/:name`, c => {
    const { subscription, group, name } = c.req.param()
    const id = `/subscriptions/${subscription}/resourceGroups/${group}/providers/${type}/${name}`
    arm.authorize(c, `${type}/delete`, id)
    arm.resourceGroup(c, subscription, group)
    arm.checkLocks(id, 'delete')
    const identity = arm.world.findResource(id)
    if (identity === undefined) return c.body(null, 204)
    deleteResource(arm.world, identity)
    return c.body(null, 200)
  })

  /** The identity in a request about its federated credentials. Checks the caller's permission. */
  const identityOf = (c: ArmContext, action: 'read' | 'write' | 'delete'): { id: string; client: Client } => {
    const [subscription = '', group = '', name = ''] = ['subscription', 'group', 'name'].map(key => c.req.param(key))
    const id = `/subscriptions/${subscription}/resourceGroups/${group}/providers/${type}/${name}`
    arm.authorize(c, `${type}/federatedIdentityCredentials/${action}`, id)
    const identity = findResource(arm, c, type, subscription, group, name)
    const client = arm.world.directory.findClient(String(identity.body.properties.clientId))
    if (client === undefined) throw new Error(`the directory does not know the client of ${identity.id}`)
    return { id: identity.id, client }
  }

  app.get(credentialsPath, c => {
    const { id, client } = identityOf(c, 'read')
    return c.json(
      arm.page(
        c,
        client.federatedCredentials.map(credential => credentialBody(id, credential)),
      ),
    )
  })

  app.put(`${credentialsPath}/:credential`, async c => {
    const { id, client } = identityOf(c, 'write')
    const { credential: name } = c.req.param()
    const { properties } = (await c.req.json().catch(() => ({}))) as { properties?: Record<string, unknown> }
    const { issuer, audiences } = properties ?? {}
    const [audience] = Array.isArray(audiences) ? (audiences as unknown[]) : []
    const whose = readWhose(properties ?? {})
    if (typeof issuer !== 'string' || whose === undefined || typeof audience !== 'string')
      throw armErrors.invalidRequestContent(
        'The request content was invalid: issuer, one audience, and either subject or claimsMatchingExpression are required.',
      )
    const { subject } = whose
    const credentials = client.federatedCredentials
    const before = credentials.find(other => sameId(other.name, name))
    if (credentials.some(other => other !== before && other.issuer === issuer && other.subject === subject))
      throw subjectTaken()
    if (before !== undefined) {
      const { claimsMatchingExpression: _, ...kept } = before
      const changed = { ...kept, issuer, audience, ...whose }
      credentials.splice(credentials.indexOf(before), 1, changed)
      return c.json(credentialBody(id, changed))
    }
    const added = arm.world.addFederatedCredential(client, { name, issuer, audience, ...whose })
    return c.json(credentialBody(id, added), 201)
  })

  // 200 or 204, without content (specification).
  app.delete(`${credentialsPath}/:credential`, c => {
    const { client } = identityOf(c, 'delete')
    const credentials = client.federatedCredentials
    const index = credentials.findIndex(({ name }) => sameId(name, c.req.param('credential')))
    if (index === -1) return c.body(null, 204)
    credentials.splice(index, 1)
    return c.body(null, 200)
  })
}

const credentialsPath = `/subscriptions/:subscription/resourceGroups/:group/providers/${type}/:name/federatedIdentityCredentials`

/** Whose tokens a credential accepts; undefined unless it is either a subject or an expression. */
function readWhose({ issuer, subject, claimsMatchingExpression }: Record<string, unknown>) {
  if (claimsMatchingExpression === undefined) return typeof subject === 'string' ? { subject } : undefined
  const { value, languageVersion } = claimsMatchingExpression as Record<string, unknown>
  if (subject !== undefined || typeof value !== 'string' || languageVersion !== 1) return undefined
  const test = parseClaimsExpression(value)
  if (test === undefined) throw armErrors.invalidRequestContent(wrongClaims(String(issuer)))
  return { subject: test, claimsMatchingExpression: value }
}

/** Text: public deployment issues, which quote the code; the documented status is 400. */
const subjectTaken = (): ArmError =>
  new ArmError(409, 'Conflict', 'Issuer and subject combination already exists for this Managed Identity.')

const credentialBody = (
  identity: string,
  { name, issuer, subject, claimsMatchingExpression: value, audience }: FederatedCredential,
): Record<string, unknown> => ({
  properties: {
    issuer,
    audiences: [audience],
    ...(value === undefined ? { subject } : { claimsMatchingExpression: { value, languageVersion: 1 } }),
  },
  id: `${identity}/federatedIdentityCredentials/${name}`,
  name,
  type: `${type}/federatedIdentityCredentials`,
})
