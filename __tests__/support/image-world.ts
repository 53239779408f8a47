import type { RequestRecord } from 'azure-simulator'
import { armRequests, type Scenario, type StepEnd } from './scenario.js'

/** The smallest built-in role that imports. */
export const importer = 'Container Registry Data Importer and Data Reader'

/** Allows the deployer to import into contosoacr, and adds nginx:1.27 to Docker Hub. */
export function letImport(scenario: Scenario) {
  const { world, deployer, registry } = scenario
  world.assignRole({ principalId: deployer.objectId, role: importer, scope: registry.id })
  const hub = world.addSourceRegistry('docker.io')
  const digest = hub.push('library/nginx', '1.27', { platforms: ['linux/amd64', 'linux/arm64'] })
  return { ...scenario, hub, digest }
}

/** A scenario whose deployer can import, with its images. */
export type ImageScenario = ReturnType<typeof letImport>

/** The requests that started an import. */
export const imports = (end: Pick<StepEnd, 'requests'>) =>
  armRequests(end, 'POST').filter(({ path }) => path.endsWith('/importImage'))

/** The output `images`. */
export const images = (end: StepEnd) =>
  JSON.parse(end.outputs.images ?? '[]') as {
    source: string
    image: string
    status: string
    digest: string
    sizeInBytes: number | null
    error: { code: string } | null
  }[]

/** The maximum number of imports at the same time, according to the requests. */
export function maxAtOnce({ requests }: Pick<StepEnd, 'requests'>): number {
  const begun = requests.filter(({ path }) => path.endsWith('/importImage')).map(({ at }) => ({ at, change: 1 }))
  const isEnd = ({ path, status }: RequestRecord) => path.includes('/operationResults/') && status === 200
  const ended = requests.filter(isEnd).map(({ at, durationMs }) => ({ at: at + durationMs, change: -1 }))
  let running = 0
  // An end at the same time as a start counts as earlier.
  const counts = [...begun, ...ended]
    .sort((a, b) => a.at - b.at || a.change - b.change)
    .map(({ change }) => (running += change))
  return Math.max(0, ...counts)
}

/** Closes a registry to unlisted addresses, including the runner's; Azure's own services pass by default. */
export function wall({ body }: Scenario['registry'], { bypass = 'AzureServices' } = {}): void {
  // Only registries of this SKU have a firewall.
  Object.assign(body.sku as object, { name: 'Premium', tier: 'Premium' })
  Object.assign(body.properties, {
    networkRuleSet: { defaultAction: 'Deny', ipRules: [] },
    networkRuleBypassOptions: bypass,
  })
}
