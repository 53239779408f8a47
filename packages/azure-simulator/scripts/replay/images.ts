import { isRegistry, type Registry } from '../../src/world/registries.js'
import type { Recording } from '../../src/recording/shapes.js'
import type { Seen } from './seen.js'

/**
 * The initial images of registries and sources.
 * @returns recorded digests, mapped to those of the images created here
 */
export function addImages({ recordings, world }: Seen): Map<string, string> {
  const known = new Map<string, string>()
  const asked = new Set<string>()
  const registryAt = (host: string): Registry | undefined =>
    world.resources.filter(isRegistry).find(({ loginServer }) => loginServer.toLowerCase() === host.toLowerCase())
  const push = (
    registry: Pick<Registry['images'], 'push'> | undefined,
    repository: string,
    reference: string,
    recorded?: string,
  ): void => {
    if (registry === undefined || (recorded !== undefined && known.has(recorded))) return
    const isDigest = reference.includes(':')
    const digest = registry.push(repository, isDigest ? undefined : reference)
    const key = isDigest ? reference : recorded
    if (key !== undefined) known.set(key, digest)
  }
  for (const { request, response } of recordings) {
    const url = new URL(request.url)
    const path = decodeURIComponent(url.pathname)
    const [, repository = '', reference = ''] = /^\/v2\/(.+)\/manifests\/([^/]+)$/.exec(path) ?? []
    if (repository !== '') {
      const isFirst = !asked.has(`${url.host}${path}`)
      asked.add(`${url.host}${path}`)
      const registry = registryAt(url.host)
      if (isFirst && response.status === 200 && registry?.images.find(repository, reference) === undefined)
        push(registry?.images, repository, reference, response.headers['docker-content-digest'])
    }
    if (/\/importImage$/i.test(path) && response.status < 300) addSource(world, request.body, push)
  }
  for (const { request, response } of recordings.filter(isAboutTags)) {
    const images = registryAt(new URL(request.url).host)?.images
    const { imageName, tag, tags = tag === undefined ? [] : [tag] } = response.body as TagsBody
    for (const { name, digest } of tags)
      if (imageName !== undefined && images?.find(imageName, name) === undefined) push(images, imageName, name, digest)
  }
  return known
}

interface Tag {
  readonly name: string
  readonly digest: string
}

interface TagsBody {
  readonly imageName?: string
  readonly tag?: Tag
  readonly tags?: readonly Tag[]
}

const isAboutTags = ({ request, response }: Recording): boolean =>
  /^\/acr\/v1\/.+\/_tags/.test(new URL(request.url).pathname) && response.status === 200

function addSource(
  world: Seen['world'],
  body: unknown,
  push: (images: Pick<Registry['images'], 'push'> | undefined, repository: string, reference: string) => void,
): void {
  const { source = {} } = body as { source?: { registryUri?: string; resourceId?: string; sourceImage?: string } }
  const [, repository = '', reference = 'latest'] = /^([^:@]+)(?:[:@](.+))?$/.exec(source.sourceImage ?? '') ?? []
  const registry = source.resourceId === undefined ? undefined : world.findResource(source.resourceId)
  if (isRegistry(registry)) push(registry.images, repository, reference)
  else if (source.registryUri !== undefined) push(world.addSourceRegistry(source.registryUri), repository, reference)
}
