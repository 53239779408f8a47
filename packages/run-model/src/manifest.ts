import type { Constraints, Registry } from 'azure'
import type { ActionError } from 'kernel'

/** An image of the manifests with its state, and the error if it does not exist. */
export interface CheckedManifest extends ManifestCheck {
  error?: ActionError
}

/** An image that a manifest names, and its place. */
export interface ManifestImage {
  /** As the manifest has it. */
  text: string
  /** Path of the file, from the workspace. */
  file: string
  /** Number of the document in the file, from 1. */
  document: number
  /** Kind and name of the document: `Deployment shop`. */
  resource: string
  /** Path in the document: `spec.template.spec.containers[0].image`. */
  field: string
  /** The service account that its pods run as; absent if the manifest names none. */
  account?: string
  /** Where its pods can run; absent if the manifest does not show it. */
  constraints?: Constraints
}

/** The name of a service account: an RFC 1123 subdomain (kubernetes.io/docs/concepts/security/service-accounts). */
export const accountName = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/

/** The place of an image, in words. */
export function describePlace({ file, document, resource, field }: ManifestImage): string {
  return `${file}, document ${document}${resource && ` (${resource})`}, ${field}`
}

/** Key of an image of the manifests, wherever it is named. */
export function manifestKey(image: string): string {
  return `manifest ${image}`.toLowerCase()
}

/** Whether a key belongs to an image of the manifests and not to one of the input `images`. */
export function isManifestKey(key: string): boolean {
  return key.startsWith('manifest ')
}

/** The workloads that run an image as the same service account. */
export interface ManifestUse {
  /** Absent if they name none. */
  account?: string
  /** Where they can run; absent if that is unknown for one of them. */
  constraints?: readonly Constraints[]
}

/** An image of the manifests in one of the registries. */
export interface FoundManifest {
  /** Its first place. */
  image: ManifestImage
  /** How its workloads use it, one per service account. */
  uses: readonly ManifestUse[]
  registry: Registry
  repository: string
  /** Tag or digest. */
  reference: string
}

export interface ManifestCheck extends FoundManifest {
  status: 'present' | 'missing' | 'unknown'
}
