import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'azure-simulator/client'
import { createContoso, type Contoso } from 'azure-simulator/contoso'
import { startSimulator, type Simulator } from 'azure-simulator'
import { measureStep, median } from './measured-step.js'
import { heading, row, target } from './table.js'

const runs = 5

const roundTripMs = 50

/** How long Azure takes to update a cluster (recorded: 81 to 95 s). */
const clusterUpdateMs = 90_000

interface Cost {
  ms: number
  cpuMs: number
}

/** Compares a first attach by this action with one by `az login` and `az aks update --attach-acr`. */
export async function benchAz(): Promise<void> {
  heading(
    `A first attach compared to az login and az aks update --attach-acr, ${roundTripMs} ms per round trip, medians of ${runs} alternating runs`,
  )
  if (spawnSync('az', ['version']).status !== 0) {
    row('az is not installed', '')
    return
  }
  const [ours, theirs] = await inTurns(attach, attachByAz)
  const of = (costs: readonly Cost[], what: keyof Cost): number => median(costs.map(each => each[what]))
  row('this action', `${of(ours, 'ms').toFixed(0)} ms`, `processor ${of(ours, 'cpuMs').toFixed(0)} ms`)
  row(
    'az, a cluster update takes no time',
    `${of(theirs, 'ms').toFixed(0)} ms`,
    `processor ${of(theirs, 'cpuMs').toFixed(0)} ms`,
  )
  target('az relative to this action: wall time', of(theirs, 'ms') / of(ours, 'ms'), {
    min: 9,
    unit: '×',
    digits: 1,
  })
  target('az relative to this action: processor time', of(theirs, 'cpuMs') / of(ours, 'cpuMs'), {
    ...{ min: 8, unit: '×', digits: 1 },
  })
  const [again, againByAz] = await inTurns(whereAttached(attach), whereAttached(attachByAz))
  row(
    'already attached: this action, and az',
    `${of(again, 'ms').toFixed(0)} ms`,
    `${of(againByAz, 'ms').toFixed(0)} ms`,
  )
  target('  relative to this action: wall time', of(againByAz, 'ms') / of(again, 'ms'), {
    ...{ min: 9, unit: '×', digits: 1 },
  })
  const slow = await inWorld(clusterUpdateMs, true, attachByAz)
  row(`az, a cluster update takes ${clusterUpdateMs / 1000} s`, `${(slow.ms / 1000).toFixed(1)} s`)
  row('  relative to this action: wall time', `${(slow.ms / of(ours, 'ms')).toFixed(0)} ×`)

  const refused = await inWorld(0, false, attach)
  const retried = await inWorld(0, false, attachByAz)
  row('a missing permission: reported by this action after', `${refused.ms.toFixed(0)} ms`)
  row('a missing permission: reported by az after', `${(retried.ms / 1000).toFixed(1)} s`)
  target('a missing permission: relative to this action', retried.ms / refused.ms, { min: 100, unit: '×' })
}

type Work = (place: Place) => Promise<Cost>

/** The costs of two ways to attach, measured alternately, each time in a new world. */
async function inTurns(one: Work, other: Work): Promise<[Cost[], Cost[]]> {
  const costs: [Cost[], Cost[]] = [[], []]
  for (let run = 0; run < runs; run += 1) {
    costs[0].push(await inWorld(0, true, one))
    costs[1].push(await inWorld(0, true, other))
  }
  return costs
}

/** The same work on a cluster that is already attached. */
function whereAttached(work: Work): Work {
  return place => {
    const { world, cluster, registry } = place
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    return work(place)
  }
}

/**
 * Runs the work in a new world. The application has permission to assign the role only if `canAssign`; it can always
 * change the cluster, which az updates.
 */
async function inWorld(updateMs: number, canAssign: boolean, work: Work): Promise<Cost> {
  const contoso = createContoso()
  const { world, group, registry, variables } = contoso
  const simulator = await startSimulator({ world, timing: { roundTripMs, clusterUpdateMs: updateMs } })
  const app = world.addApplication('gh-attacher', { federatedCredentials: [{ subject: simulator.subject }] })
  world.assignRole({ principalId: app.objectId, role: 'Contributor', scope: group.id })
  const roleAssigner = 'Role Based Access Control Administrator'
  if (canAssign) world.assignRole({ principalId: app.objectId, role: roleAssigner, scope: registry.id })
  try {
    return await work({ ...contoso, simulator, canAssign, variables: { ...variables, AZURE_CLIENT_ID: app.clientId } })
  } finally {
    await simulator.close()
  }
}

interface Place extends Contoso {
  simulator: Simulator
  canAssign: boolean
}

function attach({ simulator, cluster, registry, variables, canAssign }: Place): Promise<Cost> {
  const inputs = { cluster: cluster.id, registry: registry.id }
  return measureStep({ simulator, variables, inputs, fails: !canAssign })
}

async function attachByAz({ simulator, cluster, group, registry, variables, canAssign }: Place): Promise<Cost> {
  const home = mkdtempSync(join(tmpdir(), 'bench-az-'))
  const { AZURE_CLIENT_ID: clientId, AZURE_TENANT_ID: tenantId } = variables
  const signIn = ['login', '--service-principal', '--username', clientId, '--tenant', tenantId, '--federated-token']
  const update = ['aks', 'update', '--resource-group', group.name, '--name', cluster.name]
  // az's output goes to a file, its timings to standard error.
  const commands = `az ${quote(signIn)} "$ID_TOKEN" && az ${quote([...update, '--attach-acr', registry.name])}`
  const { status, stderr } = await run(`TIMEFORMAT='%R %U %S'; time { ${commands}; } >output 2>&1`, {
    cwd: home,
    env: {
      ...simulator.environment,
      ...{ PATH: process.env.PATH, HOME: home, LANG: 'C.UTF-8', AZURE_CONFIG_DIR: join(home, '.azure') },
      ...{ AZURE_CORE_COLLECT_TELEMETRY: '0', ID_TOKEN: await connect(simulator).idToken() },
    },
  })
  const output = readFileSync(join(home, 'output'), 'utf8')
  rmSync(home, { recursive: true, force: true, maxRetries: 3 })
  if ((status === 0) !== canAssign) throw new Error(`az ended with ${status}:\n${output}`)
  const [wall = NaN, user = NaN, system = NaN] = stderr.trim().split(' ').map(Number)
  return { ms: wall * 1000, cpuMs: (user + system) * 1000 }
}

function run(
  script: string,
  options: { cwd: string; env: Record<string, string | undefined> },
): Promise<{ status: number | null; stderr: string }> {
  return new Promise((done, failed) => {
    const child = spawn('bash', ['-c', script], { ...options, stdio: ['ignore', 'ignore', 'pipe'] })
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (more: string) => (stderr += more))
    child.on('error', failed).on('close', status => {
      done({ status, stderr })
    })
  })
}

function quote(words: readonly string[]): string {
  return words.map(word => `'${word}'`).join(' ')
}
