import { rowsOf } from './cluster-text.js'

/** Prints name, labels and images of all DaemonSets; like the other templates, it has a line per object, and its fields are separated by tabs. */
export const daemonSetsTemplate = [
  '{{range .items}}daemonset{{"\\t"}}{{.metadata.namespace}}/{{.metadata.name}}{{"\\t"}}',
  '{{with .metadata.labels}}{{with index . "app.kubernetes.io/name"}}{{.}}{{end}}{{end}}{{"\\t"}}',
  '{{range .spec.template.spec.containers}}{{.image}} {{end}}{{"\\t"}}.{{"\\n"}}{{end}}',
].join('')

/**
 * Finds the DaemonSet of a peer-to-peer mirror, by its label or its image: Spegel (github.com/spegel-org/spegel, `charts/spegel`) or Peerd
 * (github.com/Azure/peerd, `build/package/peerd-helm`). Its nodes get an image that another node has from there, without asking the registry
 * (spegel-org/spegel issue 1432; Peerd serves it even if the registry is unavailable). Other ways to get layers faster, such as the artifact streaming of
 * AKS, still ask it.
 * @returns `namespace/name`; undefined also if the DaemonSets could not be listed
 */
export function findMirror(output: string): string | undefined {
  const found = rowsOf(output, 'daemonset').find(
    ([, name, images = '']) =>
      name === 'spegel' || images.split(' ').some(image => /\/(spegel|peerd)([:@]|$)/.test(image)),
  )
  return found?.[0]
}
