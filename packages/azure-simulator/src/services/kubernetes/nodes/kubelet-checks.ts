import { randomBytes } from 'node:crypto'
import type { Container, Node, Pod } from '../../../world/kubernetes-objects.js'
import { findShortage, isChosen, untolerated } from './fitting.js'
import type { PulledImage } from './pull.js'

/** Why a kubelet rejects a pod that is bound to its node (Kubernetes `pkg/kubelet/lifecycle/predicate.go`). */
export function findRefusal(
  pod: Pod,
  node: Node,
  pods: readonly Pod[],
): { reason: string; message: string } | undefined {
  if (pod.spec.os !== undefined && pod.spec.os.name !== node.status.nodeInfo.operatingSystem) {
    const message = "Failed to admit pod as the OS field doesn't match node OS"
    return { reason: 'PodOSNotSupported', message }
  }
  const shortage = findShortage(pod, node, pods)
  if (shortage !== undefined) {
    const { resource, requested, used, capacity } = shortage
    const message = `Node didn't have enough resource: ${resource}, requested: ${String(requested)}, used: ${String(used)}, capacity: ${String(capacity)}`
    return { reason: `OutOf${resource}`, message }
  }
  if (!isChosen(pod, node)) {
    const message = "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector"
    return { reason: 'NodeAffinity', message }
  }
  if (untolerated(pod, node, ['NoExecute']) !== undefined) {
    const message = "Predicate TaintToleration failed: node(s) had taints that the pod didn't tolerate"
    return { reason: 'TaintToleration', message }
  }
  return undefined
}

/** Why a kubelet ends a pod whose containers haven't failed. */
export type PodEnding = 'evicted' | 'shut-down' | 'deadline'

/**
 * The texts in the pod's status and in an event (Kubernetes `pkg/kubelet/eviction/helpers.go`,
 * `nodeshutdown/nodeshutdown_manager_linux.go`, `active_deadline.go`).
 */
export const podEndings: Readonly<Record<PodEnding, { reason: string; message: string; event: string }>> = {
  evicted: {
    reason: 'Evicted',
    message:
      'The node was low on resource: ephemeral-storage. Threshold quantity: 12785416540, available: 11960224Ki. ',
    event: 'Evicted',
  },
  'shut-down': {
    reason: 'Terminated',
    message: 'Pod was terminated in response to imminent node shutdown.',
    event: 'TerminatedByNodeShutdown',
  },
  deadline: {
    reason: 'DeadlineExceeded',
    message: 'Pod was active on the node longer than the specified deadline',
    event: 'DeadlineExceeded',
  },
}

/** Why a pod has no sandbox in a full subnet (public issues of Azure/azure-container-networking and Azure/AKS). */
export const noAddress = (): string =>
  `rpc error: code = Unknown desc = failed to setup network for sandbox "${randomBytes(32).toString('hex')}": plugin type="azure-vnet" failed (add): IPAM Invoker Add failed with error: Failed to get IP address from CNS with error: AllocateIPConfig failed: not enough IPs available, waiting on Azure CNS to allocate more`

/** Why a node gives a pod no sandbox: containerd has user namespaces from 2.0 on (recorded from 1.36.2 with containerd 1.7.24). */
export const sandboxProblem = ({ spec }: Pod, { status }: Node): string | undefined =>
  spec.hostUsers === false && status.nodeInfo.containerRuntimeVersion?.startsWith('containerd://1.') === true
    ? "can't set `spec.hostUsers: false`, runtime does not support user namespaces"
    : undefined

/**
 * Why a container can't be created: the check of `runAsNonRoot` comes after the pull (`security_context_others.go`).
 */
export function configProblem(
  { metadata, spec }: Pod,
  { name, securityContext }: Container,
  { user }: PulledImage,
): string | undefined {
  const isNonRoot = securityContext?.runAsNonRoot ?? spec.securityContext?.runAsNonRoot
  if (isNonRoot !== true) return undefined
  // On Windows only the administrator counts as root (`security_context_windows.go`).
  if (spec.os?.name === 'windows') return undefined
  const uid = securityContext?.runAsUser ?? spec.securityContext?.runAsUser
  const who = `(pod: "${metadata.name}_${metadata.namespace ?? ''}(${metadata.uid ?? ''})", container: ${name})`
  if (uid === 0) return `container's runAsUser breaks non-root policy ${who}`
  if (uid !== undefined) return undefined
  const [imageUser = ''] = user.split(':')
  if (imageUser === '' || imageUser === '0') return `container has runAsNonRoot and image will run as root ${who}`
  return /^\d+$/.test(imageUser)
    ? undefined
    : `container has runAsNonRoot and image has non-numeric user (${imageUser}), cannot verify user is non-root ${who}`
}
