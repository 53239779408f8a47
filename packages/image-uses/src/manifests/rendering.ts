import { basename, dirname } from 'node:path'
import { shell } from 'azure'
import { isObject, listOf, textOf } from './values.js'

/** Whether something renders a document that no cluster takes: values of a chart, patches, files of Compose and Skaffold. */
export function isFileOfValues(file: string, content: unknown): boolean {
  if (!isObject(content)) return true
  const { kind, apiVersion } = content
  return (kind === undefined && !isKustomization(file, content)) || textOf(apiVersion).startsWith('skaffold/')
}

/** Whether a chart or an overlay puts a document's images together, and not the program that reads it. */
export function isTemplated(content: unknown): boolean {
  if (!isObject(content) || content.kind === undefined) return true
  return /^(Kustomization|Component|HelmRelease|HelmChart|Application(Set)?|Release|Config)$/.test(textOf(content.kind))
}

function isKustomization(file: string, { kind }: Record<string, unknown>): boolean {
  if (kind === undefined) return /^kustomization\.ya?ml$/i.test(basename(file))
  return kind === 'Kustomization' || kind === 'Component'
}

/**
 * Whether a document is a kustomization, of kustomize or of Flux, with `images` or `replacements` that change images of other files
 * (kubectl.docs.kubernetes.io/references/kustomize/kustomization/images), which only rendering shows.
 */
export function changesImages({ file, content }: { file: string; content: unknown }): boolean {
  if (!isObject(content) || !isKustomization(file, content)) return false
  const { images, replacements } = isObject(content.spec) ? content.spec : content
  const changes = listOf(images).some(image => isObject(image) && /"(new\w*|digest)":/.test(JSON.stringify(image)))
  return changes || /image/i.test(JSON.stringify(replacements ?? ''))
}

/** The command that renders a document. `CHART` is the chart that only people know; its tests are not deployed. */
export function renderCommand(file: string, content: unknown): string {
  const { kind, spec, apiVersion, helmCharts, releases } = isObject(content) ? content : {}
  if (kind === 'Component' || isKustomizedByArgo(spec)) return 'kustomize build FOLDER > rendered.yaml'
  if (isObject(content) && isKustomization(file, content)) {
    if (isObject(spec))
      return shell`flux build kustomization NAME --path FOLDER --kustomization-file ${file} --dry-run > rendered.yaml`
    const folder = dirname(file)
    if (helmCharts) return shell`kustomize build --enable-helm ${folder} > rendered.yaml`
    return shell`kustomize build ${folder} > rendered.yaml`
  }
  if (textOf(apiVersion).startsWith('skaffold/'))
    return shell`skaffold render --filename ${file} --output rendered.yaml`
  if (Array.isArray(releases)) return shell`helmfile template --file ${file} --skip-tests > rendered.yaml`
  if (kind !== undefined) return 'helm template CHART --skip-tests > rendered.yaml'
  return shell`helm template CHART --values ${file} --skip-tests > rendered.yaml`
}

/** Whether an application of Argo CD is rendered by kustomize (argo-cd.readthedocs.io/en/stable/user-guide/kustomize). */
function isKustomizedByArgo(spec: unknown): boolean {
  if (!isObject(spec)) return false
  const { source, sources, template } = spec
  const all = [source, ...listOf(sources)].filter(isObject)
  return all.some(({ kustomize }) => isObject(kustomize)) || (isObject(template) && isKustomizedByArgo(template.spec))
}
