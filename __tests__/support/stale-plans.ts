import { expect } from 'vitest'
import { connect } from 'azure-simulator/client'
import type { Fault, RequestRecord } from 'azure-simulator'
import { canPull } from './access-model.js'
import type { FaultJob } from './fault-jobs.js'
import { describeRequest, findRequestKinds, lookAtAccess, queries, toPattern, writesNothing } from './fault-matrix.js'
import { hour } from './hour.js'
import type { Beginning, Scenario, StepEnd } from './scenario.js'

// Plans learned from the trace of a job (Sieve, OSDI '22): a read is answered once as it was before the last write that changes its answer, or the process
// ends right after a write; then the job runs again.

/** A request in a form that is the same in every world. */
interface Kind {
  method: string
  host: string
  path: string
  query: string
}

/** One write of a run: the one after `skip` others of its kind. */
interface Write {
  kind: Kind
  skip: number
  record: RequestRecord
}

/** One plan: who disturbs the job, and at which place. */
export interface Plan {
  name: string
  /** What others do before it; without them, the write is the run's own. */
  others?: Others
  write: Write
  /** The read that is answered as before the write; without one, the process ends after the write. */
  read?: RequestRecord
  /** The writes that do not wait for its answer: at such an end, none of them has been done. */
  beside?: readonly Write[]
}

/** The jobs that others run before it, each by its mode, or the same job. */
type Others = readonly ('attach' | 'detach' | 'the same')[]

/** Two runs of a job without a fault, one after the other. */
export interface Undisturbed {
  first: Run
  second: Run
}

/** A run's end, and everything in the world after it that a job can change. */
interface Run {
  end: StepEnd
  world: string
}

type RunJob = Awaited<ReturnType<FaultJob['prepare']>>
type Start = (beginning?: Beginning) => Promise<Scenario>

const idForm = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b([0-9a-f]{64}|[0-9a-f]{32}|[0-9a-f]{16}|[0-9a-f]{8})\b/gi

function kindOf(record: RequestRecord): Kind {
  const [kind] = findRequestKinds([record])
  // These sign the address of an operation.
  const query = Object.entries(record.query).map(
    ([name, value]) => `${name}=${/^[tcsh]$/.test(name) ? '{}' : value.replace(idForm, '{}')}`,
  )
  return { method: record.method, host: kind?.host ?? '', path: kind?.path ?? '', query: query.join('&') }
}

const keyOf = (kind: Kind): string => `${describeRequest(kind)}?${kind.query}`

/** Its name in the table: the parts of the query that choose among what the path has. */
function describeKind(kind: Kind): string {
  const chosen = kind.query.split('&').filter(each => /^(\$filter|\w+Selector)=/.test(each))
  return [describeRequest(kind), ...chosen].join(' ')
}

const patternOf = ({ method, host, path, query }: Kind): Pick<Fault, 'method' | 'host' | 'path' | 'query'> => ({
  method,
  host: toPattern(host, '*'),
  path: toPattern(path),
  query: toPattern(query),
})

const isQuery = (record: RequestRecord): boolean => writesNothing(record) || record.path === '/graphql'

/** How long a write of a trace takes at least, in milliseconds: so those that do not wait for each other overlap. */
const writeMs = 500

/** Whether a write was answered before the other one was sent, in a trace. */
const isBefore = ({ record: { at, durationMs } }: Write, other: Write): boolean =>
  at + durationMs < other.record.at + writeMs / 2

/** The writes among requests. */
function listWrites(requests: readonly RequestRecord[]): (Write & { at: number })[] {
  const counts = new Map<string, number>()
  return requests.flatMap((record, at) => {
    if (isQuery(record)) return []
    const kind = kindOf(record)
    const skip = counts.get(keyOf(kind)) ?? 0
    counts.set(keyOf(kind), skip + 1)
    return { kind, skip, record, at }
  })
}

/** Runs what others do before a job. */
async function runOthers(scenario: Scenario, run: RunJob, others: Others): Promise<RequestRecord[]> {
  const requests: RequestRecord[] = []
  for (const each of others) {
    const end = await (each === 'the same' ? run() : scenario.attach({ mode: each }))
    requests.push(...end.requests)
  }
  return requests
}

