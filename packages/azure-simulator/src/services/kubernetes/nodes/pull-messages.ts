import { createHash } from 'node:crypto'
import { dockerHub } from '../../../world/source-registries.js'
import { readReference } from '../objects/references.js'

/** Why a pull failed, in the kubelet's words. */
export class PullError extends Error {
  /** For how long the node heard nothing before it gave up, in milliseconds. */
  readonly silentMs: number

  constructor(message: string, silentMs = 0) {
    super(message)
    this.silentMs = silentMs
  }
}

/**
 * The kubelet's texts after `Failed to pull image "…": `, by what stopped containerd. The kubelet omits the code of
 * errors that are Unknown to containerd, and prints `rpc error: code = NotFound desc = ` for missing images (Kubernetes
 * `pkg/kubelet/cri/remote/remote_image.go`). The texts are containerd's
 * (`core/remotes/docker/{resolver,authorizer}.go`), as in public issues.
 */
export const pullMessages = {
  /** No credential, and the registry issues no anonymous token (Azure/AKS #4459). */
  denied: (image: string): string => resolving(image, tokenFailure(image, '401 Unauthorized')),
  /** A credential without pull access to this repository. */
  insufficientScope: (image: string): string =>
    resolving(
      image,
      'pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed',
    ),
  /**
   * A credential that the registry no longer takes: it was issued before the registry's mode was switched, or by another
   * tenant (real AKS nodes with Kubernetes 1.35; johnsonshi/aks-acr-chaos-studio, report b2), or the identity has lost
   * its rights (recorded from 1.34.2).
   */
  staleCredential: (image: string): string => resolving(image, tokenFailure(image, '401 Unauthorized', 'oauth')),
  /** A pull secret with a wrong user name or password. */
  wrongSecret: (image: string): string => resolving(image, tokenFailure(image, '401 Unauthorized', 'oauth')),
  /** The data endpoint can't be reached: the registry accepted the node and redirected it there for the layers. */
  blobTimeout: (image: string): string =>
    `rpc error: code = DeadlineExceeded desc = ${copying(image, `failed to do request: Get "${signedBlobUrl(image)}": dial tcp 20.150.78.4:443: i/o timeout`)}`,
  /** The data endpoint's name doesn't resolve: a private endpoint without its DNS record. */
  blobNoSuchHost: (image: string): string =>
    copying(
      image,
      `failed to do request: Get "${signedBlobUrl(image)}": dial tcp: lookup ${new URL(signedBlobUrl(image)).host} on 168.63.129.16:53: no such host`,
    ),
  /**
   * The data endpoint, or a firewall in front of it, refuses: containerd prints the registry's URL, not the redirect's
   * target.
   */
  blobForbidden: (image: string): string => copying(image, `unexpected status code ${blobUrl(image)}: 403 Forbidden`),
  blobUnavailable: (image: string): string =>
    copying(image, `unexpected status code ${blobUrl(image)}: 503 Service Unavailable`),
  /** The registry's firewall (learn.microsoft.com "Fail to pull images from Azure Container Registry to AKS cluster"). */
  forbidden: (image: string): string => resolving(image, tokenFailure(image, '403 Forbidden')),
  /** Something answers on the registry's port without TLS (Go `net/http`; recorded from 1.34.2). */
  plainHttp: (image: string): string =>
    resolving(
      image,
      request(image, () => 'http: server gave HTTP response to HTTPS client'),
    ),
  /** A firewall or proxy in front of the registry that answers the first request. */
  forbiddenRequest: (image: string): string =>
    resolving(image, `unexpected status from HEAD request to ${manifestUrl(image)}: 403 Forbidden`),
  /** A locked image: containerd repeats its HEAD as a GET (`core/remotes/docker/resolver.go`), and says no more than the status. */
  locked: (image: string): string =>
    resolving(image, `unexpected status from GET request to ${manifestUrl(image)}: 405 Method Not Allowed`),
  notFound: (image: string): string =>
    `rpc error: code = NotFound desc = ${resolving(image, `${readReference(image).full}: not found`)}`,
  /** The manifest is there, its configuration or a layer is not (recorded from 1.34.2: case `im-layer404`). */
  partNotFound: (image: string, digest = `sha256:${createHash('sha256').update(image).digest('hex')}`): string =>
    `rpc error: code = NotFound desc = ${copying(image, `could not fetch content descriptor ${digest} (application/vnd.docker.container.image.v1+json) from remote: not found`)}`,
  wrongPlatform: (image: string): string =>
    `rpc error: code = NotFound desc = ${unpacking(image, 'no match for platform in manifest: not found')}`,
  /** The resolver is Azure's. */
  noSuchHost: (image: string): string =>
    resolving(
      image,
      request(image, host => `dial tcp: lookup ${host} on 168.63.129.16:53: no such host`),
    ),
  /** The resolver can't ask the name's servers (SERVFAIL). */
  serverMisbehaving: (image: string): string =>
    resolving(
      image,
      request(image, host => `dial tcp: lookup ${host} on 168.63.129.16:53: server misbehaving`),
    ),
  timeout: (image: string): string =>
    `rpc error: code = DeadlineExceeded desc = ${resolving(
      image,
      request(image, () => 'dial tcp 20.61.97.12:443: i/o timeout'),
    )}`,
  tls: (image: string): string =>
    resolving(
      image,
      request(image, () => 'tls: failed to verify certificate: x509: certificate signed by unknown authority'),
    ),
  /** Another host's certificate: a wrong record in a private DNS zone, or a proxy. */
  otherCertificate: (image: string): string =>
    resolving(
      image,
      request(
        image,
        host =>
          `tls: failed to verify certificate: x509: certificate is valid for *.contoso.com, contoso.com, not ${host}`,
      ),
    ),
  connectionRefused: (image: string): string =>
    resolving(
      image,
      request(image, () => 'dial tcp 20.61.97.12:443: connect: connection refused'),
    ),
  /** The other side closes the connection before it answers. */
  closed: (image: string): string =>
    resolving(
      image,
      request(image, () => 'EOF'),
    ),
  connectionReset: (image: string): string =>
    resolving(
      image,
      request(image, () => 'read tcp 10.224.0.4:42728->20.61.97.12:443: read: connection reset by peer'),
    ),
  rateLimited: (image: string): string =>
    resolving(image, `unexpected status from HEAD request to ${manifestUrl(image)}: 429 Too Many Requests`),
  /** The registry throttles its tokens, with and without a credential. */
  tokensRateLimited: (image: string): string =>
    joinMessages([
      resolving(
        image,
        `failed to authorize: failed to fetch oauth token: unexpected status from POST request to https://${readReference(image).host}/oauth2/token: 429 Too Many Requests`,
      ),
      resolving(image, tokenFailure(image, '429 Too Many Requests')),
    ]),
  /** Docker Hub has more details in the body; containerd prints it if the request is a GET. */
  toomanyrequests: (image: string): string =>
    unpacking(
      image,
      `failed to copy: httpReadSeeker: failed open: unexpected status code ${manifestUrl(image)}: 429 Too Many Requests - Server message: toomanyrequests: You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit`,
    ),
  /** The kubelet's own limit, `registryPullQPS`: it doesn't ask the registry (Azure/AKS issue 3138). */
  kubeletLimit: (): string => 'pull QPS exceeded',
  serverError: (image: string): string =>
    resolving(image, `unexpected status from HEAD request to ${manifestUrl(image)}: 503 Service Unavailable`),
} as const

