import type { Kubernetes } from '../../../world/kubernetes.js'
import { kubernetesTime, type Node, type Pod } from '../../../world/kubernetes-objects.js'
import { recordEvent } from '../objects/events.js'
import { findShortage, isChosen, untolerated } from '../nodes/fitting.js'

const component = 'default-scheduler'

/**
 * Binds a pod to the emptiest node that fits, or records why none fits (Kubernetes `pkg/scheduler`).
 */
export function schedule({ store }: Kubernetes, pod: Pod): void {
  const nodes = store.list('nodes')
  const pods = store.list('pods')
  const reasons = new Map<string, number>()
  const fitting = nodes.filter(node => {
    const reason = findReason(pod, node, pods)
    if (reason !== undefined) reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
    return reason === undefined
  })
  const load = (node: Node): number => pods.filter(({ spec }) => spec.nodeName === node.metadata.name).length
  const [chosen] = fitting.sort((a, b) => load(a) - load(b))
  if (chosen !== undefined) {
    const { name } = chosen.metadata
    const bound = store.update<Pod>('pods', pod, draft => {
      draft.spec.nodeName = name
      draft.status.conditions = [{ type: 'PodScheduled', status: 'True', lastTransitionTime: kubernetesTime() }]
    })
    const { namespace = '', name: podName } = pod.metadata
    const message = `Successfully assigned ${namespace}/${podName} to ${name}`
    if (bound !== undefined) recordEvent(store, bound, { reason: 'Scheduled', message, component, action: 'Binding' })
    return
  }
  const total = String(nodes.length)
  const list = [...reasons].map(([reason, count]) => `${String(count)} ${reason}`).sort()
  const message =
    nodes.length === 0
      ? 'no nodes available to schedule pods'
      : `0/${total} nodes are available: ${list.join(', ')}. preemption: 0/${total} nodes are available: ${total} Preemption is not helpful for scheduling.`
  const marked = store.update<Pod>('pods', pod, draft => {
    const since = draft.status.conditions?.[0]?.lastTransitionTime ?? kubernetesTime()
    draft.status.conditions = [
      { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message, lastTransitionTime: since },
    ]
  })
  if (marked !== undefined && marked !== pod) {
    const action = 'Scheduling'
    recordEvent(store, marked, { reason: 'FailedScheduling', message, type: 'Warning', component, action })
  }
}

function findReason(pod: Pod, node: Node, pods: readonly Pod[]): string | undefined {
  const taint = untolerated(pod, node, ['NoSchedule', 'NoExecute'])
  if (node.spec.unschedulable === true && taint?.key === 'node.kubernetes.io/unschedulable') {
    return 'node(s) were unschedulable'
  }
  if (taint !== undefined) return `node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`
  if (!isChosen(pod, node)) return "node(s) didn't match Pod's node affinity/selector"
  const shortage = findShortage(pod, node, pods)
  if (shortage === undefined) return undefined
  return shortage.resource === 'pods' ? 'Too many pods' : `Insufficient ${shortage.resource}`
}
