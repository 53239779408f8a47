import type { Caller } from '../../model/caller.js'
import { ActionError, isAbort } from '../../model/error.js'
import type { Content } from '../../model/image.js'
import type { Registry } from '../../model/registry.js'
import type { Platform } from '../../model/scheduling.js'
import { explain } from '../arm/errors.js'
import type { Ask } from './client.js'
import { registryRules } from './errors.js'
import { refusalOf } from './send.js'

/** Reads the images of registries in Azure. */
export interface RegistryContent {
  /** By tag: the digest. By digest: the size too. @throws ActionError, `IMAGE_NOT_FOUND` when it does not exist */
  read(registry: Registry, repository: string, tagOrDigest: string, signal: AbortSignal): Promise<Content>
  /** The platforms of an image or of the images in an index. Empty if the registry does not list them. @throws ActionError */
  readPlatforms(registry: Registry, repository: string, tagOrDigest: string, signal: AbortSignal): Promise<Platform[]>
}

/** A manifest, or an entry of an index (containerregistry.json, 2021-07-01). */
interface ManifestProperties {
  digest: string
  imageSize?: number
  os?: string
  architecture?: string
  references?: ManifestProperties[]
}

/** Uses the registry's own API, which has sizes and platforms that the distribution protocol does not have. */
export function createRegistryContent(ask: Ask, caller: Caller): RegistryContent {
  const get = async <T>(
    registry: Registry,
    repository: string,
    path: `_${'tags' | 'manifests'}/${string}`,
    signal: AbortSignal,
  ): Promise<T> => {
    const address = `/acr/v1/${encodeURIComponent(repository)}/${path}?api-version=2021-07-01`
    const place = { host: registry.loginServer, repository }
    const response = await ask('GET', place, { path: address, accept: 'application/json' }, signal)
    if (response.status !== 200) throw refusalOf(response)
    return JSON.parse(response.bodyAsText ?? '{}') as T
  }
  const readTag = async (registry: Registry, repository: string, tag: string, signal: AbortSignal) => {
    const path = `_tags/${encodeURIComponent(tag)}` as const
    return (await get<{ tag: { digest: string } }>(registry, repository, path, signal)).tag
  }
  const readManifest = async (registry: Registry, repository: string, digest: string, signal: AbortSignal) => {
    const path = `_manifests/${encodeURIComponent(digest)}` as const
    return (await get<{ manifest: ManifestProperties }>(registry, repository, path, signal)).manifest
  }

  /** Explains why a read was refused. */
  const explained =
    <T>(work: (...image: [Registry, string, string, AbortSignal]) => Promise<T>) =>
    async (registry: Registry, repository: string, tagOrDigest: string, signal: AbortSignal): Promise<T> => {
      try {
        return await work(registry, repository, tagOrDigest, signal)
      } catch (thrown) {
        if (isAbort(thrown) || thrown instanceof ActionError) throw thrown
        const { id: scope, name: subject } = registry
        const image = `${repository}${isDigest(tagOrDigest) ? '@' : ':'}${tagOrDigest}`
        const failure = `${image} on ${subject} could not be read`
        const attempt = { failure, subject, scope, action: pullAction(registry), caller, registry, repository }
        throw explain(thrown, attempt, registryRules)
      }
    }

  return {
    read: explained(async (registry, repository, tagOrDigest, signal) => {
      if (!isDigest(tagOrDigest)) return { digest: (await readTag(registry, repository, tagOrDigest, signal)).digest }
      const { digest, imageSize } = await readManifest(registry, repository, tagOrDigest, signal)
      return { digest, ...(imageSize !== undefined && { sizeInBytes: imageSize }) }
    }),
    readPlatforms: explained(async (registry, repository, tagOrDigest, signal) => {
      const digest = isDigest(tagOrDigest)
        ? tagOrDigest
        : (await readTag(registry, repository, tagOrDigest, signal)).digest
      const manifest = await readManifest(registry, repository, digest, signal)
      return [manifest, ...(manifest.references ?? [])].flatMap(({ os, architecture: arch }) =>
        // Entries without a platform, such as attestations, have "unknown".
        os && arch && os !== 'unknown' ? [{ os, arch }] : [],
      )
    }),
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