/**
 * Joins a kubelet's messages from several tries: with its credential, and then anonymously, which Microsoft's provider
 * offers as well (recorded from 1.34.2). k8s.io/apimachinery `util/errors`, `aggregate.Error`: each message once, in
 * brackets if there are several.
 */
export function joinMessages(messages: readonly string[]): string {
  const [first = '', ...others] = new Set(messages)
  return others.length === 0 ? first : `[${[first, ...others].join(', ')}]`
}

const unpacking = (image: string, cause: string): string =>
  `failed to pull and unpack image "${readReference(image).full}": ${cause}`

const copying = (image: string, cause: string): string =>
  unpacking(image, `failed to copy: httpReadSeeker: failed open: ${cause}`)

/** A layer's address at the registry. */
function blobUrl(image: string): string {
  const { host, repository } = readReference(image)
  return `https://${serverOf(host)}/v2/${repository}/blobs/sha256:${createHash('sha256').update(image).digest('hex')}`
}

/**
 * The registry's redirect for a layer; containerd before January 2026 prints it with its signature (containerd PR
 * 12801).
 */
function signedBlobUrl(image: string): string {
  const digest = createHash('sha256').update(image).digest('hex')
  const [name = ''] = readReference(image).host.split('.')
  const path = `//docker/registry/v2/blobs/sha256/${digest.slice(0, 2)}/${digest}/data`
  const query = `se=2026-11-25T04%3A00%3A00Z&sig=${encodeURIComponent(Buffer.from(digest, 'hex').toString('base64'))}&sp=r&spr=https&sr=b&sv=2018-03-28`
  return `https://weurmanaged${String(name.length).padStart(3, '0')}.blob.core.windows.net/${digest.slice(0, 32)}-${digest.slice(32, 42)}${path}?${query}`
}

const resolving = (image: string, cause: string): string =>
  unpacking(image, `failed to resolve reference "${readReference(image).full}": ${cause}`)

const serverOf = (host: string): string => (host === 'docker.io' ? dockerHub : host)

function manifestUrl(image: string): string {
  const { host, repository, reference } = readReference(image)
  return `https://${serverOf(host)}/v2/${repository}/manifests/${reference}`
}

function tokenFailure(image: string, status: string, kind: 'anonymous' | 'oauth' = 'anonymous'): string {
  const { host, repository } = readReference(image)
  const scope = `repository%3A${repository.replaceAll('/', '%2F')}%3Apull`
  return `failed to authorize: failed to fetch ${kind} token: unexpected status from GET request to https://${host}/oauth2/token?scope=${scope}&service=${host}: ${status}`
}

const request = (image: string, cause: (host: string) => string): string =>
  `failed to do request: Head "${manifestUrl(image)}": ${cause(serverOf(readReference(image).host))}`
