import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import { parse } from 'yaml'
import { errorCodes } from 'kernel/src/error.js'
import { breakNetwork } from './broken-network.js'
import type { FaultJob } from './fault-jobs.js'
import type { Scenario, StepEnd } from './scenario.js'
import type { Fault, RequestRecord } from 'azure-simulator'

/** A fault of one request. */
interface FaultKind {
  name: string
  fault: Fault
  /** Whether a single answer can be final: a refusal that isn't marked as temporary, or an answer for which something in between is no explanation. */
  isFinal?: true
  /** The requests that even then are sent again, or whose effect is looked for, as `describeRequest` shows them. */
  recoversAt?: RegExp
  /** Faults that one rule treats alike where nothing is written; those without a name have rules of their own. */
  alike?: 'throttled' | 'a server that fails' | 'no answer that can be read' | typeof incomplete | typeof carriedOut
  /** The error of the operating system with which a connection to the host fails, in place of the fault. */
  code?: string
}

/** What is well-formed, but less than was asked for. */
const incomplete = 'an incomplete answer'

/** To a request that writes nothing, these are the same as if the work was not done. */
const carriedOut = 'carried out'

const json = { 'content-type': 'application/json; charset=utf-8' }
const html = { 'content-type': 'text/html; charset=utf-8' }
const noRoute = { message: 'no Route matched with those values' }
const arm = /^\w+ management\./
const azure = /^\w+ (management|graph)\./
/** A command in a cluster that Azure refused has not started: it is not looked for. */
const azureWithoutCommands = /^(?!.*\/runCommand$)\w+ (management|graph)\./
const slowDown = { error: { code: 'TooManyRequests', message: 'Slow down.' } }
const failed = { error: { code: 'InternalServerError', message: 'An error has occurred.' } }
const expired = {
  error: { code: 'ExpiredAuthenticationToken', message: 'The access token expiry UTC time is earlier than now.' },
}
/** With a challenge, the SDK asks for another token and sends the request again. */
const challenge = `Bearer error="insufficient_claims", claims="${btoa('{"access_token":{}}')}"`
const challenged = { status: 401, headers: { 'www-authenticate': challenge }, body: expired }
const gateway = '<html>\n<head><title>502 Bad Gateway</title></head>\n<body>Bad gateway</body>\n</html>'

/** The possible faults of a request. */
const faultKinds: FaultKind[] = [
  {
    name: '429 with Retry-After',
    fault: { status: 429, headers: { 'retry-after': '1' }, body: slowDown },
    alike: 'throttled',
  },
  { name: '429 without Retry-After', fault: { status: 429, body: slowDown }, alike: 'throttled' },
  {
    name: '429 for an hour',
    fault: { status: 429, headers: { 'retry-after': '3600' }, body: slowDown },
    isFinal: true,
  },
  { name: '500', fault: { status: 500, body: failed }, alike: 'a server that fails' },
  { name: '502 as a web page', fault: { status: 502, body: gateway }, alike: 'a server that fails' },
  { name: '503', fault: { status: 503, body: failed }, alike: 'a server that fails' },
  { name: '421', fault: { status: 421, body: '' }, alike: 'a server that fails' },
  { name: '500 after the work was done', fault: { status: 500, body: failed, after: true }, alike: carriedOut },
  { name: '504 after the work was done', fault: { status: 504, body: failed, after: true }, alike: carriedOut },
  { name: 'reset before', fault: { reset: true }, alike: 'no answer that can be read' },
  { name: 'reset after the work was done', fault: { reset: true, after: true }, alike: carriedOut },
  { name: 'no HTTP', fault: { garbage: true }, alike: 'no answer that can be read' },
  {
    name: 'an answer that breaks off',
    fault: { status: 200, body: { value: [] }, cut: true, gzip: true, after: true },
    alike: 'no answer that can be read',
  },
  {
    name: 'a huge answer',
    fault: { status: 200, body: {}, padding: 60_000_000, gzip: true, after: true },
    alike: 'no answer that can be read',
  },
  {
    name: 'half an answer',
    fault: { status: 200, body: '{"value":[{"id":"/subscr', headers: json, after: true },
    alike: 'no answer that can be read',
  },
  { name: 'an empty answer', fault: { status: 200, headers: json, after: true } },
  { name: '{}', fault: { status: 200, body: {}, after: true }, alike: incomplete },
  { name: 'a list of null', fault: { status: 200, body: { value: null }, after: true }, alike: incomplete },
  { name: 'a web page', fault: { status: 200, headers: html, body: gateway } },
  { name: '404 of a gateway', fault: { status: 404, body: noRoute }, isFinal: true, recoversAt: arm },
  { name: '401', fault: { status: 401, body: expired }, isFinal: true },
  {
    name: '401 after the work was done',
    fault: { ...challenged, after: true },
    isFinal: true,
    recoversAt: azure,
    alike: carriedOut,
  },
  {
    name: 'a bare 401 after the work was done',
    fault: { status: 401, body: expired, after: true },
    isFinal: true,
    recoversAt: azureWithoutCommands,
    alike: carriedOut,
  },
]

