import type { Node, Pod, Taint, Toleration } from '../../../world/kubernetes-objects.js'
import { matchesExpression } from '../objects/selectors.js'
import { readQuantity } from '../objects/quantities.js'

/** Whether a toleration matches a taint (k8s.io/api `Toleration.ToleratesTaint`). */
const tolerates = ({ key, operator = 'Equal', value = '', effect }: Toleration, taint: Taint): boolean =>
  (effect === undefined || effect === '' || effect === taint.effect) &&
  (key === undefined || key === '' || key === taint.key) &&
  (operator === 'Exists' || value === (taint.value ?? ''))

/** The first taint with one of these effects that a pod doesn't tolerate. */
export function untolerated(pod: Pod, node: Node, effects: readonly string[]): Taint | undefined {
  const { tolerations = [] } = pod.spec
  return node.spec.taints?.find(
    taint => effects.includes(taint.effect) && !tolerations.some(toleration => tolerates(toleration, taint)),
  )
}

/** Whether a node matches a pod's selector and required affinity. */
export function isChosen(pod: Pod, node: Node): boolean {
  const { nodeSelector = {}, affinity } = pod.spec
  const labels = node.metadata.labels ?? {}
  const fields = { 'metadata.name': node.metadata.name }
  const terms = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
  return (
    Object.entries(nodeSelector).every(([key, value]) => labels[key] === value) &&
    (terms === undefined ||
      terms.some(
        ({ matchExpressions = [], matchFields = [] }) =>
          matchExpressions.every(expression => matchesExpression(expression, labels)) &&
          matchFields.every(expression => matchesExpression(expression, fields)),
      ))
  )
}

export interface Shortage {
  readonly resource: 'cpu' | 'memory' | 'pods'
  readonly requested: number
  readonly used: number
  readonly capacity: number
}

/** The first resource that a node lacks for one more pod; CPU in thousandths. */
export function findShortage(pod: Pod, node: Node, others: readonly Pod[]): Shortage | undefined {
  const there = others.filter(
    other =>
      other.spec.nodeName === node.metadata.name &&
      other.metadata.uid !== pod.metadata.uid &&
      other.status.phase !== 'Succeeded' &&
      other.status.phase !== 'Failed',
  )
  return (['pods', 'cpu', 'memory'] as const)
    .map(resource => {
      const unit = resource === 'cpu' ? 1000 : 1
      const requestOf = ({ spec }: Pod): number =>
        resource === 'pods'
          ? 1
          : spec.containers.reduce((sum, { resources }) => sum + readQuantity(resources?.requests?.[resource] ?? 0), 0)
      return {
        resource,
        requested: Math.round(requestOf(pod) * unit),
        used: Math.round(there.reduce((sum, other) => sum + requestOf(other), 0) * unit),
        capacity: Math.round(readQuantity(node.status.allocatable[resource] ?? 0) * unit),
      }
    })
    .find(({ requested, used, capacity }) => requested > 0 && requested + used > capacity)
}

/** Whether a node has a live kubelet; a virtual node has none. */
export const runsPods = ({ metadata, status }: Node): boolean =>
  metadata.labels?.type !== 'virtual-kubelet' &&
  status.conditions.some(({ type, status: value }) => type === 'Ready' && value === 'True')
