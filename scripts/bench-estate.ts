import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createContoso } from '../simulator/contoso.js'
import { startSimulator } from '../simulator/index.js'
import { runStep } from '../simulator/runner/step.js'

const clusters = 200
const registries = 5
const roundTripMs = 50

/** What one run over an estate cost. */
export interface EstateRun {
  ms: number
  requests: number
  /** Answers that told to come back later. */
  throttled: number
  /** The most memory that the process held, in MB. */
  peakMemory: number
}

/** The three runs: a first attach that Azure throttles, a first attach, and one of what is attached already. */
export async function benchEstate(): Promise<{ throttled: EstateRun; first: EstateRun; again: EstateRun }> {
  const [throttled] = await runInEstate({ throttle: true, runs: 1 })
  const [first, again] = await runInEstate({ throttle: false, runs: 2 })
  if (!throttled || !first || !again) throw new Error('a run is missing')
  return { throttled, first, again }
}

async function runInEstate({ throttle, runs }: { throttle: boolean; runs: number }): Promise<EstateRun[]> {
  const { world, subscription, deployer, variables } = createContoso()
  const group = subscription.addResourceGroup('rg-estate')
  for (let index = 0; index < clusters; index += 1) group.addCluster(`aks-${index}`)
  const ids = Array.from({ length: registries }, (_, index) => group.addRegistry(`estateacr${index}`).id)
  for (const role of ['Reader', 'Role Based Access Control Administrator']) {
    world.assignRole({ principalId: deployer.objectId, role, scope: group.id })
  }
  // learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling
  if (throttle) {
    const writes = { size: 200, refillPerSecond: 10 }
    world.throttling = { reads: { size: 250, refillPerSecond: 25 }, writes, deletes: writes }
  }
  const simulator = await startSimulator({ world, timing: { roundTripMs } })
  const folder = mkdtempSync(join(tmpdir(), 'bench-'))
  const meter = join(folder, 'meter.cjs')
  writeFileSync(meter, `process.on('exit', () => process.stderr.write(String(process.resourceUsage().maxRSS)))`)

  const results: EstateRun[] = []
  for (let run = 0; run < runs; run += 1) {
    simulator.clearRequests()
    const startedAt = performance.now()
    const { exitCode, stdout, stderr } = await runStep({
      inputs: { cluster: '*', 'resource-group': 'rg-estate', registry: ids.join('\n') },
      environment: {
        ...simulator.environment,
        ...simulator.runnerEnvironment,
        ...variables,
        NODE_OPTIONS: `--require ${meter}`,
      },
    })
    if (exitCode !== 0) throw new Error(`the step failed:\n${stdout}`)
    results.push({
      ms: performance.now() - startedAt,
      requests: simulator.requests.length,
      throttled: simulator.requests.filter(({ status }) => status === 429).length,
      peakMemory: Number(stderr) / 1024,
    })
  }
  rmSync(folder, { recursive: true })
  await simulator.close()
  return results
}
