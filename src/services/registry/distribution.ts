import {
  type HttpMethods,
  type Pipeline,
  type PipelinePolicy,
  type PipelineResponse,
  createHttpHeaders,
  createPipelineFromOptions,
  createPipelineRequest,
} from '@azure/core-rest-pipeline'
import type { ImageSource } from '../../model/image.js'
import { once } from '../../model/memoize.js'
import type { Credentials, SourceCredentials } from '../../model/wanted.js'
import { createHttpClient } from '../http/client.js'
import type { Limit } from '../http/requests.js'
import { mask } from '../runner/secrets.js'
import { isOwnRealm } from './realm.js'

/** Sends a request to a registry of any make, whatever it answers. @throws when there is no answer in time */
export type Send = (
  method: HttpMethods,
  url: string,
  what: { headers?: Record<string, string>; form?: Record<string, string> },
  signal: AbortSignal,
) => Promise<PipelineResponse>

/** One try has to do: what can't be asked from here is imported all the same. */
const timeoutMs = 10_000

/** @param observer sees every request, as of all SDK clients */
export function createSend(observer: PipelinePolicy, limit: Limit): Send {
  const client = createHttpClient()
  const createPipeline = (allowCrossOriginRedirects: boolean): Pipeline => {
    const pipeline = createPipelineFromOptions({
      retryOptions: { maxRetries: 0 },
      userAgentOptions: { userAgentPrefix: 'attach-acr' },
      redirectOptions: { allowCrossOriginRedirects },
    })
    pipeline.addPolicy(observer, { afterPhase: 'Retry' })
    return pipeline
  }
  // registry.k8s.io sends its clients on to a registry near them. Credentials in a header don't go along (core-rest-pipeline, redirectPolicy),
  // but a body would, and the one to sign in with has a token in it.
  const reading = createPipeline(true)
  const writing = createPipeline(false)
  return (method, url, { headers = {}, form }, signal) =>
    limit(async () => {
      const timeout = AbortSignal.timeout(timeoutMs)
      const request = createPipelineRequest({
        url,
        method,
        headers: createHttpHeaders({
          ...headers,
          ...(form && { 'content-type': 'application/x-www-form-urlencoded' }),
        }),
        ...(form && { body: new URLSearchParams(form).toString() }),
        abortSignal: AbortSignal.any([signal, timeout]),
      })
      const mayLeave = form === undefined && (method === 'GET' || method === 'HEAD')
      try {
        return await (mayLeave ? reading : writing).sendRequest(client, request)
      } catch (error) {
        signal.throwIfAborted()
        throw timeout.aborted ? new Error(`no answer within ${timeoutMs / 1000} s`) : error
      }
    })
}

/** What a host that asks for credentials gets: nothing, unless they are for it. */
export function giveOnlyTo(credentials: SourceCredentials | undefined) {
  return (host: string): Promise<Credentials | undefined> =>
    Promise.resolve(host === credentials?.host ? credentials : undefined)
}

/** What could be learned of a source image. */
export type ResolvedSource =
  | { kind: 'found'; digest: string }
  | { kind: 'missing' }
  /** The registry could not be asked from here, which says nothing of whether Azure can. */
  | { kind: 'unknown'; why: string }

/** What belongs to an image but is no part of it, such as signatures and attestations. */
type Attachments = 'none' | 'some' | { why: string }

/** Asks registries of any make, by the OCI distribution protocol (github.com/opencontainers/distribution-spec). */
export interface SourceRegistry {
  /** The digest of what the source names now. */
  resolve(source: ImageSource, signal: AbortSignal): Promise<ResolvedSource>
  /** Whether the image has attachments, or why that could not be asked. Never throws. */
  findAttachments(source: Place, digest: string, signal: AbortSignal): Promise<Attachments>
}

/** A repository in a registry. */
type Place = Pick<ImageSource, 'host' | 'repository'>

const manifestTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ')

/** What cosign puts behind `sha256-<hex>` (github.com/sigstore/cosign, "Tag-based discovery"); nothing is the OCI's own Referrers Tag Schema. */
const attachedTags = ['', '.sig', '.att', '.sbom']

