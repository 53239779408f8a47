import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startSimulator } from 'azure-simulator'
import { createContoso, type Contoso } from 'azure-simulator/contoso'
import { runStep, type StepResult } from 'azure-simulator/runner/step'

/** A new cluster whose nodes can't pull yet, and an image to import. */
export function createShop(): Contoso {
  const contoso = createContoso()
  const { world, group, deployer, registry } = contoso
  const cluster = group.addCluster('aks-shop', {
    agentPools: [{ name: 'system' }, { name: 'apps', count: 3 }, { name: 'arm', arch: 'arm64' }],
  })
  for (const scope of [registry.id, cluster.id])
    world.assignRole({ principalId: deployer.objectId, role: 'Owner', scope })
  world.addSourceRegistry('docker.io').push('library/nginx', '1.27', { platforms: ['linux/amd64', 'linux/arm64'] })
  return contoso
}

/** Its first attach. */
export const shopInputs = {
  cluster: 'aks-shop',
  'resource-group': 'rg-shop',
  registry: 'contosoacr',
  images: 'nginx:1.27 => shop/nginx',
  verify: 'pull',
}

/**
 * About the latency of a runner in the same region as its resources; roles reach nodes within seconds instead of
 * minutes.
 */
export const timing = { roundTripMs: 40, readAfterWriteMs: 1500, propagationMs: 6000, importMs: 3000 }

/** The regions of the fleet, each with a subscription of its own. */
const regions = [
  { name: 'Contoso Europe', short: 'weu', location: 'westeurope' },
  { name: 'Contoso US', short: 'eus', location: 'eastus' },
  { name: 'Contoso Asia', short: 'sea', location: 'southeastasia' },
  { name: 'Contoso test', short: 'test', location: 'westeurope' },
]

