import type { Exchange } from '../../model/exchange.js'
import type { SigningKey } from '../tokens/signing-keys.js'
import { dockerHub, isRateLimited, type SourceRegistry } from '../../world/source-registries.js'
import { json, readPath, serve, type DistributionRequest } from './distribution.js'
import { RegistryError, registryErrors } from './errors.js'

/** Answers requests to a registry's host. */
export interface RegistryApp {
  fetch(request: Request, exchange: Exchange): Promise<Response>
}

/** A registry outside Azure with its token service (distribution.github.io/distribution/spec/auth/token). */
export function createSourceRegistryApp(source: SourceRegistry, key: SigningKey): RegistryApp {
  return answering(async (request, exchange) => {
    const url = new URL(request.url)
    if (url.pathname === '/token' && source.options.authentication === 'bearer') return token(source, key, request)
    const target = readPath(decodeURIComponent(url.pathname))
    if (target === undefined) {
      exchange.problem('no such route')
      throw registryErrors.notFound()
    }
    const caller = await authenticate(source, key, target, request)
    exchange.record.caller = caller
    if (target.kind === 'manifests' && request.method === 'GET') countPull(source, caller)
    return serve(source, target, request, source.options, text => {
      exchange.problem(text)
    })
  })
}

/** Turns thrown errors into answers. */
export function answering(fetch: (request: Request, exchange: Exchange) => Promise<Response>): RegistryApp {
  return {
    async fetch(request, exchange) {
      let response: Response
      try {
        response = await fetch(request, exchange)
      } catch (error) {
        if (!(error instanceof RegistryError)) throw error
        response = json(error.body, error.status, error.headers)
      }
      response.headers.set('docker-distribution-api-version', 'registry/2.0')
      return response
    },
  }
}

/** Counts a pull against the limit for anonymous callers. */
export function countPull(source: SourceRegistry, caller: string | undefined): void {
  if (caller !== undefined) return
  if (isRateLimited(source)) throw registryErrors.rateLimited()
  source.anonymousPulls += 1
}

/** Whether the user name and password are valid; without a user name the password is a token. */
export function knowsCredentials({ options }: SourceRegistry, username: string, password: string): boolean {
  return options.credentials?.username === username && options.credentials.password === password
}

/**
 * The refusal for a caller without pull access; Docker Hub doesn't distinguish missing repositories from private ones.
 */
export function refusal(source: SourceRegistry, repository: string | undefined, action = 'pull'): RegistryError {
  const { authentication } = source.options
  const scope = repository === undefined ? '' : `,scope="repository:${repository}:${action}"`
  const challenge =
    authentication === 'basic'
      ? `Basic realm="${source.host}"`
      : `Bearer realm="${source.realm}",service="${source.service}"${scope}`
  const detail = repository === undefined ? null : [{ Type: 'repository', Class: '', Name: repository, Action: action }]
  return registryErrors.unauthorized(challenge, detail)
}

/** Whether anonymous callers can pull, from the caller's view. */
export const isOpen = (source: SourceRegistry, repository: string): boolean =>
  source.options.anonymous && (source.host !== dockerHub || source.repositories.has(repository))

/** The name of the user; undefined for anonymous callers. Throws the challenge. */
async function authenticate(
  source: SourceRegistry,
  key: SigningKey,
  target: DistributionRequest,
  request: Request,
): Promise<string | undefined> {
  const { authentication, anonymous } = source.options
  const repository = 'repository' in target ? target.repository : undefined
  if (authentication === 'none') return undefined
  const user = readBasic(request)
  if (user !== undefined && authentication === 'basic') {
    if (knowsCredentials(source, user.username, user.password)) return user.username
    throw refusal(source, repository)
  }
  if (authentication === 'basic' && anonymous) return undefined
  const claims = await readToken(source, key, request)
  if (claims === undefined) throw refusal(source, repository)
  if (repository !== undefined && !claims.repositories.includes(repository)) throw refusal(source, repository)
  return claims.user
}

/** Callers without credentials get a token too; it lists its access, which can be empty. */
async function token(source: SourceRegistry, key: SigningKey, request: Request): Promise<Response> {
  const query = new URL(request.url).searchParams
  const user = readBasic(request)
  const isKnown = user !== undefined && knowsCredentials(source, user.username, user.password)
  if (user !== undefined && !isKnown) {
    throw registryErrors.unauthorized(`Basic realm="${source.service}"`, null, 'incorrect username or password')
  }
  const asked = query.getAll('scope').flatMap(scope => {
    const [, repository] = /^repository:(.+):[^:]+$/.exec(scope) ?? []
    return repository === undefined ? [] : [repository]
  })
  const repositories = asked.filter(repository => isKnown || isOpen(source, repository))
  const now = Math.floor(Date.now() / 1000)
  const jwt = await key.sign({
    iss: source.tokenHost,
    aud: source.service,
    iat: now,
    exp: now + 300,
    ...(isKnown ? { sub: user.username } : {}),
    access: repositories.map(name => ({ type: 'repository', name, actions: ['pull'] })),
  })
  return json({ token: jwt, access_token: jwt, expires_in: 300, issued_at: new Date(now * 1000).toISOString() })
}

interface TokenClaims {
  readonly user: string | undefined
  readonly repositories: readonly string[]
}

async function readToken(source: SourceRegistry, key: SigningKey, request: Request): Promise<TokenClaims | undefined> {
  const token = /^Bearer (.+)$/i.exec(request.headers.get('authorization') ?? '')?.[1]
  if (token === undefined) return undefined
  try {
    const { payload } = await key.verify(token)
    if (payload.iss !== source.tokenHost || payload.aud !== source.service) return undefined
    const access = (payload.access ?? []) as readonly { name: string }[]
    return { user: payload.sub, repositories: access.map(({ name }) => name) }
  } catch {
    return undefined
  }
}

/** User name and password of a Basic header. */
export function readBasic(request: Request): { username: string; password: string } | undefined {
  const encoded = /^Basic (.+)$/i.exec(request.headers.get('authorization') ?? '')?.[1]
  if (encoded === undefined) return undefined
  const [, username = '', password = ''] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString()) ?? []
  return { username, password }
}
