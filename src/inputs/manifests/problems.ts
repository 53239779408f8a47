import { ActionError } from '../../model/error.js'
import { fix } from '../../model/fix.js'

/** What is accepted of a file's content. */
export const rendered = 'Kubernetes manifests, with templates rendered (helm template, kustomize build, envsubst)'

/** The error of the input `manifests`: what was found in it, and what is accepted in its place. */
export function notValid(found: string, accepted: string): ActionError {
  return new ActionError('INVALID_INPUT', 'Not valid: manifests. Nothing was sent to Azure.', {
    fix: fix(`Correct the inputs of the step:\n  manifests: found ${found}; accepted: ${accepted}`),
  })
}
