import { createImageStore, type ImageStore } from './images.js'

export interface SourceRegistryOptions {
  /** Gives access to all images. */
  credentials?: { username: string; password: string }
  /** Whether anonymous pull is allowed; true by default. */
  anonymous?: boolean
  /**
   * Refuses pulls without credentials: all, or those after this many. Docker Hub counts GETs of manifests, not HEADs.
   */
  rateLimited?: boolean | { afterRequests: number }
  /** Whether blobs can be read in ranges, which imports need; true by default. */
  rangeRequests?: boolean
  /** The authentication scheme; `none` for mcr.microsoft.com, otherwise `bearer` by default. */
  authentication?: 'bearer' | 'basic' | 'none'
  /** Whether there is a referrers API; by default not at Docker Hub and GitHub. */
  referrersApi?: boolean
}

/** A registry outside Azure that images are imported from. */
export interface SourceRegistry extends ImageStore {
  /** Host name, with the port unless it is 443. */
  readonly host: string
  readonly tokenHost: string
  readonly realm: string
  readonly service: string
  readonly options: Required<Omit<SourceRegistryOptions, 'credentials'>> & Pick<SourceRegistryOptions, 'credentials'>
  /** Number of manifests pulled without credentials. */
  anonymousPulls: number
}

/** Docker Hub's host for all of `docker.io` (docs.docker.com/registry/spec/auth/token). */
export const dockerHub = 'registry-1.docker.io'

const dockerHubNames = ['docker.io', 'index.docker.io', 'www.docker.com']

/** The host for a registry name in an image reference. */
export const registryHost = (name: string): string =>
  dockerHubNames.includes(name.toLowerCase()) ? dockerHub : name.toLowerCase()

export function createSourceRegistry(name: string, options: SourceRegistryOptions = {}): SourceRegistry {
  const host = registryHost(name)
  const isDockerHub = host === dockerHub
  const referrersApi = options.referrersApi ?? !(isDockerHub || host === 'ghcr.io')
  const settings: SourceRegistry['options'] = {
    anonymous: true,
    rateLimited: false,
    rangeRequests: true,
    authentication: host === 'mcr.microsoft.com' ? 'none' : 'bearer',
    ...options,
    referrersApi,
  }
  return Object.assign(createImageStore({ referrersTag: !referrersApi }), {
    host,
    tokenHost: isDockerHub ? 'auth.docker.io' : host,
    realm: isDockerHub ? 'https://auth.docker.io/token' : `https://${host}/token`,
    service: isDockerHub ? 'registry.docker.io' : host,
    options: settings,
    anonymousPulls: 0,
  })
}

/** Whether another pull without credentials exceeds the limit. */
export function isRateLimited({ options: { rateLimited }, anonymousPulls }: SourceRegistry): boolean {
  return typeof rateLimited === 'object' ? anonymousPulls >= rateLimited.afterRequests : rateLimited
}
