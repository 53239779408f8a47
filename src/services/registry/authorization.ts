import { cut } from '../../model/foreign-text.js'
import type { Credentials } from '../../model/wanted.js'
import { encodeBasic } from '../runner/secrets.js'
import type { Send } from './send.js'

/** What a registry asks for before it answers: `WWW-Authenticate`. */
export interface Challenge {
  scheme: 'basic' | 'bearer'
  realm: string
  service: string
  /** The host that asks: another one than the registry's where that has sent the request on. */
  answeredBy: string
}

/** Reads `Bearer realm="…",service="…"`, or `Basic …`; undefined for anything else. */
export function readChallenge(header: string, answeredBy: string): Challenge | undefined {
  if (/^Basic\b/i.test(header)) return { scheme: 'basic', realm: '', service: '', answeredBy }
  const parameters = Object.fromEntries(
    [...cut(header).matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', value]) => [key, value]),
  )
  const { realm, service = '' } = parameters
  return /^Bearer\b/i.test(header) && realm && URL.canParse(realm)
    ? { scheme: 'bearer', realm, service, answeredBy }
    : undefined
}

/** Gets the `Authorization` headers for the repositories of a host. */
export interface Authorizer {
  /** A header for this repository alone. Undefined where there is none to be had. */
  authorize(challenge: Challenge, host: string, repository: string, signal: AbortSignal): Promise<string | undefined>
  /** The same for all repositories that are asked about at this moment, so that many cost few requests. */
  authorizeTogether(
    challenge: Challenge,
    host: string,
    repository: string,
    signal: AbortSignal,
  ): Promise<string | undefined>
}

/** Repositories that share a token: it names each of them, and goes with each request in a header, which registries take up to 8 kB of. */
const mostTogether = 20

/** What is sent to get headers. */
export interface AuthorizerMeans {
  send: Send
  /** What a host that asks for credentials is to get, if anything. */
  credentialsOf: (host: string) => Promise<Credentials | undefined>
  /** What a token is for, such as `pull`. */
  action: string
}

/** Tokens as distribution.github.io/distribution/spec/auth/token has them, which lets one be for several repositories. */
export function createAuthorizer({ send, credentialsOf, action }: AuthorizerMeans): Authorizer {
  const fetchHeader = async (
    { scheme, realm, service, answeredBy }: Challenge,
    host: string,
    repositories: readonly string[],
    signal: AbortSignal,
  ): Promise<string | undefined> => {
    const isOwn = scheme === 'basic' ? answeredBy === addressOf(host) : isOwnRealm(realm, addressOf(host))
    if (!isOwn && (scheme === 'basic' || !isOwnRealm(realm, answeredBy)))
      throw new Error(
        `it names ${scheme === 'basic' ? answeredBy : new URL(realm).origin} to sign in at, which is not its own or not encrypted; nothing was sent there`,
      )
    const authorization = basic(isOwn ? await credentialsOf(host) : undefined)
    if (scheme === 'basic') return authorization
    const url = new URL(realm)
    if (service) url.searchParams.set('service', service)
    for (const repository of repositories) url.searchParams.append('scope', `repository:${repository}:${action}`)
    const response = await send('GET', url.href, authorization ? { headers: { authorization } } : {}, signal)
    if (response.status !== 200) return undefined
    const { token, access_token } = JSON.parse(response.bodyAsText ?? '{}') as { token?: string; access_token?: string }
    return token || access_token ? `Bearer ${token ?? access_token ?? ''}` : undefined
  }

  /** By host: those that are being collected. */
  const gathering = new Map<string, { repositories: Set<string>; header: Promise<string | undefined> }>()

  return {
    authorize: (challenge, host, repository, signal) => fetchHeader(challenge, host, [repository], signal),
    authorizeTogether(challenge, host, repository, signal) {
      const gathered = gathering.get(host)
      if (gathered && gathered.repositories.size < mostTogether) {
        gathered.repositories.add(repository)
        return gathered.header
      }
      const repositories = new Set([repository])
      const header = new Promise(resolve => setImmediate(resolve)).then(() => {
        if (gathering.get(host)?.repositories === repositories) gathering.delete(host)
        return fetchHeader(challenge, host, [...repositories], signal)
      })
      gathering.set(host, { repositories, header })
      return header
    },
  }
}

function basic(credentials: Credentials | undefined): string | undefined {
  return credentials && `Basic ${encodeBasic(credentials.username, credentials.password)}`
}

/** Docker Hub answers under another name than images carry. */
export function addressOf(host: string): string {
  return host === 'docker.io' ? 'registry-1.docker.io' : host
}

/** Registries whose token service is outside of their own domain. */
const knownRealms: Partial<Record<string, string>> = { 'registry-1.docker.io': 'auth.docker.io' }

/** Domains in which anyone can have a host, so that hosts below them do not share an owner. */
const sharedDomains =
  /(^|\.)(azurecr\.(io|us|cn)|pkg\.dev|gcr\.io|amazonaws\.com(\.cn)?|jfrog\.io|ocir\.io|azurewebsites\.net|github\.io)$/i

/**
 * Whether a registry may name an address to get tokens from: itself, a host of its own domain (registry.gitlab.com and gitlab.com), or a known
 * one. Credentials go there, so it must not be anybody's, and never be asked in the clear.
 */
export function isOwnRealm(realm: string, registryHost: string): boolean {
  const { protocol, host } = new URL(realm)
  if (protocol !== 'https:') return false
  if (host === registryHost || knownRealms[registryHost] === host) return true
  if (sharedDomains.test(host) || sharedDomains.test(registryHost)) return false
  const domain = domainOf(registryHost)
  return domain !== undefined && domain === domainOf(host)
}

/** The part of a host name that has one owner: two labels, or three below a country's second level (co.uk); undefined for IP addresses. */
function domainOf(host: string): string | undefined {
  const labels = host.replace(/:\d+$/, '').toLowerCase().split('.')
  const [second = '', top = ''] = labels.slice(-2)
  if (labels.length < 2 || !/^[a-z-]{2,}$/.test(top)) return undefined
  const count = top.length === 2 && second.length <= 3 ? 3 : 2
  return labels.length < count ? undefined : labels.slice(-count).join('.')
}
