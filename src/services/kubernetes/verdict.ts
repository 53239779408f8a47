import { cut } from '../../model/foreign-text.js'
import type { Doing, PullVerdict, PullCause } from '../../model/pull.js'
import type { PodEvent, ProbeContainer, ProbePod } from './cluster-text.js'
import { containerPrefix, placeholderSecret, type ProbedImage } from './probe-pod.js'

/** The result of pulling one image on one node. */
export interface Verdict {
  /** Undefined while the pull is not decided. */
  verdict: PullVerdict | undefined
  /** What stopped the pull, if known. */
  cause?: PullCause
  /** What the node does while the pull is not decided. */
  doing?: Doing
  /** The message of kubelet or containerd, without repetitions. */
  message: string
  /** Set if the pod has pull secrets of its service account, which may have pulled. */
  mayBeBySecret?: true
}

interface Rule {
  verdict: PullVerdict
  cause?: PullCause
  /** Also a valid POSIX extended regular expression, case-insensitive: the script of Run Command greps with it. */
  pattern: string
}

/** Matches texts only outside of names: in messages, a repository follows a slash, and a tag a colon. */
const words = (pattern: string): string => `(^|[ ">])(${pattern})`

/**
 * Messages of kubelet and containerd; the first matching rule counts. Texts: containerd `core/remotes/docker` (authorizer, fetcher, resolver), kubelet
 * `pkg/kubelet/images`; as users reported them: Azure/AKS issues 4459 and 4593, kubewarden/adm-controller issue 1378 (platform),
 * learn.microsoft.com/troubleshoot/azure/azure-kubernetes/extensions/cannot-pull-image-from-acr-to-aks-cluster (401, 403, timeouts).
 */
const rules: Rule[] = [
  // This is about the node, not the registry.
  { verdict: 'unschedulable', pattern: 'no space left on device' },
  // So are these: containerd has lost a file, or restarts (containerd/containerd#8173, #3604 and #7674).
  {
    verdict: 'failed',
    pattern:
      'snapshot [^ ]+ does not exist: not found|content digest [^ ]+: not found|bucket: not found|error reading from server|dial unix',
  },
  // The kubelet's `registryPullQPS`: it did not contact the registry (kubelet `pkg/kubelet/images/helpers.go`; Azure/AKS issue 3138).
  { verdict: 'failed', cause: 'kubelet-limit', pattern: 'pull QPS exceeded' },
  { verdict: 'rate-limited', pattern: `429 Too Many|${words('too ?many ?requests')}` },
  // Layers come from the data endpoint, by a signed URL; its storage account has its own firewall.
  {
    verdict: 'unreachable',
    cause: 'data-endpoint',
    pattern:
      '(blob\\.core\\.|\\.data\\.azurecr\\.).* (403|Forbidden|EOF|no such host|server misbehaving|i/o timeout|connection refused|connection reset|x509:|tls:)|' +
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
    pattern: `401 Unauthorized|${words('unauthorized|denied: ')}|authentication required|pull access denied|access to the resource is denied`,
  },
  { verdict: 'not-found', cause: 'platform', pattern: 'no match for platform|no matching manifest' },
  // A web page came in place of the manifest, which containerd then asks for as a layer, or in place of a token (recorded from a real node).
  {
    verdict: 'unreachable',
    cause: 'proxy',
    pattern:
      'content descriptor [^ ]+ \\(text/html\\) from remote|unable to decode token response: invalid character .<',
  },
  { verdict: 'not-found', pattern: `${words('(manifest|name)[ _]unknown')}|: not found` },
  // If a proxy refuses the tunnel, Go reports only the text of its status, without the number.
  {
    verdict: 'unreachable',
    cause: 'proxy',
    pattern:
      `${words('proxyconnect')}|407 Proxy|` +
      'failed to do request: .*": (Forbidden|Proxy Authentication Required|Bad Gateway|Service Unavailable|Gateway Timeout)$',
  },
  { verdict: 'unreachable', cause: 'dns', pattern: 'no such host|server misbehaving|name resolution' },
  // Go's net/http: the peer answered a TLS handshake with HTTP (recorded from a real node).
  { verdict: 'unreachable', cause: 'plain-http', pattern: 'server gave HTTP response to HTTPS client' },
  // This happens before any certificate is seen.
  { verdict: 'unreachable', cause: 'connection', pattern: 'TLS handshake timeout' },
  { verdict: 'unreachable', cause: 'tls', pattern: words('x509:|tls:|TLS handshake|certificate') },
  {
    verdict: 'unreachable',
    cause: 'connection',
    pattern:
      'i/o timeout|connection refused|connection reset|connection timed out|no route to host|network is unreachable|' +
      'context deadline exceeded|Client\\.Timeout|dial tcp|unexpected EOF|: EOF|registry is unavailable|' +
      '50[0234] (Internal|Bad|Service|Gateway)',
  },
]

