import type { Constraints } from 'azure'

/** An image that a manifest names, and its place. */
export interface ManifestImage {
  image: string
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
  /** Absent for what the nodes of a deployment pull: a controller pulls charts and bundles, and the nodes pull others only when someone runs `helm test`. */
  pulledBy?: 'controller' | 'helm-test'
  /** Where its pods can run; absent if the manifest does not show it. */
  constraints?: Constraints
}

/** The place of an image, in words. */
export function describePlaceInManifest({ file, document, resource, field }: ManifestImage): string {
  return `${file}, document ${document}${resource && ` (${resource})`}, ${field}`
}
