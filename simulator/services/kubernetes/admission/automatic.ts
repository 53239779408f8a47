import type { Pod } from '../../../world/kubernetes-objects.js'
import { exemptNamespaces } from './webhooks.js'
import { kubernetesErrors } from '../objects/status.js'

/** Taints that keep workloads off the nodes that AKS runs its own on. */
const reserved = ['CriticalAddonsOnly', 'kubernetes.azure.com/hostedvm']

/**
 * Throws where a pod tolerates what AKS Automatic keeps to itself, or wants another scheduler than the cluster's
 * (kubernetes-sigs/azurelustre-csi-driver #315). No public source shows the names and the texts of these policies; the frame is that of
 * every validating admission policy (k8s.io/apiserver `admission/plugin/policy/validating`).
 */
export function checkAutomatic({ metadata, spec }: Pod): void {
  if (exemptNamespaces.includes(metadata.namespace ?? '')) return
  const { tolerations = [], schedulerName = 'default-scheduler' } = spec
  const wildcard = tolerations.some(({ key = '', operator }) => key === '' && operator === 'Exists')
  const taken = tolerations.map(({ key = '' }) => key).find(key => reserved.includes(key))
  const [policy, message] = wildcard
    ? ['tolerations', 'wildcard tolerations (operator Exists without a key) are not allowed']
    : taken !== undefined
      ? ['tolerations', `toleration of the taint ${taken}, which is reserved for AKS, is not allowed`]
      : schedulerName !== 'default-scheduler'
        ? ['scheduler', `custom scheduler ${schedulerName} is not allowed`]
        : []
  if (policy === undefined || message === undefined) return
  const name = `aks-managed-automatic-${policy}`
  throw kubernetesErrors.deniedByPolicy('pods', metadata.name, name, message)
}
