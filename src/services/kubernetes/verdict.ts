import { cut } from '../../model/foreign-text.js'
import type { PullCause, PullVerdict } from '../../model/outcome.js'
import type { PodEvent, ProbeContainer, ProbePod } from './cluster-text.js'
import { placeholderSecret, type ProbedImage } from './probe-pod.js'

/** The result of pulling one image on one node. */
export interface Verdict {
  /** Undefined as long as nothing can be said. */
  verdict: PullVerdict | undefined
  /** What stopped it, where that is known. */
  cause?: PullCause
  /** What kubelet or containerd said, without what it repeats. */
  message: string
}

interface Rule {
  verdict: PullVerdict
  cause?: PullCause
  /** Also valid as a POSIX extended regular expression, without regard to letter case: the script of Run Command greps with it. */
  says: string
}

/**
 * What kubelet and containerd say, first match first. Texts: containerd `core/remotes/docker` (authorizer, fetcher, resolver), kubelet
 * `pkg/kubelet/images`; as users met them: Azure/AKS issues 4459 and 4593, kubewarden/adm-controller issue 1378 (platform),
 * learn.microsoft.com/troubleshoot/azure/azure-kubernetes/extensions/cannot-pull-image-from-acr-to-aks-cluster (401, 403, timeouts).
 */
const rules: Rule[] = [
  // Of the node, and not of the registry.
  { verdict: 'unschedulable', says: 'no space left on device' },
  // The kubelet's `registryPullQPS`: it has not asked the registry (kubelet `pkg/kubelet/images/helpers.go`; Azure/AKS issue 3138).
  { verdict: 'failed', cause: 'kubelet-limit', says: 'pull QPS exceeded' },
  { verdict: 'rate-limited', says: '429 Too Many|too ?many ?requests' },
  // Layers come from the data endpoint by a signed URL; its storage account has a firewall of its own.
  {
    verdict: 'unreachable',
    cause: 'data-endpoint',
    says:
      '(blob\\.core\\.|\\.data\\.azurecr\\.).*(403|Forbidden|EOF|no such host|server misbehaving|i/o timeout|connection refused|connection reset|x509:|tls:)|' +
      'AuthorizationFailure|failed open: unexpected status code .*403',
  },
  // Azure Container Registry's firewall says so when it says anything; who has no role gets 401.
  {
    verdict: 'unreachable',
    cause: 'firewall',
    says: 'client with IP|aka\\.ms/acr/firewall|: 403 Forbidden|403 Forbidden',
  },
  {
    verdict: 'denied',
    says: '401 Unauthorized|unauthorized|authentication required|insufficient_scope|pull access denied|no basic auth credentials|denied: |access to the resource is denied',
  },
  { verdict: 'not-found', cause: 'platform', says: 'no match for platform|no matching manifest' },
  { verdict: 'not-found', says: 'manifest unknown|name unknown|manifest_unknown|name_unknown|: not found' },
  // Where a proxy refuses the tunnel, its status is all that Go tells, without the number.
  {
    verdict: 'unreachable',
    cause: 'proxy',
    says:
      'proxyconnect|407 Proxy|' +
      'failed to do request: .*": (Forbidden|Proxy Authentication Required|Bad Gateway|Service Unavailable|Gateway Timeout)$',
  },
  { verdict: 'unreachable', cause: 'dns', says: 'no such host|server misbehaving|name resolution' },
  // It comes before any certificate.
  { verdict: 'unreachable', cause: 'connection', says: 'TLS handshake timeout' },
  { verdict: 'unreachable', cause: 'tls', says: 'x509:|tls:|TLS handshake|certificate' },
  {
    verdict: 'unreachable',
    cause: 'connection',
    says:
      'i/o timeout|connection refused|connection reset|connection timed out|no route to host|network is unreachable|' +
      'context deadline exceeded|Client\\.Timeout|dial tcp|unexpected EOF|: EOF|registry is unavailable|' +
      '50[0234] (Internal|Bad|Service|Gateway)',
  },
]

/** Verdicts that may turn into a pull by waiting; the others stay as they are. */
export const recovering: readonly PullVerdict[] = ['denied', 'unreachable', 'rate-limited', 'failed', 'slow']

/** What a script has to grep for to see whether trying again makes sense; one extended regular expression a line. */
export function recoveringPatterns(): string[] {
  return rules.filter(({ verdict }) => recovering.includes(verdict)).map(({ says }) => says)
}

/** The same for what is final; `not taken` is what the script says of a pod that the kubelet refused or ended. */
export function finalPatterns(): string[] {
  return [...rules.filter(({ verdict }) => !recovering.includes(verdict)).map(({ says }) => says), '"not taken: ']
}

/** What a message of a failed pull means; `failed` for unknown messages. */
export function judgeMessage(message: string): Pick<Verdict, 'verdict' | 'cause'> & { verdict: PullVerdict } {
  const rule = findRule(message)
  return rule ? { verdict: rule.verdict, ...(rule.cause && { cause: rule.cause }) } : { verdict: 'failed' }
}