/** @param credentialsOf what a host that asks for credentials is to get, if anything */
export function createSourceRegistry(
  credentialsOf: (host: string) => Promise<Credentials | undefined>,
  send: Send,
): SourceRegistry {
  // One header serves all questions about a repository, until it is refused.
  const authorizations = new Map<string, string>()

  /** Sends, and once more with what the registry asks for (distribution.github.io/distribution/spec/auth/token). */
  const ask = async (
    method: HttpMethods,
    place: Place,
    path: string,
    signal: AbortSignal,
  ): Promise<PipelineResponse> => {
    const url = `https://${addressOf(place.host)}/v2/${place.repository}/${path}`
    const accept = path.startsWith('referrers/') ? 'application/vnd.oci.image.index.v1+json' : manifestTypes
    const key = `${place.host}/${place.repository}`
    const known = authorizations.get(key)
    const response = await send(method, url, { headers: { accept, ...(known && { authorization: known }) } }, signal)
    if (response.status !== 401) return response
    const challenge = readChallenge(response.headers.get('www-authenticate') ?? '')
    const authorization = challenge && (await authorize(challenge, place, new URL(response.request.url).host, signal))
    if (!authorization) return response
    authorizations.set(key, authorization)
    return send(method, url, { headers: { accept, authorization } }, signal)
  }

  /** @param answeredBy the host that asks for a token: another one than the registry's where that sent the request on */
  const authorize = async (
    { scheme, realm, service }: Challenge,
    { host, repository }: Place,
    answeredBy: string,
    signal: AbortSignal,
  ) => {
    const isOwn = scheme === 'basic' ? answeredBy === addressOf(host) : isOwnRealm(realm, addressOf(host))
    if (!isOwn && (scheme === 'basic' || !isOwnRealm(realm, answeredBy)))
      throw new Error(
        `it names ${scheme === 'basic' ? answeredBy : new URL(realm).origin} to sign in at, which is not its own or not encrypted; nothing was sent there`,
      )
    const credentials = isOwn ? await credentialsOf(host) : undefined
    if (scheme === 'basic') return basic(credentials)
    const url = new URL(realm)
    if (service) url.searchParams.set('service', service)
    url.searchParams.set('scope', `repository:${repository}:pull`)
    const authorization = basic(credentials)
    const response = await send('GET', url.href, authorization ? { headers: { authorization } } : {}, signal)
    if (response.status !== 200) return undefined
    const { token, access_token } = JSON.parse(response.bodyAsText ?? '{}') as { token?: string; access_token?: string }
    return token || access_token ? `Bearer ${token ?? access_token ?? ''}` : undefined
  }

  const listReferrers = async (place: Place, digest: string, signal: AbortSignal): Promise<Attachments> => {
    const response = await ask('GET', place, `referrers/${digest}`, signal)
    if (response.status !== 200) return isAbsent(response) ? 'none' : { why: answered(place, response) }
    const { manifests = [] } = JSON.parse(response.bodyAsText ?? '{}') as { manifests?: unknown[] }
    return manifests.length > 0 ? 'some' : 'none'
  }

  const lookForTag = async (place: Place, tag: string, signal: AbortSignal): Promise<Attachments> => {
    const response = await ask('HEAD', place, `manifests/${tag}`, signal)
    if (response.status === 200) return 'some'
    return isAbsent(response) ? 'none' : { why: answered(place, response) }
  }

  const findAttachments = async (place: Place, digest: string, signal: AbortSignal): Promise<Attachments> => {
    try {
      // This one first: the others take over its token.
      const referrers = await listReferrers(place, digest, signal)
      if (referrers === 'some') return referrers
      const tags = attachedTags.map(ending => lookForTag(place, `${digest.replace(':', '-')}${ending}`, signal))
      const found = [referrers, ...(await Promise.all(tags))]
      return found.includes('some') ? 'some' : (found.find(each => each !== 'none') ?? 'none')
    } catch (error) {
      return { why: explain(place, error) } // only a note depends on it
    }
  }

  const resolve = async (source: ImageSource, signal: AbortSignal): Promise<ResolvedSource> => {
    try {
      const response = await ask('HEAD', source, `manifests/${source.tag}`, signal)
      const digest = response.headers.get('docker-content-digest')
      if (response.status === 200 && digest) return { kind: 'found', digest }
      if (response.status === 404) return { kind: 'missing' }
      return { kind: 'unknown', why: answered(source, response) }
    } catch (error) {
      signal.throwIfAborted()
      return { kind: 'unknown', why: explain(source, error) }
    }
  }

  // An image that goes to several places is asked about once.
  const resolved = new Map<string, Promise<ResolvedSource>>()
  const attachments = new Map<string, Promise<Attachments>>()
  return {
    resolve: (source, signal) =>
      once(resolved, `${source.host}/${source.repository}:${source.tag}`, () => resolve(source, signal)),
    findAttachments: (place, digest, signal) =>
      once(attachments, `${place.host}/${place.repository}@${digest}`, () => findAttachments(place, digest, signal)),
  }
}

/** Whether a registry does not have what was asked for, be it the thing or the whole referrers API, for which answers differ. */
function isAbsent({ status }: PipelineResponse): boolean {
  return [400, 404, 405, 501].includes(status)
}

function answered({ host }: Place, { status }: PipelineResponse): string {
  return `${addressOf(host)} answered with HTTP ${status}`
}

function explain({ host }: Place, error: unknown): string {
  return `${addressOf(host)} could not be asked: ${error instanceof Error ? error.message : String(error)}`
}

interface Challenge {
  scheme: 'basic' | 'bearer'
  realm: string
  service: string
}

/** Reads `WWW-Authenticate: Bearer realm="…",service="…"`, or `Basic …`. */
function readChallenge(header: string): Challenge | undefined {
  if (/^Basic\b/i.test(header)) return { scheme: 'basic', realm: '', service: '' }
  const parameters = Object.fromEntries(
    [...header.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', value]) => [key, value]),
  )
  const { realm, service = '' } = parameters
  return /^Bearer\b/i.test(header) && realm && URL.canParse(realm) ? { scheme: 'bearer', realm, service } : undefined
}

function basic(credentials: Credentials | undefined): string | undefined {
  if (!credentials) return undefined
  const encoded = Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')
  mask(encoded)
  return `Basic ${encoded}`
}

/** Docker Hub answers under another name than images carry. */
function addressOf(host: string): string {
  return host === 'docker.io' ? 'registry-1.docker.io' : host
}
