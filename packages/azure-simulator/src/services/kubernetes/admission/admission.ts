import type { Kubernetes } from '../../../world/kubernetes.js'
import type { ObjectStore } from '../../../world/kubernetes-store.js'
import type { KubernetesObject, Pod, ResourceQuota } from '../../../world/kubernetes-objects.js'
import { checkAutomatic, safeguardFindings } from './aks-policies.js'
import { applyDefaults, checkLimits } from './limit-ranges.js'
import { checkAdmissionPolicies } from './admission-policies.js'
import { completePod } from './pod-defaults.js'
import { securityOf, violationsOf } from './pod-security.js'
import { completeService, completeWorkload } from './workload-defaults.js'
import { checkQuotas } from './quotas.js'
import type { Resource } from '../objects/resources.js'
import { askMutating, askValidating, exemptNamespaces } from './webhooks.js'
import { givenName } from '../objects/names.js'
import { templateOf } from '../objects/templates.js'
import { kubernetesErrors } from '../objects/status.js'

/** Fills in defaults before a new object is validated. */
export function complete({ name }: Resource, object: KubernetesObject): void {
  if (name === 'pods') completePod(object as Pod)
  if (name === 'services') completeService(object)
  if (name === 'resourcequotas') object.status ??= { hard: (object as ResourceQuota).spec.hard, used: {} }
  completeWorkload(name, object)
}

/** Lets the admission plugins and webhooks change new pods; throws if one of them fails. */
export function mutate(kubernetes: Kubernetes, { name: resource }: Resource, object: KubernetesObject): void {
  if (resource !== 'pods') return
  const { store, webhooks } = kubernetes
  const pod = object as Pod
  applyDefaults(store, pod)
  addAccount(store, pod)
  askMutating(webhooks, pod)
}

/**
 * The ServiceAccount plugin: the account must exist, and pods without pull secrets get the account's (Kubernetes
 * `plugin/pkg/admission/serviceaccount`).
 */
function addAccount(store: ObjectStore, pod: Pod): void {
  const { metadata, spec } = pod
  const { namespace } = metadata
  const { serviceAccountName = '', imagePullSecrets = [] } = spec
  const account = store.find('serviceaccounts', namespace, serviceAccountName)
  if (account === undefined) {
    throw kubernetesErrors.forbidden(
      'pods',
      givenName(pod),
      `error looking up service account ${namespace ?? ''}/${serviceAccountName}: serviceaccount "${serviceAccountName}" not found`,
    )
  }
  if (imagePullSecrets.length === 0 && (account.imagePullSecrets?.length ?? 0) > 0) {
    spec.imagePullSecrets = structuredClone(account.imagePullSecrets ?? [])
  }
}

/**
 * Throws the first rejection of a valid new object by an admission plugin or webhook; returns warnings. The order is
 * the API server's.
 */
export function admit(kubernetes: Kubernetes, { name: resource }: Resource, object: KubernetesObject): string[] {
  const template = templateOf(resource, object)
  if (template === undefined) return []
  const { spec } = template
  const { store } = kubernetes
  const { name, namespace } = object.metadata
  const warnings: string[] = []
  const isPod = resource === 'pods'
  if (isPod) checkLimits(store, object as Pod)
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

  if (isPod) {
    if (kubernetes.refusesReservedTolerations) checkAutomatic(object as Pod)
    warnings.push(...checkAdmissionPolicies(kubernetes, object as Pod))
    askValidating(kubernetes.webhooks, object as Pod)
  }
  warnings.push(...askGatekeeper(kubernetes, object, spec, isPod))
  if (isPod) checkQuotas(kubernetes, object as Pod)
  return warnings
}

/**
 * Gatekeeper, which also enforces deployment safeguards. System namespaces are exempt (azure-docs
 * `aks/deployment-safeguards`).
 */
function askGatekeeper(
  { policies, safeguards }: Kubernetes,
  { metadata }: KubernetesObject,
  spec: Pod['spec'],
  isPod: boolean,
): string[] {
  if (exemptNamespaces.includes(metadata.namespace ?? '')) return []
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