function findRule(message: string): Rule | undefined {
  const said = cut(message)
  return rules.find(({ says }) => new RegExp(says, 'i').test(said))
}

/** States of a container in which its image is not there yet, and nothing has failed. */
const pending = ['', 'ContainerCreating', 'PodInitializing']

/** States in which the pull failed (kubelet `pkg/kubelet/images/types.go`). Every other state comes after the pull. */
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
 * Judges the pull of one image. Pulled is only what the kubelet has an image ID for: a pod that was evicted, shut down or overran its deadline
 * has containers that are terminated and never had an image (kubelet `status_manager.go`, `TerminatePod`).
 * @param pod undefined when it is gone
 */
export function judgePull(pod: ProbePod | undefined, image: ProbedImage, events: readonly PodEvent[] = []): Verdict {
  if (!pod)
    return { verdict: 'failed', cause: 'gone', message: 'the pod was deleted by someone else, or its node is gone' }
  const container = pod.containers.find(({ name }) => name === image.container)
  if (!container) return { verdict: 'changed', message: 'its container was removed' }
  const change = findChange(pod, container, image)
  if (change) return { verdict: 'changed', message: change }
  if (container.imageId !== '') return { verdict: 'pulled', message: '' }
  if (pullFailures.includes(container.reason)) return judgeFailure(container, image, events)
  if (pod.phase === 'Failed') return judgeEnded(pod)
  if (container.state === 'waiting' && !pending.includes(container.reason)) {
    return { verdict: 'failed', message: shorten(`${container.reason}: ${container.message}`) }
  }
  const network = events.filter(({ reason }) => reason === 'FailedCreatePodSandBox').at(-1)
  const isSilent = container.state === '' || (pod.hasSandbox === undefined ? network !== undefined : !pod.hasSandbox)
  const told = shorten((network ?? events.at(-1))?.message ?? '')
  const { initContainers } = pod
  const others = `the cluster put ${initContainers.join(', ')} before the pull`
  const message = initContainers.length > 0 ? [others, told].filter(Boolean).join(': ') : told
  return { verdict: undefined, ...(isSilent && { cause: 'silent' as const }), message }
}

/** Changes that the cluster made to the pod on admission and that make its pull prove nothing; empty when the pod is as it was asked for. */
function findChange({ run, pullSecrets }: ProbePod, container: ProbeContainer, image: ProbedImage): string {
  const others = pullSecrets.filter(name => name !== placeholderSecret(run))
  if (others.length > 0)
    return `it was given the pull ${others.length === 1 ? 'secret' : 'secrets'} ${others.join(', ')}`
  // A policy that pins tags to digests leaves the image what it is.
  const isSame = container.image === image.reference || container.image.startsWith(`${image.reference}@sha256:`)
  if (!isSame) return `its image ${image.reference} was replaced by ${container.image}`
  if (container.pullPolicy !== 'Always') return `its imagePullPolicy was set to ${container.pullPolicy}`
  return ''
}

function judgeFailure(container: ProbeContainer, { reference }: ProbedImage, events: readonly PodEvent[]): Verdict {
  const message = explainFailure(container, reference, events)
  if (container.reason === 'SignatureValidationFailed') return { verdict: 'refused', message }
  if (container.reason === 'InvalidImageName') return { verdict: 'not-found', message }
  return { ...judgeMessage(message), message }
}

/** The verdict on a pod that the kubelet did not accept, or ended before the image was there. */
function judgeEnded({ reason, message }: ProbePod): Verdict {
  // Its active deadline passed while it was pulling.
  if (reason === 'DeadlineExceeded') return { verdict: 'slow', message: shorten(message) }
  return { verdict: 'unschedulable', message: shorten([reason, message].filter(Boolean).join(': ')) }
}

/** Kubelets before Kubernetes 1.32 do not say in back-off why; the events do. */
function explainFailure({ message }: ProbeContainer, reference: string, events: readonly PodEvent[]): string {
  if (findRule(message)) return shorten(message)
  const isOf = (event: PodEvent): boolean =>
    [`"${reference}"`, `"${reference}@`].some(name => event.message.startsWith(`Failed to pull image ${name}`))
  return shorten(events.findLast(isOf)?.message ?? message)
}

/** Containerd wraps the cause in what it was doing, twice with the image's name: the cause is what counts. */
export function shorten(message: string): string {
  return cut(message)
    .replace(/^Back-off pulling image "[^"]*": ErrImagePull: /, '')
    .replace(/^Failed to pull image "[^"]*": /, '')
    .replace(/(rpc error: code = \w+ desc = )?failed to pull and unpack image "[^"]*": /g, '')
    .replace(/failed to resolve reference "[^"]*": /g, '')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 600)
}