/** An answer that never arrives. Once is enough, because each costs a request's time limit. */
const hang: FaultKind = { name: 'no answer', fault: { until: () => new Promise(() => undefined) } }

/** Answers of Azure Resource Manager replicas that do not know a recently created resource yet. */
const unknownYet: FaultKind = {
  name: '404 right after the write',
  fault: { status: 404, body: { error: { code: 'ResourceNotFound', message: 'The resource was not found.' } } },
}

/** The proxy blocks the runner's access to a host, or hangs up. */
const connectKinds: FaultKind[] = [
  { name: 'CONNECT refused', fault: { connect: true } },
  { name: 'CONNECT closed', fault: { connect: 'closed' } },
]

/** The runner has no name server, or no route. */
const networkKinds: FaultKind[] = [
  'EAI_AGAIN',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'EHOSTDOWN',
  'EPIPE',
  'ECONNABORTED',
].map(code => ({ name: code, fault: {}, code }))

/** How many connections to a host are opened in advance: their failures are not the fault. */
const openedAhead: Readonly<Record<string, number>> = { 'login.microsoftonline.com': 1, 'management.azure.com': 3 }

/** One request of a job, in a form that is the same in every world. */
export interface RequestKind {
  method: string
  host: string
  /** The path, with placeholders for parts that differ between worlds. */
  path: string
  /** Whether the run sends it only once. */
  isSingle: boolean
}

/** Where in the run the fault strikes, among the requests of that kind. */
const positions = { first: { times: 1 }, second: { skip: 1, times: 1 }, all: { times: Infinity } } as const

/** One run of a job with one fault. */
export interface Cell {
  kind: FaultKind
  request: RequestKind
  position: keyof typeof positions
  /** The number of requests of this kind to let through before `position` counts. */
  after?: number
}

const guid = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'
const changing = new RegExp(`${guid}|[0-9a-f]{32}|sha256:[0-9a-f]{64}|sha256%3A[0-9a-f]{64}`, 'gi')

/** The kinds of requests that a run consists of, each once, in their order. */
export function findRequestKinds(requests: readonly RequestRecord[]): RequestKind[] {
  const kinds = new Map<string, RequestKind>()
  for (const { method, host, path } of requests) {
    const kind = {
      method,
      host: host.replace(/^[^.]+(\.[^.]+)*(\.hcp\.|\.privatelink\.)/, '*$2'),
      path: path.replace(changing, '{}'),
    }
    const name = describeRequest(kind)
    kinds.set(name, { ...kind, isSingle: !kinds.has(name) })
  }
  return [...kinds.values()]
}

/** `GET management.azure.com /subscriptions/{}/…`. */
export function describeRequest({ method, host, path }: Pick<RequestKind, 'method' | 'host' | 'path'>): string {
  return `${method} ${host} ${path}`
}

