import { unescape } from 'node:querystring'
import { gunzipSync } from 'node:zlib'
import { takeIn } from 'kernel'
import { withoutSignatures } from './signatures.js'

/** A probe pod in the cluster, with the state of its pulls. */
export interface ProbePod {
  name: string
  /** Index of its probe; NaN if the label isn't ours. */
  probe: number
  run: string
  /** Milliseconds since the epoch. */
  createdAt: number
  /** Lifetime in seconds; undefined if it is unlimited. */
  lifeSeconds?: number
  phase: string
  reason: string
  message: string
  /** The name of its node; empty if it has none. */
  node: string
  /** Whether its network is set up. */
  hasSandbox: boolean
  /** Names of the secrets that its pulls may use. */
  pullSecrets: string[]
  /** Names of containers that a webhook added to run before ours. */
  initContainers: string[]
  containers: ProbeContainer[]
}

/** A container of a probe pod, as admitted by the cluster, with its state. */
export interface ProbeContainer {
  name: string
  image: string
  pullPolicy: string
  /** Its program with all arguments, of `command` and of `args`; empty if the image's own runs. */
  command: string[]
  /** Whether a program ran in it. */
  hasRun: boolean
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
  /** When its row was printed, or as many seconds before as the row says; in milliseconds since the epoch. */
  seenAt?: number
}

/** A call of kubectl that changes nothing. */
export interface Read {
  words: readonly string[]
  /** What a file has that it reads. */
  input?: string
  /** How long it may take, in milliseconds, if that is longer than usual. */
  limitMs?: number
  /** Set if the others count without it. */
  isOptional?: true
  /** Set if rows that differ only in the time at their start may be counted instead of repeated. */
  isCounted?: true
}

/** The words of a call that lists objects as rows. */
export function getting(what: string, template: string, ...more: string[]): string[] {
  return ['get', what, ...more, '--output', `go-template=${template}`]
}

/*
 * The templates for kubectl's output, the same for both probers: one line per object, fields separated by tabs, and texts of others encoded as in a
 * URL's query. Only the fields that are used, because AKS Run Command cuts its output at 512 kB.
 */

/** Maximum length of a text, in characters; a message of containerd with a signed URL has about 1,500. */
const maxText = 2000

/** A template that prints a text field, cut to a readable length and encoded. */
export const text = (field: string): string =>
  `{{with ${field}}}{{if gt (len .) ${maxText}}}{{urlquery (slice . 0 ${maxText})}}{{else}}{{urlquery .}}{{end}}{{end}}`

/** A template that prints the separator of fields. */
export const tab = '{{"\\t"}}'

/** A row with the number of rows that follow, because the end of an output may be cut off. */
const count = (kind: string): string => `${kind}s${tab}{{with .items}}{{len .}}{{else}}0{{end}}${tab}.{{"\\n"}}`

/** A template that prints the items of a list, each as a row of these fields. */
export const rowTemplate = (kind: string, ...fields: string[]): string =>
  `${count(kind)}{{range .items}}${[kind, ...fields].join(tab)}${tab}.{{"\\n"}}{{end}}`

const labelText = (key: string): string => `{{with index . "${key}"}}{{.}}{{end}}`

/** Prints what each created pod is called, and the labels that the cluster has left it, as rows `made`. */
export const madeTemplate =
  `made${tab}{{.metadata.name}}${tab}{{with .metadata.labels}}` +
  ['app.kubernetes.io/managed-by', 'attach-acr/run', 'attach-acr/probe', 'attach-acr/command']
    .map(labelText)
    .join(tab) +
  `{{end}}${tab}.{{"\\n"}}`

/** The fields that show a probe pod's run, and whether it is alive. */
const podLife = [
  '{{.metadata.name}}',
  '{{with index .metadata.labels "attach-acr/probe"}}{{.}}{{end}}',
  '{{with index .metadata.labels "attach-acr/run"}}{{.}}{{end}}',
  '{{.metadata.creationTimestamp}}',
  '{{with .spec.activeDeadlineSeconds}}{{.}}{{end}}',
  text('.status.phase'),
]

/** Prints the runs of the existing probe pods, as rows `other`; with a thousand pods and a thousand nodes, nothing is cut off. */
export const podLivesTemplate = rowTemplate('other', ...podLife)

export const podsTemplate = rowTemplate(
  'pod',
  ...podLife,
  text('.status.reason'),
  text('.status.message'),
  '{{range .status.conditions}}{{if eq .type "PodReadyToStartContainers"}}{{.status}}{{end}}{{end}}',
  '{{with .spec.nodeName}}{{.}}{{end}}',
  `{{range .spec.imagePullSecrets}}${text('.name')} {{end}}`,
  `{{range .spec.initContainers}}${text('.name')} {{end}}`,
  `{{range .spec.containers}}${text('.name')}|${text('.image')}|${text('.imagePullPolicy')}|` +
    `{{range .command}}${text('.')},{{end}}{{range .args}}${text('.')},{{end}} {{end}}`,
  // The reason why a container did not start matters only while its image is missing, and whether it did only after that.
  `{{range .status.containerStatuses}}${text('.name')}|${text('.imageID')}|` +
    `{{range $state, $more := .state}}{{$state}}|{{with $more}}${text('.reason')}{{end}}{{end}}|` +
    `{{if .imageID}}{{range .state}}{{with .}}${text('.startedAt')}{{end}}{{end}}` +
    `{{else}}{{range .state}}{{with .}}${text('.message')}{{end}}{{end}}{{end}} {{end}}`,
)

