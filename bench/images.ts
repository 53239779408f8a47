import { createContoso } from 'azure-simulator/contoso'
import { startSimulator, type RequestRecord } from 'azure-simulator'
import { measureStep, type Measured } from './measured-step.js'
import { heading, row, target } from './table.js'

interface ImageWorld {
  images: number
  registries: number
  importMs: number
  propagationMs: number
}

const concurrency = 8

const roundTripMs = 50

/** Imports while a grant propagates, and with images that already exist. */
export async function benchImages(): Promise<void> {
  await benchImports({ images: 20, registries: 2, importMs: 2000, propagationMs: 10_000 })
  await benchPresent({ images: 120, registries: 2, importMs: 0, propagationMs: 0 })
}

async function benchImports(world: ImageWorld): Promise<void> {
  const { images, registries, importMs, propagationMs } = world
  heading(
    `${images} images into ${registries} registries, ${importMs / 1000} s per import, ${concurrency} in parallel, ${propagationMs / 1000} s of propagation, ${roundTripMs} ms per round trip`,
  )
  const waves = Math.ceil((images * registries) / concurrency) * importMs
  const [first] = await importTwice(world)
  const begun = first.requests.filter(isImport).map(({ at }) => at)
  const polled = first.requests
    .filter(({ path }) => path.includes('/operationResults/'))
    .map(({ at, durationMs }) => at + durationMs)
  const imports = Math.max(0, ...polled) - Math.min(...begun)
  row('imports alone', `${(imports / 1000).toFixed(1)} s`, `${waves / 1000} s is the minimum`)
  target('  relative to the minimum', imports / waves, { max: 1.25, unit: '×', digits: 2 })
  row('first attach with all imports: whole step', `${(first.ms / 1000).toFixed(1)} s`)
  const bound = Math.max(waves, propagationMs)
  target('  relative to the longer of imports and propagation', first.ms / bound, { max: 1.5, unit: '×', digits: 2 })
}

async function benchPresent(world: ImageWorld): Promise<void> {
  const { images, registries } = world
  heading(`${images} images in ${registries} registries, all present, ${roundTripMs} ms per round trip`)
  const [first, again] = await importTwice(world)
  row('first attach: requests per image and registry', (first.requests.length / images / registries).toFixed(2))
  target('all present: requests per image', again.requests.length / images, { max: 8, unit: '', digits: 2 })
  target('all present: imports', again.requests.filter(isImport).length, { max: 0, unit: '' })
  const { reads, challenges, exchanges, tokens } = countDataPlane(again.requests)
  row(
    'all present: reads of the data plane',
    String(reads),
    `${images * registries * 3}: tag, manifest and repository of each image and registry`,
  )
  row('all present: challenged requests', String(challenges))
  row('all present: token exchanges', String(exchanges), `${registries}: one per registry`)
  row('all present: access tokens', String(tokens))
  row('all present: whole step', `${(again.ms / 1000).toFixed(1)} s`)
}

/** First imports all images, then runs again with all of them present. */
async function importTwice({ images, registries, importMs, propagationMs }: ImageWorld): Promise<[Measured, Measured]> {
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
  const inputs = {
    cluster: cluster.id,
    registry: ids.join('\n'),
    images: names.map(name => `${name}:v1`).join('\n'),
    concurrency: String(concurrency),
  }
  const step = { simulator, variables, inputs }
  const ends: [Measured, Measured] = [await measureStep(step), await measureStep(step)]
  await simulator.close()
  return ends
}

/** Whether a request starts an import. */
function isImport({ path }: RequestRecord): boolean {
  return path.endsWith('/importImage')
}

/** Counts the requests to the data plane of registries in Azure. */
function countDataPlane(requests: readonly RequestRecord[]) {
  const asked = requests.filter(({ host }) => host.endsWith('.azurecr.io'))
  const count = (matches: (request: RequestRecord) => boolean): number => asked.filter(matches).length
  return {
    reads: count(({ path, status }) => path.startsWith('/acr/v1/') && status !== 401),
    challenges: count(({ status }) => status === 401),
    exchanges: count(({ path }) => path === '/oauth2/exchange'),
    tokens: count(({ path }) => path === '/oauth2/token'),
  }
}
