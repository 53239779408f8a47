import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import { parse } from 'yaml'
import { errorCodes } from '../../src/model/error.js'
import type { Fault, RequestRecord } from 'azure-simulator'
import type { FaultJob } from './fault-jobs.js'
import type { Scenario, StepEnd } from './scenario.js'

/** A fault of one request. */
interface FaultKind {
  name: string
  fault: Fault
  /** Whether a single answer can be final: a refusal that isn't marked as temporary. */
  isFinal?: true
  /** Only for requests of these methods. */
  methods?: readonly string[]
}

const json = { 'content-type': 'application/json; charset=utf-8' }
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
  { name: '429 with Retry-After', fault: { status: 429, headers: { 'retry-after': '1' }, body: slowDown } },
  { name: '429 without Retry-After', fault: { status: 429, body: slowDown } },
  {
    name: '429 for an hour',
    fault: { status: 429, headers: { 'retry-after': '3600' }, body: slowDown },
    isFinal: true,
  },
  { name: '500', fault: { status: 500, body: failed } },
  { name: '502 as a web page', fault: { status: 502, body: gateway } },
  { name: '503', fault: { status: 503, body: failed } },
  { name: '421', fault: { status: 421, body: '' } },
  { name: '500 after the work was done', fault: { status: 500, body: failed, after: true } },
  { name: '504 after the work was done', fault: { status: 504, body: failed, after: true } },
  { name: 'reset before', fault: { reset: true } },
  { name: 'reset after the work was done', fault: { reset: true, after: true } },
  { name: 'no HTTP', fault: { garbage: true } },
  {
    name: 'an answer that breaks off',
    fault: { status: 200, body: { value: [] }, cut: true, gzip: true, after: true },
  },
  { name: 'a huge answer', fault: { status: 200, body: {}, padding: 60_000_000, gzip: true, after: true } },
  { name: 'half an answer', fault: { status: 200, body: '{"value":[{"id":"/subscr', headers: json, after: true } },
  { name: 'an empty answer', fault: { status: 200, headers: json, after: true } },
  { name: '{}', fault: { status: 200, body: {}, after: true } },
  { name: '401', fault: { status: 401, body: expired }, isFinal: true },
  { name: '401 after the work was done', fault: { ...challenged, after: true }, isFinal: true },
]

/** An answer that never arrives during a run. Once is enough, because each costs a request's time limit. */
const hang: FaultKind = { name: 'no answer', fault: { delayMs: 600_000 } }

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

/** One request of a job, in a form that is the same in every world. */
export interface RequestKind {
  method: string
  host: string
  /** The path, with placeholders for parts that differ between worlds. */
  path: string
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
  const kinds = requests.map(({ method, host, path }) => ({
    method,
    host: host.replace(/^[^.]+(\.[^.]+)*(\.hcp\.|\.privatelink\.)/, '*$2'),
    path: path.replace(changing, '{}'),
  }))
  return [...new Map(kinds.map(kind => [describeRequest(kind), kind])).values()]
}

/** `GET management.azure.com /subscriptions/{}/…`. */
export function describeRequest({ method, host, path }: RequestKind): string {
  return `${method} ${host} ${path}`
}

/**
 * The cells for some kinds of requests: each kind of request with each fault, whose position turns with both, so that each fault comes first,
 * second and always among the requests of every job.
 */
export function makeCells(requests: readonly RequestKind[]): Cell[] {
  const names = ['first', 'all', 'second'] as const
  return requests.flatMap((request, row) =>
    faultKinds
      .filter(({ methods }) => !methods || methods.includes(request.method))
      .map((kind, column) => ({ kind, request, position: names[(row + column) % names.length] ?? 'first' })),
  )
}

/** The cells of a whole run: each request hangs once, and each host can't be reached at first, or at all. */
export function makeRunCells(requests: readonly RequestKind[]): Cell[] {
  const hosts = [...new Set(requests.map(({ host }) => host))]
  return [
    ...requests.map(request => ({ kind: hang, request, position: 'first' as const })),
    ...hosts.flatMap(host =>
      connectKinds.flatMap(kind =>
        (['first', 'all'] as const).map(position => ({
          kind,
          request: { method: 'CONNECT', host, path: '' },
          position,
        })),
      ),
    ),
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
export const faultNames = [...faultKinds, hang, unknownYet, ...connectKinds].map(({ name }) => name)

/** The parts of the world that a job can change. */
function lookAtWorld({ world }: Pick<Scenario, 'world'>): string {
  const assignments = world.roleAssignments.map(({ principalId, scope, roleDefinitionId }) =>
    [principalId, scope, roleDefinitionId.slice(-36)].join(' ').toLowerCase(),
  )
  return JSON.stringify(assignments.sort())
}

/** Runs a job with a fault. @returns its end, and whether the world has changed */
export async function runCell(job: FaultJob, { kind, request, position, after = 0 }: Cell, scenario: Scenario) {
  const run = await job.prepare(scenario)
  const before = lookAtWorld(scenario)
  const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const pattern = (text: string, wild: string): RegExp =>
    new RegExp(`^${text.split(wild).map(escape).join('[^/]+')}$`, 'i')
  scenario.simulator.faults.add({
    ...kind.fault,
    ...positions[position],
    ...(after > 0 && { skip: after }),
    host: pattern(request.host, '*'),
    ...(!kind.fault.connect && { method: request.method, path: pattern(request.path, '{}') }),
  })
  const end = await run()
  return { end, isChanged: lookAtWorld(scenario) !== before }
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

/** What must hold if the fault is temporary: the same end as without it. */
export function expectSameEnd(end: StepEnd, without: StepEnd): void {
  const resultOf = ({ exitCode, outputs }: StepEnd) => ({
    exitCode,
    attached: outputs.attached,
    drift: outputs.drift,
    verified: outputs.verified,
    code: outputs['error-code'],
  })
  expect(resultOf(end), end.log).toEqual(resultOf(without))
}
