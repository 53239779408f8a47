import { Hono } from 'hono'
import type { Context } from 'hono'
import type { ServiceEnvironment } from '../../model/exchange.js'
import { newGuid, sameId } from '../../model/ids.js'
import type { SigningKey } from '../tokens/signing-keys.js'
import type { Client } from '../../world/directory.js'
import type { UserAssignedIdentity } from '../../world/identities.js'
import type { World } from '../../world/world.js'
import { accessTokenClaims, knowsResource } from '../tokens/access-tokens.js'

/** The Azure machine of a self-hosted runner, with its identities. */
export interface Machine {
  systemAssigned?: Client
  userAssigned?: readonly UserAssignedIdentity[]
}

/** The token endpoints of virtual machines, and of App Service and Container Apps; both use plain HTTP. */
export const instanceMetadataHost = '169.254.169.254'
export const appServiceHost = '169.254.129.2'
const appServicePath = '/msi/token'

export interface ManagedIdentity {
  readonly app: Hono<ServiceEnvironment>
  /** The variables that point clients to the App Service endpoint. */
  readonly environment: Record<string, string>
}

/**
 * The token endpoints of managed identities (learn.microsoft.com "How to use managed identities … to acquire an access
 * token" for virtual machines, and "REST endpoint reference" for App Service). A machine without identities answers
 * that there is none.
 */
export function createManagedIdentity(world: World, machine: Machine, key: SigningKey): ManagedIdentity {
  const app = new Hono<ServiceEnvironment>()
  const secret = newGuid()

  const token = async (c: Context<ServiceEnvironment>): Promise<Record<string, string> | string> => {
    const client = clientOf(world, machine, c)
    if (typeof client === 'string') return client
    const resource = c.req.query('resource')
    if (resource === undefined || !knowsResource(world.cloud, resource)) {
      return `AADSTS500011: The resource principal named ${resource ?? ''} was not found in the tenant named ${world.tenantName}.`
    }
    c.env.record.caller = client.displayName
    const lifetimeSeconds = world.timing.tokenLifetimeSeconds
    const claims = accessTokenClaims({
      cloud: world.cloud,
      tenantId: world.tenantId,
      client,
      resource,
      method: '2',
      lifetimeSeconds,
    })
    return {
      access_token: await key.sign(claims),
      client_id: client.clientId,
      expires_in: String(lifetimeSeconds),
      expires_on: String(claims.exp),
      not_before: String(claims.nbf),
      resource,
      token_type: 'Bearer',
    }
  }

  app.get('/metadata/identity/oauth2/token', async c => {
    if (c.req.header('metadata')?.toLowerCase() !== 'true') {
      return c.json({ error: 'invalid_request', error_description: 'Required metadata header not specified' }, 400)
    }
    const found = await token(c)
    if (typeof found === 'string') return c.json({ error: 'invalid_request', error_description: found }, 400)
    return c.json({ ...found, ext_expires_in: found.expires_in })
  })
  app.get(appServicePath, async c => {
    if (c.req.header('x-identity-header') !== secret) {
      c.env.problem('the X-IDENTITY-HEADER is missing or wrong')
      return c.json({ statusCode: 401, message: 'Unauthorized' }, 401)
    }
    const found = await token(c)
    return typeof found === 'string' ? c.json({ statusCode: 400, message: found }, 400) : c.json(found)
  })
  app.notFound(c => {
    c.env.problem('no such route')
    return c.json({ error: 'Not found' }, 404)
  })

  return {
    app,
    environment: { IDENTITY_ENDPOINT: `http://${appServiceHost}:8081${appServicePath}`, IDENTITY_HEADER: secret },
  }
}

/** The requested identity, or why there is none. */
function clientOf(
  world: World,
  { systemAssigned, userAssigned = [] }: Machine,
  c: Context<ServiceEnvironment>,
): Client | string {
  const clientId = c.req.query('client_id')
  const objectId = c.req.query('object_id') ?? c.req.query('principal_id')
  const id = c.req.query('msi_res_id') ?? c.req.query('mi_res_id')
  const isNamed = clientId !== undefined || objectId !== undefined || id !== undefined
  if (!isNamed && systemAssigned !== undefined) return systemAssigned
  const fitting = userAssigned.filter(
    identity =>
      (clientId === undefined || sameId(identity.clientId, clientId)) &&
      (objectId === undefined || sameId(identity.objectId, objectId)) &&
      (id === undefined || sameId(identity.id, id)),
  )
  if (fitting.length > 1) {
    return 'Multiple user assigned identities exist, please specify the clientId / resourceId of the identity in the token request'
  }
  const [identity] = fitting
  return (identity === undefined ? undefined : world.directory.findClient(identity.clientId)) ?? 'Identity not found'
}
