import {
  createDefaultHttpClient,
  createHttpHeaders,
  createPipelineFromOptions,
  createPipelineRequest,
  type HttpMethods,
  type PipelinePolicy,
  type PipelineResponse,
} from '@azure/core-rest-pipeline'
import type { ImageSource } from './image-reference.js'

/** Credentials of the registry that images come from; an empty user name goes with a token as password. */
export interface SourceCredentials {
  username: string
  password: string
}

/** What could be learned of a source image. */
export type ResolvedSource =
  | { kind: 'found'; digest: string }
  | { kind: 'missing' }
  /** The registry could not be asked from here, which says nothing of whether Azure can. */
  | { kind: 'unknown'; why: string }

/** Asks registries of any make, by the OCI distribution protocol (github.com/opencontainers/distribution-spec). */
export interface SourceRegistry {
  /** The digest of what the source names now. */
  resolve(source: ImageSource, signal: AbortSignal): Promise<ResolvedSource>
  /** Whether signatures or attestations belong to the image: OCI referrers, or cosign's tag where a registry has no referrers API. */
  hasReferrers(source: ImageSource, digest: string, signal: AbortSignal): Promise<boolean>
}

const manifestTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ')

/** One try has to do: a source that can't be asked from here is imported all the same. */
const timeoutMs = 10_000

/** @param observer sees every request, as of all SDK clients */
export function createSourceRegistry(
  credentials: SourceCredentials | undefined,
  observer: PipelinePolicy,
): SourceRegistry {
  const pipeline = createPipelineFromOptions({
    retryOptions: { maxRetries: 1 },
    userAgentOptions: { userAgentPrefix: 'attach-acr' },
  })
  pipeline.addPolicy(observer, { afterPhase: 'Retry' })
  const client = createDefaultHttpClient()
  const send = (method: HttpMethods, url: string, headers: Record<string, string>, signal: AbortSignal) => {
    const abortSignal = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
    return pipeline.sendRequest(
      client,
      createPipelineRequest({ url, method, headers: createHttpHeaders(headers), abortSignal }),
    )
  }

  /** Sends, and once more with a token when the registry asks for one (distribution.github.io/distribution/spec/auth/token). */
  const ask = async (
    method: HttpMethods,
    source: ImageSource,
    path: string,
    signal: AbortSignal,
  ): Promise<PipelineResponse> => {
    const url = `https://${hostOf(source)}/v2/${source.repository}/${path}`
    const headers = {
      accept: path.startsWith('referrers/') ? 'application/vnd.oci.image.index.v1+json' : manifestTypes,
    }
    const response = await send(method, url, headers, signal)
    const challenge =
      response.status === 401 ? readChallenge(response.headers.get('www-authenticate') ?? '') : undefined
    if (!challenge) return response
    const authorization = challenge.basic ? basic(credentials) : await requestToken(challenge, source, signal)
    return authorization ? send(method, url, { ...headers, authorization }, signal) : response
  }

  const requestToken = async ({ realm, service }: Challenge, { repository }: ImageSource, signal: AbortSignal) => {
    const url = new URL(realm)
    if (url.protocol !== 'https:') return undefined // credentials are never sent in the clear
    if (service) url.searchParams.set('service', service)
    url.searchParams.set('scope', `repository:${repository}:pull`)
    const authorization = basic(credentials)
    const response = await send('GET', url.href, authorization ? { authorization } : {}, signal)
    if (response.status !== 200) return undefined
    const { token, access_token } = JSON.parse(response.bodyAsText ?? '{}') as { token?: string; access_token?: string }
    return token || access_token ? `Bearer ${token ?? access_token ?? ''}` : undefined
  }

  return {
    async resolve(source, signal) {
      if (source.digest) return { kind: 'found', digest: source.digest }
      try {
        const response = await ask('HEAD', source, `manifests/${source.tag}`, signal)
        const digest = response.headers.get('docker-content-digest')
        if (response.status === 200 && digest) return { kind: 'found', digest }
        if (response.status === 404) return { kind: 'missing' }
        return { kind: 'unknown', why: `${hostOf(source)} answered with HTTP ${response.status}` }
      } catch (error) {
        signal.throwIfAborted()
        return {
          kind: 'unknown',
          why: `${hostOf(source)} could not be asked: ${error instanceof Error ? error.message : String(error)}`,
        }
      }
    },

    async hasReferrers(source, digest, signal) {
      try {
        const response = await ask('GET', source, `referrers/${digest}`, signal)
        if (response.status === 200) {
          const { manifests = [] } = JSON.parse(response.bodyAsText ?? '{}') as { manifests?: unknown[] }
          if (manifests.length > 0) return true
        }
        const signature = await ask('HEAD', source, `manifests/${digest.replace(':', '-')}.sig`, signal)
        return signature.status === 200
      } catch {
        signal.throwIfAborted()
        return false // only a note depends on it
      }
    },
  }
}

interface Challenge {
  realm: string
  service: string
  basic: boolean
}

/** Reads `WWW-Authenticate: Bearer realm="…",service="…"`, or `Basic …`. */
function readChallenge(header: string): Challenge | undefined {
  if (/^Basic\b/i.test(header)) return { realm: '', service: '', basic: true }
  const parameters = Object.fromEntries(
    [...header.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', value]) => [key, value]),
  )
  const { realm, service = '' } = parameters
  return /^Bearer\b/i.test(header) && realm && URL.canParse(realm) ? { realm, service, basic: false } : undefined
}

function basic(credentials: SourceCredentials | undefined): string | undefined {
  return credentials && `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`
}

/** Docker Hub answers under another name than images carry. */
function hostOf({ host }: ImageSource): string {
  return host === 'docker.io' ? 'registry-1.docker.io' : host
}
