import type { HttpMethods, PipelineResponse } from '@azure/core-rest-pipeline'
import type { Credentials } from 'azure'
import { takeIn } from 'kernel'
import { encodeBasic } from '../http/proxy.js'

/** Sends a request to any registry and returns its answer, whatever the status. @throws when there is no answer in time, and when the run is aborted */
export type Send = (
  method: HttpMethods,
  url: string,
  content: { headers?: Record<string, string>; form?: Record<string, string> },
) => Promise<PipelineResponse>

/** What a registry demands before it answers: `WWW-Authenticate`. */
export interface Challenge {
  scheme: 'basic' | 'bearer'
  realm: string
  service: string
  /** The host that answered. It isn't the registry's own after a redirect. */
  answeredBy: string
}

/** A scheme, or a parameter with its value, of `WWW-Authenticate` (RFC 9110, 11.6.1). */
const challengePart = /([^\s,="]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*)))?/g

/**
 * Reads `Bearer realm="…",service="…"`, or `Basic …`; undefined for anything else. The names can be in any letter case, values can lack quotes, and a
 * header can have several challenges, of which one for Bearer is preferred.
 */
export function readChallenge(header: string, answeredBy: string): Challenge | undefined {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = []
  for (const [, name = '', quoted, plain] of takeIn(header).matchAll(challengePart)) {
    const value = quoted?.replace(/\\(.)/g, '$1') ?? plain
    if (value === undefined) challenges.push({ scheme: name.toLowerCase(), parameters: new Map() })
    else challenges.at(-1)?.parameters.set(name.toLowerCase(), value)
  }
  for (const { scheme, parameters } of challenges) {
    const realm = parameters.get('realm') ?? ''
    if (scheme === 'bearer' && URL.canParse(realm))
      return { scheme, realm, service: parameters.get('service') ?? '', answeredBy }
  }
  const isBasic = challenges.some(({ scheme }) => scheme === 'basic')
  return isBasic ? { scheme: 'basic', realm: '', service: '', answeredBy } : undefined
}

/** Gets `Authorization` headers; undefined if the registry gives none. */
export interface Authorizer {
  /** Gets a header for one repository. */
  authorize: (challenge: Challenge, host: string, repository: string) => Promise<string | undefined>
  /** Gets one header for all repositories that are requested in the same tick. */
  authorizeTogether: Authorizer['authorize']
}

/** Maximum number of repositories that share a token: it names each of them, and registries accept headers of up to 8 kB. */
const maxTogether = 20

/**
 * Gets tokens by distribution.github.io/distribution/spec/auth/token, which allows a token for several repositories.
 * @param options.credentialsOf the credentials for a host; undefined if it must not get any
 * @param options.action what a token allows, such as `pull`
 */
export function createAuthorizer({
  send,
  credentialsOf,
  action,
}: {
  send: Send
  credentialsOf: (host: string) => Promise<Credentials | undefined>
  action: string
}): Authorizer {
  const fetchHeader = async (
    { scheme, realm, service, answeredBy }: Challenge,
    host: string,
    repositories: readonly string[],
  ): Promise<string | undefined> => {
    const isBasic = scheme === 'basic'
    const isOwn = isBasic ? answeredBy === addressOf(host) : isOwnRealm(realm, addressOf(host))
    if (!isOwn && (isBasic || !isOwnRealm(realm, answeredBy))) {
      const named = isBasic ? answeredBy : new URL(realm).origin
      throw new Error(
        `it names ${named} for sign-in, which is a different host or not encrypted; the request was not sent`,
      )
    }
    const authorization = basic(isOwn ? await credentialsOf(host) : undefined)
    if (isBasic) return authorization
    const url = new URL(realm)
    if (service) url.searchParams.set('service', service)
    for (const repository of repositories) url.searchParams.append('scope', `repository:${repository}:${action}`)
    const response = await send('GET', url.href, authorization ? { headers: { authorization } } : {})
    if (response.status !== 200) return undefined
    const { token, access_token } = JSON.parse(response.bodyAsText ?? '{}') as { token?: string; access_token?: string }
    // Some registries send both, and leave one of them empty.
    const given = token || access_token
    return given ? `Bearer ${given}` : undefined
  }

  /** The repositories that are being collected, by host. */
  const gathering = new Map<string, { repositories: Set<string>; header: Promise<string | undefined> }>()

  return {
    authorize: (challenge, host, repository) => fetchHeader(challenge, host, [repository]),
    authorizeTogether(challenge, host, repository) {
      const gathered = gathering.get(host)
      if (gathered && gathered.repositories.size < maxTogether) {
        gathered.repositories.add(repository)
        return gathered.header
      }
      const repositories = new Set([repository])
      const header = new Promise(resolve => setImmediate(resolve)).then(() => {
        if (gathering.get(host)?.repositories === repositories) gathering.delete(host)
        return fetchHeader(challenge, host, [...repositories])
      })
      gathering.set(host, { repositories, header })
      return header
    },
  }
}

function basic(credentials: Credentials | undefined): string | undefined {
  return credentials && `Basic ${encodeBasic(credentials.username, credentials.password)}`
}

/** The host to send requests to: Docker Hub's isn't the one in the names of images. */
export function addressOf(host: string): string {
  return host === 'docker.io' ? 'registry-1.docker.io' : host
}

/** Registries whose token service is outside their own domain. */
const knownRealms: Partial<Record<string, string>> = { 'registry-1.docker.io': 'auth.docker.io' }

/** Domains in which anyone can get a host, so hosts below them don't share an owner. */
const sharedDomains =
  /(^|\.)(azurecr\.(io|us|cn)|pkg\.dev|gcr\.io|amazonaws\.com(\.cn)?|jfrog\.io|ocir\.io|azurewebsites\.net|github\.io)$/i

/**
 * Whether credentials for a registry can be sent to a token service: on HTTPS, and at the registry itself, at a host of its own domain
 * (registry.gitlab.com and gitlab.com), or at a known one.
 */
export function isOwnRealm(realm: string, registryHost: string): boolean {
  const { protocol, host } = new URL(realm)
  if (protocol !== 'https:') return false
  if (host === registryHost || knownRealms[registryHost] === host) return true
  if (sharedDomains.test(host) || sharedDomains.test(registryHost)) return false
  const domain = domainOf(registryHost)
  return domain !== undefined && domain === domainOf(host)
}

/** The part of a host name that has one owner: two labels, or three if the second level is a country's (co.uk); undefined for IP addresses. */
function domainOf(host: string): string | undefined {
  const labels = host.replace(/:\d+$/, '').toLowerCase().split('.')
  const [second = '', top = ''] = labels.slice(-2)
  if (labels.length < 2 || !/^[a-z-]{2,}$/.test(top)) return undefined
  const count = top.length === 2 && second.length <= 3 ? 3 : 2
  return labels.length < count ? undefined : labels.slice(-count).join('.')
}
