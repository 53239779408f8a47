import { formatResourceId, nameImageRequest, normalizeId, parseImageRequest } from 'azure'
import type { Cloud, ImageRequest, ImageSource, SourceCredentials } from 'azure'
import { quote, type InputReader } from 'runner'
import type { Inputs } from 'run-model'

interface Line {
  number: number
  text: string
  request: ImageRequest
}

/** Reads the inputs about images, and rejects those that can't be combined. */
export function readImageInputs(
  reader: InputReader,
  cloud: Cloud,
): Pick<Inputs, 'images' | 'forceImport' | 'sourceCredentials'> {
  const lines = readLines(reader, cloud)
  const sourceCredentials = readSourceCredentials(reader, lines, cloud)
  return {
    images: selectDistinct(reader, lines),
    forceImport: reader.boolean('force-import', false),
    ...(sourceCredentials && { sourceCredentials }),
  }
}

function readLines(reader: InputReader, cloud: Cloud): Line[] {
  return reader.lines('images').flatMap(({ number, text }) => {
    const request = parseImageRequest(text)
    if (request && !(text.includes('=>') && namesRegistry(request, cloud))) return [{ number, text, request }]
    const expected = request
      ? 'a repository without a host, because images go to every registry'
      : 'SOURCE or SOURCE => REPOSITORY[:TAG], such as nginx:1.27, ghcr.io/team/app@sha256:… => app:v1, or the resource ID of a registry followed by :repository:tag'
    return reader.reject('images', `${quote(text)} in line ${number}`, expected)
  })
}

/** Whether a repository starts with a registry, because a user wrote the whole reference. */
function namesRegistry({ repository }: ImageRequest, cloud: Cloud): boolean {
  const [host = ''] = repository.split('/')
  return host.endsWith(cloud.registrySuffix)
}

/** Rejects two sources for one tag; the same source twice, in any spelling, counts once. */
function selectDistinct(reader: InputReader, lines: Line[]): ImageRequest[] {
  const byTarget = new Map<string, Line>()
  for (const line of lines) {
    const target = nameImageRequest(line.request)
    const first = byTarget.get(target) ?? line
    byTarget.set(target, first)
    if (keyOfImageSource(first.request.source) !== keyOfImageSource(line.request.source)) {
      const found = `${quote(line.text)} in line ${line.number}`
      reader.reject('images', found, `one source for ${target}; line ${first.number} has ${quote(first.text)}`)
    }
  }
  return [...byTarget.values()].map(({ request }) => request)
}

function keyOfImageSource({ host, registryId, repository, tag, digest }: ImageSource): string {
  return `${registryId ? normalizeId(formatResourceId(registryId)) : host}/${repository}:${tag}@${digest}`
}

/** Registries of public images, without sign-in. */
const openHosts = ['mcr.microsoft.com', 'registry.k8s.io']

/**
 * Credentials are only sent to one registry, so the images must name exactly one that they can be for. Registries in Azure are read as the signed-in
 * identity, unless there are no others.
 */
function readSourceCredentials(reader: InputReader, lines: Line[], cloud: Cloud): SourceCredentials | undefined {
  const username = reader.text('source-username')
  const password = reader.text('source-password')
  if (username && !password)
    reader.reject('source-password', '', 'the password or token that goes with source-username')
  const firstLines = new Map<string, number>()
  for (const { number, request } of lines) {
    const { host } = request.source
    if (host && !openHosts.includes(host) && !firstLines.has(host)) firstLines.set(host, number)
  }
  const hosts = [...firstLines.keys()]
  const outside = hosts.filter(host => !host.endsWith(cloud.registrySuffix))
  const [host, ...others] = outside.length > 0 ? outside : hosts
  if (!password || host === undefined) return undefined
  if (others.length > 0) {
    const found = [host, ...others].map(each => `${each} (line ${firstLines.get(each) ?? ''} of images)`).join(', ')
    const expected =
      'images of one registry, because only one gets the password; import images from other registries in a separate step'
    reader.reject('source-password', `images of several registries: ${found}`, expected)
  }
  return { host, username, password }
}
