// Deleting images from a registry in Azure, and what its soft delete policy keeps of them.
import { armTimestamp } from '../../model/ids.js'
import { deleteManifest, deleteRepository, deleteTag, restoreManifest } from '../../world/deleted-images.js'
import { softDeleteDays, type Registry } from '../../world/registries.js'
import { checkParameters, json, page } from './distribution.js'
import { registryErrors } from './errors.js'
import type { Need } from './rights.js'

/** A parsed request that deletes images, or that lists or restores deleted ones. */
export interface DeletionRequest {
  readonly kind: 'delete-manifest' | 'delete-tag' | 'delete-repository' | 'manifests' | 'tags' | 'restore'
  readonly repository: string
  /** Tag or digest; empty for a whole repository and for lists. */
  readonly reference: string
  readonly need: Need
}

/**
 * Deletions: `containerregistry.json`, 2021-07-01. What is below `_deleted` is in no specification: azure-cli 2.74,
 * `acr/manifest.py`, whose scopes are in `acr/_docker_utils.py`.
 */
const routes: readonly { method: string; path: RegExp; kind: DeletionRequest['kind']; action: string }[] = [
  { method: 'DELETE', path: /^\/v2\/(.+)\/manifests\/([^/]+)$/, kind: 'delete-manifest', action: 'delete' },
  { method: 'DELETE', path: /^\/acr\/v1\/(.+)\/_tags\/([^/]+)$/, kind: 'delete-tag', action: 'delete' },
  { method: 'GET', path: /^\/acr\/v1\/_deleted\/(.+)\/_manifests$/, kind: 'manifests', action: 'deleted_read' },
  { method: 'GET', path: /^\/acr\/v1\/_deleted\/(.+)\/_tags$/, kind: 'tags', action: 'deleted_read' },
  {
    ...{ method: 'POST', path: /^\/acr\/v1\/_deleted\/(.+)\/_manifests\/([^/]+)$/ },
    ...{ kind: 'restore', action: 'deleted_restore' },
  },
  { method: 'DELETE', path: /^\/acr\/v1\/((?!_)(?:(?!\/_).)+)$/, kind: 'delete-repository', action: 'delete' },
]

/** Undefined if it is another request. */
export function readDeletion(method: string, path: string): DeletionRequest | undefined {
  for (const { path: pattern, kind, action, ...route } of routes) {
    const [, repository, reference = ''] = (route.method === method ? pattern.exec(path) : undefined) ?? []
    if (repository === undefined) continue
    return { kind, repository, reference, need: { type: 'repository', name: repository, actions: [action] } }
  }
  return undefined
}

export async function answerDeletion(
  registry: Registry,
  { kind, repository, reference }: DeletionRequest,
  request: Request,
  problem: (text: string) => void,
): Promise<Response> {
  const { images, loginServer } = registry
  const keeps = softDeleteDays(registry) > 0
  const common = { registry: loginServer, imageName: repository }
  const known = kind === 'restore' ? ['force'] : ['n', 'last', 'orderby']
  checkParameters(['api-version', ...(kind.startsWith('delete') ? [] : known)], request, problem)
  switch (kind) {
    case 'delete-manifest': {
      // Clients look up the digest of a tag first.
      if (!reference.includes(':')) problem('deleting a manifest by its tag is not simulated')
      if (images.isDeleteLocked(repository, reference)) throw registryErrors.disallowed()
      const tags = images.repositories.get(repository)?.tags ?? []
      for (const [tag, { digest }] of tags)
        if (digest === reference && images.isDeleteLocked(repository, tag))
          problem(`deleting a manifest whose tag ${tag} is locked is not simulated`)
      if (!deleteManifest(images, repository, reference, keeps))
        throw registryErrors.manifestUnknown(repository, reference)
      return new Response(null, { status: 202 })
    }
    case 'delete-tag':
      if (images.isDeleteLocked(repository, reference)) throw registryErrors.disallowed()
      if (!deleteTag(images, repository, reference, keeps)) throw registryErrors.manifestUnknown(repository, reference)
      return new Response(null, { status: 202 })
    case 'delete-repository': {
      // Also for what is locked in it (MicrosoftDocs/SupportArticles-docs, pull request 1689).
      const { locks } = images.repositories.get(repository) ?? {}
      if (locks && locks.delete.size + locks.write.size > 0) throw registryErrors.disallowed()
      const deleted = deleteRepository(images, repository, keeps)
      if (deleted === undefined) throw registryErrors.nameUnknown(repository)
      return json({ manifestsDeleted: deleted.manifests, tagsDeleted: deleted.tags }, 202)
    }
    case 'manifests': {
      const kept = new Map(
        images.deleted.manifests.flatMap(each =>
          each.repository === repository ? [[each.manifest.digest, each]] : [],
        ),
      )
      return page(request, 'manifests', [...kept.keys()], common, digest => {
        const { deletedAt = 0, tags = [] } = kept.get(digest) ?? {}
        return { digest, tags, deletedAt: armTimestamp(deletedAt) }
      })
    }
    case 'tags': {
      const kept = images.deleted.tags.filter(each => each.repository === repository)
      const names = kept.map((_, index) => String(index))
      return page(request, 'tags', names, common, index => {
        const { tag = '', digest = '', deletedAt = 0 } = kept[Number(index)] ?? {}
        return { tag, digest, deletedAt: armTimestamp(deletedAt) }
      })
    }
    case 'restore': {
      const { tag } = (await request.json()) as { tag?: string | null }
      const force = new URL(request.url).searchParams.get('force')?.toLowerCase() === 'true'
      const end = restoreManifest(images, repository, reference, { tag: tag ?? undefined, force })
      if (end === undefined) throw registryErrors.manifestUnknown(repository, reference)
      if (end === 'conflict') problem('restoring over a tag that exists is not simulated without force')
      return json({ ...common, digest: reference, tag })
    }
  }
}