/** IDs of one world by those of another that was built alike. */
type Renaming = Map<string, string>

const idsIn = (text: string): string[] => text.match(idForm) ?? []

function listIds({ world, subscription, registry }: Scenario): string[] {
  const { principals } = world.directory
  const known = [world.tenantId, subscription.subscriptionId, registry.id, principals]
  const bodies = world.resources.map(each => ('body' in each ? each.body : ''))
  return JSON.stringify([known, bodies]).match(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<=-dns-)[0-9a-f]{8}/g) ?? []
}

function addNames(names: Renaming, from: readonly string[], to: readonly string[]): void {
  if (from.length === to.length) for (const [index, id] of from.entries()) names.set(id, to[index] ?? id)
}

const rename = (text: string, names: Renaming): string => text.replace(idForm, id => names.get(id) ?? id)

interface Answer {
  status: number
  headers: Record<string, string>
  body: string
}

/** A client that asks what a job asked in another world, with the rights of the job. */
async function createAsker(scenario: Scenario) {
  const { simulator, deployer, cluster } = scenario
  const client = connect(simulator)
  const arm = await client.signIn(deployer)
  const graph = await client.signIn(deployer, 'https://graph.microsoft.com')
  const registries = await client.signIn(deployer, 'https://containerregistry.azure.net')
  const form = (fields: Record<string, string>) => ({ body: new URLSearchParams(fields) })
  const signInTo = async (host: string, path: string): Promise<string> => {
    const asked = form({ grant_type: 'access_token', service: host, access_token: registries })
    const { json } = await client.send('POST', `https://${host}/oauth2/exchange`, asked)
    const scope = `repository:${path.split('/')[3] ?? ''}:metadata_read`
    const token = form({ grant_type: 'refresh_token', service: host, scope, refresh_token: String(json.refresh_token) })
    return String((await client.send('POST', `https://${host}/oauth2/token`, token)).json.access_token)
  }
  const tokenFor = async ({ host, path }: RequestRecord): Promise<string | undefined> => {
    if (host.startsWith('management.')) return arm
    if (host.startsWith('graph.')) return graph
    if (host === 'api.github.com') return [...scenario.world.github.tokens.keys()][0]
    if (host.includes('.hcp.')) return cluster.kubernetes.tokens.user
    return path.startsWith('/acr/') ? signInTo(host, path) : undefined
  }
  return async (record: RequestRecord, names: Renaming): Promise<Answer | undefined> => {
    const token = await tokenFor(record)
    if (token === undefined) return undefined
    const host = rename(record.host, names)
    const query = Object.entries(record.query).map(([name, value]): [string, string] => [name, rename(value, names)])
    const url = `${rename(record.path, names)}?${String(new URLSearchParams(query))}`
    const sent = record.requestBody === undefined ? undefined : rename(JSON.stringify(record.requestBody), names)
    const answer = await client.send(record.method, `https://${host}${url}`, {
      token,
      headers: { 'user-agent': 'attach-acr' },
      ...(sent !== undefined && { body: JSON.parse(sent) as unknown }),
    })
    const { 'content-type': type = 'application/json' } = answer.headers
    return { status: answer.status, headers: { 'content-type': type }, body: answer.text }
  }
}

/** What can differ between two answers of the same state. */
const volatile = /"(client-)?request-id":"[^"]*"|\d{4}-\d\d-\d\dT[\d:.]+Z?|"resourceVersion":"\d*"/g

const textOf = (answer: Answer | undefined): string =>
  answer ? `${answer.status} ${answer.body.replace(volatile, '')}` : ''

