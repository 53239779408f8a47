import type { Kubernetes } from '../../../world/kubernetes.js'
import type { Pod } from '../../../world/kubernetes-objects.js'
import { kubernetesErrors } from '../objects/status.js'

/**
 * The cluster's validating admission policies: throws the first denial, returns the warnings (k8s.io/apiserver
 * `admission/plugin/policy/validating/dispatcher.go`).
 */
export function checkAdmissionPolicies({ admissionPolicies }: Kubernetes, pod: Pod): string[] {
  return admissionPolicies.flatMap(({ name, binding = name, action = 'Deny', deny }) => {
    const message = deny(pod)
    if (message === undefined) return []
    if (action === 'Deny') throw kubernetesErrors.deniedByPolicy('pods', pod.metadata.name, name, binding, message)
    return [`Validation failed for ValidatingAdmissionPolicy '${name}' with binding '${binding}': ${message}`]
  })
}
