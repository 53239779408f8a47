import type { Pod } from '../../../world/kubernetes-objects.js'
import { exemptNamespaces } from './webhooks.js'
import { kubernetesErrors } from '../objects/status.js'

/** Taints that keep workloads off AKS' own nodes. */
const reserved = ['CriticalAddonsOnly', 'kubernetes.azure.com/hostedvm']

/**
 * Throws if a pod tolerates taints that AKS Automatic reserves, or requests a different scheduler
 * (kubernetes-sigs/azurelustre-csi-driver #315). No public source shows the names and texts of these policies; the
 * format is that of all validating admission policies (k8s.io/apiserver `admission/plugin/policy/validating`).
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
  throw kubernetesErrors.deniedByPolicy('pods', metadata.name, name, `${name}-binding`, message)
}

const constraints = {
  limits: 'azurepolicy-k8sazurev3containerlimits-5d0ad9d5cbf0a4ee8ba6',
  probes: 'azurepolicy-k8sazurev2containerenforceprob-a404cd7d32890e8f98e8',
  latest: 'azurepolicy-k8sazurev2containerrestrictedi-8f3ae0d2c3a1b0d4e5f6',
}

/**
 * A pod's violations of AKS deployment safeguards, one per line. The text on probes is from Azure/AKS #5519, that on
 * limits from the constraint template; the numbers in the constraint names differ per cluster.
 */
export function safeguardFindings({ metadata, spec }: Pick<Pod, 'metadata' | 'spec'>): string[] {
  const pod = metadata.name
  return [...(spec.initContainers ?? []), ...spec.containers].flatMap(container => {
    const isInit = spec.initContainers?.includes(container) === true
    const { limits = {} } = container.resources ?? {}
    const missing = (['cpu', 'memory'] as const).filter(resource => limits[resource] === undefined)
    const probes = isInit
      ? []
      : (['livenessProbe', 'readinessProbe'] as const).filter(probe => container[probe] === undefined)
    const isLatest = !/[:@][^/]+$/.test(container.image) || container.image.endsWith(':latest')
    return [
      ...missing.map(resource => `[${constraints.limits}] container <${container.name}> has no ${resource} limit`),
      ...probes.map(
        probe =>
          `[${constraints.probes}] Container <${container.name}> in your Pod <${pod}> has no <${probe}>. Required probes: ["readinessProbe", "livenessProbe"]`,
      ),
      ...(isLatest
        ? [`[${constraints.latest}] Please specify a image tag other than latest for container <${container.name}>.`]
        : []),
    ]
  })
}
