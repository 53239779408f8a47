// What a Kubernetes said about a few pods, without names, times and IDs, so that a simulated one can be compared with a
// real one.

/** One case of `recorded/kubernetes/`; see its README. */
export interface KubernetesRecord {
  /** Its version, if not 1.34.2; then, events have neither sources, nor fields, nor counts. */
  readonly kubelet?: string
  /** Pods that were created, of which at most three have a history. */
  readonly podsMade: number
  readonly histories: readonly PodHistory[]
  /** Of all pods, without those that differ only in their count. */
  readonly events: readonly RecordedEvent[]
  /** What the API server answered, without discovery: verb, path and code. */
  readonly answers: readonly string[]
  readonly refusals: readonly Refusal[]
  /** Words of Kubernetes that the action passed on, where no refusal was recorded. */
  readonly said?: string
}

/** Pods that said the same. */
export interface PodHistory {
  readonly steps: readonly PodStep[]
  /** For each of the pods, the seconds of its steps since the first pod of the case. */
  readonly seconds: readonly (readonly number[])[]
}

/** One change of a pod. */
export interface PodStep {
  /** `DELETING`: changed while it waits for its end. */
  readonly change: 'ADDED' | 'MODIFIED' | 'DELETING' | 'DELETED'
  /** The lines of its status that came (`+`) and went (`-`). */
  readonly status: readonly string[]
}

export interface RecordedEvent {
  readonly count: number
  /** Type, reason, source, field and message. */
  readonly text: string
}

/** The API server's Status for a request that it refused. */
export interface Refusal {
  readonly request: string
  readonly reason: string
  readonly message: string
  readonly details: unknown
}

/** A run of the credential provider: `recorded/kubernetes/provider.json` has several, by name. */
export interface ProviderRecord {
  readonly code: number
  /** Host, method, path and code of the answer. */
  readonly requests: readonly string[]
  readonly cacheDuration?: string
  readonly offered?: readonly { readonly host: string; readonly isAnonymous: boolean }[]
}

/** A pod's status after a change, as watches report it. */
export interface PodChange {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly isDeleting: boolean
  readonly status: Record<string, unknown>
  readonly seconds: number
}

