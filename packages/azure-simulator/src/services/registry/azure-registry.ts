// An Azure registry at its login server: the exchange of tokens, and the images.
import type { SigningKey } from '../tokens/signing-keys.js'
import { accessOf, type Registry } from '../../world/registries.js'
import type { World } from '../../world/world.js'
import { redirectToData } from './data-endpoint.js'
import { answerProperties, readPropertiesPath } from './azure-properties.js'
import { answerDeletion, readDeletion } from './deletions.js'
import { json, readPath, serve, type DistributionRequest } from './distribution.js'
import { RegistryError, registryErrors } from './errors.js'
import { createRegistryTokens, type Access, type RegistryToken, type RegistryTokens } from './registry-tokens.js'
import { answering, readBasic, type RegistryApp } from './source-registry.js'
import type { Need } from './rights.js'

/** The user name for a refresh token (azure-cli `acr login --expose-token`). */
const tokenUser = '00000000-0000-0000-0000-000000000000'

/**
 * The data plane of an Azure Container Registry: token exchange, the distribution API, and the registry's own API
 * (`containerregistry.json`, 2021-07-01).
 */
export function createAzureRegistryApp(world: World, registry: Registry, key: SigningKey): RegistryApp {
  const tokens = createRegistryTokens(world, key)
  return answering(async (request, exchange) => {
    const path = decodeURIComponent(new URL(request.url).pathname)
    checkFirewall(world, registry)
    if (path === '/oauth2/exchange') return exchangeToken(tokens, registry, request)
    if (path === '/oauth2/token') return issueToken(tokens, registry, request)

    const deletion = readDeletion(request.method, path)
    const target = deletion === undefined ? readPath(path) : undefined
    const properties =
      target === undefined && deletion === undefined ? readPropertiesPath(request.method, path) : undefined
    if (target === undefined && properties === undefined && deletion === undefined) {
      exchange.problem('no such route')
      throw registryErrors.notFound()
    }
    const need = deletion?.need ?? (target === undefined ? properties?.need : needOf(target))
    const token = await readAuthorization(tokens, registry, request, need)
    exchange.record.caller =
      token?.objectId === undefined ? undefined : world.directory.find(token.objectId)?.displayName
    authorize(registry, token, need)
    const problem = (text: string): void => {
      exchange.problem(text)
    }
    if (deletion !== undefined) return answerDeletion(registry, deletion, request, problem)
    if (target !== undefined) {
      if (target.kind === 'manifests' && registry.images.isReadLocked(target.repository, target.reference))
        throw registryErrors.disallowed()
      return (
        redirectToData(registry, target, request.method) ??
        serve(registry.images, target, request, { rangeRequests: true, referrersApi: true }, problem)
      )
    }
    if (request.method !== 'GET' && !(request.method === 'PATCH' && properties !== undefined)) {
      exchange.problem('writing to a registry is not simulated')
      throw registryErrors.unsupported()
    }
    return answerProperties(registry, properties ?? { kind: 'catalog' }, request, problem)
  })
}

function needOf(target: DistributionRequest): Need | undefined {
  switch (target.kind) {
    case 'base':
      return undefined
    case 'catalog':
      return { type: 'registry', name: 'catalog', actions: ['*'] }
    case 'tags':
      return { type: 'repository', name: target.repository, actions: ['pull', 'metadata_read'] }
    default:
      return { type: 'repository', name: target.repository, actions: ['pull'] }
  }
}

/** The firewall comes before everything else, including token exchanges (public issues of Azure/acr). */
export function checkFirewall(world: World, registry: Registry, address = world.callerAddress): void {
  const { isPublic, deniesByDefault, allowedAddresses } = accessOf(registry)
  if (isPublic && (!deniesByDefault || allowedAddresses.includes(address))) return
  throw registryErrors.denied(
    `client with IP '${address}' is not allowed access. Refer https://aka.ms/acr/firewall to grant access.`,
  )
}

