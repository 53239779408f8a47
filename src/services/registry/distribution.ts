import type { HttpMethods, PipelineResponse } from '@azure/core-rest-pipeline'
import { messageOf } from '../../model/error.js'
import type { ImageSource } from '../../model/image.js'
import { once } from '../../model/memoize.js'
import type { Credentials, SourceCredentials } from '../../model/wanted.js'
import { addressOf, createAuthorizer, readChallenge, type Challenge } from './authorization.js'
import type { Send } from './send.js'

/** Gives a host that asks for credentials its own, or nothing. */
export function giveOnlyTo(credentials: SourceCredentials | undefined) {
  return (host: string): Promise<Credentials | undefined> =>
    Promise.resolve(host === credentials?.host ? credentials : undefined)
}

/** The result of looking up a source image. */
export type ResolvedSource =
  | { kind: 'found'; digest: string }
  | { kind: 'missing' }
  /** The registry could not be asked from here, which says nothing of whether Azure can. */
  | { kind: 'unknown'; why: string }

/** Attachments of an image that are not part of it, such as signatures and attestations. */
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
  const authorizer = createAuthorizer({ send, credentialsOf, action: 'pull' })
  // One header serves all questions about a repository, until it is refused.
  const authorizations = new Map<string, string>()
  // What a host asks for is known from its first answer; undefined where it asks for nothing.
  const challenges = new Map<string, Promise<Challenge | undefined>>()

  /** Sends, and once more with what the registry asks for (distribution.github.io/distribution/spec/auth/token). */
  const ask = async (
    method: HttpMethods,
    place: Place,
    path: string,
    signal: AbortSignal,
  ): Promise<PipelineResponse> => {
    const { host, repository } = place
    const url = `https://${addressOf(host)}/v2/${repository}/${path}`
    const accept = path.startsWith('referrers/') ? 'application/vnd.oci.image.index.v1+json' : manifestTypes
    const key = `${host}/${repository}`
    const sendWith = (authorization: string | undefined): Promise<PipelineResponse> =>
      send(method, url, { headers: { accept, ...(authorization && { authorization }) } }, signal)

    const isNews = !challenges.has(host)
    const known = authorizations.get(key) ?? (isNews ? undefined : await foresee(host, repository, signal))
    const first = sendWith(known)
    if (isNews) {
      // Whoever asks about another repository meanwhile waits for this answer.
      const learned = first.then(challengeOf, () => undefined)
      challenges.set(host, learned)
    }
    const response = await first
    if (response.status !== 401) {
      if (known) authorizations.set(key, known)
      return response
    }
    const challenge = challengeOf(response)
    const authorization = challenge && (await authorizer.authorize(challenge, host, repository, signal))
    if (!authorization || authorization === known) return response
    authorizations.set(key, authorization)
    return sendWith(authorization)
  }

  /** What a host that has asked for a header before will ask for again. */
  const foresee = async (host: string, repository: string, signal: AbortSignal): Promise<string | undefined> => {
    const challenge = await challenges.get(host)
    return challenge && authorizer.authorizeTogether(challenge, host, repository, signal)
  }

  const listReferrers = async (place: Place, digest: string, signal: AbortSignal): Promise<Attachments> => {
    const response = await ask('GET', place, `referrers/${digest}`, signal)
    if (response.status !== 200) return isAbsent(response) ? 'none' : { why: answered(place, response) }
    const { manifests = [] } = JSON.parse(response.bodyAsText ?? '{}') as { manifests?: unknown[] }
    return manifests.length > 0 ? 'some' : 'none'
  }

  /** Tags that begin with the digest; registries list tags in alphabetical order, from `last` on (OCI distribution-spec, "Listing Tags"). */
  const listAttachedTags = async (place: Place, digest: string, signal: AbortSignal): Promise<Attachments> => {
    const prefix = digest.replace(':', '-')
    const query = new URLSearchParams({ n: '1000', last: prefix.slice(0, -1) })
    const response = await ask('GET', place, `tags/list?${query.toString()}`, signal)
    if (response.status !== 200) return isAbsent(response) ? 'none' : { why: answered(place, response) }
    const { tags } = JSON.parse(response.bodyAsText ?? '{}') as { tags?: string[] | null }
    const listed = tags ?? []
    if (listed.some(tag => attachedTags.some(ending => tag === `${prefix}${ending}`))) return 'some'
    const isWhole = !response.headers.has('link') || (listed.at(-1) ?? '') > prefix
    return isWhole ? 'none' : { why: `${addressOf(place.host)} has more tags than it lists at once` }
  }

  const findAttachments = async (place: Place, digest: string, signal: AbortSignal): Promise<Attachments> => {
    try {
      const referrers = await listReferrers(place, digest, signal)
      if (referrers === 'some') return referrers
      const tags = await listAttachedTags(place, digest, signal)
      return tags === 'none' ? referrers : tags
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

function answered({ host, repository }: Place, { status }: PipelineResponse): string {
  const what = `${addressOf(host)} answered with HTTP ${status}`
  // It does not say whether a repository is private or not there.
  return host === 'docker.io' && status === 401 ? `${repository} does not exist, or needs a sign-in (${what})` : what
}

function explain({ host }: Place, error: unknown): string {
  return `${addressOf(host)} could not be asked: ${messageOf(error)}`
}

function challengeOf({ status, headers, request }: PipelineResponse): Challenge | undefined {
  return status === 401 ? readChallenge(headers.get('www-authenticate') ?? '', new URL(request.url).host) : undefined
}