/** Verdicts that may turn into a pull by waiting; the others are final. */
export const recovering: readonly PullVerdict[] = ['denied', 'unreachable', 'rate-limited', 'failed', 'slow']

/** Prefix in the script of Run Command for a pod that the kubelet rejected or ended. */
export const notTaken = 'not taken: '

/**
 * The same rules for the script of Run Command, one per line: `final`, `wait` if only time ends the failure, `wall` for a refusal by address of one of
 * these hosts, or else `again`, and an extended regular expression. As here, the first one that matches a part of a message decides.
 */
export function scriptRules(walls: readonly string[] = []): string[] {
  const hosts = walls.map(host => host.replaceAll('.', '\\.')).join('|')
  const wallOf = ({ cause, pattern }: Rule) => (cause === 'firewall' && hosts ? [`wall (${hosts})/.*(${pattern})`] : [])
  return [`final ^${notTaken}`, ...rules.flatMap(rule => [...wallOf(rule), `${wordFor(rule)} ${rule.pattern}`])]
}

function wordFor({ verdict, cause }: Rule): 'final' | 'wait' | 'again' {
  if (cause === 'stale-credential') return 'wait'
  return recovering.includes(verdict) ? 'again' : 'final'
}

/** The meaning of a failed pull's message, and the part of it that decides; `failed` for unknown messages. */
export function judgeMessage(message: string): Omit<Rule, 'pattern'> & { message: string } {
  const part = findDecisive(message)
  return { ...judgePart(part), message: shorten(part) }
}

function judgePart(part: string): Omit<Rule, 'pattern'> {
  const rule = findRule(part)
  return rule ? { verdict: rule.verdict, ...(rule.cause && { cause: rule.cause }) } : { verdict: 'failed' }
}

