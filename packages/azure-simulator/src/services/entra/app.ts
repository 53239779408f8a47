import { decodeJwt, errors, type JWTPayload } from 'jose'
import { Hono } from 'hono'
import { clouds, type Cloud } from '../../model/clouds.js'
import type { ServiceEnvironment } from '../../model/exchange.js'
import { newGuid, sameId } from '../../model/ids.js'
import type { SigningKey } from '../tokens/signing-keys.js'
import type { Client } from '../../world/directory.js'
import type { World } from '../../world/world.js'
import { accessTokenClaims, knowsResource } from '../tokens/access-tokens.js'
import { entraErrors, EntraError, errorBody } from './errors.js'
import { githubIssuer } from '../runner/id-tokens.js'

export interface EntraKeys {
  readonly tokens: SigningKey
  readonly github: SigningKey
}

/** Microsoft Entra's login in one cloud: token endpoint, discovery and keys. Only the world's own cloud has tenants. */
export function createEntra(world: World, cloud: Cloud, keys: EntraKeys): Hono<ServiceEnvironment> {
  const app = new Hono<ServiceEnvironment>()
  const login = `https://${cloud.loginHosts[0]}`

  const tenantOf = (tenant: string): { id: string; name: string } => {
    const found = [...world.tenants].find(
      ([id, name]) => sameId(id, tenant) || sameId(`${name}.onmicrosoft.com`, tenant),
    )
    if (found === undefined || world.cloud !== cloud) throw entraErrors.tenantNotFound(tenant)
    return { id: found[0], name: found[1] }
  }

  app.use(async (c, next) => {
    await next()
    c.header('x-ms-request-id', newGuid())
    c.header('cache-control', 'no-store, no-cache')
  })

  app.post('/:tenant/oauth2/v2.0/token', async c => {
    const form = new URLSearchParams(await c.req.text())
    const tenant = tenantOf(c.req.param('tenant'))
    const grant = required(form, 'grant_type')
    if (grant !== 'client_credentials') throw entraErrors.unsupportedGrant(grant)
    const clientId = required(form, 'client_id')
    const resource = resourceOf(cloud, required(form, 'scope'), tenant.name)
    const client = world.directory.findClient(clientId)
    const principal = client === undefined ? undefined : world.directory.find(client.objectId)
    if (client === undefined || principal === undefined || !sameId(principal.tenantId, tenant.id)) {
      throw entraErrors.applicationNotFound(clientId, tenant.name)
    }
    c.env.record.caller = client.displayName
    const method = await authenticateClient(world, keys, client, form)
    const lifetimeSeconds = world.timing.tokenLifetimeSeconds
    const claims = accessTokenClaims({ cloud, tenantId: tenant.id, client, resource, method, lifetimeSeconds })
    const access_token = await keys.tokens.sign(claims)
    return c.json({ token_type: 'Bearer', expires_in: lifetimeSeconds, ext_expires_in: lifetimeSeconds, access_token })
  })

  app.get('/common/discovery/instance', c => c.json(instanceDiscovery))
  const openIdConfiguration = (tenant: string): Record<string, unknown> => {
    const isCommon = tenant === 'common' || tenant === 'organizations'
    const id = isCommon ? tenant : tenantOf(tenant).id
    return {
      token_endpoint: `${login}/${id}/oauth2/v2.0/token`,
      token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
      jwks_uri: `${login}/${id}/discovery/v2.0/keys`,
      response_modes_supported: ['query', 'fragment', 'form_post'],
      subject_types_supported: ['pairwise'],
      id_token_signing_alg_values_supported: ['RS256'],
      response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
      scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
      issuer: `${login}/${isCommon ? '{tenantid}' : id}/v2.0`,
      authorization_endpoint: `${login}/${id}/oauth2/v2.0/authorize`,
      device_authorization_endpoint: `${login}/${id}/oauth2/v2.0/devicecode`,
      end_session_endpoint: `${login}/${id}/oauth2/v2.0/logout`,
      tenant_region_scope: 'EU',
      cloud_instance_name: cloud.loginHosts[0].replace(/^login\./, ''),
      msgraph_host: cloud.graphHost,
    }
  }
  app.get('/:tenant/v2.0/.well-known/openid-configuration', c => c.json(openIdConfiguration(c.req.param('tenant'))))
  app.get('/:tenant/.well-known/openid-configuration', c => c.json(openIdConfiguration(c.req.param('tenant'))))
  app.get('/:tenant/discovery/v2.0/keys', async c => c.json(await keys.tokens.jwks()))
  app.get('/:tenant/discovery/keys', async c => c.json(await keys.tokens.jwks()))

  app.notFound(c => {
    c.env.problem('no such route')
    return c.text('', 404)
  })
  app.onError((error, c) => {
    if (!(error instanceof EntraError)) throw error
    const correlationId = c.req.query('client-request-id') ?? c.req.header('client-request-id') ?? newGuid()
    return c.json(errorBody(error, correlationId), error.status)
  })
  return app
}