/** Makes everybody's writes wait until a function has run. @param from the records of these writes in another world */
function holdWrites(
  scenario: Scenario,
  writes: readonly Write[],
  names: Renaming,
  act: (write: Write) => Promise<void>,
): void {
  let last = Promise.resolve()
  // The first entry that is due takes a request from the others: of one kind, the last of them must see it first.
  for (const write of writes.toReversed()) {
    const { kind, skip, record } = write
    const until = (): Promise<void> => {
      const here = scenario.simulator.requests.findLast(
        each => each.status === 0 && keyOf(kindOf(each)) === keyOf(kind),
      )
      const all = (each?: RequestRecord): string[] => idsIn(`${each?.path} ${JSON.stringify(each?.requestBody)}`)
      addNames(names, all(record), all(here))
      last = last.then(() => act(write))
      return last
    }
    scenario.simulator.faults.add({ ...patternOf(kind), skip, until })
  }
}

/** What comes before a job, and the job, in a world where every write can be held. */
async function begin(job: FaultJob, start: Start, from?: readonly string[]) {
  const scenario = await start(job.beginning)
  const run = await job.prepare(scenario)
  const ids = listIds(scenario)
  const names: Renaming = new Map()
  if (from && from.length !== ids.length) throw new Error('the worlds are not alike')
  if (from) addNames(names, from, ids)
  return { scenario, run, ids, names }
}

/** What a job does in a world, without a fault. */
interface Trace extends Undisturbed {
  others: Others
  ids: readonly string[]
  before: readonly RequestRecord[]
  requests: readonly RequestRecord[]
}

async function trace(job: FaultJob, start: Start, others: Others): Promise<Trace> {
  const { scenario, run, ids } = await begin(job, start)
  const { faults } = scenario.simulator
  const before = await runOthers(scenario, run, others)
  for (const method of ['DELETE', 'PATCH', 'POST', 'PUT'])
    faults.add({
      method,
      path: new RegExp(`^(?!.*${queries.source})`, 'i'),
      delayMs: writeMs,
      after: true,
      times: Infinity,
    })
  const end = await run()
  faults.clear()
  const first = { end, world: lookAtAll(scenario) }
  const second = { end: await run(), world: lookAtAll(scenario) }
  await scenario.simulator.close()
  return { others, ids, before, requests: end.requests, first, second }
}

/** The plans of stale answers: asks for each read before each write, and compares. */
async function planStale(job: FaultJob, start: Start, known: Trace): Promise<Plan[]> {
  const isOwn = known.others.length === 0
  const writes = listWrites(isOwn ? known.requests : known.before)
  if (writes.length === 0) return []
  const reads = new Map(known.requests.filter(isQuery).map(record => [keyOf(kindOf(record)), record]))
  const { scenario, run, names } = await begin(job, start, known.ids)
  const ask = await createAsker(scenario)
  const looks: { write?: Write & { at: number }; answers: Map<string, string> }[] = []
  const look = async (write?: Write): Promise<void> => {
    const answers = new Map<string, string>()
    for (const [key, record] of reads) answers.set(key, textOf(await ask(record, names)))
    const found = writes.find(each => each === write)
    looks.push({ ...(found && { write: found }), answers })
  }
  // What differs without a write is no state.
  await look()
  await look()
  const [once, twice] = looks.splice(0)
  for (const key of [...reads.keys()]) if (once?.answers.get(key) !== twice?.answers.get(key)) reads.delete(key)
  holdWrites(scenario, writes, names, look)
  await runOthers(scenario, run, known.others)
  if (isOwn) await run()
  await look()
  await scenario.simulator.close()
  const plans = known.requests.flatMap((record, at): Plan[] => {
    const key = keyOf(kindOf(record))
    const last = looks.findLastIndex(
      ({ write, answers }, index) =>
        write !== undefined && (!isOwn || write.at < at) && answers.get(key) !== looks[index + 1]?.answers.get(key),
    )
    const write = looks[last]?.write
    if (!reads.has(key) || !write) return []
    const who = isOwn ? '' : ` of others (${known.others.join(', ')})`
    const name = `${describeKind(kindOf(record))}, once as before ${describeKind(write.kind)}${who}`
    return [{ name, write, read: record, ...(!isOwn && { others: known.others }) }]
  })
  return [...new Map(plans.map(plan => [plan.name, plan])).values()]
}

