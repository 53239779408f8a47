import type { PullVerdict } from '../../model/outcome.js'
import type { ContainerStatus, PodEvent, PodStatus } from './cluster-text.js'

/** What came of one image on one node. */
export interface Verdict {
  /** Undefined as long as nothing can be said. */
  verdict: PullVerdict | undefined
  /** What kubelet or containerd said, without what it repeats. */
  message: string
}

interface Rule {
  verdict: PullVerdict
  /** Also valid as a POSIX extended regular expression, without regard to letter case: the script of Run Command greps with it. */
  says: string
}

/**
 * What kubelet and containerd say, first match first. Texts: containerd `core/remotes/docker` (authorizer, fetcher, resolver), kubelet
 * `pkg/kubelet/images`; as users met them: Azure/AKS issues 4459 and 4593, kubewarden/adm-controller issue 1378 (platform),
 * learn.microsoft.com/troubleshoot/azure/azure-kubernetes/extensions/cannot-pull-image-from-acr-to-aks-cluster (401, 403, timeouts).
 */
const rules: Rule[] = [
  { verdict: 'rate-limited', says: '429 Too Many|too ?many ?requests|pull QPS exceeded' },
  // Azure Container Registry's firewall says so when it says anything.
  { verdict: 'unreachable', says: 'client with IP|aka\\.ms/acr/firewall' },
  {
    verdict: 'denied',
    says: '401 Unauthorized|403 Forbidden|unauthorized|authentication required|insufficient_scope|pull access denied|denied: ',
  },
  {
    verdict: 'not-found',
    says: 'no match for platform|no matching manifest|manifest unknown|name unknown|manifest_unknown|name_unknown|: not found',
  },
  {
    verdict: 'unreachable',
    says:
      'no such host|server misbehaving|name resolution|i/o timeout|connection refused|connection reset|connection timed out|no route to host|' +
      'network is unreachable|context deadline exceeded|Client\\.Timeout|x509:|tls:|TLS handshake|proxyconnect|dial tcp|unexpected EOF|: EOF|' +
      'registry is unavailable|50[0234] (Internal|Bad|Service|Gateway)',
  },
]

/** Verdicts that may turn into a pull by waiting; the others stay as they are. */
export const healing: readonly PullVerdict[] = ['denied', 'unreachable', 'rate-limited', 'failed', 'slow']

/** What a script has to grep for to see whether trying again makes sense; one extended regular expression a line. */
export function healingPatterns(): string[] {
  return rules.filter(({ verdict }) => healing.includes(verdict)).map(({ says }) => says)
}

/** The same for what is final; `not taken` is what the script says of a pod that the kubelet refused. */
export function finalPatterns(): string[] {
  return [...rules.filter(({ verdict }) => !healing.includes(verdict)).map(({ says }) => says), '"not taken: ']
}

/** What a message of a failed pull means; `failed` when it is none that is known. */
export function judgeMessage(message: string): PullVerdict {
  return rules.find(({ says }) => new RegExp(says, 'i').test(message))?.verdict ?? 'failed'
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

/** Judges the pull of one container's image. */
export function judgePull(status: PodStatus, container: string, events: PodEvent[] = []): Verdict {
  const found = status.containerStatuses?.find(({ name }) => name === container)
  const { waiting } = found?.state ?? {}
  const reason = waiting?.reason ?? ''
  if (found && wasPulled(found, reason)) return { verdict: 'pulled', message: '' }
  if (pullFailures.includes(reason)) {
    const message = explainFailure(reason, waiting?.message ?? '', container, events)
    if (reason === 'SignatureValidationFailed') return { verdict: 'refused', message }
    if (reason === 'InvalidImageName') return { verdict: 'not-found', message }
    return { verdict: judgeMessage(message), message }
  }
  return judgePod(status, events)
}

function wasPulled({ imageID, state }: ContainerStatus, reason: string): boolean {
  if (imageID || state?.terminated || state?.running) return true
  return !pending.includes(reason) && !pullFailures.includes(reason)
}

/** A pod that the kubelet did not take, or has not come to. */
function judgePod(status: PodStatus, events: PodEvent[]): Verdict {
  const { phase, reason = '', message = '' } = status
  if (phase === 'Failed') {
    // Its active deadline passed while it was pulling.
    if (reason === 'DeadlineExceeded') return { verdict: 'slow', message }
    return { verdict: 'unschedulable', message: [reason, message].filter(Boolean).join(': ') }
  }
  const unscheduled = status.conditions?.find(({ type, status: is }) => type === 'PodScheduled' && is === 'False')
  if (unscheduled) return { verdict: 'unschedulable', message: unscheduled.message ?? unscheduled.reason ?? '' }
  return { verdict: undefined, message: shorten(events.at(-1)?.message ?? '') }
}

/** In back-off, kubelets before Kubernetes 1.32 no longer say why; the events do. */
function explainFailure(reason: string, message: string, container: string, events: PodEvent[]): string {
  if (reason !== 'ImagePullBackOff' || judgeMessage(message) !== 'failed') return shorten(message)
  const failures = events.filter(event => event.message.startsWith('Failed to pull image'))
  const [told] = container === 'image-0' || failures.length === 1 ? failures.slice(-1) : []
  return shorten(told?.message ?? message)
}

/** Containerd wraps the cause in what it was doing, twice with the image's name: the cause is what counts. */
export function shorten(message: string): string {
  return message
    .replace(/^Back-off pulling image "[^"]*": ErrImagePull: /, '')
    .replace(/^Failed to pull image "[^"]*": /, '')
    .replace(/(rpc error: code = \w+ desc = )?failed to pull and unpack image "[^"]*": /g, '')
    .replace(/failed to resolve reference "[^"]*": /g, '')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 600)
}