function required(form: URLSearchParams, name: string): string {
  const value = form.get(name)
  if (value === null || value === '') throw entraErrors.missingParameter(name)
  return value
}

/** The resource before `/.default`, if the tenant knows it. */
function resourceOf(cloud: Cloud, scope: string, tenantName: string): string {
  const resource = scope
    .split(' ')
    .find(part => part.endsWith('/.default'))
    ?.slice(0, -'/.default'.length)
  if (resource === undefined) throw entraErrors.invalidScope(scope)
  if (!knowsResource(cloud, resource)) throw entraErrors.resourceNotFound(resource, tenantName)
  return resource
}

/** Checks the secret or assertion; returns the `appidacr` claim. */
async function authenticateClient(
  world: World,
  keys: EntraKeys,
  client: Client,
  form: URLSearchParams,
): Promise<'1' | '2'> {
  const secret = form.get('client_secret')
  if (secret !== null) {
    if (!client.secrets.includes(secret)) throw entraErrors.wrongSecret(client.clientId)
    return '1'
  }
  const assertion = form.get('client_assertion')
  if (assertion === null) throw entraErrors.missingCredential()
  if (form.get('client_assertion_type') !== 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer') {
    throw entraErrors.missingParameter('client_assertion_type')
  }
  await checkAssertion(world, keys, client, assertion)
  return '2'
}

/**
 * Entra compares issuer, then subject or claims, then audience with the client's federated credentials,
 * case-sensitively.
 */
async function checkAssertion(world: World, keys: EntraKeys, client: Client, assertion: string): Promise<void> {
  const claims = decodeAssertion(assertion)
  const { iss = '', sub = '' } = claims
  const audience = Array.isArray(claims.aud) ? (claims.aud[0] ?? '') : (claims.aud ?? '')
  if (world.federationDisabled) throw entraErrors.federationDisabled(iss)
  if (client.federatedCredentials.length === 0) throw entraErrors.noCredentials(client.clientId, client.displayName)
  const ofIssuer = client.federatedCredentials.filter(credential => credential.issuer === iss)
  if (ofIssuer.length === 0) throw entraErrors.issuerMismatch(iss)
  const ofSubject = ofIssuer.filter(({ subject }) => (typeof subject === 'string' ? subject === sub : subject(claims)))
  if (ofSubject.length === 0) {
    const subjects = ofIssuer.map(({ subject }) => subject)
    if (subjects.some(subject => typeof subject === 'string' && subject.toLowerCase() === sub.toLowerCase()))
      throw entraErrors.subjectCaseMismatch(sub)
    const isFlexible = subjects.some(subject => typeof subject !== 'string')
    throw isFlexible ? entraErrors.claimsMismatch(sub) : entraErrors.subjectMismatch(sub)
  }
  if (!ofSubject.some(credential => credential.audience === audience)) throw entraErrors.audienceMismatch(audience)
  // This world only publishes the keys of this issuer.
  if (iss !== githubIssuer) throw entraErrors.invalidSignature()
  try {
    await keys.github.verify(assertion)
  } catch (error) {
    if (error instanceof errors.JWTExpired || error instanceof errors.JWTClaimValidationFailed) {
      throw entraErrors.assertionTimes(claims.nbf ?? 0, claims.exp ?? 0)
    }
    throw entraErrors.invalidSignature()
  }
}

function decodeAssertion(assertion: string): JWTPayload {
  try {
    return decodeJwt(assertion)
  } catch {
    throw entraErrors.malformedAssertion()
  }
}

const instanceDiscovery = {
  tenant_discovery_endpoint: 'https://login.microsoftonline.com/common/v2.0/.well-known/openid-configuration',
  'api-version': '1.1',
  metadata: [
    {
      preferred_network: 'login.microsoftonline.com',
      preferred_cache: 'login.windows.net',
      aliases: [...clouds.AzureCloud.loginHosts],
    },
    {
      preferred_network: 'login.partner.microsoftonline.cn',
      preferred_cache: 'login.partner.microsoftonline.cn',
      aliases: [...clouds.AzureChinaCloud.loginHosts],
    },
    {
      preferred_network: 'login.microsoftonline.us',
      preferred_cache: 'login.microsoftonline.us',
      aliases: [...clouds.AzureUSGovernment.loginHosts],
    },
  ],
}
