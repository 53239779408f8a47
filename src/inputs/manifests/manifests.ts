import type { ManifestImage } from '../../model/manifest.js'
import type { InputReader } from '../reader.js'
import { parseDocuments, readFiles, type ManifestFile } from './files.js'
import { findInDocuments } from './images.js'
import { findOverrides, override } from './kustomize.js'
import type { Reject } from './problems.js'

/**
 * Reads all images in the files that the globs match: of all kinds of workloads, including custom resources, with init and ephemeral containers and image
 * volumes. Rejects globs that match nothing, files that are not YAML, and invalid image names.
 */
export async function readManifests(reader: InputReader, globs: string[]): Promise<ManifestImage[]> {
  const reject: Reject = (found, expected) => {
    reader.reject('manifests', found, expected)
  }
  return findInFiles(await readFiles(globs, reject), reject)
}

/** The images in the files, after the changes of the kustomizations among them. */
export function findInFiles(files: ManifestFile[], reject: Reject): ManifestImage[] {
  const parsed = files.map(({ name, text }) => ({ name, documents: parseDocuments(text, name, reject) }))
  return override(
    parsed.flatMap(({ name, documents }) => findInDocuments(documents, name, reject)),
    parsed.flatMap(({ name, documents }) => findOverrides(documents, name, reject)),
    reject,
  )
}
