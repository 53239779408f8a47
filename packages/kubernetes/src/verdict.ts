import { takeIn } from 'kernel'
import type { NodePull } from 'run-model'

/** The result of pulling one image on one node; the message is without repetitions. */
export interface Verdict extends Pick<NodePull, 'cause' | 'message' | 'mayBeBySecret' | 'digest' | 'layers'> {
  /** Undefined while the pull is not decided. */
  verdict: NodePull['verdict'] | undefined
  /** What the node does while the pull is not decided; also set after it, until the pod's status says which image that is. */
  doing?: NonNullable<NodePull['pending']>['doing']
  /** When this run first saw that the node pulls, in milliseconds since the epoch. */
  since?: number
}

export interface VerdictRule extends Pick<NodePull, 'verdict' | 'cause'> {
  /** Also a valid POSIX extended regular expression, case-insensitive: the script of a round greps with it. */
  pattern: string
}

/** Matches texts only outside of names: in messages, a repository follows a slash, and a tag a colon. */
const words = (pattern: string): string => `(^|[ ">])(${pattern})`

/**
 * Messages of kubelet and containerd; the first matching rule counts. Texts: containerd `core/remotes/docker` (authorizer, fetcher, resolver), kubelet
 * `pkg/kubelet/images`; as users reported them: Azure/AKS issues 4459 and 4593, kubewarden/adm-controller issue 1378 (platform),
 * learn.microsoft.com/troubleshoot/azure/azure-kubernetes/extensions/cannot-pull-image-from-acr-to-aks-cluster (401, 403, timeouts).
 */
export const rules: readonly VerdictRule[] = [
  // This is about the node, not the registry. Kubelets free images within five minutes.
  { verdict: 'unschedulable', cause: 'disk', pattern: 'no space left on device' },
  // So are these: containerd has lost a file, or restarts (containerd/containerd#8173, #3604 and #7674).
  {
    verdict: 'failed',
    pattern:
      'snapshot [^ ]+ does not exist: not found|content digest [^ ]+: not found|bucket: not found|error reading from server|dial unix',
  },
  // The kubelet's `registryPullQPS`: it did not contact the registry (kubelet `pkg/kubelet/images/helpers.go`; Azure/AKS issue 3138).
  { verdict: 'failed', cause: 'kubelet-limit', pattern: 'pull QPS exceeded' },
  // The proxy of artifact streaming on the node, which all pulls from Azure registries go through (Azure/acr issues 739 and 743). What the registry refuses,
  // it passes on.
  {
    verdict: 'unreachable',
    cause: 'streaming',
    pattern:
      'failed to do request: .*//(localhost|127\\.0\\.0\\.1):8578/|//(localhost|127\\.0\\.0\\.1):8578/[^ ]*: 5[0-9][0-9] ',
  },
  // The upstream of a cache rule refuses the registry, or throttles it (Azure/acr issues 599 and 754).
  { verdict: 'unreachable', cause: 'upstream', pattern: 'source registry for cache rule' },
  { verdict: 'rate-limited', pattern: `429 Too Many|${words('too ?many ?requests')}` },
  // Layers come from the data endpoint, by a signed URL; its storage account has its own firewall.
  {
    verdict: 'unreachable',
    cause: 'data-endpoint',
    pattern:
      '(blob\\.core\\.|\\.data\\.azurecr\\.).* (403|Forbidden|EOF|no such host|server misbehaving|i/o timeout|connection refused|connection reset|TLS handshake timeout|x509:|tls:)|' +
      `${words('AuthorizationFailure')}|failed open: unexpected status code .* 403`,
  },
  // Azure Container Registry's firewall says so, if it answers at all; a missing role gives 401.
  { verdict: 'unreachable', cause: 'firewall', pattern: 'client with IP|aka\\.ms/acr/firewall|403 Forbidden' },
  // The three kinds of refusal, from real AKS nodes with Kubernetes 1.35 (johnsonshi/aks-acr-chaos-studio, reports a5, b2, c1b and f1). containerd gets
  // the first one for a credential that the registry no longer accepts, and the second one for a token that doesn't allow the repository.
  { verdict: 'denied', cause: 'stale-credential', pattern: 'failed to fetch oauth token: (.*: )?401' },
  { verdict: 'denied', cause: 'role', pattern: words('insufficient_scope') },
  // An exchange that fails leaves the kubelet without a credential, too: an identity without a role gets 401 (fluxcd/source-controller#898).
  {
    verdict: 'denied',
    cause: 'no-credential',
    pattern: 'failed to fetch anonymous token: (.*: )?401|no basic auth credentials',
  },
  {
    verdict: 'denied',
    pattern: `401 Unauthorized|${words('unauthorized|denied: ')}|: authentication required|pull access denied|access to the resource is denied`,
  },
  { verdict: 'not-found', cause: 'platform', pattern: 'no match for platform|no matching manifest' },
  // Azure Container Registry refuses what is locked as a method, and says so in a body that containerd does not print (Azure/azure-sdk-for-net issue 22827).
  { verdict: 'not-found', cause: 'locked', pattern: '405 Method Not Allowed' },
  // A web page came in place of the manifest, which containerd then asks for as a layer, or in place of a token (recorded from a real node).
  {
    verdict: 'unreachable',
    cause: 'proxy',
    pattern:
      'content descriptor [^ ]+ \\(text/html\\) from remote|unable to decode token response: invalid character .<',
  },
  // containerd 2 no longer takes them (recorded from a real node).
  { verdict: 'not-found', cause: 'format', pattern: 'schema 1 image manifests are no longer supported' },
  // What came as the manifest has no media type of one, so containerd asks for it as a layer (recorded from a real node).
  {
    verdict: 'not-found',
    cause: 'format',
    pattern: 'could not fetch content descriptor [^ ]+ \\(application/octet-stream\\) from remote: not found',
  },
  // The manifest came before it (recorded from a real node).
  { verdict: 'not-found', cause: 'part', pattern: 'could not fetch content descriptor [^ ]+ .*from remote: not found' },
  { verdict: 'not-found', pattern: `${words('(manifest|name)[ _]unknown')}|: not found` },
  // If a proxy refuses the tunnel, Go reports only the text of its status, without the number.
  {
    verdict: 'unreachable',
    cause: 'proxy',
    pattern:
      `${words('proxyconnect')}|407 Proxy|` +
      'failed to do request: .*": (Forbidden|Proxy Authentication Required|Bad Gateway|Service Unavailable|Gateway Timeout)$',
  },
  // Go's resolver names what it looked up, and usually the server that did not answer (recorded from a real node).
  {
    verdict: 'unreachable',
    cause: 'dns',
    pattern: 'no such host|server misbehaving|name resolution|lookup [^ ]+ .*i/o timeout',
  },
  // Go's net/http: the peer answered a TLS handshake with HTTP (recorded from a real node).
  { verdict: 'unreachable', cause: 'plain-http', pattern: 'server gave HTTP response to HTTPS client' },
  // This happens before any certificate is seen.
  { verdict: 'unreachable', cause: 'connection', pattern: 'TLS handshake timeout' },
  { verdict: 'unreachable', cause: 'tls', pattern: words('x509:|tls:|TLS handshake|certificate') },
  // The registry answers so if the upstream of a cache rule refuses, or does not answer it (Azure/acr issues 891 and 684).
  { verdict: 'unreachable', cause: 'upstream', pattern: '424 Failed Dependency|502 Bad Gateway' },
  { verdict: 'unreachable', cause: 'unavailable', pattern: '50[034] (Internal|Service|Gateway)' },
  {
    verdict: 'unreachable',
    cause: 'connection',
    pattern:
      'i/o timeout|connection refused|connection reset|connection timed out|no route to host|network is unreachable|' +
      'context deadline exceeded|Client\\.Timeout|dial tcp|unexpected EOF|: EOF|registry is unavailable',
  },
]

