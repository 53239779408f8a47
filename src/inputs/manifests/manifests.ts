import type { ManifestImage } from '../../model/manifest.js'
import type { InputReader } from '../reader.js'
import { parseDocuments, readFiles, type ManifestFile } from './files.js'
import { findInDocuments } from './images.js'
import { findOverrides, override } from './kustomize.js'
import type { Reject } from './problems.js'

/**
 * Reads every image in the files that the globs match: of each kind of workload, custom ones too, with init and ephemeral containers and image
 * volumes. A glob that matches nothing, a file that is not YAML and what is not the name of an image are problems of the reader.
 */
export async function readManifests(reader: InputReader, globs: string[]): Promise<ManifestImage[]> {
  const reject: Reject = (found, accepted) => {
    reader.reject('manifests', found, accepted)
  }
  return findInFiles(await readFiles(globs, reject), reject)
}

/** The images in some files, as kustomizations among them change them. */
export function findInFiles(files: ManifestFile[], reject: Reject): ManifestImage[] {
  const parsed = files.map(({ name, text }) => ({ name, documents: parseDocuments(text, name, reject) }))
  return override(
    parsed.flatMap(({ name, documents }) => findInDocuments(documents, name, reject)),
    parsed.flatMap(({ name, documents }) => findOverrides(documents, name, reject)),
    reject,
  )
}