/** The run of a night, and what tells it to the step. */
function nightOf(daysAgo: number) {
  const run = String(1_658_821_493 - daysAgo)
  const script = `const { now } = Date; Date.now = () => now() - ${daysAgo * 24 * 3_600_000}`
  const night = {
    GITHUB_RUN_ID: run,
    GITHUB_RUN_NUMBER: String(42 - daysAgo),
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script)}`,
  }
  return { run, night }
}

/** Makes the reports of a folder those of a run. */
function moveToRun(folder: string, run: string): void {
  for (const name of readdirSync(folder)) {
    const file = join(folder, name, 'report.json')
    writeFileSync(file, readFileSync(file, 'utf8').replace(/"run":\{"id":"\d+"/, `"run":{"id":"${run}"`))
  }
}

/** What a night of a fleet leaves. */
export interface FleetNight {
  merged: StepResult
  /** The HTML report. */
  page: string
  issue: { number: number; title: string; body: string }
}

/**
 * A nightly check of 60 clusters at 3 registries in 4 subscriptions, with faults: roles are deleted, a cluster is gone, one pulls through a broader
 * role, and two clusters can't be read. It runs the bundle once per job, and once to merge.
 * @param onOutput called with all output of the last merge so far
 * @param onStart called with what begins: each takes some seconds, and prints nothing
 */
export async function runFleet(
  onOutput?: (stdout: string) => void,
  onStart: (what: string) => void = () => undefined,
): Promise<FleetNight> {
  const runner = { workflow: 'nightly-drift', job: 'merge', eventName: 'schedule' }
  const { world, group, subscription, deployer, variables } = createContoso({ runner })
  const registries = ['acrbase', 'acrprod', 'acrtools'].map(name => group.addRegistry(name))
  world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: subscription.id })
  const places = regions.map(({ name, short, location }) => {
    const own = world.addSubscription({ displayName: name })
    world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: own.id })
    const group = own.addResourceGroup(`rg-${short}`, { location })
    const clusters = Array.from({ length: 15 }, (_, index) =>
      group.addCluster(`aks-${short}-${String(index + 1).padStart(2, '0')}`),
    )
    return { own, clusters, name, short }
  })
  for (const { clusters } of places)
    for (const { name, kubeletIdentity } of clusters)
      for (const registry of registries) {
        const role = name === 'aks-sea-02' && registry.name === 'acrprod' ? 'AcrPush' : 'AcrPull'
        world.assignRole({ principalId: kubeletIdentity.objectId, role, scope: registry.id })
      }
  const clusters = places.flatMap(place => place.clusters)
  const revoke = (at: string, ...names: string[]): void => {
    const principals = clusters.flatMap(each => (names.includes(each.name) ? each.kubeletIdentity.objectId : []))
    for (const assignment of [...world.roleAssignments])
      if (principals.includes(assignment.principalId) && assignment.scope.endsWith(`/${at}`))
        world.assignments.remove(assignment)
  }
  const entries = places.map(({ own, clusters, name, short }) => ({
    name,
    'subscription-id': own.subscriptionId,
    'resource-group': `rg-${short}`,
    // The last one of Asia has been deleted.
    cluster: [...clusters.map(each => each.name), ...(short === 'sea' ? ['aks-sea-16'] : [])].join('\n'),
    registry: registries.map(({ id }) => id).join('\n'),
  }))
  const simulator = await startSimulator({ world, timing: { roundTripMs: 5 }, runner })
  const message = `The client '${deployer.clientId}' does not have authorization to perform action 'Microsoft.ContainerService/managedClusters/read'.`
  const refusal = { status: 403, body: { error: { code: 'AuthorizationFailed', message } } }
  const environment = { ...simulator.environment, ...simulator.runnerEnvironment, ...variables }
  const folder = mkdtempSync(join(tmpdir(), 'fleet-'))
  const checkAll = async (): Promise<void> => {
    for (const [index, entry] of entries.entries()) {
      const { name, ...inputs } = entry
      onStart(`the job of ${name} checks its clusters`)
      const asked = { mode: 'check', 'fail-on-drift': 'false', ...inputs, 'fleet-entry': JSON.stringify(entry) }
      const end = await runStep({ inputs: asked, environment })
      if (!end.reportFile) throw new Error(`${name}: ${end.stdout}${end.stderr}`)
      mkdirSync(join(folder, `drift-${index}`), { recursive: true })
      writeFileSync(join(folder, `drift-${index}`, 'report.json'), end.reportFile)
    }
  }
  const inputs = { mode: 'merge', reports: folder, fleet: JSON.stringify(entries), 'drift-issue': 'true' }
  try {
    revoke('acrbase', 'aks-eus-01', 'aks-eus-02', 'aks-eus-03', 'aks-sea-10')
    await checkAll()
    // In one night there was no run.
    for (const daysAgo of [6, 5, 4, 2, 1]) {
      const { night, run } = nightOf(daysAgo)
      moveToRun(folder, run)
      onStart(`${daysAgo === 1 ? 'last night' : `${daysAgo} nights ago`}: the last job merges their reports`)
      await runStep({ inputs, environment: { ...environment, ...night } })
    }
    revoke('acrprod', 'aks-weu-07', 'aks-weu-08')
    revoke('acrtools', 'aks-test-04')
    simulator.faults.add({ path: '/managedClusters/aks-weu-12', ...refusal, times: Infinity })
    await checkAll()
    const { night, run } = nightOf(0)
    moveToRun(folder, run)
    onStart('this night: the last job merges their reports')
    const merged = await runStep({
      inputs: { ...inputs, 'report-html': 'true' },
      environment: { ...environment, ...night },
      ...(onOutput && { onOutput }),
    })
    const [, page = ''] = Object.entries(merged.temporary).find(([path]) => path.endsWith('.html')) ?? []
    const [issue] = world.github.issues
    if (!page || !issue) throw new Error(merged.stdout)
    return { merged, page, issue }
  } finally {
    await simulator.close()
    rmSync(folder, { recursive: true })
  }
}
