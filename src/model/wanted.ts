import type { Cloud } from './cloud.js'
import type { ImageRequest } from './image.js'
import type { ManifestImage } from './manifest.js'
import type { RepositoryPattern } from './repository-pattern.js'
import type { ResourceId } from './resource-id.js'

/** The inputs about images. */
export interface ImageInputs {
  /** Each once, however it was spelled. */
  images: ImageRequest[]
  /** Whether to overwrite a tag that exists with another digest. */
  forceImport: boolean
  /** Credentials of the one registry that they are for; absent also when no image comes from a registry that takes any. */
  sourceCredentials?: SourceCredentials
}

/** A resource by its ID. `text` is what was written. */
export interface IdReference {
  kind: 'id'
  text: string
  id: ResourceId
}

/** How a user names one cluster or, with `*`, all of them. */
export type ClusterReference =
  | IdReference
  | { kind: 'name'; text: string; resourceGroup: string }
  | { kind: 'all'; text: string; resourceGroup: string }

/** How a user names a registry. */
export type RegistryReference = IdReference | { kind: 'name' | 'login-server'; text: string }

/** Signing in with GitHub ID tokens. */
export interface OidcAuth {
  type: 'oidc'
  clientId: string
  tenantId: string
  /** Audience of the GitHub ID token. */
  audience: string
}

/** How the action signs in. */
export type Auth =
  | OidcAuth
  /** As whoever signed in to the Azure CLI before; `tenantId` may be empty. */
  | { type: 'azure-cli'; tenantId: string }
  /** As the runner's identity: the user-assigned one of that client ID or, when it is empty, the system-assigned one. */
  | { type: 'managed-identity'; clientId: string }

/** The role that is wanted: by what the registry honours, or one role everywhere. */
export type RoleReference = { kind: 'auto' } | { kind: 'id'; id: string } | { kind: 'name'; name: string }

/** The inputs, checked. */
export interface Inputs extends ImageInputs, ProbeInputs, Keeping {
  mode: Exclude<Mode, 'merge'>
  auth: Auth
  cloud: Cloud
  /** Where clusters given by name are looked up, and registries first; empty when it is not needed. */
  subscriptionId: string
  clusters: ClusterReference[]
  kubeletIdentities: IdReference[]
  registries: RegistryReference[]
  role: RoleReference
  /** What an ABAC grant is limited to; empty means everything. */
  repositories: RepositoryPattern[]
  /** Object ID of the group that is to hold the role; empty means that the pull identities hold it themselves. */
  group: string
  /** How to create a registry that does not exist; an empty location means that of its resource group. */
  createRegistry?: { sku: string; location: string }
  timeoutMs: number
  onTimeout: 'fail' | 'assign-directly'
  /** Requests in flight at most. */
  concurrency: number
  /** What the mode makes no use of, in words. */
  ignored: string[]
}

/** The inputs that say what is wanted. */
export type Desired = Pick<Inputs, 'mode' | 'repositories' | 'group' | 'onTimeout' | 'createRegistry' | 'forceImport'>

/** An image that the input `probe-image` names. */
export interface ProbeName {
  /** As it was written. */
  text: string
  /** The login server of the registry that it names; empty where it names none. */
  loginServer: string
  /** The repository, with tag or digest. */
  path: string
}

/** The inputs about verification, and the images of the manifests. */
export interface ProbeInputs {
  verify: VerifyLevel
  /** What `verify: pull` pulls. */
  probeImages: ProbeName[]
  /** The images that the Kubernetes manifests name, in the order of files and documents. */
  manifests: ManifestImage[]
  probeWith: 'auto' | 'kubectl' | 'run-command'
  probeNodes: 'one-per-pool' | 'all'
  probeNamespace: string
}

/** Credentials for a registry; an empty user name goes with a token as password. */
export interface Credentials {
  username: string
  password: string
}

/** Credentials of the registry that images come from. */
export interface SourceCredentials extends Credentials {
  /** The only registry that is to see them. */
  host: string
}

/** The inputs of any mode; those of `merge` ask nothing of Azure. */
export const modes = ['attach', 'detach', 'check', 'merge'] as const

export type Mode = (typeof modes)[number]

/** The inputs of `mode: merge`, checked. */
export interface MergeInputs extends Keeping {
  mode: 'merge'
  /** Folder with the reports. */
  reports: string
  /** What a report is expected of, one entry a job; empty where that is not known. */
  fleet: readonly unknown[]
}

/** The inputs about drift. */
export interface Keeping {
  failOnDrift: boolean
  /** Whether a GitHub issue is kept, with this token. */
  driftIssue: boolean
  githubToken: string
}

export type VerifyLevel = 'none' | 'assignment' | 'pull'
