/** Notes that the input `manifests` holds, or leads to, something else than what is accepted. */
export type Reject = (found: string, accepted: string) => void

/** What is accepted of a file's content. */
export const rendered = 'Kubernetes manifests, with templates rendered (helm template, kustomize build, envsubst)'
