import type { Constraints, NodeTerm, Toleration } from 'azure'
import { decode, entriesOf } from './cluster-text.js'

/** Kind and name of an owner, with its API group and version; the same kind exists in several groups. */
export interface RowOwner {
  api: string
  kind: string
  name: string
}

/** A container or an image volume of a specification, with its image. */
export interface NamedImage {
  kind: 'container' | 'volume'
  name: string
  image: string
  /** Set if `imagePullPolicy` is `Always`. */
  isAlways?: true
}

/** Pods that only differ in their names and start times. */
export interface PodRow {
  count: number
  namespace: string
  /** The pod itself, of no API group, if it has no owner. */
  owner: RowOwner
  phase: string
  /** Empty if it is not known. */
  account: string
  constraints?: Constraints
  images: readonly NamedImage[]
  /** Image IDs, as the nodes report them, by kind and name of the container or volume. */
  imageIds: ReadonlyMap<string, string>
  /** When the first of them started, in milliseconds since the epoch. */
  since?: number
}

/** An object that makes pods. Without constraints and images, its owner names the template. */
export interface MakerRow extends Pick<PodRow, 'namespace' | 'account' | 'constraints' | 'images'> {
  kind: string
  name: string
  owner?: RowOwner
}

/** The rows that were printed about a cluster's workloads. */
export interface WorkloadRows {
  pods: readonly PodRow[]
  makers: readonly MakerRow[]
  /** Named namespaces that the cluster does not have. */
  absent: readonly string[]
  /** Named namespaces without a pod, or anything that makes pods. */
  empty: readonly string[]
}

export const imageIdKey = ({ kind, name }: Pick<NamedImage, 'kind' | 'name'>): string => `${kind} ${name}`

/** A row, with the number of equal ones and the earliest time of these. */
interface WorkloadRow {
  kind: string
  fields: string[]
  count: number
  since?: number
}

/** `     12 2026-05-01T03:00:00Z pod\t…\t.`; kubectl's own rows have no count. */
const rowPattern = /^ *(?:(\d+) )?(\S+) (\w+)\t(.*)$/

/**
 * Reads the rows of both reads; undefined if some are missing, because the output was cut off or something else printed it.
 * @param names of the namespaces, if they are named: both were done for each
 */
export function readWorkloadRows(output: string, names: readonly string[] = []): WorkloadRows | undefined {
  const reads = names.length || 1
  const rows = [...countRows(output)]
  const of = (kind: string): WorkloadRow[] => rows.filter(row => row.kind === kind)
  const sum = (...kinds: string[]): number => kinds.flatMap(of).reduce((total, { count }) => total + count, 0)
  const isWhole = (header: string, ...kinds: string[]): boolean => {
    const announced = of(header).reduce((total, { fields: [number], count }) => total + count * Number(number), 0)
    return sum(header) === reads && sum(...kinds) === announced
  }
  if (!isWhole('pods', 'pod', 'leaving') || !isWhole('makers', 'maker', 'idle')) return undefined
  const [pods, makers] = [of('pod').map(readPod), of('maker').map(readMaker)]
  const existing = new Set(output.match(/^namespace\/\S+/gm))
  const used = new Set([...pods, ...makers].map(({ namespace }) => namespace))
  const empty = names.filter(name => !used.has(name))
  // Without the right to read a namespace, nobody knows whether it exists.
  const absent = existing.size > 0 ? empty.filter(name => !existing.has(`namespace/${name}`)) : []
  return { pods, makers, absent, empty }
}

/** Counts equal rows, whatever their time; a row that was cut is none. */
function countRows(text: string): Iterable<WorkloadRow> {
  const found = new Map<string, WorkloadRow>()
  for (const line of text.split('\n')) {
    const [, count = '1', time = '', kind = '', rest = ''] = rowPattern.exec(line.replace(/\r$/, '')) ?? []
    if (!kind || !(rest === '.' || rest.endsWith('\t.'))) continue
    const at = Date.parse(time)
    const key = `${kind}\t${rest}`
    const row = found.get(key) ?? { kind, fields: rest.split('\t').slice(0, -1), count: 0 }
    row.count += Number(count)
    if (!Number.isNaN(at)) row.since = Math.min(at, row.since ?? Infinity)
    found.set(key, row)
  }
  return found.values()
}

function readPod({ fields, count, since }: WorkloadRow): PodRow {
  const [namespace = '', api, kind, name, phase, account, constraints = '', images = '', ids = ''] = fields
  return {
    count,
    namespace,
    owner: { api: decode(api), kind: decode(kind), name: decode(name) },
    phase: decode(phase),
    account: decode(account),
    ...readConstraintRow(constraints),
    images: readImages(images),
    imageIds: new Map(readImages(ids).map(each => [imageIdKey(each), each.image])),
    ...(since !== undefined && { since }),
  }
}

function readMaker({ fields }: WorkloadRow): MakerRow {
  const [namespace = '', kind = '', name, api, ownerKind, ownerName, account, constraints = '', images = ''] = fields
  const owner = { api: decode(api), kind: decode(ownerKind), name: decode(ownerName) }
  return {
    namespace,
    kind,
    name: decode(name),
    ...(owner.kind && { owner }),
    account: decode(account),
    ...readConstraintRow(constraints),
    images: readImages(images),
  }
}

function readImages(list: string): NamedImage[] {
  return entriesOf(list).map(entry => {
    const [mark, name = '', image = '', policy] = entry.split('|').map(decode)
    return { kind: mark === 'v' ? 'volume' : 'container', name, image, ...(policy === 'a' && { isAlways: true }) }
  })
}

/** Reads the constraints of a row; absent if they were not printed. */
function readConstraintRow(list: string): { constraints?: Constraints } {
  if (list === '') return {}
  const entries = entriesOf(list).map(entry => entry.split('|').map(decode))
  const marked = (mark: string) => entries.flatMap(([own, ...fields]) => (own === mark ? [fields] : []))
  const [[nodeName] = []] = marked('h').reverse()
  const [[os] = []] = marked('o').reverse()
  const nodeAffinity = readTerms(entries)
  const constraints: Constraints = {
    nodeSelector: Object.fromEntries(marked('n').map(([key = '', value = '']) => [key, value])),
    tolerations: marked('t').map(([key = '', operator = '', ...rest]) => readToleration(key, operator, rest)),
    ...(nodeAffinity.length > 0 && { nodeAffinity }),
    ...(nodeName && { nodeName }),
    ...(os && { os }),
  }
  return { constraints }
}

/** Reads the terms of a node affinity: `a` begins one; `l` is a requirement of it on labels, `f` one on fields. */
function readTerms(entries: readonly string[][]): NodeTerm[] {
  const terms: { labels: NodeTerm['labels'][number][]; names: NodeTerm['names'][number][] }[] = []
  for (const [mark, key = '', operator = '', ...values] of entries) {
    if (mark === 'a') terms.push({ labels: [], names: [] })
    if (mark === 'l') terms.at(-1)?.labels.push({ key, operator, values })
    if (mark === 'f') terms.at(-1)?.names.push({ key, operator, values })
  }
  return terms
}

function readToleration(key: string, operator: string, [value, effect]: readonly string[]): Toleration {
  return { ...(key && { key }), ...(operator && { operator }), ...(value && { value }), ...(effect && { effect }) }
}
