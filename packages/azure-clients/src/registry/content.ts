import type { Caller, Content, Platform, Registry } from 'azure'
import { once } from 'kernel'
import { ask } from '../ask.js'
import { refusalOf, type RegistryClient } from './client.js'
import { registryRules } from './errors.js'

/** @throws ActionError, `IMAGE_NOT_FOUND` when it does not exist */
type ReadContent<T> = (registry: Registry, repository: string, tagOrDigest: string) => Promise<T>

/** Reads the images of registries in Azure. */
export interface RegistryContent {
  /** An image, and whether a lock keeps everybody from pulling it. */
  read: ReadContent<Content>
  /** The platforms of an image or of the images in an index. Empty if the registry does not list them. */
  readPlatforms: ReadContent<Platform[]>
}

/** A manifest, or an entry of an index (containerregistry.json, 2021-07-01). */
interface Manifest extends Lockable {
  digest: string
  imageSize?: number
  os?: string
  architecture?: string
  references?: Manifest[]
  tags?: string[]
}

/** What `az acr repository update` can lock (learn.microsoft.com/azure/container-registry/container-registry-image-lock). */
interface Lockable {
  changeableAttributes?: { readEnabled?: boolean; writeEnabled?: boolean }
}

type Tag = Pick<Manifest, 'digest'> & Lockable

/** Uses the registry's own API, which has sizes and platforms that the distribution protocol does not have. */
export function createRegistryContent(client: RegistryClient, caller: Caller): RegistryContent {
  const { readTag, readManifest, readRepository } = createAnswers(client)

  /** Explains why a read was refused. */
  const explained =
    <T>(read: ReadContent<T>): ReadContent<T> =>
    (registry, repository, tagOrDigest) => {
      const { id: scope, name: subject } = registry
      const failure = describeUnread(registry, repository, tagOrDigest)
      const asked = { failure, subject, scope, action: pullAction(registry), registry, repository }
      return ask({ caller }, asked, () => read(registry, repository, tagOrDigest), registryRules)
    }

  return {
    read: explained(async (registry, repository, tagOrDigest) => {
      const tag = isDigest(tagOrDigest) ? undefined : await readTag(registry, repository, tagOrDigest)
      const [manifest, whole] = await Promise.all([
        readManifest(registry, repository, tag?.digest ?? tagOrDigest),
        readRepository(registry, repository),
      ])
      return toContent(manifest, tag, whole)
    }),
    readPlatforms: explained(async (registry, repository, name) => {
      const digest = isDigest(name) ? name : (await readTag(registry, repository, name)).digest
      const manifest = await readManifest(registry, repository, digest)
      return platformsOf([manifest, ...(manifest.references ?? [])])
    }),
  }
}

/** Reads the registry's answers. @throws what `refusalOf` returns */
function createAnswers(client: RegistryClient) {
  const get = async (registry: Registry, repository: string, path: string) => {
    const whole = `/acr/v1/${encodeURIComponent(repository)}${path}?api-version=2021-07-01`
    const place = { host: registry.loginServer, repository }
    const response = await client('GET', place, { path: whole, accept: 'application/json' })
    // The image was read, so its repository exists: if a replica doesn't know it, nobody has locked it.
    if (response.status === 404 && path === '') return {} as { tag: Tag; manifest: Manifest } & Lockable
    if (response.status !== 200) throw refusalOf(response)
    return JSON.parse(response.bodyAsText ?? '{}') as { tag: Tag; manifest: Manifest } & Lockable
  }
  const readTag: ReadContent<Tag> = async (registry, repository, tag) =>
    (await get(registry, repository, `/_tags/${encodeURIComponent(tag)}`)).tag
  const readManifest: ReadContent<Manifest> = async (registry, repository, digest) =>
    (await get(registry, repository, `/_manifests/${encodeURIComponent(digest)}`)).manifest

  /** Each repository once: its images are many. */
  const repositories = new Map<string, Promise<Lockable>>()
  const readRepository = async (registry: Registry, repository: string): Promise<Lockable> => {
    const key = `${registry.id.toLowerCase()} ${repository}`
    const read = once(repositories, key, () => get(registry, repository, ''))
    read.catch(() => repositories.delete(key))
    return read
  }
  return { readTag, readManifest, readRepository }
}

/** An image as its manifest describes it, with the locks of its tag and its repository. */
function toContent(manifest: Manifest, tag: Tag | undefined, repository: Lockable): Content {
  const { digest, imageSize, tags = [], references = [] } = manifest
  const levels = { repository, tag, manifest }
  const locks = lockedLevels(levels, 'readEnabled')
  // That of a manifest stays with it.
  const writeLocks = lockedLevels(levels, 'writeEnabled').filter(level => level !== 'manifest')
  return {
    digest,
    ...(imageSize !== undefined && { sizeInBytes: imageSize }),
    tags,
    parts: references.map(toPart),
    ...(locks.length > 0 && { locks }),
    ...(writeLocks.length > 0 && { writeLocks }),
  }
}

/** Which of the levels a lock is at, the widest first. */
function lockedLevels(
  levels: Record<'repository' | 'tag' | 'manifest', Lockable | undefined>,
  attribute: 'readEnabled' | 'writeEnabled',
) {
  const all = ['repository', 'tag', 'manifest'] as const
  return all.filter(level => levels[level]?.changeableAttributes?.[attribute] === false)
}

/** An image in an index. */
function toPart(part: Manifest): NonNullable<Content['parts']>[number] {
  const platforms = platformsOf([part]).map(({ os, arch }) => `${os}/${arch}`)
  return { digest: part.digest, platform: platforms.join('') }
}

function platformsOf(manifests: readonly Manifest[]): Platform[] {
  return manifests.flatMap(({ os, architecture: arch }) =>
    // Entries without a platform, such as attestations, have "unknown".
    os && arch && os !== 'unknown' ? [{ os, arch }] : [],
  )
}

/** The failure to read a tag or a digest, without the reason. */
export function describeUnread({ name }: Registry, repository: string, tagOrDigest: string): string {
  return `${repository}${isDigest(tagOrDigest) ? '@' : ':'}${tagOrDigest} on ${name} could not be read`
}

/** Reads each tag and digest once. @param known what was read already */
export function rememberContent(
  content: RegistryContent,
  known: readonly { registry: Registry; repository: string; tagOrDigest: string; content: Content }[],
): RegistryContent {
  const keyOf = (registry: Registry, repository: string, tagOrDigest: string): string =>
    `${registry.loginServer.toLowerCase()} ${repository} ${tagOrDigest}`
  const reads = new Map(
    known.map(each => [keyOf(each.registry, each.repository, each.tagOrDigest), Promise.resolve(each.content)]),
  )
  return {
    ...content,
    read: (registry, repository, tagOrDigest) =>
      once(reads, keyOf(registry, repository, tagOrDigest), () => content.read(registry, repository, tagOrDigest)),
  }
}

function isDigest(tagOrDigest: string): boolean {
  return tagOrDigest.includes(':')
}

function pullAction({ roleAssignmentMode }: Registry): string {
  return roleAssignmentMode === 'ABAC'
    ? 'Microsoft.ContainerRegistry/registries/repositories/content/read'
    : 'Microsoft.ContainerRegistry/registries/pull/read'
}