function findRule(part: string): Rule | undefined {
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
  const parts = cut(message).split(joint)
  const last = parts.length - 1
  return parts.map((part, index) => (index === last && /(^|: )\[/.test(message) ? part.replace(/\]$/, '') : part))
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

/** States of a container whose image is not there yet, without a failure. */
export const pendingReasons = ['', 'ContainerCreating', 'PodInitializing']

/** States after a failed pull (kubelet `pkg/kubelet/images/types.go`). All other states come after a successful one. */
export const pullFailures = [
  'ErrImagePull',
  'ImagePullBackOff',
  'ErrImageNeverPull',
  'ImageInspectError',
  'InvalidImageName',
  'RegistryUnavailable',
  'SignatureValidationFailed',
]

/**
 * Judges the pull of one image. Only an image ID means that it was pulled: a pod that was evicted, shut down or exceeded its deadline has
 * terminated containers that never had an image (kubelet `status_manager.go`, `TerminatePod`).
 * @param pod undefined if it is gone
 */
export function judgePull(pod: ProbePod | undefined, image: ProbedImage, events: readonly PodEvent[] = []): Verdict {
  if (!pod)
    return { verdict: 'failed', cause: 'gone', message: 'the pod was deleted by someone else, or its node is gone' }
  const container = pod.containers.find(({ name }) => name === image.container)
  if (!container) return { verdict: 'changed', message: 'its container was removed' }
  const change = findChange(pod, container, image)
  if (change) return { verdict: 'changed', message: change }
  if (container.imageId !== '') {
    const mayBeBySecret = foreignSecrets(pod).length > 0
    return { verdict: 'pulled', message: '', ...(mayBeBySecret && { mayBeBySecret }) }
  }
  if (pullFailures.includes(container.reason)) return judgeFailure(container, image, events)
  if (pod.phase === 'Failed') return judgeEnded(pod)
  if (container.state === 'waiting' && !pendingReasons.includes(container.reason)) {
    return { verdict: 'failed', message: shorten(`${container.reason}: ${container.message}`) }
  }
  const network = events.filter(({ reason }) => reason === 'FailedCreatePodSandBox').at(-1)
  const reported = shorten((network ?? events.findLast(({ reason }) => reason !== pulling))?.message ?? '')
  const { initContainers } = pod
  const others = `the cluster runs ${initContainers.join(', ')} before the pull`
  const message = initContainers.length > 0 ? [others, reported].filter(Boolean).join(': ') : reported
  const doing = findDoing(pod, container, events)
  return { verdict: undefined, doing: doing === 'starting' && initContainers.length > 0 ? 'held' : doing, message }
}

/** The reason of the event that a kubelet records when it begins to pull. */
export const pulling = 'Pulling'

/**
 * What a node does with a pod whose image is not there. Kubelets up to Kubernetes 1.35 write no status while they sync a pod for the first time,
 * the pull included: meanwhile the container is being created, the pod shows no sandbox, and the only sign is the event `Pulling`
 * (recorded from 1.34.2; kubernetes/kubernetes pull request 134660 changes it in 1.36).
 */
function findDoing(pod: ProbePod, { state }: ProbeContainer, events: readonly PodEvent[]): Doing {
  if (events.some(({ reason }) => reason === pulling)) return isPulling(pod, events) ? 'pulling' : 'held'
  if (state !== '' && pod.hasSandbox === true) return 'starting'
  if (state === '' || events.some(({ reason }) => reason === 'FailedCreatePodSandBox')) return 'silent'
  // The node has accepted the pod, and is creating its sandbox or getting its credential.
  return pod.hasSandbox === undefined ? 'starting' : 'quiet'
}

/** Whether a pod pulls, from its events; an image of a container that the cluster runs first does not count. */
export function isPulling({ initContainers, containers }: ProbePod, events: readonly PodEvent[]): boolean {
  const isOwn = (message: string): boolean =>
    message === '' ||
    initContainers.length === 0 ||
    containers.some(({ name, image }) => name.startsWith(containerPrefix) && message.includes(`"${image}"`))
  return events.some(({ reason, message }) => reason === pulling && isOwn(message))
}

/** A change to the pod on admission that makes its pull prove nothing; empty if the pod is unchanged. */
function findChange(pod: ProbePod, container: ProbeContainer, image: ProbedImage): string {
  const others = foreignSecrets(pod)
  // A pod that runs as a service account gets the account's pull secrets on admission, as the workload's pods do.
  if (others.length > 0 && !image.account)
    return `it was given the pull ${others.length === 1 ? 'secret' : 'secrets'} ${others.join(', ')}`
  // A policy that pins tags to digests leaves the image what it is.
  const isSame = container.image === image.reference || container.image.startsWith(`${image.reference}@sha256:`)
  if (!isSame) return `its image ${image.reference} was replaced by ${container.image}`
  if (container.pullPolicy !== 'Always') return `its imagePullPolicy was set to ${container.pullPolicy}`
  return ''
}

/** The pull secrets of a pod, without the action's own placeholder. */
function foreignSecrets({ run, pullSecrets }: ProbePod): string[] {
  return pullSecrets.filter(name => name !== placeholderSecret(run))
}

function judgeFailure(container: ProbeContainer, { reference }: ProbedImage, events: readonly PodEvent[]): Verdict {
  const judged = judgeMessage(explainFailure(container, reference, events))
  const { message } = judged
  if (container.reason === 'SignatureValidationFailed') return { verdict: 'refused', message }
  if (container.reason === 'InvalidImageName') return { verdict: 'not-found', message }
  return judged
}

/**
 * The verdict of an earlier attempt whose pod is gone, from the messages that the script of Run Command kept.
 * @param said the message of each container of its pod
 */
export function judgeHeard(said: readonly string[], { reference }: ProbedImage): Verdict | undefined {
  const names = [`"${reference}"`, `"${reference}@`]
  const own = said.find(text => names.some(name => text.includes(name)))
  return own === undefined ? undefined : judgeMessage(own)
}

/** The verdict on a pod that the kubelet rejected, or ended before the image was there. */
function judgeEnded({ reason, message }: ProbePod): Verdict {
  // The pod's active deadline passed during the pull.
  if (reason === 'DeadlineExceeded') return { verdict: 'slow', message: shorten(message) }
  return { verdict: 'unschedulable', message: shorten([reason, message].filter(Boolean).join(': ')) }
}

/** Kubelets before Kubernetes 1.32 give no reason in a back-off message; the events do. */
function explainFailure({ message }: ProbeContainer, reference: string, events: readonly PodEvent[]): string {
  if (partsOf(message).some(findRule)) return message
  const isOf = (event: PodEvent): boolean =>
    [`"${reference}"`, `"${reference}@`].some(name => event.message.startsWith(`Failed to pull image ${name}`))
  return events.findLast(isOf)?.message ?? message
}

/** The cause alone: containerd wraps it in what it was doing, twice with the image's name. */
export function shorten(message: string): string {
  return cut(message)
    .replace(/^Back-off pulling image "[^"]*": ErrImagePull: \[?/, '')
    .replace(/^Failed to pull image "[^"]*": \[?/, '')
    .replace(/^\[(?=rpc error: |failed to pull )/, '')
    .replace(/(rpc error: code = \w+ desc = )?failed to pull and unpack image "[^"]*": /g, '')
    .replace(/failed to resolve (reference "[^"]*"|image): /g, '')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 600)
}
