import { deleteManifest, type DeletedImages } from './deleted-images.js'
import {
  buildArtifact,
  buildImage,
  descriptorOf,
  digestOf,
  emptyRepository,
  lockable,
  mediaTypes,
  readPlatform,
  storedManifest,
  type Lockable,
  type ManifestFormat,
  type Repository,
  type StoredManifest,
} from './manifests.js'

export type { Repository } from './manifests.js'

export interface PushOptions {
  /** Layers per image; 2 by default. */
  layers?: number
  /** Total bytes in the layers of each image; they are really generated. 2048 by default. */
  sizeBytes?: number
  /**
   * Creates an index with one image per platform, `os/architecture[/variant][:os.version]`; by default a single
   * manifest for `linux/amd64`.
   */
  platforms?: readonly string[]
  /** The platform of a single manifest; `linux/amd64` by default. */
  platform?: string
  /** Creates an index with this many images. */
  manifests?: number
  /** Adds a cosign signature under the tag `sha256-<hex>.sig`. */
  signed?: boolean
  /** Number of artifacts whose `subject` is the image. */
  referrers?: number
  format?: ManifestFormat
  /** The user that the image's program runs as; root by default. */
  user?: string
  /** The program for a platform, `/program` in the image, so that real nodes can start it; there is none by default. */
  program?: (platform: string) => Buffer
  /** Different content makes a different image; `repository:tag` by default, so two registries get the same one. */
  content?: string
}

interface ManifestRead {
  readonly repository: string
  /** Tag or digest, as requested. */
  readonly reference: string
  readonly digest: string
}

/** The images of a registry. */
export interface ImageStore {
  readonly repositories: Map<string, Repository>
  /** What the registry's soft delete policy keeps. */
  readonly deleted: DeletedImages
  /** Creates an image and tags it; returns its digest. Without a tag it is only available by digest. */
  push(repository: string, tag?: string, options?: PushOptions): string
  /** Points a new or existing tag to a manifest of the repository. */
  moveTag(repository: string, tag: string, digest: string): void
  /**
   * Moves the tag as soon as clients and imports have read its manifest that many times by tag. Without a digest a new
   * image is pushed.
   */
  moveTagAfter(repository: string, tag: string, reads: number, digest?: string): void
  removeTag(repository: string, tag: string): void
  /** Deletes a manifest with all its tags, as clients do; `keeps` as the soft delete policy would. */
  delete(repository: string, digest: string, keeps?: boolean): void
  /** Locks a tag, a digest, or without either the repository, by default so that nobody can pull it: `az acr repository update --read-enabled false`. */
  lock(repository: string, reference?: string, against?: Lockable): void
  /** Whether a lock keeps everybody from pulling a tag or a digest: its own, that of the tag's manifest, or the repository's. */
  isReadLocked(repository: string, reference: string): boolean
  /**
   * Whether a lock keeps everybody from deleting a tag or a digest: its own, or the repository's. Who forbids writing forbids deleting, too
   * (Azure/acr issue 561, Azure/acr-cli issue 134); a tag and its manifest are locked apart (Azure/acr issue 495).
   */
  isDeleteLocked(repository: string, reference: string): boolean
  /** Called after each read of a manifest by a client or an import. */
  onManifestRead: ((read: ManifestRead) => void) | undefined
  /** The manifest of a tag or digest. */
  find(repository: string, reference: string): StoredManifest | undefined
  /** Like `find`, but counts as a read. */
  read(repository: string, reference: string): StoredManifest | undefined
  /** The artifacts whose `subject` is the manifest. */
  referrers(repository: string, digest: string): StoredManifest[]
  /** Size of config and layers, including all images of an index. */
  size(repository: string, manifest: StoredManifest): number
  /** Copies a manifest and everything that it refers to, and tags it. Artifacts that refer to it aren't copied. */
  copy(from: { store: ImageStore; repository: string; digest: string }, repository: string, tag?: string): void
}

/**
 * @param options without a referrers API clients find referrers by the tag `sha256-<hex>` (OCI distribution 1.1,
 * "Referrers Tag Schema")
 */
