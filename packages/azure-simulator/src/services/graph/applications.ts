import { createHash } from 'node:crypto'
import type { Hono } from 'hono'
import { newGuid, sameId } from '../../model/ids.js'
import type { Client, Trusting } from '../../world/directory.js'
import type { World } from '../../world/world.js'
import { applicationReaders, applicationWriters, type Graph, type GraphEnvironment } from './context.js'
import { graphErrors } from './errors.js'
import { credentialBody, federatedCredentialRoutes } from './federated-credentials.js'
import { graphObject, select } from './objects.js'

/** An application without a service principal: it can be found, but nobody can sign in as it yet. */
interface Registration extends Trusting {
  appId: string
  displayName: string
  createdAt: number
  tags: readonly string[]
}

/**
 * Applications for `az ad app` and `az ad sp create`: find by application ID or name, read, create with a service
 * principal, delete together with it, and federated credentials.
 */
export function applicationRoutes(app: Hono<GraphEnvironment>, graph: Graph): void {
  const { world } = graph
  const ids = new Map<string, string>()
  const idOf = ({ appId }: Registration): string => {
    const id = ids.get(appId) ?? newGuid()
    ids.set(appId, id)
    return id
  }
  const created: Registration[] = []
  /** By application ID. */
  const tagsOf = (appId: string): readonly string[] => created.find(each => each.appId === appId)?.tags ?? []
  const bodyOf = (application: Registration): Record<string, unknown> =>
    applicationBody(world, application, idOf(application))
  const clients = (): Client[] =>
    world.directory.clients.filter(
      ({ objectId }) => world.directory.find(objectId)?.servicePrincipalType === 'Application',
    )
  const registered = (): Registration[] => [
    ...clients().map(({ clientId, displayName, objectId, federatedCredentials }) => ({
      appId: clientId,
      federatedCredentials,
      displayName,
      createdAt: world.directory.find(objectId)?.createdAt ?? 0,
      tags: tagsOf(clientId),
    })),
    ...created.filter(({ appId }) => world.directory.findClient(appId) === undefined),
  ]

  app.get('/v1.0/applications', c => {
    if (!graph.hasAny(c, applicationReaders)) throw graphErrors.denied()
    const test = parseFilter(c.req.query('$filter') ?? '')
    const found = registered().filter(test)
    const selected = c.req.query('$select')
    const expanded = c.req.query('$expand')
    // The relationship supports $expand (Microsoft Graph v1.0 "application resource type").
    if (expanded !== undefined && expanded !== 'federatedIdentityCredentials')
      throw graphErrors.unsupportedQuery(`Could not find a property named '${expanded}' on type 'application'.`)
    const expand = ({ federatedCredentials }: Registration) =>
      expanded && { [expanded]: federatedCredentials.map(each => credentialBody(each, 'v1.0')) }
    return graph.value(
      c,
      'applications',
      found.map(each => ({ ...select(bodyOf(each), selected), ...expand(each) })),
    )
  })

  // Microsoft Graph v1.0 "Create application".
  app.post('/v1.0/applications', async c => {
    if (!graph.hasAny(c, applicationWriters)) throw graphErrors.denied()
    const { displayName, tags = [] } = (await c.req.json().catch(() => ({}))) as Record<string, unknown>
    if (typeof displayName !== 'string' || displayName === '') throw graphErrors.badRequest('displayName is required.')
    if (!Array.isArray(tags) || tags.some(tag => typeof tag !== 'string'))
      throw graphErrors.badRequest('tags is a collection of strings.')
    const application = {
      ...{ appId: newGuid(), displayName, createdAt: Date.now() },
      ...{ federatedCredentials: [], tags: tags as string[] },
    }
    created.push(application)
    return c.json(
      {
        '@odata.context': `https://${world.cloud.graphHost}/v1.0/$metadata#applications/$entity`,
        ...bodyOf(application),
      },
      201,
    )
  })

  // Microsoft Graph v1.0 "Create servicePrincipal".
  app.post('/v1.0/servicePrincipals', async c => {
    if (!graph.hasAny(c, applicationWriters)) throw graphErrors.denied()
    const { appId, accountEnabled = true } = (await c.req.json().catch(() => ({}))) as Record<string, unknown>
    // Azure CLI sends it as text.
    if (String(accountEnabled).toLowerCase() !== 'true')
      throw graphErrors.badRequest('A service principal that is not enabled is not simulated here.')
    const application = created.find(candidate => candidate.appId === appId)
    if (application === undefined)
      throw graphErrors.badRequest('The appId of an application of this tenant is required.')
    if (world.directory.findClient(application.appId) !== undefined)
      throw graphErrors.badRequest(`The service principal of ${application.appId} exists already.`)
    const { appId: clientId, federatedCredentials } = application
    const principal = world.addApplication(application.displayName, { clientId, federatedCredentials })
    return c.json(
      {
        '@odata.context': `https://${world.cloud.graphHost}/v1.0/$metadata#servicePrincipals/$entity`,
        ...graphObject(world, principal),
      },
      201,
    )
  })

  const find = (id: string): Registration => {
    const found = registered().find(candidate => sameId(idOf(candidate), id))
    if (found === undefined) throw graphErrors.notFound(id)
    return found
  }

  // Microsoft Graph v1.0 "Get application".
  app.get('/v1.0/applications/:id', c => {
    if (!graph.hasAny(c, applicationReaders)) throw graphErrors.denied()
    return c.json({
      '@odata.context': `https://${world.cloud.graphHost}/v1.0/$metadata#applications/$entity`,
      ...bodyOf(find(c.req.param('id'))),
    })
  })

  // Microsoft Graph v1.0 "Delete application": its service principal goes with it. Deleted ones can be restored for 30 days, which is not simulated.
  app.delete('/v1.0/applications/:id', c => {
    if (!graph.hasAny(c, applicationWriters)) throw graphErrors.denied()
    const { appId } = find(c.req.param('id'))
    const principal = world.directory.findClient(appId)
    if (principal !== undefined) world.directory.remove(principal.objectId)
    const index = created.findIndex(each => each.appId === appId)
    if (index !== -1) created.splice(index, 1)
    return c.body(null, 204)
  })

  federatedCredentialRoutes(app, graph, {
    byObjectId: id => registered().find(candidate => idOf(candidate) === id),
    byAppId: appId => registered().find(candidate => sameId(candidate.appId, appId)),
  })
}

