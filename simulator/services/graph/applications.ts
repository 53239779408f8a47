import type { Hono } from 'hono'
import { parseClaimsExpression, type ClaimsTest } from '../../model/claims-matching.js'
import { newGuid, sameId } from '../../model/ids.js'
import type { Client } from '../../world/directory.js'
import type { World } from '../../world/world.js'
import type { Graph, GraphContext, GraphEnvironment } from './context.js'
import { graphErrors } from './errors.js'
import { graphObject } from './objects.js'

const readers = ['Application.Read.All', 'Application.ReadWrite.All', 'Directory.Read.All', 'Directory.ReadWrite.All']
const writers = ['Application.ReadWrite.All', 'Directory.ReadWrite.All']

/** An application without a service principal: it can be looked up, and nobody can sign in as it yet. */
interface Registration {
  appId: string
  displayName: string
  createdAt: number
}

/**
 * Registered applications: by application ID or name, registering them and their service principals, and adding federated credentials, which is
 * what `az ad app` and `az ad sp create` ask.
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
  const clients = (): Client[] =>
    world.directory.clients.filter(
      ({ objectId }) => world.directory.find(objectId)?.servicePrincipalType === 'Application',
    )
  const registered = (): Registration[] => [
    ...clients().map(({ clientId, displayName, objectId }) => ({
      appId: clientId,
      displayName,
      createdAt: world.directory.find(objectId)?.createdAt ?? 0,
    })),
    ...created.filter(({ appId }) => world.directory.findClient(appId) === undefined),
  ]

  app.get('/v1.0/applications', c => {
    if (!c.get('caller').roles.some(role => readers.includes(role))) throw graphErrors.denied()
    const test = parseFilter(c.req.query('$filter') ?? '')
    const found = registered().filter(test)
    return graph.value(
      c,
      'applications',
      found.map(application => applicationBody(world, application, idOf(application))),
    )
  })

  // Microsoft Graph v1.0 "Create application".
  app.post('/v1.0/applications', async c => {
    if (!c.get('caller').roles.some(role => writers.includes(role))) throw graphErrors.denied()
    const { displayName } = (await c.req.json().catch(() => ({}))) as Record<string, unknown>
    if (typeof displayName !== 'string' || displayName === '') throw graphErrors.badRequest('displayName is required.')
    const application = { appId: newGuid(), displayName, createdAt: Date.now() }
    created.push(application)
    return c.json(
      {
        '@odata.context': `https://${world.cloud.graphHost}/v1.0/$metadata#applications/$entity`,
        ...applicationBody(world, application, idOf(application)),
      },
      201,
    )
  })

  // Microsoft Graph v1.0 "Create servicePrincipal".
  app.post('/v1.0/servicePrincipals', async c => {
    if (!c.get('caller').roles.some(role => writers.includes(role))) throw graphErrors.denied()
    const { appId, accountEnabled = true } = (await c.req.json().catch(() => ({}))) as Record<string, unknown>
    // Azure CLI sends it as text.
    if (String(accountEnabled).toLowerCase() !== 'true')
      throw graphErrors.badRequest('A service principal that is not enabled is not simulated here.')
    const application = created.find(candidate => candidate.appId === appId)
    if (application === undefined)
      throw graphErrors.badRequest('The appId of an application of this tenant is required.')
    if (world.directory.findClient(application.appId) !== undefined)
      throw graphErrors.badRequest(`The service principal of ${application.appId} exists already.`)
    const principal = world.addApplication(application.displayName, { clientId: application.appId })
    return c.json(
      {
        '@odata.context': `https://${world.cloud.graphHost}/v1.0/$metadata#servicePrincipals/$entity`,
        ...graphObject(world, principal),
      },
      201,
    )
  })

  const addCredential = async (c: GraphContext, client: Client | undefined, id: string): Promise<Response> => {
    if (!c.get('caller').roles.some(role => writers.includes(role))) throw graphErrors.denied()
    if (client === undefined) throw graphErrors.notFound(id)
    const version = c.req.path.split('/')[1] ?? ''
    const body = (await c.req.json().catch(() => ({}))) as Record<string, unknown>
    const { name, issuer, audiences, description } = body
    const [audience] = Array.isArray(audiences) ? (audiences as unknown[]) : []
    if (typeof name !== 'string' || typeof issuer !== 'string' || typeof audience !== 'string')
      throw graphErrors.badRequest('name, issuer and one audience are required.')
    const whose = version === 'beta' ? readMatch(body) : readSubject(body)
    world.addFederatedCredential(client, { issuer, audience, subject: whose.subject })
    const context = `https://${world.cloud.graphHost}/${version}/$metadata#applications('${id}')/federatedIdentityCredentials/$entity`
    const common = { id: newGuid(), name, issuer, description: description ?? null, audiences: [audience] }
    return c.json({ '@odata.context': context, ...common, ...whose.shown }, 201)
  }

  // Microsoft Graph v1.0 "Create federatedIdentityCredential".
  app.post('/v1.0/applications/:id/federatedIdentityCredentials', c => {
    const { id } = c.req.param()
    const application = registered().find(candidate => idOf(candidate) === id)
    return addCredential(c, application && world.directory.findClient(application.appId), id)
  })

  // The same in beta, where an expression may take the place of the subject.
  app.post('/beta/applications/~appId/:appId/federatedIdentityCredentials', c => {
    const { appId } = c.req.param()
    const application = registered().find(candidate => sameId(candidate.appId, appId))
    return addCredential(c, application && world.directory.findClient(application.appId), appId)
  })
}

/** Whose tokens a federated credential is for, and how Graph shows that. */
interface Whose {
  subject: string | ClaimsTest
  shown: Record<string, unknown>
}

function readSubject({ subject }: Record<string, unknown>): Whose {
  if (typeof subject !== 'string') throw graphErrors.badRequest('subject is required.')
  return { subject, shown: { subject } }
}

/** Either a subject or a `claimsMatchingExpression`, of which the other one is null (Microsoft Graph beta "federatedIdentityCredential"). */
function readMatch(body: Record<string, unknown>): Whose {
  const { subject = null, claimsMatchingExpression = null } = body
  if (claimsMatchingExpression === null) {
    const whose = readSubject(body)
    return { ...whose, shown: { ...whose.shown, claimsMatchingExpression: null } }
  }
  if (subject !== null) throw graphErrors.badRequest('subject must be null where there is a claimsMatchingExpression.')
  const { value, languageVersion } = claimsMatchingExpression as Record<string, unknown>
  const fits = typeof value === 'string' ? parseClaimsExpression(value) : undefined
  if (fits === undefined || languageVersion !== 1)
    throw graphErrors.badRequest(
      `The expression ${String(value)} of version ${String(languageVersion)} is not simulated here.`,
    )
  return { subject: fits, shown: { subject: null, claimsMatchingExpression: { value, languageVersion } } }
}

/** The two filters that `az ad` sends. */
function parseFilter(filter: string): (application: Registration) => boolean {
  const appId = /^appId\s+eq\s+'([^']*)'$/i.exec(filter.trim())?.[1]
  if (appId !== undefined) return application => sameId(application.appId, appId)
  const start = /^startswith\(displayName,'([^']*)'\)$/i.exec(filter.trim())?.[1]?.toLowerCase()
  if (start !== undefined) return ({ displayName }) => displayName.toLowerCase().startsWith(start)
  throw graphErrors.unsupportedQuery(`Unsupported or invalid query filter clause specified: '${filter}'.`)
}

/** As Graph shows it by default (recorded 2022). */
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
