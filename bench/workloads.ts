import { createContoso } from 'azure-simulator/contoso'
import { startSimulator } from 'azure-simulator'
import { measureStep } from './measured-step.js'
import { heading, row, target } from './table.js'

const [clusters, images, pods] = [20, 2000, 10_000]

const roundTripMs = 50

/** The input's default. */
const concurrency = 8

/** A check of the images that run in a fleet. */
export async function benchWorkloads(): Promise<void> {
  heading(
    `Running images: ${pods.toLocaleString('en')} pods and ${images.toLocaleString('en')} distinct images in ${clusters} clusters, ${roundTripMs} ms per round trip`,
  )
  const { world, subscription, deployer, variables } = createContoso()
  const group = subscription.addResourceGroup('rg-fleet')
  const registry = group.addRegistry('fleetacr')
  for (const role of ['Reader', 'Azure Kubernetes Service Cluster User Role', 'Azure Kubernetes Service RBAC Reader'])
    world.assignRole({ principalId: deployer.objectId, role, scope: group.id })
  world.grantGraphPermission(deployer, 'Application.Read.All')
  const references = Array.from({ length: images }, (_, index) => {
    const repository = `team-${index % 50}/app-${index}`
    const digest = registry.images.push(repository, 'v1', { layers: 1, sizeBytes: 64 })
    return {
      image: `${registry.loginServer}/${repository}:v1`,
      digest: `${registry.loginServer}/${repository}@${digest}`,
    }
  })
  for (let index = 0; index < clusters; index += 1) {
    const { kubernetes, kubeletIdentity } = group.addCluster(`aks-${index}`)
    world.assignRole({ principalId: kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    // Each cluster runs a part of the images, and some images run in all of them.
    const own = references.filter((_, at) => at % clusters === index || at < clusters)
    const each = Math.floor(pods / clusters / own.length)
    for (const [at, { image, digest }] of own.entries()) {
      kubernetes.addWorkload({
        ...{ kind: 'Deployment', name: `app-${at}`, namespace: `team-${at % 10}`, pods: each },
        spec: { containers: [{ name: 'app', image }] },
        imageIds: { [image]: digest },
      })
    }
    const rest = Math.floor(pods / clusters) - each * own.length
    const [{ image, digest } = { image: '', digest: '' }] = own
    const spec = { containers: [{ name: 'app', image }] }
    kubernetes.addWorkload({ kind: 'StatefulSet', name: 'rest', pods: rest, spec, imageIds: { [image]: digest } })
  }
  const simulator = await startSimulator({ world, timing: { roundTripMs } })
  try {
    const inputs = {
      mode: 'check',
      cluster: '*',
      'resource-group': group.name,
      registry: registry.name,
      workloads: '*',
    }
    const { ms, peakMemory, requests, ...usage } = await measureStep({ simulator, variables, inputs })
    const asked = requests.filter(({ path }) => path.startsWith('/acr/v1/')).map(({ path }) => path)
    target('look-ups at the registry', asked.length, { max: 3 * images, unit: '' })
    target('  of them repeated', asked.length - new Set(asked).size, { max: 0, unit: '' })
    row('all requests', String(requests.length))
    const floor = (asked.length / concurrency) * roundTripMs
    row('look-ups one after the other in each place', `${(floor / 1000).toFixed(1)} s`, `${concurrency} in flight`)
    target('whole step', ms / 1000, { max: 60, unit: 's', digits: 1 })
    for (const [what, cpuMs] of [
      ['the step', usage.cpuMs],
      ['kubectl', usage.programsCpuMs],
      ['the simulator', usage.simulatorCpuMs],
    ] as const)
      row(`  processor time of ${what}`, `${(cpuMs / 1000).toFixed(1)} s`)
    target('peak memory of the step, without kubectl', peakMemory, { unit: 'MB', max: 150 })
  } finally {
    await simulator.close()
  }
}
