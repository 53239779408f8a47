import { parseImageSource } from 'azure'
import { distinctOf, groupBy, type Unknown } from 'kernel'
import type { InputReader } from 'runner'
import type { ManifestImage } from 'run-model'
import { parseDocuments, readFiles, type Doubt, type ManifestFile, type Reject } from './files.js'
import { findInDocuments, nameResource, resourcesOf } from './images.js'
import { findMentions } from './mentions.js'
import { changesImages, isFileOfValues, isTemplated, renderCommand } from './rendering.js'
import { isObject } from './values.js'

/**
 * Reads all images in the files that the globs match: of all kinds of workloads, including custom resources, with init and ephemeral containers and image
 * volumes. Rejects globs that match nothing, files that are not YAML, and invalid image names.
 * @returns also what looks like a mistake
 */
export async function readManifests(
  reader: InputReader,
  globs: string[],
): Promise<{ images: ManifestImage[]; doubts: Unknown[] }> {
  const doubts: Unknown[] = []
  const doubt: Doubt = (file, message) => doubts.push({ subject: file, message: `${file}: ${message}` })
  const reject: Reject = (found, expected) => reader.reject('manifests', found, expected)
  const files = await readFiles(globs, reject)
  const images = findInFiles(files, reject, doubt)
  const [first] = files
  if (images.length === 0 && doubts.length === 0 && first) {
    const names = files.slice(0, maxNamed).map(({ name }) => name)
    const more = files.length > names.length ? ` and ${files.length - names.length} more` : ''
    const message = `The manifests name no image, so none was checked: ${names.join(', ')}${more}. Are templates rendered?`
    doubts.push({ subject: first.name, message })
  }
  return { images, doubts }
}

/** Maximum number of files that a sentence names. */
const maxNamed = 5

/**
 * The images in the files, in all of their places, and those that are only mentioned, once each. Doubts files that change images of others, and those that
 * put the name of an image together.
 */
export function findInFiles(files: ManifestFile[], reject: Reject, doubt: Doubt): ManifestImage[] {
  const parsed = files.flatMap(({ name, text }) =>
    parseDocuments(text, name, reject, doubt).map((content, index) => ({ file: name, document: index + 1, content })),
  )
  const images = [...groupBy(parsed, ({ file }) => file)].flatMap(([file, own]) =>
    findInDocuments(
      own.map(({ content }) => content),
      file,
      reject,
    ),
  )
  const known = new Set(images.map(({ image }) => image))
  const mentioned = parsed.flatMap(each => findMentioned(each, known))
  const seen = new Set(images.map(keyOfManifestImage))
  const others = distinctOf(
    mentioned.flatMap(each => each.images),
    keyOfManifestImage,
  ).filter(each => !seen.has(keyOfManifestImage(each)))
  const read = new Set([...images, ...others].map(keyOfManifestImage))
  for (const { file, content } of parsed.filter(changesImages))
    doubt(
      file,
      `its images change those of other files, which were checked unchanged; render them first (${renderCommand(file, content)}), and name the rendered file in manifests`,
    )
  const unread = mentioned.flatMap(({ parts, ...place }) => {
    const part = parts.find(({ whole }) => !whole.some(image => read.has(keyOfManifestImage({ image }))))
    return part && !changesImages(place) ? { ...place, name: part.name } : []
  })
  for (const { file, content, name } of distinctOf(unread, each => each.file))
    doubt(
      file,
      `it builds the name of an image from several fields (${name}), so that image was not checked; render it first (${renderCommand(file, content)}), and name the rendered file in manifests${isTemplated(content) ? '' : '; or write the whole name in one field'}`,
    )
  return [...images, ...others]
}

/** A document of a file. */
interface Document {
  file: string
  /** Its number in the file, from 1. */
  document: number
  content: unknown
}

/** What the resources of a document mention; of a file of values, all of it. */
function findMentioned({ file, document, content }: Document, known: ReadonlySet<string>) {
  const resources: { resource: unknown; path: string }[] = resourcesOf(content)
  const parts = resources.length > 0 ? resources : [{ resource: content, path: '' }]
  return parts.map(({ resource, path }) => {
    const isValues = isFileOfValues(file, resource)
    const mentions = findMentions(resource, { path, isValues, known })
    const name = isObject(resource) ? nameResource(resource) : ''
    const images = mentions.images.map((each): ManifestImage => ({ file, document, resource: name, ...each }))
    return { file, document, content: resource, images, parts: mentions.parts }
  })
}

/** Equal for names of the same image. */
function keyOfManifestImage({ image }: Pick<ManifestImage, 'image'>): string {
  const { host, repository, tag, digest } = parseImageSource(image) ?? {}
  return host === undefined ? image : `${host}/${repository}@${digest || tag}`
}
