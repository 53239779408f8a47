// What the step costs: requests, round trips, time, bytes; each beside its target. Nothing is asserted: times depend on the machine.
import { spawn } from 'node:child_process'
import { createContoso, type Contoso } from '../simulator/contoso.js'
import { startSimulator, type RequestRecord, type Simulator } from '../simulator/index.js'
import { connect } from '../simulator/client.js'
import { runStep } from '../simulator/runner/step.js'
import { benchEstate } from './bench-estate.js'
import { benchPull, commandStartMs, propagationMs as grantMs } from './bench-pull.js'
import { benchImages, countDataPlane, imageBench, isImport } from './bench-images.js'

const runs = 11

interface Bench {
  contoso: Contoso
  simulator: Simulator
  /** Runs the step, everything given by resource ID. */
  attach: () => Promise<Measured>
}

interface Measured {
  ms: number
  msToFirstRequest: number
  requests: RequestRecord[]
}

async function prepare(): Promise<Bench> {
  const contoso = createContoso()
  const simulator = await startSimulator({ world: contoso.world })
  const attach = async (): Promise<Measured> => {
    const before = simulator.requests.length
    const startedAt = Date.now()
    const { exitCode, stdout } = await runStep({
      inputs: { cluster: contoso.cluster.id, registry: contoso.registry.id },
      environment: { ...simulator.environment, ...simulator.runnerEnvironment, ...contoso.variables },
    })
    if (exitCode !== 0) throw new Error(`the step failed:\n${stdout}`)
    const requests = simulator.requests.slice(before)
    return { ms: Date.now() - startedAt, msToFirstRequest: (requests[0]?.at ?? NaN) - startedAt, requests }
  }
  return { contoso, simulator, attach }
}

/** The longest chain of requests of which each began after the one before it had been answered. */
function roundTrips(requests: readonly RequestRecord[]): number {
  const depths: number[] = []
  for (const [index, { at }] of requests.entries()) {
    const before = requests
      .slice(0, index)
      .flatMap((other, i) => (other.at + other.durationMs <= at + 1 ? (depths[i] ?? 0) : []))
    depths.push(1 + Math.max(0, ...before))
  }
  return Math.max(0, ...depths)
}

/** From start to end of a Node process that does nothing. */
async function runEmptyScript(): Promise<number> {
  const startedAt = performance.now()
  await new Promise(resolve => spawn(process.execPath, ['--eval', ''], { stdio: 'ignore' }).on('close', resolve))
  return performance.now() - startedAt
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN
}

/** One after the other, so that they do not share the processor. */
async function repeat<T>(times: number, work: () => Promise<T>): Promise<T[]> {
  const results: T[] = []
  for (let run = 0; run < times; run += 1) results.push(await work())
  return results
}

function row(what: string, value: string, target = ''): void {
  process.stdout.write(`${what.padEnd(64)} ${value.padStart(12)}   ${target}\n`)
}

const { contoso, simulator, attach } = await prepare()
const { world, registry, cluster } = contoso
const withLatency = async (roundTripMs: number): Promise<Measured> => {
  world.timing.roundTripMs = roundTripMs
  try {
    return await attach()
  } finally {
    world.timing.roundTripMs = 0
  }
}

process.stdout.write(
  `Node ${process.versions.node}, everything given by resource ID, against the simulator on this machine\n\n`,
)
row('', 'measured', 'target')

const fresh = await withLatency(50)
row('first attach: requests', String(fresh.requests.length), '≤ 8')
row('first attach: round trips one after the other', String(roundTrips(fresh.requests)))
const again = await withLatency(50)
row('already attached: requests', String(again.requests.length), '≤ 5')
row(
  'already attached: round trips one after the other',
  String(roundTrips(again.requests)),
  '4: two sign-ins, two reads',
)

const pairs = await repeat(runs, async () => ({ empty: await runEmptyScript(), step: await attach() }))
const empty = median(pairs.map(run => run.empty))
const first = median(pairs.map(run => run.step.msToFirstRequest))
row(`an empty Node script, median of ${runs}`, `${empty.toFixed(0)} ms`)
row('process start to first request', `${first.toFixed(0)} ms`)
row('  of an empty Node script', `${(first / empty).toFixed(2)} ×`, '≤ 2.5 ×')

row('already attached, whole step, 0 ms a round trip', `${median(pairs.map(run => run.step.ms)).toFixed(0)} ms`)
const distant = await repeat(5, () => withLatency(50))
row('already attached, whole step, 50 ms a round trip', `${median(distant.map(({ ms }) => ms)).toFixed(0)} ms`)