/** All plans of a job, and how it ends without a fault, by what others have done before. */
export async function makePlans(job: FaultJob, start: Start) {
  const worlds: Others[] = [[], ['the same'], ...(job.others ?? [])]
  const known = await Promise.all(worlds.map(others => trace(job, start, others)))
  const stale = await Promise.all(known.map(each => planStale(job, start, each)))
  const writes = listWrites(known[0]?.requests ?? [])
  const crashes = writes.map((write): Plan => {
    const count = write.skip > 0 ? ` (${write.skip + 1})` : ''
    const beside = writes.filter(each => each !== write && !isBefore(each, write))
    return { name: `${describeKind(write.kind)}${count}, then the process ends`, write, beside }
  })
  return { known, plans: [...crashes, ...stale.flat()].sort((a, b) => (a.name < b.name ? -1 : 1)) }
}

/** Runs a job until right after a write: it is the last one that is done. */
async function runUntil({ write, beside = [] }: Plan, scenario: Scenario, run: RunJob): Promise<StepEnd> {
  const { faults } = scenario.simulator
  const pids: number[] = []
  let end = (): void => undefined
  const ended = new Promise<void>(resolve => {
    end = resolve
  })
  const kill = (): Promise<void> => {
    for (const pid of pids) process.kill(pid, 'SIGKILL')
    end()
    return ended
  }
  const lost = { until: () => ended, reset: true }
  // As in holdWrites().
  for (const { kind, skip, effect } of [
    ...beside.map(each => ({ ...each, effect: lost })),
    { ...write, effect: { until: kill, after: true } },
  ].sort((one, other) => other.skip - one.skip))
    faults.add({ ...patternOf(kind), skip, ...effect })
  // The runner has ended as well: there is no post step.
  const environment = { GITHUB_STATE: '/dev/null' }
  const killed = await run({}, { environment, onStart: pid => pids.push(pid) })
  expect(killed.exitCode, 'it was killed').toBe(null)
  faults.clear()
  return killed
}

/** Runs a job with a plan, and once more without a fault. */
export async function runPlan(job: FaultJob, plan: Plan, ids: readonly string[], start: Start) {
  const { write, read, others = [] } = plan
  const { scenario, run, names } = await begin(job, start, ids)
  const { faults } = scenario.simulator
  if (!read) {
    const disturbed = await runUntil(plan, scenario, run)
    // A pod may be of a run at work until its time is over.
    for (const { metadata } of listProbes(scenario))
      metadata.creationTimestamp = new Date(Date.now() - hour).toISOString().replace(/\.\d+/, '')
    return { scenario, disturbed, claims: [], second: await run() }
  }
  let isTime = others.length === 0
  const answers: Answer[] = []
  const stale: Fault = { ...patternOf(kindOf(read)), while: () => isTime && answers.length > 0 }
  const ask = await createAsker(scenario)
  holdWrites(scenario, [write], names, async () => {
    const answer = await ask(read, names)
    if (!answer) throw new Error('nobody can ask for it')
    answers.push(answer)
    Object.assign(stale, answer)
  })
  faults.add(stale)
  await runOthers(scenario, run, others)
  isTime = true
  const disturbed = await run()
  const claims = findWrongClaims(scenario, disturbed)
  return { scenario, disturbed, claims, second: await run() }
}

/** The probe pods in all clusters. */
const listProbes = ({ world }: Pick<Scenario, 'world'>) =>
  world.resources
    .flatMap(each => ('kubernetes' in each ? (each as Scenario['cluster']).kubernetes.pods : []))
    .filter(({ metadata }) => metadata.labels?.['app.kubernetes.io/managed-by'] === 'attach-acr')

const listRegistries = ({ world }: Pick<Scenario, 'world'>) =>
  world.resources.flatMap(each => ('images' in each ? (each as Scenario['registry']) : []))

/** Everything that a job can change, in a form that is the same in every world, and what it must not leave behind. */
function lookAtAll(scenario: Scenario): string {
  const { github } = scenario.world
  const images = listRegistries(scenario).flatMap(({ images: { repositories } }) =>
    [...repositories].map(([name, { tags }]) => [name, ...tags.keys()]),
  )
  const issues = github.issues
    .filter(({ state }) => state === 'open')
    .map(({ title, labels, comments }) => [title, labels, comments.length])
  return JSON.stringify([
    lookAtAccess(scenario, id => id.replace(idForm, '{}')),
    images,
    issues,
    listProbes(scenario).length,
  ])
}

