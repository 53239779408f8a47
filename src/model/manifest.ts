import type { ActionError } from './error.js'
import type { Registry } from './registry.js'
import type { Constraints } from './scheduling.js'

/** An image of the manifests, with whether it exists and the error if it does not. */
export interface CheckedManifest extends ManifestCheck {
  error?: ActionError
}

/** An image that a manifest names, and where. */
export interface ManifestImage {
  /** As it is written there. */
  text: string
  /** Path of the file, from the workspace. */
  file: string
  /** Number of the document in the file, from 1. */
  document: number
  /** What the document is: `Deployment shop`. */
  resource: string
  /** Where in the document: `spec.template.spec.containers[0].image`. */
  field: string
  /** Where its pods may run; absent where that can't be read from the manifest. */
  constraints?: Constraints
}

/** Where an image is named, in words. */
export function describePlace({ file, document, resource, field }: ManifestImage): string {
  return `${file}, document ${document}${resource && ` (${resource})`}, ${field}`
}

/** What an image of the manifests is remembered by, wherever it is named. */
export function manifestKey(image: string): string {
  return `manifest ${image}`.toLowerCase()
}

/** Whether a key is one of an image that a manifest names, and not one of the input `images`. */
export function isManifestKey(key: string): boolean {
  return key.startsWith('manifest ')
}

/** An image of the manifests that lives in one of the registries. */
export interface FoundManifest {
  /** Where it is named first. */
  image: ManifestImage
  /** Of all workloads that name it, where they may run; absent where that is not known of one. */
  constraints?: readonly Constraints[]
  registry: Registry
  repository: string
  /** Tag or digest. */
  reference: string
}

export interface ManifestCheck extends FoundManifest {
  status: 'present' | 'missing' | 'unknown'
}
