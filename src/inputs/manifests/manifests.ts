import type { ManifestImage } from '../../model/manifest.js'
import { parseDocuments } from './documents.js'
import { readFiles, type ManifestFile } from './files.js'
import { findInDocuments } from './images.js'
import { findOverrides, override } from './kustomize.js'

/**
 * Reads every image in the files that the globs match: of each kind of workload, with init and ephemeral containers and image volumes.
 * @throws ActionError `INVALID_INPUT` when a glob matches nothing or leads out of the workspace, or a file is not YAML that is rendered
 */
export async function readManifests(globs: string[]): Promise<ManifestImage[]> {
  return findInFiles(await readFiles(globs))
}

/** The images in some files, as kustomizations among them change them. @throws ActionError `INVALID_INPUT` */
export function findInFiles(files: ManifestFile[]): ManifestImage[] {
  const parsed = files.map(({ name, text }) => ({ name, documents: parseDocuments(text, name) }))
  return override(
    parsed.flatMap(({ name, documents }) => findInDocuments(documents, name)),
    parsed.flatMap(({ name, documents }) => findOverrides(documents, name)),
  )
}
