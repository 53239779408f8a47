import type { InputReader, Unknown } from 'kernel'
import type { ManifestImage } from 'run-model'
import { parseDocuments, readFiles, type ManifestFile } from './files.js'
import { findInDocuments } from './images.js'
import { findOverrides, override } from './kustomize.js'
import type { Doubt, Reject } from './problems.js'

/**
 * Reads all images in the files that the globs match: of all kinds of workloads, including custom resources, with init and ephemeral containers and image
 * volumes. Rejects globs that match nothing, files that are not YAML, and invalid image names.
 */
export async function readManifests(reader: InputReader, globs: string[]): Promise<ReadManifests> {
  const doubts: Unknown[] = []
  const doubt: Doubt = (file, message) => doubts.push({ subject: file, message: `${file}: ${message}` })
  const reject: Reject = (found, expected) => {
    reader.reject('manifests', found, expected)
  }
  const files = await readFiles(globs, reject)
  const images = findInFiles(files, reject, doubt)
  const [first] = files
  if (images.length === 0 && first) {
    const names = files.slice(0, maxNamed).map(({ name }) => name)
    const more = files.length > names.length ? ` and ${files.length - names.length} more` : ''
    const message = `The manifests name no image, so none was checked: ${names.join(', ')}${more}. Are templates rendered?`
    doubts.push({ subject: first.name, message })
  }
  return { images, doubts }
}

/** The images in the manifests, and what looks like a mistake there. */
interface ReadManifests {
  images: ManifestImage[]
  doubts: Unknown[]
}

/** Maximum number of files that a sentence names. */
const maxNamed = 5

const ignore: Doubt = () => undefined

/** The images in the files, after the changes of the kustomizations among them. */
export function findInFiles(files: ManifestFile[], reject: Reject, doubt: Doubt = ignore): ManifestImage[] {
  const parsed = files.map(({ name, text }) => ({ name, documents: parseDocuments(text, name, reject, doubt) }))
  return override(
    parsed.flatMap(({ name, documents }) => findInDocuments(documents, name, reject)),
    parsed.flatMap(({ name, documents }) => findOverrides(documents, name, reject)),
    reject,
  )
}
