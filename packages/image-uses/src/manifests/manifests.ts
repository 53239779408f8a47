import { basename, dirname } from 'node:path'
import { shell } from 'azure'
import type { Unknown } from 'kernel'
import type { InputReader } from 'runner'
import type { ManifestImage } from 'run-model'
import { parseDocuments, readFiles, type Doubt, type ManifestFile, type Reject } from './files.js'
import { findInDocuments, isComplete, namesIn } from './images.js'
import { isObject, listOf, textOf } from './values.js'

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

/** The images in the files. Kustomizations that change some of them are a doubt. */
export function findInFiles(files: ManifestFile[], reject: Reject, doubt: Doubt): ManifestImage[] {
  const parsed = files.map(({ name, text }) => ({ name, documents: parseDocuments(text, name, reject, doubt) }))
  const images = parsed.flatMap(({ name, documents }) => {
    for (const document of documents) doubtImages(document, name, doubt)
    return findInDocuments(documents, name, reject)
  })
  for (const { name, documents } of parsed) doubtParts(documents, images, name, doubt)
  return images
}

/**
 * Doubts images of Azure registries in parts that were not read: a repository beside its tag (values of Helm, `newName` of kustomize), a parameter of
 * Argo CD, values as text; and images in files that are no manifests.
 */
function doubtParts(documents: unknown[], images: ManifestImage[], file: string, doubt: Doubt): void {
  const read = new Set(images.map(({ image }) => image))
  const unread = (name: string, tag: string): boolean =>
    isComplete(name) ? !read.has(name) : tag !== '' && !read.has(`${name}:${tag}`)
  const visit = (value: unknown, tag: string): string[] => {
    if (typeof value === 'string') {
      const inText = /^\s*[\w-]*tag:/im.test(value) ? '?' : tag
      return namesIn(value).filter(name => unread(name, inText))
    }
    if (Array.isArray(value)) return value.flatMap((item: unknown) => visit(item, ''))
    if (!isObject(value)) return []
    const beside = Object.entries(value).find(([key]) => /(tag|digest)$/i.test(key))
    const isParameter = 'value' in value && /(repository|image|registry)$/i.test(textOf(value.name))
    const own = beside ? textOf(beside[1]) : isParameter ? '?' : ''
    return Object.values(value).flatMap(child => visit(child, typeof child === 'string' ? own : ''))
  }
  const [name] = documents.flatMap(document => visit(document, ''))
  if (name)
    doubt(
      file,
      `it names ${name} in a way that was not read; render it first (helm template, kubectl kustomize), and name the rendered file in manifests`,
    )
}

/**
 * Doubts a kustomization, of kustomize or of Flux, with `images`: they change images of other files
 * (kubectl.docs.kubernetes.io/references/kustomize/kustomization/images), which only rendering shows.
 */
function doubtImages(document: unknown, file: string, doubt: Doubt): void {
  if (!isObject(document)) return
  const { kind, spec } = document
  const isKustomization =
    kind === 'Kustomization' || (kind === undefined && /^kustomization\.ya?ml$/i.test(basename(file)))
  const { images } = isObject(spec) ? spec : document
  if (!isKustomization || listOf(images).length === 0) return
  const command = isObject(spec)
    ? 'flux build kustomization'
    : shell`kubectl kustomize ${dirname(file)} > rendered.yaml`
  doubt(
    file,
    `its images change those of other files, which were checked unchanged; render them first (${command}), and name the rendered file in manifests`,
  )
}
