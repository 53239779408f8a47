import type { Hono } from 'hono'
import { newGuid, sameId } from '../../model/ids.js'
import type { Client } from '../../world/directory.js'
import type { World } from '../../world/world.js'
import type { Graph, GraphEnvironment } from './context.js'
import { graphErrors } from './errors.js'

const readers = ['Application.Read.All', 'Application.ReadWrite.All', 'Directory.Read.All', 'Directory.ReadWrite.All']
const writers = ['Application.ReadWrite.All', 'Directory.ReadWrite.All']

/** Registered applications: by application ID, and adding federated credentials, which is what `az ad app federated-credential` asks. */
export function applicationRoutes(app: Hono<GraphEnvironment>, graph: Graph): void {
  const { world } = graph
  const ids = new WeakMap<Client, string>()
  const idOf = (client: Client): string => {
    const id = ids.get(client) ?? newGuid()
    ids.set(client, id)
    return id
  }
  const registered = (): Client[] =>
    world.directory.clients.filter(
      ({ objectId }) => world.directory.find(objectId)?.servicePrincipalType === 'Application',
    )

  app.get('/v1.0/applications', c => {
    if (!c.get('caller').roles.some(role => readers.includes(role))) throw graphErrors.denied()
    const filter = c.req.query('$filter') ?? ''
    const appId = /^appId\s+eq\s+'([^']*)'$/i.exec(filter.trim())?.[1]
    if (appId === undefined)
      throw graphErrors.unsupportedQuery(`Unsupported or invalid query filter clause specified: '${filter}'.`)
    const found = registered().filter(({ clientId }) => sameId(clientId, appId))
    return graph.value(
      c,
      'applications',
      found.map(client => applicationBody(world, client, idOf(client))),
    )
  })

  // Microsoft Graph v1.0 "Create federatedIdentityCredential".
  app.post('/v1.0/applications/:id/federatedIdentityCredentials', async c => {
    if (!c.get('caller').roles.some(role => writers.includes(role))) throw graphErrors.denied()
    const { id } = c.req.param()
    const client = registered().find(candidate => idOf(candidate) === id)
    if (client === undefined) throw graphErrors.notFound(id)
    const { name, issuer, subject, audiences, description } = (await c.req.json().catch(() => ({}))) as Record<
      string,
      unknown
    >
    const [audience] = Array.isArray(audiences) ? (audiences as unknown[]) : []
    if (
      typeof name !== 'string' ||
      typeof issuer !== 'string' ||
      typeof subject !== 'string' ||
      typeof audience !== 'string'
    ) {
      throw graphErrors.badRequest('name, issuer, subject and one audience are required.')
    }
    world.addFederatedCredential(client, { issuer, subject, audience })
    const context = `https://${world.cloud.graphHost}/v1.0/$metadata#applications('${id}')/federatedIdentityCredentials/$entity`
    const created = { id: newGuid(), name, issuer, subject, description: description ?? null, audiences: [audience] }
    return c.json({ '@odata.context': context, ...created }, 201)
  })
}

/** As Graph shows it by default (recorded 2022). */
function applicationBody(world: World, client: Client, id: string): Record<string, unknown> {
  return {
    id,
    deletedDateTime: null,
    appId: client.clientId,
    applicationTemplateId: null,
    disabledByMicrosoftStatus: null,
    createdDateTime: new Date(world.directory.find(client.objectId)?.createdAt ?? 0).toISOString().replace(/\.\d+/, ''),
    displayName: client.displayName,
    description: null,
    groupMembershipClaims: null,
    identifierUris: [],
    isDeviceOnlyAuthSupported: null,
    isFallbackPublicClient: null,
    notes: null,
    publisherDomain: `${world.tenantName}.onmicrosoft.com`,
    serviceManagementReference: null,
    signInAudience: 'AzureADMyOrg',
    tags: [],
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
    passwordCredentials: [],
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
