import { spawn } from 'node:child_process'
import { connect } from 'azure-simulator/client'
import { createContoso } from 'azure-simulator/contoso'
import { startSimulator, type RequestRecord } from 'azure-simulator'
import { measureStep, median, type Measured } from './measured-step.js'
import { heading, row, target } from './table.js'

const runs = 15

const roundTripMs = 50

/**
 * The two kinds of identities, with the round trips that must follow each other for them, first attach last. One that may list identities learns from the
 * list, beside the clusters, that the kubelet identity exists; the one that the docs set up asks for the identity itself once the cluster has named it.
 */
const identities = [
  { name: 'may list identities', mayList: true, trips: [3, 5] },
  { name: 'as set up', mayList: false, trips: [4, 6] },
] as const

/** One cluster and one registry by resource ID: the step's time compared to the minimum for any program. */
export async function benchStart(): Promise<void> {
  heading(`One cluster and one registry, ${roundTripMs} ms per round trip, medians of ${runs} alternating runs`)
  const empty: number[] = []
  const steps = identities.map(identity => ({ ...identity, first: [] as Measured[], again: [] as Measured[] }))
  for (let run = 0; run < runs; run += 1) {
    empty.push(await runEmptyScript())
    for (const { mayList, first, again } of steps) {
      const [fresh, attached] = await attachTwice(mayList)
      first.push(fresh)
      again.push(attached)
    }
  }
  const emptyMs = median(empty)
  const of = (measured: readonly Measured[], what: 'ms' | 'msToFirstRequest' | 'msOfPostStep' | 'cpuMs'): number =>
    median(measured.map(each => each[what]))
  row('an empty Node script', `${emptyMs.toFixed(0)} ms`)
  const all = steps.flatMap(({ again }) => again)
  target('process start to first request, relative to an empty script', of(all, 'msToFirstRequest') / emptyMs, {
    ...{ max: 1.25, unit: '×', digits: 2 },
  })
  row('process start to first request', `${of(all, 'msToFirstRequest').toFixed(0)} ms`)
  await benchFloor()
  row('the post step, which finds nothing to do', `${of(all, 'msOfPostStep').toFixed(0)} ms`)
  for (const { name, trips, first, again } of steps) {
    for (const [what, measured, floorTrips] of [
      [`${name}, already attached`, again, trips[0]],
      [`${name}, first attach`, first, trips[1]],
    ] as const) {
      row(`${what}: requests`, String(median(measured.map(({ requests }) => requests.length))))
      target(`${what}: sequential round trips`, median(measured.map(each => roundTrips(each.requests))), {
        ...{ max: floorTrips, unit: '' },
      })
      row(
        `${what}: whole step`,
        `${of(measured, 'ms').toFixed(0)} ms`,
        `processor ${of(measured, 'cpuMs').toFixed(0)} ms`,
      )
      const floor = emptyMs + floorTrips * roundTripMs
      target(`${what}: relative to an empty script and ${floorTrips} trips`, of(measured, 'ms') / floor, {
        ...{ max: 1.2, unit: '×', digits: 2 },
      })
    }
  }
  await benchLists()
}

/** A first attach, and another one when everything is attached. */
async function attachTwice(mayList: boolean): Promise<[Measured, Measured]> {
  const { world, subscription, cluster, registry, deployer, variables } = createContoso()
  if (mayList) world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: subscription.id })
  const simulator = await startSimulator({ world, timing: { roundTripMs } })
  const step = { simulator, variables, inputs: { cluster: cluster.id, registry: registry.id } }
  const ends: [Measured, Measured] = [await measureStep(step), await measureStep(step)]
  await simulator.close()
  return ends
}

/** The longest chain of requests that each started after the previous one was answered. */
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

/** Duration of a Node process that does nothing, or runs a script. */
export async function runEmptyScript(environment: Record<string, string> = {}, script = ''): Promise<number> {
  const env = { ...process.env, ...environment }
  const startedAt = performance.now()
  await new Promise(resolve =>
    spawn(process.execPath, ['--eval', script], { stdio: 'ignore', env }).on('close', resolve),
  )
  return performance.now() - startedAt
}

/** Sends the step's first request through the proxy, with Node's own modules alone. */
const smallest = `const https = require('node:https'), http = require('node:http'), tls = require('node:tls')
const { HTTPS_PROXY, ACTIONS_ID_TOKEN_REQUEST_URL, ACTIONS_ID_TOKEN_REQUEST_TOKEN } = process.env
const proxy = new URL(HTTPS_PROXY), { host, hostname, pathname, search } = new URL(ACTIONS_ID_TOKEN_REQUEST_URL)
http.request({ host: proxy.hostname, port: proxy.port, method: 'CONNECT', path: host + ':443' }).on('connect', (_, socket) => {
  const createConnection = () => tls.connect({ socket, servername: hostname })
  const headers = { authorization: 'Bearer ' + ACTIONS_ID_TOKEN_REQUEST_TOKEN }
  https.get({ host, path: pathname + search, headers, createConnection }, answer => answer.resume().on('end', () => process.exit()))
}).end()`

/**
 * What any program needs up to the first request: trusting an authority by NODE_EXTRA_CA_CERTS makes Node parse its built-in ones at each start, and those of the file, which
 * has one in the step's environment and can have 140 in the machine's.
 */
async function benchFloor(): Promise<void> {
  const simulator = await startSimulator(createContoso())
  const environment = { ...simulator.environment, ...simulator.runnerEnvironment }
  const empty: number[] = []
  const first: number[] = []
  for (let run = 0; run < runs; run += 1) {
    empty.push(await runEmptyScript(environment))
    const sent = simulator.requests.length
    const startedAt = Date.now()
    await runEmptyScript(environment, smallest)
    first.push((simulator.requests[sent]?.at ?? NaN) - startedAt)
  }
  await simulator.close()
  row("an empty Node script in the step's environment", `${median(empty).toFixed(0)} ms`)
  row('process start to first request, of the smallest program that sends it', `${median(first).toFixed(0)} ms`)
}

/**
 * Measures the bytes of lists with everybody's assignments, which the step requests without waiting for the cluster.
 */
async function benchLists(): Promise<void> {
  const { world, cluster, registry, deployer } = createContoso()
  world.addNoiseAssignments(300, registry.id)
  const simulator = await startSimulator({ world })
  const client = connect(simulator)
  const token = await client.signIn(deployer)
  const list = async (filter: string): Promise<number> => {
    const query = new URLSearchParams({ 'api-version': '2022-04-01', $filter: filter }).toString()
    const path = `${registry.id}/providers/Microsoft.Authorization/roleAssignments`
    return Buffer.byteLength((await client.get(`https://${world.cloud.armHost}${path}?${query}`, token)).text)
  }
  const plain = await list('atScope()')
  const assigned = await list(`atScope() and assignedTo('${cluster.kubeletIdentity.objectId}')`)
  await simulator.close()
  row('role assignments, 300 inherited: atScope(), as the step asks', `${(plain / 1000).toFixed(1)} kB`)
  row("role assignments, 300 inherited: assignedTo('…')", `${(assigned / 1000).toFixed(1)} kB`)
}
