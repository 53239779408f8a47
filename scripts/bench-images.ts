import { createContoso } from '../simulator/contoso.js'
import { startSimulator, type RequestRecord } from '../simulator/index.js'
import { runStep } from '../simulator/runner/step.js'

/** What is imported, and how long Azure takes. */
export const imageBench = {
  images: 20,
  registries: 2,
  concurrency: 8,
  importMs: 2000,
  propagationMs: 10_000,
  roundTripMs: 50,
}

/** What one run over the images cost. */
export interface ImageRun {
  ms: number
  /** From the first request that begins an import to the end of the last one. */
  importMs: number
  requests: readonly RequestRecord[]
}

/** The two runs: all images are to be imported while the grant propagates, and all are there. */
export async function benchImages(): Promise<{ first: ImageRun; again: ImageRun }> {
  const { images, registries, importMs, propagationMs, roundTripMs } = imageBench
  const { world, group, cluster, deployer, variables } = createContoso()
  const ids = Array.from({ length: registries }, (_, index) => group.addRegistry(`imageacr${index}`).id)
  for (const scope of ids) {
    for (const role of ['Container Registry Data Importer and Data Reader', 'Role Based Access Control Administrator'])
      world.assignRole({ principalId: deployer.objectId, role, scope })
  }
  const hub = world.addSourceRegistry('docker.io')
  const names = Array.from({ length: images }, (_, index) => `team/app-${index}`)
  for (const name of names) hub.push(name, 'v1', { platforms: ['linux/amd64', 'linux/arm64'] })

  const simulator = await startSimulator({ world, timing: { roundTripMs, importMs, readAfterWriteMs: propagationMs } })
  const run = async (): Promise<ImageRun> => {
    simulator.clearRequests()
    const startedAt = performance.now()
    const { exitCode, stdout } = await runStep({
      inputs: { cluster: cluster.id, registry: ids.join('\n'), images: names.map(name => `${name}:v1`).join('\n') },
      environment: { ...simulator.environment, ...simulator.runnerEnvironment, ...variables },
    })
    if (exitCode !== 0) throw new Error(`the step failed:\n${stdout}`)
    const ms = performance.now() - startedAt
    const requests = [...simulator.requests]
    const begun = requests.filter(isImport).map(({ at }) => at)
    const polled = requests
      .filter(({ path }) => path.includes('/operationResults/'))
      .map(({ at, durationMs }) => at + durationMs)
    return { ms, importMs: Math.max(0, ...polled) - Math.min(...begun), requests }
  }
  const first = await run()
  const again = await run()
  await simulator.close()
  return { first, again }
}

/** Whether a request begins an import. */
export function isImport({ path }: RequestRecord): boolean {
  return path.endsWith('/importImage')
}

/** Counts what was asked of the data plane of registries in Azure. */
export function countDataPlane(requests: readonly RequestRecord[]) {
  const asked = requests.filter(({ host }) => host.endsWith('.azurecr.io'))
  const count = (matches: (request: RequestRecord) => boolean): number => asked.filter(matches).length
  return {
    reads: count(({ path, status }) => path.startsWith('/acr/v1/') && status !== 401),
    challenges: count(({ status }) => status === 401),
    exchanges: count(({ path }) => path === '/oauth2/exchange'),
    tokens: count(({ path }) => path === '/oauth2/token'),
  }
}
