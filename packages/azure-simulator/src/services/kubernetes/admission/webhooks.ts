import type { Webhook } from '../../../world/kubernetes-behaviour.js'
import type { Pod } from '../../../world/kubernetes-objects.js'
import { kubernetesErrors } from '../objects/status.js'

/** Namespaces that AKS' admissions enforcer exempts from webhooks (azure-docs `aks/faq`). */
export const exemptNamespaces = ['kube-system', 'gatekeeper-system']

/** Lets the mutating webhooks change a pod; throws if a required one can't be called. */
export function askMutating(webhooks: readonly Webhook[], pod: Pod): void {
  if (exemptNamespaces.includes(pod.metadata.namespace ?? '')) return
  for (const webhook of webhooks) {
    if (webhook.mutate === undefined || !answers(webhook)) continue
    webhook.mutate(pod)
  }
}

/** Throws the first denial of a validating webhook, or an error if a required one can't be called. */
export function askValidating(webhooks: readonly Webhook[], pod: Pod): void {
  if (exemptNamespaces.includes(pod.metadata.namespace ?? '')) return
  for (const webhook of webhooks) {
    if (webhook.deny === undefined && webhook.mutate !== undefined) continue
    if (!answers(webhook)) continue
    const denial = webhook.deny?.(pod)
    if (denial !== undefined) throw kubernetesErrors.deniedByWebhook(webhook.name, denial)
  }
}

/**
 * Whether a webhook can be called; throws the API server's error if a required one can't (k8s.io/apiserver
 * `admission/plugin/webhook`).
 */
function answers(webhook: Webhook): boolean {
  const { name, outage, failurePolicy = 'Fail' } = webhook
  if (outage === undefined) return true
  const { cause, times = Infinity } = outage
  if (times <= 0) return true
  webhook.outage = { cause, times: times - 1 }
  if (failurePolicy === 'Ignore') return false
  const service = name.split('.')[0] ?? ''
  const url =
    webhook.url ??
    `https://${service}-svc.${service}.svc:443/${webhook.mutate === undefined ? 'validate' : 'mutate'}?timeout=10s`
  throw kubernetesErrors.internal(`failed calling webhook "${name}": failed to call webhook: Post "${url}": ${cause}`)
}