/** The reason of the kubelet's warning about a missing secret, such as the placeholder of probe pods (`pkg/kubelet/kubelet_pods.go`). */
const missingSecret = 'FailedToRetrieveImagePullSecret'

/**
 * A field selector for the events of pods that show the state of a pull. A selector has no `or`, so it excludes the other normal events, and keeps
 * all warnings but that one.
 */
export const eventsSelector = [
  'involvedObject.kind=Pod',
  ...['Scheduled', 'Created', 'Started', 'Killing', missingSecret].map(reason => `reason!=${reason}`),
].join(',')

export const eventsTemplate = rowTemplate('event', '{{.involvedObject.name}}', text('.reason'), text('.message'))

/** @param kind of the rows: by default those of the pods that are there */
export function readPods(output: string, kind = 'pod'): ProbePod[] {
  return rowsOf(output, kind).map(
    ([name = '', probe, run = '', created = '', life, phase = '', reason = '', message = '', sandbox, ...rest]) => {
      const [node = '', ...lists] = rest
      const [secrets = '', inits = '', specs = '', statuses = ''] = lists
      const states = new Map(entriesOf(statuses).map(entry => [decode(entry.split('|')[0]), entry]))
      return {
        name,
        probe: probe ? Number(probe) : NaN,
        run,
        createdAt: Date.parse(created),
        ...(life && { lifeSeconds: Number(life) }),
        phase: decode(phase),
        reason: decode(reason),
        message: decode(message),
        node,
        hasSandbox: sandbox === 'True',
        pullSecrets: entriesOf(secrets).map(decode),
        initContainers: entriesOf(inits).map(decode),
        containers: entriesOf(specs).map(entry => {
          const [container = '', image = '', pullPolicy = '', command = ''] = entry.split('|')
          const spec = { image: decode(image), pullPolicy: decode(pullPolicy), command: readCommandWords(command) }
          return { name: decode(container), ...spec, ...readState(states.get(decode(container))) }
        }),
      }
    },
  )
}

/** The words of a command, each with a comma behind it. */
function readCommandWords(command: string): string[] {
  return command.split(',').slice(0, -1).map(decode)
}

/** The kubelet's time at which a container started that never did (recorded from real nodes: `StartError`). */
const neverStarted = '1970-01-01T00:00:00Z'

function readState(entry = ''): Pick<ProbeContainer, 'imageId' | 'state' | 'reason' | 'message' | 'hasRun'> {
  const [, imageId = '', state = '', reason = '', last = ''] = entry.split('|').map(decode)
  const states = { imageId, state: state as ProbeContainer['state'], reason }
  if (imageId === '') return { ...states, message: last, hasRun: false }
  return { ...states, message: '', hasRun: state === 'running' || (last !== '' && last !== neverStarted) }
}

/** @param now when they were printed, in milliseconds since the epoch: rows may end with the number of seconds since they were seen */
export function readEvents(output: string, now: number): PodEvent[] {
  return rowsOf(output, 'event').map(([pod = '', reason = '', message = '', age = '0']) => ({
    pod,
    reason: decode(reason),
    message: decode(message),
    seenAt: now - Number(age) * 1000,
  }))
}

/** The line before a compressed output. */
export const packedMark = 'gzip'

/** The output of a script, which compresses it if it can; as it is if the end of it is missing. */
export function unpack(output: string): string {
  const [, packed] = new RegExp(`^${packedMark}\r?\n([\\s\\S]*)$`, 'm').exec(output) ?? []
  if (packed === undefined) return output
  try {
    return gunzipSync(Buffer.from(packed, 'base64')).toString('utf8')
  } catch {
    return output
  }
}

/** The kinds of rows whose number is printed before them. */
type Counted = 'node' | 'pod' | 'other'

/** Whether an output has all rows of a kind. */
export function isWhole(output: string, kind: Counted): boolean {
  const [[announced] = []] = rowsOf(output, `${kind}s`)
  return announced !== undefined && rowsOf(output, kind).length === Number(announced)
}

/** Whether an output states the number of rows of a kind, so that missing rows were cut off at its end. */
export function isBegun(output: string, kind: Counted): boolean {
  return rowsOf(output, `${kind}s`).length > 0
}

/** The fields of all complete lines of a kind: the last line may have been cut. */
export function rowsOf(output: string, kind: string): string[][] {
  return output
    .split(/\r?\n/)
    .filter(line => line.startsWith(`${kind}\t`) && line.endsWith('\t.'))
    .map(line => line.split('\t').slice(1, -1))
}

/** The rows of pods without those of some names, and their number. */
export function withoutPods(output: string, names: ReadonlyMap<string, unknown>): string {
  if (names.size === 0) return output
  const left = output.split(/\r?\n/).filter(line => line.startsWith('pod\t') && !names.has(line.split('\t')[1] ?? ''))
  return [`pods\t${left.length}\t.`, ...left].join('\n')
}

/** The entries of a list, which are separated by spaces. */
export function entriesOf(list: string): string[] {
  return list.split(' ').filter(Boolean)
}

/** A text as it was before the template encoded it. */
export function decode(encoded = ''): string {
  return withoutSignatures(takeIn(unescape(encoded.replaceAll('+', ' '))))
}