/** What matches a part of `RequestKind` in a world. */
export function toPattern(text: string, wild = '{}'): RegExp {
  const escape = (part: string): string => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^${text.split(wild).map(escape).join('[^/]+')}$`, 'i')
}

/** A POST that only asks. */
export const queries = /\/(token|exchange|checkMemberGroups|getByIds|listClusterUserCredential|resources)$/i

export const writesNothing = ({ method, path }: Pick<RequestKind, 'method' | 'path'>): boolean =>
  method === 'GET' || method === 'HEAD' || (method === 'POST' && queries.test(path))

/** A request without the names of its resources: the same request for another cluster or registry. */
const shapeOf = ({ method, host, path }: RequestKind): string =>
  describeRequest({
    method,
    host,
    path: path.replace(/\/([a-z]*groups|registries|[a-z]+clusters|[a-z]+identities)\/[^/]+/gi, '/$1/{}'),
  })

/** The faults by the rule that treats them; where nothing is written, those after the work are left out. */
const rules = [...new Set(faultKinds.map(({ alike, name }) => alike ?? name))].map(rule =>
  faultKinds.filter(({ alike, name }) => (alike ?? name) === rule),
)

/**
 * Makes the cells of a job after those of the jobs before it. A request that writes meets every fault. One that only reads, or that is sent for one
 * more cluster or registry, meets one fault of each rule, in turn, so that every host meets every fault. The position turns as well: each fault comes
 * first, second (unless the request is sent once) and always.
 */
export function createCellMaker() {
  const shapes = new Set<string>()
  const turns = new Map<string, number>()
  const place = (kind: FaultKind, request: RequestKind, turn: number): Cell => {
    const names = request.isSingle ? (['first', 'all'] as const) : (['first', 'all', 'second'] as const)
    return { kind, request, position: names[turn % names.length] ?? 'first' }
  }
  const inTurn = (requests: readonly RequestKind[], group: string, groupRules: readonly FaultKind[][]): Cell[] =>
    groupRules.flatMap((kinds, column) => {
      const key = `${group} ${column}`
      const turn = turns.get(key) ?? 0
      const count = requests.length === 0 ? 0 : Math.max(requests.length, kinds.length - turn)
      turns.set(key, turn + count)
      return Array.from({ length: count }, (_, index) => {
        const [kind, request] = [kinds[(turn + index) % kinds.length], requests[index % requests.length]]
        return kind && request ? [place(kind, request, turn + index + column)] : []
      }).flat()
    })
  return (requests: readonly RequestKind[]): Cell[] => {
    const isKnown = (request: RequestKind): boolean => shapes.has(shapeOf(request))
    const reads = requests.filter(writesNothing)
    const writes = requests.filter(request => !writesNothing(request))
    const repeated = writes.filter(isKnown)
    const fresh = writes.filter(request => !isKnown(request))
    for (const request of requests) shapes.add(shapeOf(request))
    const readRules = rules.filter(kinds => kinds.some(({ alike }) => alike !== carriedOut))
    return [
      ...fresh.flatMap((request, row) =>
        faultKinds.flatMap((kind, column) => {
          const cell = place(kind, request, row + column)
          // That the first answer is lost must end as if it was not.
          const isFirst = cell.position === 'first' || kind.alike !== carriedOut
          return isFirst ? [cell] : [cell, { ...cell, position: 'first' as const }]
        }),
      ),
      ...hostsOf(reads).flatMap(host =>
        inTurn(
          reads.filter(request => request.host === host),
          host,
          readRules,
        ),
      ),
      ...inTurn(repeated, 'writes', rules),
    ]
  }
}

const hostsOf = (requests: readonly RequestKind[]): string[] => [...new Set(requests.map(({ host }) => host))]

/**
 * The cells of a whole run: each request hangs once, and each host that no earlier job has sent a request to can't be reached at first, or at all,
 * because of the proxy or of the network. kubectl has a network of its own.
 */
export function makeRunCells(requests: readonly RequestKind[], known: ReadonlySet<string> = new Set()): Cell[] {
  const hosts = hostsOf(requests).filter(host => !known.has(host))
  const first = known.size
  return [
    ...requests.map(request => ({ kind: hang, request, position: 'first' as const })),
    ...hosts.flatMap((host, index) => {
      const codes = [0, 1].flatMap(more => networkKinds[((first + index) * 2 + more) % networkKinds.length] ?? [])
      const kinds = host.startsWith('*') ? connectKinds : [...connectKinds, ...codes]
      return kinds.flatMap(kind =>
        (['first', 'all'] as const).map(position => ({
          kind,
          request: { method: 'CONNECT', host, path: '', isSingle: false },
          position,
        })),
      )
    }),
  ]
}

/** The cells for reads below a resource that the run has created: it is unknown there at first. */
export function makeReplicaCells(recorded: readonly RequestRecord[]): Cell[] {
  const made = recorded.flatMap(({ method, path, status }, index) =>
    method === 'PUT' && [201, 202].includes(status) ? [{ path: path.toLowerCase(), index }] : [],
  )
  const isBelow = (path: string, index: number): boolean =>
    made.some(each => each.index < index && `${path.toLowerCase()}/`.startsWith(`${each.path}/`))
  const [kinds, seen] = [new Map<string, Cell>(), new Map<string, number>()]
  recorded.forEach((record, index) => {
    const [request] = findRequestKinds([record])
    if (!request) return
    const key = describeRequest(request)
    if (record.method === 'GET' && isBelow(record.path, index) && !kinds.has(key))
      kinds.set(key, { kind: unknownYet, request, position: 'first', after: seen.get(key) ?? 0 })
    seen.set(key, (seen.get(key) ?? 0) + 1)
  })
  return [...kinds.values()]
}

/** A cell's name: the request, its fault, and its position among requests of the kind. */
export function describeCell({ kind, request, position }: Cell): string {
  return `${describeRequest(request).trim()}: ${kind.name}, ${position}`
}

/** Every fault of the matrix, in the order of its columns; the lagging list concerns the whole world. */
export const faultNames = [...faultKinds, hang, unknownYet, ...connectKinds, ...networkKinds].map(({ name }) => name)

/** Whether a cell mostly waits, for a minute at most: many of them can wait at once. */
export const isWait = ({ kind }: Cell): boolean => kind === hang

/** What the output `changed` is about. @param name what an ID is called there */
export function lookAtAccess({ world }: Pick<Scenario, 'world'>, name = (id: string) => id): string {
  // A custom role has another ID in every world.
  const roleOf = (id: string): string => world.roles.find(role => id.endsWith(role.name))?.roleName ?? id
  const assignments = world.roleAssignments.map(({ principalId, scope, roleDefinitionId, condition = '' }) =>
    [name(principalId), name(scope), roleOf(roleDefinitionId), condition].join(' ').toLowerCase(),
  )
  const members = world.directory.groups().map(group => world.directory.membersOf(group).length)
  const resources = world.resources.map(({ id }) => name(id).toLowerCase())
  return JSON.stringify({ assignments: assignments.sort(), members, resources: resources.sort() })
}

/** The parts of the world that a job can change, in a form that is the same in every world. */
export function lookAtWorld(scenario: Pick<Scenario, 'world'>): string {
  const issues = scenario.world.github.issues.map(({ state }) => state)
  return `${lookAtAccess(scenario, id => id.replace(changing, '{}'))} ${issues.join()}`
}

/**
 * Runs a job with a fault.
 * @param onWait called when the job begins to wait for an answer that never arrives
 * @returns its end, and whether the world has changed
 */
export async function runCell(
  job: FaultJob,
  { kind, request, position, after = 0 }: Cell,
  scenario: Scenario,
  onWait?: () => void,
) {
  const run = await job.prepare(scenario)
  const before = lookAtAccess(scenario)
  const { host, method, path } = request
  const more = position === 'all' ? job.lasting : {}
  if (kind.code !== undefined) {
    const times = position === 'first' ? (openedAhead[host] ?? 0) + 1 : Infinity
    const end = await run(more, { environment: breakNetwork(host, kind.code, times) })
    if (position === 'all') expect(end.requests.filter(each => each.host === host)).toEqual([])
    return { end, isChanged: lookAtAccess(scenario) !== before, world: lookAtWorld(scenario) }
  }
  const { until } = kind.fault
  const waited = () => {
    onWait?.()
    return until?.() ?? Promise.resolve()
  }
  scenario.simulator.faults.add({
    ...kind.fault,
    ...(until && { until: waited }),
    ...positions[position],
    ...(after > 0 && { skip: after }),
    host: toPattern(host, '*'),
    ...(!kind.fault.connect && { method, path: toPattern(path) }),
  })
  const end = await run(more)
  return { end, isChanged: lookAtAccess(scenario) !== before, world: lookAtWorld(scenario) }
}

const outputNames = Object.keys(
  (parse(readFileSync(`${import.meta.dirname}/../../action.yml`, 'utf8')) as { outputs: object }).outputs,
)

/** What must hold at every end: the report is complete, true, and not a bug. */
export function expectHonest(end: StepEnd, { isChanged }: { isChanged: boolean }): void {
  expect(end.stderr).toBe('')
  expect(Object.keys(end.outputs).sort(), 'every output is set').toEqual([...outputNames].sort())
  const code = end.outputs['error-code'] ?? ''
  expect(code, end.log).not.toBe('UNEXPECTED')
  expect(end.log).not.toMatch(/^\s+at .+:\d+:\d+\)?$/m)
  if (end.exitCode === 0) expect(code, end.log).toBe('')
  else expect(errorCodes, end.log).toContain(code)
  // Possible but unconfirmed writes are reported in the text.
  const isUncertain = /may be (created|updated|deleted|added|removed|imported)|is not known whether/i.test(end.log)
  if (isChanged) expect(end.outputs.changed === 'true' || isUncertain, `a change is told\n${end.log}`).toBe(true)
}

/** Whether this cell must end as without its fault. */
export const isPassing = ({ kind, position, request }: Cell): boolean =>
  position !== 'all' && (!kind.isFinal || kind.recoversAt?.test(describeRequest(request)) === true)

/** A step's end, and the world after it. */
export interface CellEnd {
  end: StepEnd
  world: string
}

/** What must hold if the fault is temporary: the same end, and the same world, as without it. */
export function expectSameEnd({ end, world }: CellEnd, without: CellEnd): void {
  const resultOf = ({ exitCode, outputs }: StepEnd) => ({
    exitCode,
    attached: outputs.attached,
    changed: outputs.changed,
    ready: outputs.ready,
    drift: outputs.drift,
    verified: outputs.verified,
    code: outputs['error-code'],
  })
  expect(resultOf(end), end.log).toEqual(resultOf(without.end))
  expect(world, end.log).toBe(without.world)
}
