import { unescape } from 'node:querystring'
import { cut } from '../../model/foreign-text.js'
import type { ClusterNode, Taint } from '../../model/node.js'
import { withoutSignatures } from '../../model/signatures.js'

/** A probe pod in the cluster, with the fields that show the state of its pulls. */
export interface ProbePod {
  name: string
  /** Its probe's index; NaN where the label is not one of ours. */
  probe: number
  run: string
  /** Milliseconds since the epoch. */
  createdAt: number
  /** How long it may live; undefined where it has no such end. */
  lifeSeconds?: number
  phase: string
  reason: string
  message: string
  /** Whether its network is there; undefined where the cluster does not say so (Kubernetes before 1.29). */
  hasSandbox?: boolean
  /** Names of the secrets that its pulls may use, as the cluster has the pod. */
  pullSecrets: string[]
  /** Names of containers that come before ours; a webhook has put them in. */
  initContainers: string[]
  containers: ProbeContainer[]
}

/** A container of a probe pod: what the cluster has made of it, and how it stands. */
export interface ProbeContainer {
  name: string
  image: string
  pullPolicy: string
  /** Empty until the image is on the node. */
  imageId: string
  state: 'waiting' | 'running' | 'terminated' | ''
  reason: string
  message: string
}

export interface PodEvent {
  pod: string
  reason: string
  message: string
}

/*
 * What kubectl is asked to print, by templates that are the same whichever way kubectl is run: one line an object, fields between tabs, and what
 * others wrote encoded as in a URL's query. Only what is needed, because AKS Run Command cuts its output at 512 kB.
 */

/** The labels that tell what a node is. */
const nodeLabels = [
  'kubernetes.io/os',
  'kubernetes.io/arch',
  'kubernetes.azure.com/agentpool',
  'agentpool',
  'karpenter.sh/nodepool',
  'kubernetes.azure.com/hostedvm',
  'node.kubernetes.io/windows-build',
  'type',
  'virtualization',
]

/** A key of a label as Kubernetes allows it; others could not be on a node, and have no place in a template. */
const labelKey = /^[\w.-]+(\/[\w.-]+)?$/

/** Most characters of a text; a message of containerd with a signed URL has about 1,500. */
const longestText = 2000

const text = (field: string): string =>
  `{{with ${field}}}{{if gt (len .) ${longestText}}}{{urlquery (slice . 0 ${longestText})}}{{else}}{{urlquery .}}{{end}}{{end}}`

const tab = '{{"\\t"}}'

/** A row that tells how many rows of a kind follow, because the end of an output may have been cut off. */
const count = (kind: string): string => `${kind}s${tab}{{with .items}}{{len .}}{{else}}0{{end}}${tab}.{{"\\n"}}`

const row = (kind: string, ...fields: string[]): string =>
  `${count(kind)}{{range .items}}${[kind, ...fields].join(tab)}${tab}.{{"\\n"}}{{end}}`

/**
 * The template that prints nodes.
 * @param wantedLabels keys of labels that are to be read besides those that tell pool and platform
 */
export function nodesTemplate(wantedLabels: readonly string[] = []): string {
  const keys = [...new Set([...nodeLabels, ...wantedLabels.filter(key => labelKey.test(key))])]
  const label = (key: string): string => `{{with index . "${key}"}}${key}={{.}} {{end}}`
  return row(
    'node',
    '{{.metadata.name}}',
    '{{range .status.conditions}}{{if eq .type "Ready"}}{{.status}}{{end}}{{end}}',
    '{{if .spec.unschedulable}}cordoned{{end}}{{if .metadata.deletionTimestamp}}going{{end}}',
    '{{range .spec.taints}}{{.key}}={{with .value}}{{.}}{{end}}:{{.effect}} {{end}}',
    `{{with .metadata.labels}}${keys.map(label).join('')}{{end}}`,
  )
}

/** What tells whose a probe pod is, and whether it still lives. */
const podLife = [
  '{{.metadata.name}}',
  '{{with index .metadata.labels "attach-acr/probe"}}{{.}}{{end}}',
  '{{with index .metadata.labels "attach-acr/run"}}{{.}}{{end}}',
  '{{.metadata.creationTimestamp}}',
  '{{with .spec.activeDeadlineSeconds}}{{.}}{{end}}',
  text('.status.phase'),
]

/** The template that prints whose probe pods are there; of a thousand of them, beside a thousand nodes, nothing is cut off. */
export const podLivesTemplate = row('pod', ...podLife)

/** The template that prints probe pods. */
export const podsTemplate = row(
  'pod',
  ...podLife,
  text('.status.reason'),
  text('.status.message'),
  '{{range .status.conditions}}{{if eq .type "PodReadyToStartContainers"}}{{.status}}{{end}}{{end}}',
  `{{range .spec.imagePullSecrets}}${text('.name')} {{end}}`,
  `{{range .spec.initContainers}}${text('.name')} {{end}}`,
  `{{range .spec.containers}}${text('.name')}|${text('.image')}|${text('.imagePullPolicy')} {{end}}`,
  // Why a container did not start counts only as long as its image is not there.
  `{{range .status.containerStatuses}}${text('.name')}|${text('.imageID')}|` +
    `{{range $state, $more := .state}}{{$state}}|{{with $more}}${text('.reason')}{{end}}{{end}}|` +
    `{{if not .imageID}}{{range .state}}{{with .}}${text('.message')}{{end}}{{end}}{{end}} {{end}}`,
)

/**
 * The events about pods that say how a pull stands, as a field selector: all warnings, and of the others those that are not named here, because
 * a selector knows no `or`.
 */
export const eventsSelector = [
  'involvedObject.kind=Pod',
  ...['Scheduled', 'Created', 'Started', 'Killing', 'Pulled'].map(reason => `reason!=${reason}`),
].join(',')

