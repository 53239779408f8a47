import type { Hono } from 'hono'
import { parseClaimsExpression, wrongClaims } from '../../model/claims-matching.js'
import type { FederatedCredential, Trusting } from '../../world/directory.js'
import { applicationWriters, type Graph, type GraphContext, type GraphEnvironment } from './context.js'
import { graphErrors } from './errors.js'

/** Lets the routes find an application. */
interface Applications {
  byObjectId(id: string): Trusting | undefined
  byAppId(appId: string): Trusting | undefined
}

/** Federated credentials of applications: list and create in v1.0 and beta, delete in v1.0; only beta has flexible ones. */
export function federatedCredentialRoutes(app: Hono<GraphEnvironment>, graph: Graph, applications: Applications): void {
  const { world } = graph
  const graphHost = `https://${world.cloud.graphHost}`
  const contextOf = (c: GraphContext, id: string): string =>
    `${graphHost}/${versionOf(c)}/$metadata#applications('${id}')/federatedIdentityCredentials`

  const list = (c: GraphContext, client: Trusting | undefined, id: string): Response => {
    graph.authorizeRead(c, 'ServicePrincipal')
    if (client === undefined) throw graphErrors.notFound(id)
    return c.json({
      '@odata.context': contextOf(c, id),
      value: client.federatedCredentials.map(credential => credentialBody(credential, versionOf(c))),
    })
  }

  const add = async (c: GraphContext, client: Trusting | undefined, id: string): Promise<Response> => {
    if (!graph.hasAny(c, applicationWriters)) throw graphErrors.denied()
    if (client === undefined) throw graphErrors.notFound(id)
    const body = (await c.req.json().catch(() => ({}))) as Record<string, unknown>
    const { name, issuer, audiences, description } = body
    const [audience] = Array.isArray(audiences) ? (audiences as unknown[]) : []
    if (typeof name !== 'string' || typeof issuer !== 'string' || typeof audience !== 'string')
      throw graphErrors.badRequest('name, issuer and one audience are required.')
    const whose = versionOf(c) === 'beta' ? readMatch(body) : readSubject(body)
    if (client.federatedCredentials.some(credential => credential.name === name)) throw graphErrors.nameTaken(name)
    const { subject } = whose
    if (client.federatedCredentials.some(other => other.issuer === issuer && other.subject === subject))
      throw graphErrors.subjectTaken(issuer, String(subject))
    const added = world.addFederatedCredential(client, {
      ...{ name, issuer, audience, ...whose },
      description: typeof description === 'string' ? description : null,
    })
    const shown = credentialBody(added, versionOf(c))
    return c.json({ '@odata.context': `${contextOf(c, id)}/$entity`, ...shown }, 201)
  }

  // Microsoft Graph v1.0 "List federatedIdentityCredentials" and "Create federatedIdentityCredential".
  app.get('/v1.0/applications/:id/federatedIdentityCredentials', c => {
    const { id } = c.req.param()
    return list(c, applications.byObjectId(id), id)
  })
  app.post('/v1.0/applications/:id/federatedIdentityCredentials', c => {
    const { id } = c.req.param()
    return add(c, applications.byObjectId(id), id)
  })
  // Microsoft Graph v1.0 "Delete federatedIdentityCredential".
  app.delete('/v1.0/applications/:id/federatedIdentityCredentials/:credential', c => {
    const { id, credential } = c.req.param()
    if (!graph.hasAny(c, applicationWriters)) throw graphErrors.denied()
    const { federatedCredentials } = applications.byObjectId(id) ?? {}
    const index = federatedCredentials?.findIndex(each => [each.id, each.name].includes(credential)) ?? -1
    if (index === -1) throw graphErrors.notFound(credential)
    federatedCredentials?.splice(index, 1)
    return c.body(null, 204)
  })

  // In beta, an expression can replace the subject.
  app.get('/beta/applications/~appId/:appId/federatedIdentityCredentials', c => {
    const { appId } = c.req.param()
    return list(c, applications.byAppId(appId), appId)
  })
  app.post('/beta/applications/~appId/:appId/federatedIdentityCredentials', c => {
    const { appId } = c.req.param()
    return add(c, applications.byAppId(appId), appId)
  })
}

const versionOf = (c: GraphContext): string => c.req.path.split('/')[1] ?? ''

/** A flexible credential has no subject; v1.0 has no expressions. */
export function credentialBody(credential: FederatedCredential, version: string): Record<string, unknown> {
  const { id, name, issuer, description, audience, subject, claimsMatchingExpression: value } = credential
  const claimsMatchingExpression = value === undefined ? null : { value, languageVersion: 1 }
  return {
    ...{ id, name, issuer, description, audiences: [audience] },
    subject: typeof subject === 'string' ? subject : null,
    ...(version === 'beta' ? { claimsMatchingExpression } : {}),
  }
}

/** Identifies the tokens that a federated credential accepts. */
type Whose = Pick<FederatedCredential, 'subject' | 'claimsMatchingExpression'>

function readSubject({ subject }: Record<string, unknown>): Whose {
  if (typeof subject !== 'string') throw graphErrors.badRequest('subject is required.')
  return { subject }
}

/**
 * Either a subject or a `claimsMatchingExpression`; the other is null (Microsoft Graph beta
 * "federatedIdentityCredential").
 */
function readMatch(body: Record<string, unknown>): Whose {
  const { subject = null, claimsMatchingExpression = null } = body
  if (claimsMatchingExpression === null) return readSubject(body)
  if (subject !== null) throw graphErrors.badRequest('subject must be null where there is a claimsMatchingExpression.')
  const { value, languageVersion } = claimsMatchingExpression as Record<string, unknown>
  if (typeof value !== 'string' || languageVersion !== 1)
    throw graphErrors.badRequest(
      `The expression ${String(value)} of version ${String(languageVersion)} is not simulated here.`,
    )
  const fits = parseClaimsExpression(value)
  if (fits === undefined) throw graphErrors.badRequest(wrongClaims(String(body.issuer)))
  return { subject: fits, claimsMatchingExpression: value }
}
