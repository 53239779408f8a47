import type { Kubernetes } from '../../../world/kubernetes.js'
import type { Deployment, KubernetesObject, Pod, ReplicaSet } from '../../../world/kubernetes-objects.js'
import { completePod, completePodSpec } from './pod-defaults.js'
import { securityOf, violationsOf } from './pod-security.js'
import { checkQuotas } from './quotas.js'
import type { Resource } from '../objects/resources.js'
import { safeguardFindings } from './safeguards.js'
import { kubernetesErrors } from '../objects/status.js'

/** Fills in defaults before a new object is validated. */
export function complete({ name }: Resource, object: KubernetesObject): void {
  if (name === 'pods') completePod(object as Pod)
  if (name !== 'deployments' && name !== 'replicasets') return
  const { spec } = object as Deployment | ReplicaSet
  spec.replicas = (spec as Partial<typeof spec>).replicas ?? 1
  object.status ??= name === 'deployments' ? {} : { replicas: 0, fullyLabeledReplicas: 0, observedGeneration: 0 }
  if (name === 'deployments') {
    Object.assign(spec, {
      progressDeadlineSeconds: 600,
      revisionHistoryLimit: 10,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      ...spec,
    })
  }
  completePodSpec(spec.template.spec)
}

/** Throws what an admission plugin or a webhook has against a new object; answers warnings. The order is the API server's. */
export function admit(kubernetes: Kubernetes, { name: resource }: Resource, object: KubernetesObject): string[] {
  const spec =
    resource === 'pods'
      ? (object as Pod).spec
      : resource === 'deployments' || resource === 'replicasets'
        ? (object as Deployment).spec.template.spec
        : undefined
  if (spec === undefined) return []
  const { store } = kubernetes
  const { name, namespace } = object.metadata
  const warnings: string[] = []
  const isPod = resource === 'pods'
  if (isPod && store.find('serviceaccounts', namespace, spec.serviceAccountName ?? '') === undefined) {
    const account = `${namespace ?? ''}/${spec.serviceAccountName ?? ''}`
    throw kubernetesErrors.forbidden(
      resource,
      name,
      `error looking up service account ${account}: serviceaccount "${spec.serviceAccountName ?? ''}" not found`,
    )
  }
  const labels = store.find('namespaces', undefined, namespace ?? '')?.metadata.labels ?? {}
  const enforced = securityOf(labels, 'enforce')
  const violations = violationsOf(spec, enforced.level)
  if (isPod && violations !== undefined) {
    const level = `${enforced.level}:${enforced.version}`
    throw kubernetesErrors.forbidden(resource, name, `violates PodSecurity "${level}": ${violations}`)
  }
  const warned = securityOf(labels, 'warn')
  const warning = violationsOf(spec, warned.level)
  if (warning !== undefined) warnings.push(`would violate PodSecurity "${warned.level}:${warned.version}": ${warning}`)

  warnings.push(...askWebhooks(kubernetes, object, spec, isPod))
  if (isPod) checkQuotas(store, object as Pod)
  return warnings
}

/** Gatekeeper, which also enforces deployment safeguards; system namespaces are exempt (azure-docs `aks/deployment-safeguards`). */
function askWebhooks(
  { policies, safeguards }: Kubernetes,
  { metadata }: KubernetesObject,
  spec: Pod['spec'],
  isPod: boolean,
): string[] {
  if (['kube-system', 'gatekeeper-system'].includes(metadata.namespace ?? '')) return []
  const pod = { metadata, spec } as Pod
  const findings = safeguards === 'Off' ? [] : safeguardFindings(pod)
  const denials = [
    ...(safeguards === 'Enforcement' ? findings : []),
    ...policies.flatMap(policy => {
      const text = policy.deny(pod)
      return text === undefined ? [] : [`[${policy.name}] ${text}`]
    }),
  ]
  if (isPod && denials.length > 0)
    throw kubernetesErrors.deniedByWebhook('validation.gatekeeper.sh', denials.join('\n'))
  return safeguards === 'Warning' ? findings : isPod ? [] : denials
}
