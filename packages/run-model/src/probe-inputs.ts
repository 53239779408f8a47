import type { ImageRequest, SourceCredentials, VerifyLevel } from 'azure'
import type { Unknown } from 'kernel'
import type { ManifestImage } from './manifest.js'

export interface ImageInputs {
  /** Each once, even if it is spelled differently. */
  images: ImageRequest[]
  /** Whether to overwrite a tag that exists with another digest. */
  forceImport: boolean
  /** Absent if no image comes from a registry that needs them. */
  sourceCredentials?: SourceCredentials
}

/** An image that the input `probe-image` names. */
export interface ProbeName {
  /** As the user wrote it. */
  text: string
  /** The login server of its registry; empty if it names none. */
  loginServer: string
  /** The repository, with tag or digest. */
  path: string
}

/** The inputs about verification, and the images of the manifests. */
export interface ProbeInputs {
  verify: VerifyLevel
  /** Images for `verify: pull`. */
  probeImages: ProbeName[]
  /** Whether `verify: pull` pulls the images of the clusters' workloads, too (`probe-image: workloads`). */
  probesWorkloads?: true
  /** The images of the Kubernetes manifests, in the order of files and documents. */
  manifests: ManifestImage[]
  /** Possible mistakes in the manifests, which are not errors. */
  manifestDoubts: Unknown[]
  manifestGlobs: string[]
  probeWith: 'auto' | 'kubectl' | 'run-command'
  probeNodes: 'one-per-pool' | 'all'
  probeNamespace: string
  /** The service account that probe pods run as; empty for those of the manifests' workloads. */
  probeServiceAccount: string
}