/** What a run claims although it isn't so. */
function findWrongClaims({ world }: Pick<Scenario, 'world'>, { outputs, report }: StepEnd): string[] {
  // A killed run says nothing.
  if (!outputs.report) return []
  const isDirect = (pair: StepEnd['report']['pairs'][number]): boolean =>
    world.roleAssignments.some(
      ({ principalId, scope }) =>
        principalId === pair.principalId && scope.toLowerCase() === pair.registry.toLowerCase(),
    )
  const claims = report.pairs.flatMap(pair => {
    const isTrue =
      pair.status === 'attached'
        ? canPull(world, { id: pair.target }, { id: pair.registry }, 'some/repository')
        : pair.status !== 'detached' || !isDirect(pair)
    return isTrue ? [] : `${pair.status}: ${pair.target} at ${pair.registry}`
  })
  const digests = listRegistries({ world }).flatMap(({ loginServer, images: { repositories } }) =>
    [...repositories].flatMap(([name, { manifests }]) =>
      [...manifests.keys()].map(digest => `${loginServer}/${name}@${digest}`),
    ),
  )
  const images = report.images.filter(
    ({ image, status }) => ['imported', 'present'].includes(status) && !digests.includes(image ?? ''),
  )
  const isOpen = world.github.issues.some(
    ({ number, state }) => `${number}` === outputs['drift-issue-number'] && state === 'open',
  )
  const issue = outputs['drift-issue-number'] && (outputs.drift === 'true') !== isOpen ? ['the issue'] : []
  return [...claims, ...images.map(({ source }) => source), ...issue]
}

/** How a run has ended, in a form that is the same in every world, whoever has done the work. */
function endOf({ exitCode, outputs }: StepEnd): object {
  const own = /^(changed|drift-issue-.*|propagation-seconds|report.*)$/
  const entries = Object.entries(outputs).filter(([name]) => !own.test(name))
  const said = entries.map(([name, value]) => [
    name,
    value.replace(idForm, '{}').replace(/"(imported|present)"|"durationSeconds":[^,]+/g, ''),
  ])
  return { exitCode, ...(Object.fromEntries(said) as object) }
}

/** Whether the answer was the only one to its question. */
const wasOnly = ({ requests }: StepEnd, read: RequestRecord): boolean =>
  requests.filter(each => keyOf(kindOf(each)) === keyOf(kindOf(read))).length === 1

type Played = Awaited<ReturnType<typeof runPlan>>

/**
 * What must hold with every plan: no wrong yes, and a second run that ends, and leaves the world, as an undisturbed one. (That nobody else has lost access
 * is seen by every step of a scenario.)
 * @returns the verdict for the table
 */
export function judgePlan(
  { scenario, disturbed, second, claims }: Played,
  { read, others }: Plan,
  without: Undisturbed,
): string {
  const { first } = without
  expect(findWrongClaims(scenario, second), second.log).toEqual([])
  expect([endOf(without.second.end), endOf(first.end)], second.log).toContainEqual(endOf(second))
  expect(lookAtAll(scenario), second.log).toBe(without.second.world)
  if (!read) return 'ended; the second run is as undisturbed'
  // At the level `assignment`, a yes is what Azure Resource Manager reports.
  const isReported =
    disturbed.outputs.verified !== 'pull' && disturbed.outputs.changed === 'false' && wasOnly(disturbed, read)
  if (claims.length > 0 && isReported) return 'repeats the only answer; the second run is as undisturbed'
  expect(claims, disturbed.log).toEqual([])
  // Each run looks again at what it has written itself.
  if (!others) expect(endOf(disturbed), disturbed.log).toEqual(endOf(first.end))
  const isSame = JSON.stringify(endOf(disturbed)) === JSON.stringify(endOf(first.end))
  return isSame
    ? 'as undisturbed'
    : `ends otherwise ${disturbed.outputs['error-code'] ?? ''}; the second run is as undisturbed`
}
