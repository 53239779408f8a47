/** Notes a problem with the input `manifests` or a file that it names. */
export type Reject = (found: string, expected: string) => void

/** Reports what looks like a mistake, as a warning. @param file the file that it is about */
export type Doubt = (file: string, message: string) => void

/** The expected content of a file. */
export const rendered = 'Kubernetes manifests, with templates rendered (helm template, kustomize build, envsubst)'