/** Verdicts that may turn into a pull by waiting; the others are final. */
export const recovering: readonly NodePull['verdict'][] = ['denied', 'unreachable', 'rate-limited', 'failed', 'slow']

/** The meaning of a failed pull's message, and the part of it that decides; `failed` for unknown messages. */
export function judgeMessage(message: string): Omit<VerdictRule, 'pattern'> & { message: string } {
  const part = findDecisive(message)
  return { ...judgePart(part), message: shorten(part) }
}

function judgePart(part: string): Omit<VerdictRule, 'pattern'> {
  const rule = findRule(part)
  return rule ? { verdict: rule.verdict, ...(rule.cause && { cause: rule.cause }) } : { verdict: 'failed' }
}

function findRule(part: string): VerdictRule | undefined {
  return rules.find(({ pattern }) => new RegExp(pattern, 'i').test(part))
}

/*
 * A kubelet tries each credential that it has, and joins their errors: `[first, second]` (kubelet `image_manager.go`; k8s.io/apimachinery
 * `util/errors`, `aggregate.Error`). Microsoft's provider adds an anonymous credential to the one that it got, so for a missing tag a node with a
 * good credential reports that it was not found *and* that the anonymous token was refused.
 */
const joint = /, (?=(?:rpc error: code = \w+ desc = )?failed to pull and unpack image )/

const anonymousRefusal = /failed to fetch anonymous token: .*401 Unauthorized/i

function partsOf(message: string): string[] {
  const parts = takeIn(message).split(joint)
  const last = parts.length - 1
  return parts.map((part, index) => (index === last && /(^|: )\[/.test(message) ? part.replace(/\]$/, '') : part))
}

/** Whether a message gives a reason that a rule knows. */
export function isKnown(message: string): boolean {
  return partsOf(message).some(part => findRule(part) !== undefined)
}

/** The part of a message that decides: one that is final, else one that isn't a refusal; a refused anonymous token counts only on its own. */
function findDecisive(message: string): string {
  const parts = partsOf(message)
  const known = parts.filter(part => !anonymousRefusal.test(part))
  const counted = known.length > 0 ? known : parts
  const verdicts = counted.map(part => judgePart(part).verdict)
  const final = verdicts.findIndex(verdict => !recovering.includes(verdict))
  const other = verdicts.findIndex(verdict => verdict !== 'denied')
  return counted[Math.max(0, final >= 0 ? final : other)] ?? ''
}

/** The cause alone: containerd wraps it in what it was doing, twice with the image's name. */
export function shorten(message: string): string {
  return takeIn(message)
    .replace(/^Back-off pulling image "[^"]*": ErrImagePull: \[?/, '')
    .replace(/^Failed to pull image "[^"]*": \[?/, '')
    .replace(/^\[(?=rpc error: |failed to pull )/, '')
    .replace(/(rpc error: code = \w+ desc = )?failed to pull and unpack image "[^"]*": /g, '')
    .replace(/failed to resolve (reference "[^"]*"|image): /g, '')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 600)
}
