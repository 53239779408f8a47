// Azure's own API for a registry's repositories, tags and manifests: /acr/v1.
import { armTimestamp } from '../../model/ids.js'
import type { Repository } from '../../world/images.js'
import { lockable, type StoredManifest } from '../../world/manifests.js'
import type { Registry } from '../../world/registries.js'
import { checkParameters, json, page } from './distribution.js'
import { registryErrors } from './errors.js'
import type { Need } from './rights.js'

/** A parsed path below `/acr/v1/`. */
export type PropertiesRequest =
  | { readonly kind: 'catalog' }
  | { readonly kind: 'repository' | 'tags' | 'manifests'; readonly repository: string }
  | { readonly kind: 'tag' | 'manifest'; readonly repository: string; readonly reference: string }

/** Parses a path of the registry's own API; also returns the right that a request of this method needs. */
export function readPropertiesPath(method: string, path: string): (PropertiesRequest & { need: Need }) | undefined {
  if (path === '/acr/v1/_catalog') {
    return { kind: 'catalog', need: { type: 'registry', name: 'catalog', actions: ['*'] } }
  }
  const [, repository, kind, reference] = /^\/acr\/v1\/(.+?)(?:\/(_tags|_manifests)(?:\/([^/]+))?)?$/.exec(path) ?? []
  if (repository === undefined) return undefined
  const need: Need = {
    type: 'repository',
    name: repository,
    actions: [method === 'PATCH' ? 'metadata_write' : 'metadata_read'],
  }
  if (kind === undefined) return { kind: 'repository', repository, need }
  if (reference === undefined) return { kind: kind === '_tags' ? 'tags' : 'manifests', repository, need }
  return { kind: kind === '_tags' ? 'tag' : 'manifest', repository, reference, need }
}

/** `RepositoryWriteableProperties` and the like of `containerregistry.json`. */
const attributesOf = ({ locks }: Repository, reference: string): Record<string, boolean> =>
  Object.fromEntries(lockable.map(each => [`${each}Enabled`, !locks[each].has(reference)]))

/** Sets or takes the locks that the request names. */
async function changeLocks({ locks }: Repository, reference: string, request: Request): Promise<void> {
  const changes = (await request.json()) as Record<string, boolean | undefined>
  for (const each of lockable) {
    const enabled = changes[`${each}Enabled`]
    if (enabled === true) locks[each].delete(reference)
    if (enabled === false) locks[each].add(reference)
  }
}

/** Answers of `containerregistry.json`, 2021-07-01. */
export async function answerProperties(
  registry: Registry,
  target: PropertiesRequest,
  request: Request,
  problem: (text: string) => void,
): Promise<Response> {
  const { images, loginServer } = registry
  checkParameters(['api-version', ...(parameters[target.kind] ?? [])], request, problem)
  if (target.kind === 'catalog') {
    const listed = [...images.repositories].flatMap(([name, { locks }]) => (locks.list.has('') ? [] : name))
    return page(request, 'repositories', listed.sort())
  }
  const { repository: imageName } = target
  const repository = images.repositories.get(imageName)
  if (repository === undefined) throw registryErrors.nameUnknown(imageName)
  const reference = 'reference' in target ? target.reference : ''
  if (request.method === 'PATCH') await changeLocks(repository, reference, request)
  const common = { registry: loginServer, imageName }
  const manifestEntry = (manifest: StoredManifest): Record<string, unknown> =>
    describeManifest(repository, manifest, images.size(imageName, manifest))
  switch (target.kind) {
    case 'repository':
      return json({
        ...common,
        createdTime: armTimestamp(
          Math.min(Date.now(), ...[...repository.manifests.values()].map(({ createdAt }) => createdAt)),
        ),
        lastUpdateTime: armTimestamp(Math.max(...[...repository.tags.values()].map(({ updatedAt }) => updatedAt), 0)),
        manifestCount: repository.manifests.size,
        tagCount: repository.tags.size,
        changeableAttributes: { ...attributesOf(repository, ''), teleportEnabled: false },
      })
    case 'tags': {
      const digest = new URL(request.url).searchParams.get('digest')
      const names = [...repository.tags].flatMap(([tag, named]) =>
        (digest === null || named.digest === digest) && !repository.locks.list.has(tag) ? [tag] : [],
      )
      const sorted = inOrder(request, problem, names, tag => repository.tags.get(tag)?.updatedAt)
      return page(request, 'tags', sorted, common, tag => describeTag(repository, tag))
    }
    case 'manifests': {
      const describe = (digest: string): unknown => {
        const manifest = repository.manifests.get(digest)
        return manifest && manifestEntry(manifest)
      }
      const digests = [...repository.manifests.keys()].filter(digest => !repository.locks.list.has(digest))
      const sorted = inOrder(request, problem, digests, digest => repository.manifests.get(digest)?.createdAt)
      return page(request, 'manifests', sorted, common, describe)
    }
    case 'tag': {
      const tag = describeTag(repository, reference)
      if (tag === undefined) throw registryErrors.manifestUnknown(imageName, reference)
      images.read(imageName, reference)
      return json({ ...common, tag })
    }
    case 'manifest': {
      const manifest = images.read(imageName, reference)
      if (manifest === undefined) throw registryErrors.manifestUnknown(imageName, reference)
      return json({ ...common, manifest: manifestEntry(manifest) })
    }
  }
}

