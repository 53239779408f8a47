import { emptyRepository, type Repository, type StoredManifest } from './manifests.js'

/** A manifest that was deleted and that soft delete keeps, with everything that it needs. */
interface DeletedManifest {
  readonly repository: string
  readonly manifest: StoredManifest
  readonly tags: readonly string[]
  readonly blobs: Repository['blobs']
  readonly deletedAt: number
}

/** A tag that was deleted, by itself or with its manifest, and that soft delete keeps. */
interface DeletedTag {
  readonly repository: string
  readonly tag: string
  readonly digest: string
  readonly deletedAt: number
}

/** What soft delete keeps of a registry's images, in the order of its deletion. */
export interface DeletedImages {
  readonly manifests: DeletedManifest[]
  readonly tags: DeletedTag[]
}

/** The part of a registry's images that deletions concern. */
interface Store {
  readonly repositories: Map<string, Repository>
  readonly deleted: DeletedImages
  moveTag(repository: string, tag: string, digest: string): void
}

/** What a deletion removes. */
export interface Deletion {
  readonly manifests: readonly string[]
  readonly tags: readonly string[]
}

/**
 * Deletes a manifest with all its tags; the images of an index stay, as in the OCI distribution specification.
 * @param keeps whether soft delete keeps it (learn.microsoft.com/azure/container-registry/container-registry-soft-delete-policy)
 * @returns undefined if there is none
 */
export function deleteManifest(store: Store, name: string, digest: string, keeps: boolean): Deletion | undefined {
  const repository = store.repositories.get(name)
  const manifest = repository?.manifests.get(digest)
  if (repository === undefined || manifest === undefined) return undefined
  const tags = [...repository.tags].flatMap(([tag, named]) => (named.digest === digest ? [tag] : []))
  for (const tag of tags) deleteTag(store, name, tag, keeps)
  repository.manifests.delete(digest)
  if (keeps) {
    store.deleted.manifests.push({ repository: name, manifest, tags, blobs: repository.blobs, deletedAt: Date.now() })
  }
  return { manifests: [digest], tags }
}

/** Deletes a tag; its manifest stays. Returns false if there is none. */
export function deleteTag(store: Store, name: string, tag: string, keeps: boolean): boolean {
  const repository = store.repositories.get(name)
  const named = repository?.tags.get(tag)
  if (repository === undefined || named === undefined) return false
  repository.tags.delete(tag)
  if (keeps) store.deleted.tags.push({ repository: name, tag, digest: named.digest, deletedAt: Date.now() })
  return true
}

/** Deletes a repository with everything in it; undefined if there is none. */
export function deleteRepository(store: Store, name: string, keeps: boolean): Deletion | undefined {
  const repository = store.repositories.get(name)
  if (repository === undefined) return undefined
  const tags = [...repository.tags.keys()]
  const manifests = [...repository.manifests.keys()]
  for (const digest of manifests) deleteManifest(store, name, digest, keeps)
  store.repositories.delete(name)
  return { manifests, tags }
}

/**
 * Restores a manifest that soft delete keeps, and gives it a tag. Returns `conflict` if the tag names another manifest
 * and must not be overwritten, and undefined if it is not kept.
 */
export function restoreManifest(
  store: Store,
  name: string,
  digest: string,
  { tag, force }: { tag?: string | undefined; force: boolean },
): 'restored' | 'conflict' | undefined {
  const { manifests, tags } = store.deleted
  const kept = manifests.findLast(each => each.repository === name && each.manifest.digest === digest)
  const live = store.repositories.get(name)
  const isUntagged =
    live?.manifests.has(digest) === true && tags.some(each => each.repository === name && each.tag === tag)
  if (kept === undefined && !isUntagged) return undefined
  const named = tag === undefined ? undefined : live?.tags.get(tag)
  if (named !== undefined && named.digest !== digest && !force) return 'conflict'
  const repository = live ?? emptyRepository()
  if (kept !== undefined) {
    repository.manifests.set(digest, kept.manifest)
    for (const [blob, bytes] of kept.blobs) repository.blobs.set(blob, bytes)
    manifests.splice(manifests.indexOf(kept), 1)
  }
  store.repositories.set(name, repository)
  if (tag !== undefined) store.moveTag(name, tag, digest)
  const isDone = (each: DeletedTag): boolean => each.repository === name && each.digest === digest && each.tag === tag
  tags.splice(0, tags.length, ...tags.filter(each => !isDone(each)))
  return 'restored'
}