world.addNoiseAssignments(300, registry.id)
const client = connect(simulator)
const token = await client.signIn(contoso.deployer)
const list = async (filter: string): Promise<number> => {
  const query = new URLSearchParams({ 'api-version': '2022-04-01', $filter: filter }).toString()
  const path = `${registry.id}/providers/Microsoft.Authorization/roleAssignments`
  return Buffer.byteLength((await client.get(`https://${world.cloud.armHost}${path}?${query}`, token)).text)
}
const plain = await list('atScope()')
const assigned = await list(`atScope() and assignedTo('${cluster.kubeletIdentity.objectId}')`)
row('role assignments, 300 inherited: atScope()', `${(plain / 1000).toFixed(1)} kB`)
row("role assignments, 300 inherited: assignedTo('…'), as the step asks", `${(assigned / 1000).toFixed(1)} kB`)
row('  of the plain list', `1 / ${(plain / assigned).toFixed(0)}`)

await simulator.close()

process.stdout.write('\n200 clusters × 5 registries, 50 ms a round trip\n\n')
const estate = await benchEstate()
const pairCount = 1000
// Sign-in is two, the clusters are one page, and each registry is read and asked for its assignments once.
row('already attached: requests', String(estate.again.requests), '≤ 2 + 1 + 2 × 5')
row('already attached: whole step', `${(estate.again.ms / 1000).toFixed(1)} s`)
row('already attached: peak memory', `${estate.again.peakMemory.toFixed(0)} MB`, '≤ 150 MB')
row('first attach: requests a pair', (estate.first.requests / pairCount).toFixed(2))
row('first attach: whole step', `${(estate.first.ms / 1000).toFixed(1)} s`)
row('first attach: peak memory', `${estate.first.peakMemory.toFixed(0)} MB`)
// A bucket of 200 writes that gains 10 a second lets 1,000 through after 80 s, whatever one does.
row('first attach, throttled: whole step', `${(estate.throttled.ms / 1000).toFixed(1)} s`, '80 s is the least')
row('first attach, throttled: refused tries', String(estate.throttled.throttled))

const { images, registries, concurrency, importMs, propagationMs } = imageBench
const copies = images * registries
const waves = Math.ceil(copies / concurrency) * importMs
process.stdout.write(
  `\n${images} images into ${registries} registries, ${importMs / 1000} s an import, ${concurrency} at once, ${propagationMs / 1000} s of propagation, 50 ms a round trip\n\n`,
)
const run = await benchImages()
const bound = Math.max(waves, propagationMs)
row('imports alone', `${(run.first.importMs / 1000).toFixed(1)} s`, `${waves / 1000} s is the least`)
row('  of the least', `${(run.first.importMs / waves).toFixed(2)} ×`, '≤ 1.25 ×')
row('first attach with all imports: whole step', `${(run.first.ms / 1000).toFixed(1)} s`)
row('  of the longer of imports and propagation', `${(run.first.ms / bound).toFixed(2)} ×`, '≤ 1.5 ×')
row('  of their sum', `${(run.first.ms / (waves + propagationMs)).toFixed(2)} ×`)
const present = countDataPlane(run.again.requests)
row('all present: imports', String(run.again.requests.filter(isImport).length), '0')
row('all present: reads of the data plane', String(present.reads), `${copies}: one an image and registry`)
row('all present: first tries that are told where to get a token', String(present.challenges))
row('all present: token exchanges', String(present.exchanges), `${registries}: one a registry`)
row('all present: access tokens', String(present.tokens), `≤ ${copies}: one a repository`)
const asked = run.again.requests.filter(({ host, method }) => host === 'registry-1.docker.io' && method === 'HEAD')
row(
  'all present: source digests',
  String(asked.filter(({ status }) => status === 200).length),
  `${images}: one an image`,
)
row('all present: whole step', `${(run.again.ms / 1000).toFixed(1)} s`)

process.stdout.write(
  `\nverify: pull on all nodes, a grant that counts after ${grantMs / 1000} s, a command that starts within ${commandStartMs / 1000} s\n\n`,
)
for await (const { nodes, probeWith, grant, gateMs, pods, apiRequests, commands } of benchPull()) {
  const what = `${nodes} ${nodes === 1 ? 'node' : 'nodes'}, ${probeWith}, ${grant}`
  const target = `≤ 5 s${probeWith === 'kubectl' ? '' : ` + ${commandStartMs / 1000} s for a command`}`
  row(`${what}: gate after the nodes could pull`, `${(gateMs / 1000).toFixed(1)} s`, target)
  row(`${what}: pods`, String(pods))
  row(
    `${what}: API requests`,
    `${apiRequests}${commands === 0 ? '' : ` by ${commands}`}`,
    commands === 0 ? '' : 'requests by commands',
  )
}