const pageParameters = ['n', 'last']
const parameters: Readonly<Partial<Record<PropertiesRequest['kind'], readonly string[]>>> = {
  catalog: pageParameters,
  tags: [...pageParameters, 'orderby', 'digest'],
  manifests: [...pageParameters, 'orderby'],
}

/** Sorts by name, or by last change with `timedesc` and `timeasc`, whose further pages aren't simulated. */
function inOrder(
  request: Request,
  problem: (text: string) => void,
  names: string[],
  timeOf: (name: string) => number | undefined,
): string[] {
  const { searchParams } = new URL(request.url)
  const order = searchParams.get('orderby') ?? 'none'
  const sorted = [...names].sort()
  if (order === 'none') return sorted
  const sign = { timeasc: 1, timedesc: -1 }[order]
  if (sign === undefined) problem(`orderby=${order} is not simulated`)
  if (searchParams.has('last')) problem(`the second page in the order ${order} is not simulated`)
  return sorted.sort((a, b) => (sign ?? 0) * ((timeOf(a) ?? 0) - (timeOf(b) ?? 0)))
}

function describeTag(repository: Repository, name: string): Record<string, unknown> | undefined {
  const tag = repository.tags.get(name)
  if (tag === undefined) return undefined
  return {
    name,
    digest: tag.digest,
    createdTime: armTimestamp(tag.createdAt),
    lastUpdateTime: armTimestamp(tag.updatedAt),
    signed: false,
    changeableAttributes: attributesOf(repository, name),
  }
}

function describeManifest(
  repository: Repository,
  { digest, mediaType, content, createdAt }: StoredManifest,
  imageSize: number,
): Record<string, unknown> {
  const tags = [...repository.tags].flatMap(([tag, named]) => (named.digest === digest ? [tag] : []))
  const { config, manifests } = content
  return {
    digest,
    imageSize,
    createdTime: armTimestamp(createdAt),
    lastUpdateTime: armTimestamp(createdAt),
    ...(config === undefined ? {} : platformOf(repository, config.digest)),
    mediaType,
    ...(config === undefined ? {} : { configMediaType: config.mediaType }),
    ...(manifests === undefined
      ? {}
      : {
          references: manifests.map(({ digest: child, platform }) => ({
            digest: child,
            architecture: platform?.architecture,
            os: platform?.os,
          })),
        }),
    ...(tags.length === 0 ? {} : { tags }),
    changeableAttributes: { ...attributesOf(repository, digest), quarantineState: 'Passed' },
  }
}

/** The platform in an image's configuration; an artifact's has none. */
function platformOf(repository: Repository, config: string): { architecture?: string; os?: string } {
  const { architecture, os } = JSON.parse(repository.blobs.get(config)?.toString() ?? '{}') as Record<string, string>
  return { ...(architecture === undefined ? {} : { architecture }), ...(os === undefined ? {} : { os }) }
}
