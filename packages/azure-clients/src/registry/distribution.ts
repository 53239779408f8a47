import type { PipelineResponse } from '@azure/core-rest-pipeline'
import type { Credentials, ImageSource, SourceCredentials } from 'azure'
import { messageOf, once } from 'kernel'
import { isWebPage } from '../http/answers.js'
import { addressOf, createAuthorizer, type Send } from './authorization.js'
import { createRegistryClient, type Repository } from './client.js'

/** Gives credentials to the one host that they are for, and nothing to others. */
export function giveOnlyTo(credentials: SourceCredentials | undefined) {
  return (host: string): Promise<Credentials | undefined> =>
    Promise.resolve(host === credentials?.host ? credentials : undefined)
}

/** The result of looking up a source image. */
export type ResolvedSource =
  | { kind: 'found'; digest: string }
  | { kind: 'missing' }
  /** The registry did not answer the runner. Azure may still be able to reach it. */
  | { kind: 'unknown'; why: string }

/** Whether an image has attachments, such as signatures and attestations, or why that isn't known. */
type Attachments = 'none' | 'some' | { why: string }

/** Reads registries of any vendor, by the OCI distribution protocol (github.com/opencontainers/distribution-spec). */
export interface SourceRegistry {
  /** The digest that the source's tag has now. */
  resolve(source: ImageSource): Promise<ResolvedSource>
  /** Never throws. */
  findAttachments(source: Repository, digest: string): Promise<Attachments>
}

const indexType = 'application/vnd.oci.image.index.v1+json'

const manifestTypes = [
  indexType,
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ')

/** Suffixes of `sha256-<hex>` in tags: cosign's (github.com/sigstore/cosign, "Tag-based discovery"), and none for the OCI's Referrers Tag Schema. */
const attachmentSuffixes = ['', '.sig', '.att', '.sbom']

/** @param credentialsOf the credentials for a host; undefined if it must not get any */
export function createSourceRegistry(
  credentialsOf: (host: string) => Promise<Credentials | undefined>,
  send: Send,
  signal: AbortSignal,
): SourceRegistry {
  const client = createRegistryClient({ send, authorizer: createAuthorizer({ send, credentialsOf, action: 'pull' }) })
  const ask = (method: 'GET' | 'HEAD', { host, repository }: Repository, path: string): Promise<PipelineResponse> => {
    const accept = path.startsWith('referrers/') ? indexType : manifestTypes
    return client(method, { host, repository }, { path: `/v2/${repository}/${path}`, accept })
  }

  const listReferrers = async (place: Repository, digest: string): Promise<Attachments> => {
    const response = await ask('GET', place, `referrers/${digest}`)
    if (response.status !== 200) return isAbsent(response) ? 'none' : { why: answered(place, response) }
    const { manifests = [] } = JSON.parse(response.bodyAsText ?? '{}') as { manifests?: unknown[] }
    return manifests.length > 0 ? 'some' : 'none'
  }

  /** Looks for tags that begin with the digest: registries list tags in alphabetical order, after `last` (OCI distribution-spec, "Listing Tags"). */
  const listAttachedTags = async (place: Repository, digest: string): Promise<Attachments> => {
    const prefix = digest.replace(':', '-')
    const query = new URLSearchParams({ n: '1000', last: prefix.slice(0, -1) })
    const response = await ask('GET', place, `tags/list?${query.toString()}`)
    if (response.status !== 200) return isAbsent(response) ? 'none' : { why: answered(place, response) }
    const { tags } = JSON.parse(response.bodyAsText ?? '{}') as { tags?: string[] | null }
    const listed = tags ?? []
    if (listed.some(tag => attachmentSuffixes.some(suffix => tag === `${prefix}${suffix}`))) return 'some'
    const isWhole = !response.headers.has('link') || (listed.at(-1) ?? '') > prefix
    return isWhole ? 'none' : { why: `${addressOf(place.host)} has more tags than it lists at once` }
  }

  const findAttachments = async (place: Repository, digest: string): Promise<Attachments> => {
    try {
      const referrers = await listReferrers(place, digest)
      if (referrers === 'some') return referrers
      const tags = await listAttachedTags(place, digest)
      return tags === 'none' ? referrers : tags
    } catch (error) {
      return { why: explainSource(place, error) } // only a note depends on it
    }
  }

  const resolve = async (source: ImageSource): Promise<ResolvedSource> => {
    try {
      const response = await ask('HEAD', source, `manifests/${source.tag}`)
      const digest = response.headers.get('docker-content-digest')
      if (response.status === 200 && digest) return { kind: 'found', digest }
      if (response.status === 404 && !isWebPage(response)) return { kind: 'missing' }
      return { kind: 'unknown', why: answered(source, response) }
    } catch (error) {
      signal.throwIfAborted()
      return { kind: 'unknown', why: explainSource(source, error) }
    }
  }

  // One request per image, however many registries it is imported into.
  const resolved = new Map<string, Promise<ResolvedSource>>()
  const attachments = new Map<string, Promise<Attachments>>()
  return {
    resolve: source => once(resolved, `${source.host}/${source.repository}:${source.tag}`, () => resolve(source)),
    findAttachments: (place, digest) =>
      once(attachments, `${place.host}/${place.repository}@${digest}`, () => findAttachments(place, digest)),
  }
}

/** Whether a registry doesn't have the image or the whole referrers API, for which answers differ. */
function isAbsent({ status }: PipelineResponse): boolean {
  return [400, 404, 405, 501].includes(status)
}

function answered({ host, repository }: Repository, { status }: PipelineResponse): string {
  const answer = `${addressOf(host)} answered with HTTP ${status}`
  // Docker Hub answers alike for private and for missing repositories.
  return host === 'docker.io' && status === 401
    ? `${repository} does not exist, or needs a sign-in (${answer})`
    : answer
}

function explainSource({ host }: Repository, error: unknown): string {
  return `${addressOf(host)} could not be reached: ${messageOf(error)}`
}