/** Recorded: the text, and a null detail if no particular access is requested. */
export function unauthorized({ loginServer }: Registry, need: Need | undefined, error?: string): RegistryError {
  const scope = need === undefined ? '' : `,scope="${need.type}:${need.name}:${need.actions[0]}"`
  return registryErrors.unauthorized(
    `Bearer realm="https://${loginServer}/oauth2/token",service="${loginServer}"${scope}${error === undefined ? '' : `,error="${error}"`}`,
    need === undefined ? null : [{ Type: need.type, Name: need.name, Action: need.actions[0] }],
    'authentication required, visit https://aka.ms/acr/authorization for more information.',
  )
}

/** `remaining-calls-per-second`: recorded. */
const limits = { 'x-ms-ratelimit-remaining-calls-per-second': '166.65' }

async function exchangeToken(tokens: RegistryTokens, registry: Registry, request: Request): Promise<Response> {
  const form = await readForm(request)
  if (form.get('grant_type')?.startsWith('access_token') !== true) throw badRequest('grant_type')
  if (form.get('service') !== registry.loginServer) throw badRequest('service')
  const caller = await tokens.readEntra(registry, form.get('access_token') ?? '')
  if (caller === undefined) throw unauthorized(registry, undefined, 'invalid_token')
  return json({ refresh_token: await tokens.issueRefresh(registry, caller) }, 200, limits)
}

/**
 * By POST with a refresh token; by GET with it or a service principal's secret as the password of Docker's clients, or
 * without credentials for anonymous pull.
 */
async function issueToken(tokens: RegistryTokens, registry: Registry, request: Request): Promise<Response> {
  const form = request.method === 'POST' ? await readForm(request) : new URL(request.url).searchParams
  if (form.get('service') !== registry.loginServer) throw badRequest('service')
  const scopes = form.getAll('scope').flatMap(scope => scope.split(' ').filter(Boolean))
  const basic = readBasic(request)
  const refresh = form.get('refresh_token') ?? (basic?.username === tokenUser ? basic.password : '')
  const isAnonymous = refresh === '' && (basic === undefined || basic.username === '')
  if (isAnonymous && accessOf(registry).anonymousPull) {
    return json({ access_token: await tokens.issueAccess(registry, undefined, scopes) }, 200, limits)
  }
  const objectId =
    basic === undefined || basic.username === tokenUser
      ? (await tokens.read(registry, refresh, 'refresh_token'))?.objectId
      : tokens.readSecret(basic.username, basic.password)
  if (objectId === undefined) throw unauthorized(registry, undefined)
  return json({ access_token: await tokens.issueAccess(registry, objectId, scopes) }, 200, limits)
}

const readForm = async (request: Request): Promise<URLSearchParams> => new URLSearchParams(await request.text())

const badRequest = (name: string): RegistryError =>
  new RegistryError(400, 'BAD_REQUEST', `The parameter ${name} is missing or wrong.`)

/** Bearer access tokens; as Docker's password, a refresh token has all the access of its identity. */
async function readAuthorization(
  tokens: RegistryTokens,
  registry: Registry,
  request: Request,
  need: Need | undefined,
): Promise<RegistryToken | undefined> {
  const bearer = /^Bearer (.+)$/i.exec(request.headers.get('authorization') ?? '')?.[1]
  if (bearer !== undefined) return tokens.read(registry, bearer, 'access_token')
  const basic = readBasic(request)
  if (basic?.username !== tokenUser) return undefined
  const refresh = await tokens.read(registry, basic.password, 'refresh_token')
  if (refresh?.objectId === undefined) return undefined
  const scopes = need === undefined ? [] : [`${need.type}:${need.name}:${need.actions.join(',')}`]
  return tokens.read(registry, await tokens.issueAccess(registry, refresh.objectId, scopes), 'access_token')
}

function authorize(registry: Registry, token: RegistryToken | undefined, need: Need | undefined): void {
  if (token === undefined) throw unauthorized(registry, need)
  if (need === undefined) return
  const covers = ({ type, name, actions }: Access): boolean =>
    type === need.type && name === need.name && need.actions.some(action => actions.includes(action))
  if (!token.access.some(covers)) throw unauthorized(registry, need, 'insufficient_scope')
}
