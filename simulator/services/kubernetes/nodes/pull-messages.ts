import { dockerHub } from '../../../world/source-registries.js'
import { readReference } from '../objects/references.js'

/**
 * What a kubelet says after `Failed to pull image "…": `, by what stopped containerd. The kubelet leaves out the code of errors that
 * containerd knows no better than Unknown, and prints `rpc error: code = NotFound desc = ` for what is not there (Kubernetes
 * `pkg/kubelet/cri/remote/remote_image.go`). The texts are containerd's (`core/remotes/docker/{resolver,authorizer}.go`) as public issues show them.
 */
export const pullMessages = {
  /** No credential, and the registry gives no anonymous token (Azure/AKS #4459). */
  denied: (image: string): string => resolving(image, tokenFailure(image, '401 Unauthorized')),
  /** A credential that may not pull this repository. */
  insufficientScope: (image: string): string =>
    resolving(
      image,
      'pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed',
    ),
  /** The registry's firewall (learn.microsoft.com "Fail to pull images from Azure Container Registry to AKS cluster"). */
  forbidden: (image: string): string => resolving(image, tokenFailure(image, '403 Forbidden')),
  notFound: (image: string): string =>
    `rpc error: code = NotFound desc = ${resolving(image, `${readReference(image).full}: not found`)}`,
  wrongPlatform: (image: string): string =>
    `rpc error: code = NotFound desc = ${unpacking(image, 'no match for platform in manifest: not found')}`,
  /** The resolver is Azure's. */
  noSuchHost: (image: string): string =>
    resolving(
      image,
      request(image, host => `dial tcp: lookup ${host} on 168.63.129.16:53: no such host`),
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
  connectionReset: (image: string): string =>
    resolving(
      image,
      request(image, () => 'read tcp 10.224.0.4:42728->20.61.97.12:443: read: connection reset by peer'),
    ),
  rateLimited: (image: string): string =>
    resolving(image, `unexpected status from HEAD request to ${manifestUrl(image)}: 429 Too Many Requests`),
  /** Docker Hub says more in the body, which containerd prints where it is asked by GET. */
  toomanyrequests: (image: string): string =>
    unpacking(
      image,
      `failed to copy: httpReadSeeker: failed open: unexpected status code ${manifestUrl(image)}: 429 Too Many Requests - Server message: toomanyrequests: You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit`,
    ),
  serverError: (image: string): string =>
    resolving(image, `unexpected status from HEAD request to ${manifestUrl(image)}: 503 Service Unavailable`),
} as const

const unpacking = (image: string, cause: string): string =>
  `failed to pull and unpack image "${readReference(image).full}": ${cause}`

const resolving = (image: string, cause: string): string =>
  unpacking(image, `failed to resolve reference "${readReference(image).full}": ${cause}`)

const serverOf = (host: string): string => (host === 'docker.io' ? dockerHub : host)

function manifestUrl(image: string): string {
  const { host, repository, reference } = readReference(image)
  return `https://${serverOf(host)}/v2/${repository}/manifests/${reference}`
}

function tokenFailure(image: string, status: string): string {
  const { host, repository } = readReference(image)
  const scope = `repository%3A${repository.replaceAll('/', '%2F')}%3Apull`
  return `failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://${host}/oauth2/token?scope=${scope}&service=${host}: ${status}`
}

const request = (image: string, cause: (host: string) => string): string =>
  `failed to do request: Head "${manifestUrl(image)}": ${cause(serverOf(readReference(image).host))}`