export function createImageStore(options: { referrersTag?: boolean } = {}): ImageStore {
  const repositories = new Map<string, Repository>()
  const moves: { repository: string; tag: string; reads: number; digest: string | undefined }[] = []

  const repositoryOf = (name: string): Repository => {
    let repository = repositories.get(name)
    if (repository === undefined) {
      repository = emptyRepository()
      repositories.set(name, repository)
    }
    return repository
  }
  const put = (name: string, { manifest, blobs }: { manifest: StoredManifest; blobs: Buffer[] }): StoredManifest => {
    const repository = repositoryOf(name)
    if (!repository.manifests.has(manifest.digest)) {
      repository.manifests.set(manifest.digest, manifest)
      for (const each of lockable) repository.locks[each].delete(manifest.digest)
    }
    for (const blob of blobs) repository.blobs.set(digestOf(blob), blob)
    return manifest
  }
  const setTag = (name: string, tag: string, digest: string): void => {
    const { tags, locks } = repositoryOf(name)
    const now = Date.now()
    // A tag that moves keeps its lock, also if an import moves it.
    if (!tags.has(tag)) for (const each of lockable) locks[each].delete(tag)
    tags.set(tag, { digest, createdAt: tags.get(tag)?.createdAt ?? now, updatedAt: now })
  }
  const build = (name: string, seed: string, push: PushOptions): StoredManifest => {
    const { layers = 2, sizeBytes = 2048, format = 'oci', user, program, manifests } = push
    const platforms =
      manifests === undefined
        ? push.platforms
        : Array.from({ length: manifests }, (_, index) => `linux/amd64/v${String(index + 1)}`)
    const image = (platform: string): StoredManifest =>
      put(name, buildImage(seed, { platform, layers, sizeBytes, format, user, program: program?.(platform) }))
    if (platforms === undefined) return image(push.platform ?? 'linux/amd64')
    const index = storedManifest({
      schemaVersion: 2,
      mediaType: mediaTypes[format].index,
      manifests: platforms.map(platform => ({
        ...descriptorOf(image(platform)),
        platform: readPlatform(platform),
      })),
    })
    return put(name, { manifest: index, blobs: [] })
  }

  const store: ImageStore = {
    repositories,
    deleted: { manifests: [], tags: [] },
    onManifestRead: undefined,
    push(name, tag, push = {}) {
      const seed = push.content ?? `${name}:${tag ?? ''}`
      const manifest = build(name, seed, push)
      if (tag !== undefined) setTag(name, tag, manifest.digest)
      const fallbackTag = manifest.digest.replace(':', '-')
      if (push.signed === true) {
        const type = 'application/vnd.dev.cosign.simplesigning.v1+json'
        const signature = put(name, buildArtifact(type, `signature of ${manifest.digest}`))
        setTag(name, `${fallbackTag}.sig`, signature.digest)
      }
      const artifacts = Array.from({ length: push.referrers ?? 0 }, (_, index) => {
        const payload = `statement ${String(index + 1)} on ${manifest.digest}`
        return put(name, buildArtifact('application/vnd.in-toto+json', payload, descriptorOf(manifest)))
      })
      if (artifacts.length > 0 && options.referrersTag === true) {
        setTag(name, fallbackTag, put(name, { manifest: referrersIndex(artifacts), blobs: [] }).digest)
      }
      return manifest.digest
    },
    moveTag(name, tag, digest) {
      if (repositories.get(name)?.manifests.has(digest) !== true) throw new Error(`${name} has no ${digest}`)
      setTag(name, tag, digest)
    },
    moveTagAfter(repository, tag, reads, digest) {
      moves.push({ repository, tag, reads, digest })
    },
    removeTag(name, tag) {
      repositories.get(name)?.tags.delete(tag)
    },
    delete(name, digest, keeps = false) {
      if (deleteManifest(store, name, digest, keeps) === undefined) throw new Error(`${name} has no ${digest}`)
    },
    lock(name, reference, against = 'read') {
      if (reference !== undefined && store.find(name, reference) === undefined)
        throw new Error(`${name} has no ${reference}`)
      repositoryOf(name).locks[against].add(reference ?? '')
    },
    isReadLocked(name, reference) {
      const { locks, tags } = repositoryOf(name)
      return ['', reference, tags.get(reference)?.digest ?? ''].some(each => locks.read.has(each))
    },
    isDeleteLocked(name, reference) {
      const { locks } = repositoryOf(name)
      return ['', reference].some(each => locks.delete.has(each) || locks.write.has(each))
    },
    find(name, reference) {
      const repository = repositories.get(name)
      const digest = reference.includes(':') ? reference : repository?.tags.get(reference)?.digest
      return digest === undefined ? undefined : repository?.manifests.get(digest)
    },
    read(name, reference) {
      const manifest = store.find(name, reference)
      if (manifest === undefined) return undefined
      for (const move of moves.filter(({ repository, tag }) => repository === name && tag === reference)) {
        move.reads -= 1
        if (move.reads === 0) {
          const digest = move.digest ?? build(name, `${name}:${reference} moved ${manifest.digest}`, {}).digest
          store.moveTag(name, reference, digest)
        }
      }
      store.onManifestRead?.({ repository: name, reference, digest: manifest.digest })
      return manifest
    },
    referrers: (name, digest) =>
      [...(repositories.get(name)?.manifests.values() ?? [])].filter(
        ({ content }) => content.subject?.digest === digest,
      ),
    size(name, { content }) {
      const { config, layers = [], manifests = [] } = content
      const own = [...(config === undefined ? [] : [config]), ...layers].reduce((sum, { size }) => sum + size, 0)
      return manifests.reduce((sum, { digest }) => {
        const child = store.find(name, digest)
        return child === undefined ? sum : sum + store.size(name, child)
      }, own)
    },
    copy({ store: source, repository: from, digest }, name, tag) {
      const copyManifest = (reference: string): void => {
        const manifest = source.find(from, reference)
        if (manifest === undefined) throw new Error(`${from} has no ${reference}`)
        const { config, layers = [], manifests = [] } = manifest.content
        for (const child of manifests) copyManifest(child.digest)
        const blobs = [...(config === undefined ? [] : [config]), ...layers].flatMap(blob => {
          const bytes = source.repositories.get(from)?.blobs.get(blob.digest)
          return bytes === undefined ? [] : [bytes]
        })
        put(name, { manifest: { ...manifest, createdAt: Date.now() }, blobs })
      }
      copyManifest(digest)
      if (tag !== undefined) setTag(name, tag, digest)
    },
  }
  return store
}

/** The answer of the referrers API, and the content of the tag that replaces it. */
export function referrersIndex(artifacts: readonly StoredManifest[]): StoredManifest {
  return storedManifest({
    schemaVersion: 2,
    mediaType: mediaTypes.oci.index,
    manifests: artifacts.map(artifact => {
      const { artifactType } = artifact.content
      return { ...descriptorOf(artifact), ...(artifactType === undefined ? {} : { artifactType }) }
    }),
  })
}