/** The two filters that `az ad` sends, also joined by `or`. */
function parseFilter(filter: string): (application: Registration) => boolean {
  const parts = filter.split(/ or (?=appId)/i)
  if (parts.length > 1) {
    const tests = parts.map(parseFilter)
    return application => tests.some(test => test(application))
  }
  const appId = /^appId\s+eq\s+'([^']*)'$/i.exec(filter.trim())?.[1]
  if (appId !== undefined) return application => sameId(application.appId, appId)
  const start = /^startswith\(displayName,'([^']*)'\)$/i.exec(filter.trim())?.[1]?.toLowerCase()
  if (start !== undefined) return ({ displayName }) => displayName.toLowerCase().startsWith(start)
  throw graphErrors.unsupportedQuery(`Unsupported or invalid query filter clause specified: '${filter}'.`)
}

/** Microsoft Graph v1.0 "passwordCredential resource type"; a year is the default of Entra. */
function passwordCredentials(world: World, { appId, createdAt }: Registration): Record<string, unknown>[] {
  const { secrets = [], secretEnds } = world.directory.findClient(appId) ?? {}
  return secrets.map(secret => ({
    customKeyIdentifier: null,
    displayName: null,
    endDateTime: new Date(secretEnds?.get(secret) ?? createdAt + 365 * 86_400_000).toISOString(),
    hint: secret.slice(0, 3),
    keyId: createHash('sha256')
      .update(secret)
      .digest('hex')
      .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5'),
    secretText: null,
    startDateTime: new Date(createdAt).toISOString(),
  }))
}

/** The default properties in Graph (recorded in 2022). */
function applicationBody(world: World, application: Registration, id: string): Record<string, unknown> {
  return {
    id,
    deletedDateTime: null,
    appId: application.appId,
    applicationTemplateId: null,
    disabledByMicrosoftStatus: null,
    createdDateTime: new Date(application.createdAt).toISOString().replace(/\.\d+/, ''),
    displayName: application.displayName,
    description: null,
    groupMembershipClaims: null,
    identifierUris: [],
    isDeviceOnlyAuthSupported: null,
    isFallbackPublicClient: null,
    notes: null,
    publisherDomain: `${world.tenantName}.onmicrosoft.com`,
    serviceManagementReference: null,
    signInAudience: 'AzureADMyOrg',
    tags: application.tags,
    tokenEncryptionKeyId: null,
    defaultRedirectUri: null,
    certification: null,
    optionalClaims: null,
    addIns: [],
    api: {
      acceptMappedClaims: null,
      knownClientApplications: [],
      requestedAccessTokenVersion: null,
      oauth2PermissionScopes: [],
      preAuthorizedApplications: [],
    },
    appRoles: [],
    info: { logoUrl: null, marketingUrl: null, privacyStatementUrl: null, supportUrl: null, termsOfServiceUrl: null },
    keyCredentials: [],
    parentalControlSettings: { countriesBlockedForMinors: [], legalAgeGroupRule: 'Allow' },
    passwordCredentials: passwordCredentials(world, application),
    publicClient: { redirectUris: [] },
    requiredResourceAccess: [],
    verifiedPublisher: { displayName: null, verifiedPublisherId: null, addedDateTime: null },
    web: {
      homePageUrl: null,
      logoutUrl: null,
      redirectUris: [],
      implicitGrantSettings: { enableAccessTokenIssuance: false, enableIdTokenIssuance: false },
    },
    spa: { redirectUris: [] },
  }
}