/** The template that prints events about pods. */
export const eventsTemplate = row('event', '{{.involvedObject.name}}', text('.reason'), text('.message'))

/** The nodes among the lines of kubectl's output. */
export function readNodes(output: string): ClusterNode[] {
  return rowsOf(output, 'node').map(([name = '', ready, cordoned, taintList = '', labelList = '']) => {
    const labels = Object.fromEntries(entriesOf(labelList).map(entry => splitAt(entry, '=')))
    const taints = entriesOf(taintList).map(readTaint)
    const isTainted = (prefix: string): boolean => taints.some(({ key }) => key.startsWith(prefix))
    return {
      name,
      pool:
        labels['karpenter.sh/nodepool'] ??
        labels['kubernetes.azure.com/agentpool'] ??
        labels.agentpool ??
        scaleSetName.exec(name)?.[1] ??
        'without a pool',
      os: labels['kubernetes.io/os'] ?? 'linux',
      arch: labels['kubernetes.io/arch'] ?? 'amd64',
      isReady: ready === 'True',
      isCordoned: cordoned !== '',
      // Of virtual nodes, and of their second version (github.com/microsoft/virtualnodesOnAzureContainerInstances).
      isVirtual:
        labels.type === 'virtual-kubelet' ||
        (labels.virtualization ?? '').startsWith('virtualnode') ||
        isTainted('virtual-kubelet.io/'),
      isHosted:
        labels['kubernetes.azure.com/hostedvm'] === 'true' ||
        isTainted('kubernetes.azure.com/hostedvm') ||
        name.startsWith('aks-hostedpool-'),
      taints,
      labels,
    }
  })
}

/** How AKS names the nodes of a pool of virtual machine scale sets: `aks-system-12345678-vmss000000`. */
const scaleSetName = /^aks-([a-z][a-z0-9]*)-\d+-vmss\w+$/

function readTaint(entry: string): Taint {
  const [key, rest] = splitAt(entry, '=')
  const [value, effect] = splitAt(rest, ':')
  return { key, value, effect }
}

/** The pods among the lines of kubectl's output. */
export function readPods(output: string): ProbePod[] {
  return rowsOf(output, 'pod').map(
    ([name = '', probe, run = '', created = '', life, phase = '', reason = '', message = '', sandbox, ...lists]) => {
      const [secrets = '', firsts = '', specs = '', statuses = ''] = lists
      const stands = new Map(entriesOf(statuses).map(entry => [decode(entry.split('|')[0]), entry]))
      return {
        name,
        probe: probe ? Number(probe) : NaN,
        run,
        createdAt: Date.parse(created),
        ...(life && { lifeSeconds: Number(life) }),
        phase: decode(phase),
        reason: decode(reason),
        message: decode(message),
        ...(sandbox && { hasSandbox: sandbox === 'True' }),
        pullSecrets: entriesOf(secrets).map(decode),
        initContainers: entriesOf(firsts).map(decode),
        containers: entriesOf(specs).map(entry => {
          const [container = '', image = '', pullPolicy = ''] = entry.split('|').map(decode)
          return { name: container, image, pullPolicy, ...readState(stands.get(container)) }
        }),
      }
    },
  )
}

function readState(entry = ''): Pick<ProbeContainer, 'imageId' | 'state' | 'reason' | 'message'> {
  const [, imageId = '', state = '', reason = '', message = ''] = entry.split('|').map(decode)
  return { imageId, state: state as ProbeContainer['state'], reason, message }
}

/** The events among the lines of kubectl's output. */
export function readEvents(output: string): PodEvent[] {
  return rowsOf(output, 'event').map(([pod = '', reason = '', message = '']) => ({
    pod,
    reason: decode(reason),
    message: decode(message),
  }))
}

/** What the script of Run Command kept of earlier tries of each probe, by its index: the texts of its containers. */
export function readHeard(output: string): Map<number, string[]> {
  return new Map(
    rowsOf(output, 'heard').map(([probe, said = '']) => [
      Number(probe),
      withoutSignatures(cut(unquote(said))).split(saidSeparator),
    ]),
  )
}

/** Separates what the containers of a pod say, where it is one text. */
export const saidSeparator = ' || '

/** A text as Go's `%q` prints it. */
function unquote(quoted: string): string {
  return quoted
    .replace(/^"|"$/g, '')
    .replace(/\\(["\\nt])/g, (_, escaped: string) => (/[nt]/.test(escaped) ? ' ' : escaped))
}

/** Whether an output has all rows of a kind that there were. */
export function isWhole(output: string, kind: 'node' | 'pod'): boolean {
  const [[announced] = []] = rowsOf(output, `${kind}s`)
  return announced !== undefined && rowsOf(output, kind).length === Number(announced)
}

/** Whether an output says how many rows of a kind there were, so that all of it that is missing was cut off at its end. */
export function isBegun(output: string, kind: 'node' | 'pod'): boolean {
  return rowsOf(output, `${kind}s`).length > 0
}

/** The fields of all whole lines of a kind: the last one may have been cut. */
export function rowsOf(output: string, kind: string): string[][] {
  return output
    .split(/\r?\n/)
    .filter(line => line.startsWith(`${kind}\t`) && line.endsWith('\t.'))
    .map(line => line.split('\t').slice(1, -1))
}

function entriesOf(list: string): string[] {
  return list.split(' ').filter(Boolean)
}

function splitAt(entry: string, separator: string): [string, string] {
  const at = entry.indexOf(separator)
  return at < 0 ? [entry, ''] : [entry.slice(0, at), entry.slice(at + 1)]
}

function decode(encoded = ''): string {
  return withoutSignatures(cut(unescape(encoded.replaceAll('+', ' '))))
}
