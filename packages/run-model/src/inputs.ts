import type { Auth, Cloud, ImageRequest, ResourceId, SourceCredentials, VerifyLevel } from 'azure'
import type { Unknown } from 'kernel'
import type { ManifestImage } from './manifest.js'
import type { RepositoryPattern } from 'repository-conditions'

/** A resource by its ID. `text` is what the user wrote. */
interface IdReference {
  kind: 'id'
  text: string
  id: ResourceId
}

/** A line after `*` that leaves a resource out by its name (`!NAME`), or keeps only those with a tag (`tag:KEY=VALUE`). */
type Filter = { kind: 'not'; text: string; name: string } | { kind: 'tag'; text: string; key: string; value: string }

/** `*`: every resource of a resource group or, if that is empty, of the subscription, that passes all filters. */
export interface EveryReference {
  kind: 'all'
  text: string
  resourceGroup: string
  filters: readonly Filter[]
}

/** The inputs, checked. */
export interface Inputs {
  mode: Exclude<Mode, 'merge'>
  auth: Auth
  cloud: Cloud
  /** Where clusters are looked up by name, and registries first; empty if it isn't needed. */
  subscriptionId: string
  /** How the user names clusters: one each, or with `*` all of them. */
  clusters: (IdReference | EveryReference | { kind: 'name'; text: string; resourceGroup: string })[]
  kubeletIdentities: IdReference[]
  /** How the user names registries: one each, or with `*` all of them. */
  registries: (IdReference | EveryReference | { kind: 'name' | 'login-server'; text: string })[]
  /** The role to assign: chosen by the registry's mode; that one and the one of the other mode; or one role everywhere. */
  role: { kind: 'auto' | 'both' } | { kind: 'id'; id: string } | { kind: 'name'; name: string }
  /** Limits the role in ABAC mode; empty means everything. */
  repositories: RepositoryPattern[]
  /** Object ID of the group to assign the role to; empty to assign it to the pull identities themselves. */
  group: string
  /** How to create missing registries; an empty location means that of the resource group. */
  createRegistry?: { sku: string; location: string }
  /** Each once, even if it is spelled differently. */
  images: ImageRequest[]
  /** Whether to overwrite a tag that exists with another digest. */
  forceImport: boolean
  /** Absent if no image comes from a registry that needs them. */
  sourceCredentials?: SourceCredentials
  timeoutMs: number
  onTimeout: 'fail' | 'assign-directly'
  verify: VerifyLevel
  /** Images for `verify: pull`: as the user wrote each; the login server of its registry, empty if it names none; the repository, with tag or digest. */
  probeImages: { text: string; loginServer: string; path: string }[]
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
  /** The namespaces whose running images are checked: all except some, or only the named ones; in lower case, each once and sorted. Absent if none are. */
  workloads?: { kind: 'all'; except: readonly string[] } | { kind: 'named'; names: readonly string[] }
  /** Maximum number of concurrent requests. */
  concurrency: number
  failOnDrift: boolean
  jobSummary: boolean
  /** Whether to write the report as an HTML file, too. */
  reportHtml: boolean
  /** Whose GitHub issue to maintain: a name, `true` for one made of the step, or empty for none. */
  driftIssue: string
  /** The token for it. */
  githubToken: string
  /** Warnings about inputs that the mode doesn't use. */
  ignored: string[]
}

export type Mode = 'attach' | 'detach' | 'check' | 'merge'
