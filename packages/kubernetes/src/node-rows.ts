import type { ClusterNode, Taint } from 'azure'
import { present } from 'kernel'
import { entriesOf, rowTemplate, rowsOf } from './cluster-text.js'

const imageLabel = 'kubernetes.azure.com/node-image-version'

const osLabel = 'kubernetes.azure.com/os-sku'

/** The labels that show a node's pool, platform and image. */
const nodeLabels = [
  'kubernetes.io/os',
  'kubernetes.io/arch',
  'kubernetes.azure.com/agentpool',
  'agentpool',
  'karpenter.sh/nodepool',
  'kubernetes.azure.com/hostedvm',
  'kubernetes.azure.com/managed',
  // Of AKS's own nodes (learn.microsoft.com/azure/aks/use-labels, "Reserved system labels").
  imageLabel,
  osLabel,
  'node.kubernetes.io/windows-build',
  'type',
  'virtualization',
]

/** A label key that Kubernetes allows; others can't be on a node, and must not get into a template. */
const labelKey = /^[\w.-]+(\/[\w.-]+)?$/

/** @param labelKeys keys of labels to print in addition to those that show pool and platform */
export function nodesTemplate(labelKeys: readonly string[] = []): string {
  const keys = [...new Set([...nodeLabels, ...labelKeys.filter(key => labelKey.test(key))])]
  const label = (key: string): string => `{{with index . "${key}"}}${key}={{.}} {{end}}`
  return rowTemplate(
    'node',
    '{{.metadata.name}}',
    '{{range .status.conditions}}{{if eq .type "Ready"}}{{.status}}{{end}}{{end}}',
    '{{if .spec.unschedulable}}cordoned{{end}}{{if .metadata.deletionTimestamp}}going{{end}}',
    '{{range .spec.taints}}{{.key}}={{with .value}}{{.}}{{end}}:{{.effect}} {{end}}',
    `{{with .metadata.labels}}${keys.map(label).join('')}{{end}}`,
    '{{with .status.nodeInfo}}{{.kubeletVersion}}{{end}}',
  )
}

export function readNodes(output: string): ClusterNode[] {
  return rowsOf(output, 'node').map(([name = '', ready, cordoned, taintList = '', labelList = '', version = '']) => {
    const labels = Object.fromEntries(entriesOf(labelList).map(entry => splitAt(entry, '=')))
    const taints = entriesOf(taintList).map(readTaint)
    return {
      name,
      pool: poolOf(name, labels),
      os: labels['kubernetes.io/os'] ?? 'linux',
      arch: labels['kubernetes.io/arch'] ?? 'amd64',
      kubeletVersion: version,
      ...present({ system: [labels[imageLabel], labels[osLabel]].filter(Boolean).join(', ') || undefined }),
      isReady: ready === 'True',
      isCordoned: cordoned !== '',
      isVirtual: isVirtual(labels, taints),
      isHosted: isHosted(name, labels, taints),
      isFlex: labels['kubernetes.azure.com/managed'] === 'false',
      taints,
      labels,
    }
  })
}

type Labels = Readonly<Record<string, string>>

function poolOf(name: string, labels: Labels): string {
  return (
    labels['karpenter.sh/nodepool'] ??
    labels['kubernetes.azure.com/agentpool'] ??
    labels.agentpool ??
    scaleSetName.exec(name)?.[1] ??
    'without a pool'
  )
}

/** Whether a node is a virtual one, of their first or second version (github.com/microsoft/virtualnodesOnAzureContainerInstances). */
function isVirtual(labels: Labels, taints: readonly Taint[]): boolean {
  return (
    labels.type === 'virtual-kubelet' ||
    (labels.virtualization ?? '').startsWith('virtualnode') ||
    isTainted(taints, 'virtual-kubelet.io/')
  )
}

function isHosted(name: string, labels: Labels, taints: readonly Taint[]): boolean {
  return (
    labels['kubernetes.azure.com/hostedvm'] === 'true' ||
    isTainted(taints, 'kubernetes.azure.com/hostedvm') ||
    name.startsWith('aks-hostedpool-')
  )
}

function isTainted(taints: readonly Taint[], prefix: string): boolean {
  return taints.some(({ key }) => key.startsWith(prefix))
}

/** The name of a node in a virtual machine scale set: `aks-system-12345678-vmss000000`. */
const scaleSetName = /^aks-([a-z][a-z0-9]*)-\d+-vmss\w+$/

function readTaint(entry: string): Taint {
  const [key, rest] = splitAt(entry, '=')
  const [value, effect] = splitAt(rest, ':')
  return { key, value, effect }
}

function splitAt(entry: string, separator: string): [string, string] {
  const at = entry.indexOf(separator)
  return at < 0 ? [entry, ''] : [entry.slice(0, at), entry.slice(at + 1)]
}

export const daemonSetsTemplate = rowTemplate(
  'daemonset',
  '{{.metadata.namespace}}/{{.metadata.name}}',
  '{{with .metadata.labels}}{{with index . "app.kubernetes.io/name"}}{{.}}{{end}}{{end}}',
  '{{range .spec.template.spec.containers}}{{.image}} {{end}}',
)

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