/** What differs between two runs of the same case, in order. */
const replacements: readonly (readonly [RegExp, string])[] = [
  [/attach-acr-(no-secret|probe)-[\da-f]{8,16}/g, 'attach-acr-$1-<run>'],
  [/(attach-acr-probe-<run>)-[a-z\d]{5}\b/g, '$1-<pod>'],
  [/(%2Frun%3D)[\da-f]{8,16}/g, '$1<run>'],
  [/(\w+-deployment)-[a-z\d]{8,10}-[a-z\d]{5}\b/g, '$1-<hash>-<pod>'],
  [/(\w+-deployment)-[a-z\d]{8,10}\b/g, '$1-<hash>'],
  [/\baks-\w+-\d{8}-vmss\w{6}/g, '<node>'],
  [/(kube-api-access)-[a-z\d]{5}\b/g, '$1-<name>'],
  [/sha256:[\da-f]{64}/g, 'sha256:<digest>'],
  [/containerd:\/\/[\da-f]{64}/g, 'containerd://<container>'],
  [/\b20\d\d-\d\d-\d\dT[\d:.]+Z/g, '<time>'],
  [
    / in [\d.ms]+ \([\d.ms]+ including waiting\)\. Image size: \d+ bytes/g,
    ' in <time> (<time> including waiting). Image size: <size> bytes',
  ],
  [/https:\/\/[\w.-]+\.blob\.core\.windows\.net\/[^"\s]*/g, '<signed URL of the data endpoint>'],
  [/lookup [\w.-]+\.blob\.core\.windows\.net/g, 'lookup <data endpoint>'],
  [/\b\d{1,3}(\.\d{1,3}){3}(:\d+)?/g, '<address>'],
  [/User "[^"]+"/g, 'User "<user>"'],
  [/(certificate is valid for) .* not /g, '$1 <names>, not '],
  // Since runc 1.2; the records are of 1.1 (opencontainers/runc `libcontainer/init_linux.go`).
  [/(unable to start container process): error during container init:/g, '$1:'],
]

/** A text without names, times and IDs. */
export const withoutNames = (text: string): string =>
  replacements.reduce((result, [pattern, value]) => result.replace(pattern, value), text)

/** The changes of a pod's status. What changes nothing else, such as the mark for deletion, was recorded only sometimes. */
export function stepsOf(changes: readonly PodChange[]): { readonly steps: PodStep[]; readonly seconds: number[] } {
  const shown = changes.map(change => ({ ...change, lines: linesOf(change.status) }))
  const kept = shown.filter(
    ({ type, lines }, index) => type !== 'MODIFIED' || lines.join('\n') !== shown[index - 1]?.lines.join('\n'),
  )
  const steps = kept.map(({ type, isDeleting, lines }, index) => {
    const before = kept[index - 1]?.lines ?? []
    return {
      change: type === 'MODIFIED' && isDeleting ? ('DELETING' as const) : type,
      status: [
        ...before.filter(line => !lines.includes(line)).map(line => `- ${line}`),
        ...lines.filter(line => !before.includes(line)).map(line => `+ ${line}`),
      ],
    }
  })
  return { steps, seconds: kept.map(({ seconds }) => seconds) }
}

/** Puts pods that said the same into one history. */
export function historiesOf(pods: readonly (readonly PodChange[])[]): PodHistory[] {
  const found = new Map<string, { steps: PodStep[]; seconds: number[][] }>()
  for (const { steps, seconds } of pods.map(stepsOf)) {
    const key = JSON.stringify(steps)
    const same = found.get(key) ?? { steps, seconds: [] }
    same.seconds.push(seconds)
    found.set(key, same)
  }
  return [...found.values()]
}

/** A status, one fact a line. */
function linesOf(status: Record<string, unknown>): string[] {
  const { conditions = [], containerStatuses = [], initContainerStatuses = [], ...others } = status
  const objects = (value: unknown): Record<string, unknown>[] => value as Record<string, unknown>[]
  return [
    ...factsOf('', others),
    ...objects(conditions).map(conditionOf),
    ...objects(initContainerStatuses).flatMap(({ name, ...facts }) => factsOf(`init container ${String(name)}`, facts)),
    ...objects(containerStatuses).flatMap(({ name, ...facts }) => factsOf(`container ${String(name)}`, facts)),
  ]
}

const factsOf = (subject: string, facts: Record<string, unknown>): string[] =>
  Object.entries(facts)
    .map(([name, value]) => withoutNames(`${subject} ${name} ${textOf(value)}`.trim()))
    .sort()

/** A condition without its times: `condition Ready=False observedGeneration=1 reason=…`. */
function conditionOf({ type, status, ...facts }: Record<string, unknown>): string {
  const details = Object.entries(facts)
    .filter(([name]) => name !== 'lastTransitionTime' && name !== 'lastProbeTime')
    .map(([name, value]) => ` ${name}=${textOf(value)}`)
    .sort()
  return withoutNames(`condition ${String(type)}=${String(status)}${details.join('')}`)
}

/** JSON with sorted keys. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}

/** An event as `kubectl get events -o json` shows it. */
export interface ShownEvent {
  readonly type: string
  readonly reason: string
  readonly message: string
  readonly count: number | null
  readonly source: string | null
  readonly fieldPath: string | null
}

/** Events without repetitions, in the order of their texts: those of a second have no order of their own. */
export function eventsOf(events: readonly ShownEvent[]): RecordedEvent[] {
  const texts = events.map(({ type, reason, source, fieldPath, message, count }) => ({
    count: count ?? 1,
    text: withoutNames(
      [
        type,
        reason,
        ...(source === null ? [] : ['by', source]),
        ...(fieldPath === null ? [] : ['for', fieldPath]),
      ].join(' ') + `: ${message}`,
    ),
  }))
  const distinct = new Map(texts.map(event => [`${event.text} ${String(event.count)}`, event]))
  return [...distinct.values()].sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : a.count - b.count))
}

/** A request and the code of its answer: `list /api/v1/nodes 200`. */
export const answerOf = (verb: string, url: string, code: number): string => `${requestOf(verb, url)} ${String(code)}`

/** A request without its query, but for selectors. */
export const requestOf = (verb: string, url: string): string => {
  const [path = '', query = ''] = withoutNames(url).split('?')
  const selectors = query.split('&').filter(part => /^(labelSelector|fieldSelector)=/.test(part))
  return [verb, path, ...selectors].join(' ')
}

interface Status {
  readonly reason?: string
  readonly message?: string
  readonly details?: unknown
}

export const refusalOf = (request: string, { reason = '', message = '', details = {} }: Status): Refusal => ({
  request,
  reason,
  message: withoutNames(message),
  details: JSON.parse(withoutNames(JSON.stringify(details))) as unknown,
})
