import { parseImageSource } from 'azure'
import { distinctOf, groupBy, type Unknown } from 'kernel'
import type { InputReader } from 'runner'
import type { ManifestImage } from 'run-model'
import { parseDocuments, readFiles, type Doubt, type ManifestFile, type Reject } from './files.js'
import { findCharts, readSources, type Sources } from './charts.js'
import { findInDocuments, isOfTest, isOfUpdater, nameResource, ofTest, resourcesOf } from './images.js'
import { findMentions } from './mentions.js'
import { changesImages, isFileOfValues, isTemplated, renderCommand } from './rendering.js'
import { isObject, textOf } from './values.js'

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
  if (images.every(each => each.pulledBy) && doubts.length === 0 && first) {
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
 * put the name of an image together or deploy a chart.
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
  const deployed = images.filter(isDeployed)
  const known = new Set(deployed.map(({ image }) => image))
  const sources = readSources(parsed.flatMap(({ content }) => resourcesOf(content).map(({ resource }) => resource)))
  const mentioned = parsed.flatMap(each => findMentioned(each, known, sources))
  const mentions = mentioned.flatMap(each => each.images)
  const seen = new Set(deployed.map(keyOfManifestImage))
  const named = new Set(images.map(keyOfManifestImage))
  const others = distinctOf(
    [...mentions.filter(isDeployed), ...mentions.filter(each => !isDeployed(each))],
    keyOfManifestImage,
  ).filter(each => !(isDeployed(each) ? seen : named).has(keyOfManifestImage(each)))
  const all = [...images, ...others]
  doubtUnread(mentioned, all, files, doubt)
  return all
}

/** Whether `helm test` alone does not create its pods. */
const isDeployed = ({ pulledBy }: ManifestImage): boolean => pulledBy !== ofTest.pulledBy

/** Doubts files whose images are not all among those that were found, once each. */
function doubtUnread(mentioned: Mentioned[], images: ManifestImage[], files: ManifestFile[], doubt: Doubt): void {
  const instead = 'and name the rendered file in manifests instead'
  for (const { file, content } of mentioned.filter(changesImages))
    doubt(
      file,
      `its images change those of other files, which were checked unchanged; render them first (${renderCommand(file, content)}), ${instead}`,
    )
  const read = new Set(images.map(keyOfManifestImage))
  const showing = new Set(images.filter(each => each.pulledBy !== 'controller').map(keyOfShown))
  const isRendered = (chart: string): boolean =>
    files.some(({ text }) => text.includes(`# Source: ${chart}/`) || text.includes(`helm.sh/chart: ${chart}-`))
  const unread = mentioned.flatMap(each => {
    if (changesImages(each)) return []
    const part = each.parts.find(({ whole }) => !whole.some(image => read.has(keyOfManifestImage({ image }))))
    if (part) return { ...each, why: `no field has the whole name of an image (${part.name}), so that image was` }
    const isShown = each.parts.length > 0 || showing.has(keyOfShown(each))
    const chart = isShown ? undefined : each.charts.find(({ name }) => !isRendered(name))
    return chart ? { ...each, why: `it deploys a chart (${chart.name}), whose images were` } : []
  })
  for (const { file, content, why } of distinctOf(unread, each => each.file))
    doubt(
      file,
      `${why} not checked; render it first (${renderCommand(file, content)}), ${instead}${isTemplated(content) ? '' : '; or write the whole name in one field'}`,
    )
}

/** A document of a file. */
interface Document {
  file: string
  /** Its number in the file, from 1. */
  document: number
  content: unknown
}

/** A resource, with what it mentions. */
type Mentioned = ReturnType<typeof findMentioned>[number]

/** What the resources of a document mention; of a file of values, all of it. */
function findMentioned({ file, document, content }: Document, known: ReadonlySet<string>, sources: Sources) {
  const resources: { resource: unknown; path: string }[] = resourcesOf(content)
  const parts = resources.length > 0 ? resources : [{ resource: content, path: '' }]
  return parts.flatMap(each => {
    const own = isObject(each.resource) ? each.resource : {}
    if (isOfUpdater(own)) return []
    const charts = findCharts(each.resource, each.path, sources)
    const isForeign = charts.length > 0 && charts.every(({ isAzure }) => !isAzure)
    const inAzure = charts.filter(({ isAzure }) => isAzure)
    const isValues = isFileOfValues(file, each.resource)
    const mentions = findMentions(each.resource, { path: each.path, isValues, isForeign, known })
    const place = { file, document, resource: nameResource(own) }
    const kind = isOfTest(own) ? ofTest : isOnlyRead(own) ? ofController : {}
    const images = [
      ...mentions.images.map((image): ManifestImage => ({ ...place, ...image, ...kind })),
      ...inAzure.flatMap(({ image, field }): ManifestImage[] =>
        image ? [{ ...place, image, field, ...ofController }] : [],
      ),
    ]
    return {
      ...place,
      content: each.resource,
      images,
      parts: isOfTest(own) ? [] : mentions.parts,
      charts: inAzure.filter(({ isSource }) => !isSource),
    }
  })
}

const ofController = { pulledBy: 'controller' } as const

/** Whether it is a package of Crossplane without a program (docs.crossplane.io/latest/packages/configurations). */
function isOnlyRead({ kind, apiVersion }: Record<string, unknown>): boolean {
  return kind === 'Configuration' && textOf(apiVersion).startsWith('pkg.crossplane.io/')
}

const keyOfShown = ({ file, document, resource }: Pick<ManifestImage, 'file' | 'document' | 'resource'>): string =>
  `${file} ${document} ${resource}`

/** Equal for names of the same image. */
function keyOfManifestImage({ image }: Pick<ManifestImage, 'image'>): string {
  const { host, repository, tag, digest } = parseImageSource(image) ?? {}
  return host === undefined ? image : `${host}/${repository}@${digest || tag}`
}
