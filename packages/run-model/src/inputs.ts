import type { Auth, Cloud, ResourceId } from 'azure'
import type { NamespaceChoice } from './workload.js'
import type { ImageInputs, ProbeInputs } from './probe-inputs.js'
import type { RepositoryPattern } from 'repository-conditions'

/** A resource by its ID. `text` is what the user wrote. */
export interface IdReference {
  kind: 'id'
  text: string
  id: ResourceId
}

/** A line after `*` that leaves a resource out by its name (`!NAME`), or keeps only those with a tag (`tag:KEY=VALUE`). */
export type Filter =
  { kind: 'not'; text: string; name: string } | { kind: 'tag'; text: string; key: string; value: string }

/** `*`: every resource of a resource group or, if that is empty, of the subscription, that passes all filters. */
export interface EveryReference {
  kind: 'all'
  text: string
  resourceGroup: string
  filters: readonly Filter[]
}

/** How a user names one cluster or, with `*`, all of them. */
export type ClusterReference = IdReference | EveryReference | { kind: 'name'; text: string; resourceGroup: string }

/** How a user names a registry or, with `*`, all of them. */
export type RegistryReference = IdReference | EveryReference | { kind: 'name' | 'login-server'; text: string }

/** The role to assign: chosen by the registry's mode, or one role everywhere. */
export type RoleReference = { kind: 'auto' } | { kind: 'id'; id: string } | { kind: 'name'; name: string }

/** The inputs, checked. */
export interface Inputs extends ImageInputs, ProbeInputs, DriftInputs {
  mode: Exclude<Mode, 'merge'>
  auth: Auth
  cloud: Cloud
  /** Where clusters are looked up by name, and registries first; empty if it isn't needed. */
  subscriptionId: string
  clusters: ClusterReference[]
  kubeletIdentities: IdReference[]
  registries: RegistryReference[]
  role: RoleReference
  /** Limits the role in ABAC mode; empty means everything. */
  repositories: RepositoryPattern[]
  /** Object ID of the group to assign the role to; empty to assign it to the pull identities themselves. */
  group: string
  /** How to create missing registries; an empty location means that of the resource group. */
  createRegistry?: { sku: string; location: string }
  timeoutMs: number
  onTimeout: 'fail' | 'assign-directly'
  /** The namespaces whose running images are checked; absent if none are. */
  workloads?: NamespaceChoice
  /** Maximum number of concurrent requests. */
  concurrency: number
  /** Warnings about inputs that the mode doesn't use. */
  ignored: string[]
}

/** The inputs that describe the desired state. */
export type Desired = Pick<Inputs, 'mode' | 'repositories' | 'group' | 'onTimeout' | 'createRegistry' | 'forceImport'>

export const modes = ['attach', 'detach', 'check', 'merge'] as const

export type Mode = (typeof modes)[number]

/** The inputs of `mode: merge`, which sends no requests to Azure, checked. */
export interface MergeInputs extends DriftInputs {
  mode: 'merge'
  /** Folder with the reports. */
  reports: string
  /** One entry per job that must have a report; empty if that is unknown. */
  fleet: readonly unknown[]
  /** Warnings about inputs that the mode doesn't use. */
  ignored: string[]
}

/** The inputs about drift, and about where the result is shown. */
export interface DriftInputs {
  failOnDrift: boolean
  jobSummary: boolean
  /** Whether to write the report as an HTML file, too. */
  reportHtml: boolean
  /** Whether to maintain a GitHub issue, with this token. */
  driftIssue: boolean
  githubToken: string
}
