import { describe, expect } from 'vitest'
import { pullMessages } from 'azure-simulator'
import { importer } from '../../support/image-world.js'
import { headlineOf } from '../../support/reading.js'
import { expectFailure, onceIt, type StepEnd } from '../../support/scenario.js'
import { expectProven, letPull, pulls, type PullScenario } from '../../support/pull-scenario.js'

const platforms = { platforms: ['linux/amd64', 'linux/arm64'] }

/** The deployer can import into contosoacr, from a registry that has the pause image and an image of a team. */
function letImport(scenario: PullScenario): PullScenario {
  const { world, deployer, registry } = scenario
  world.assignRole({ principalId: deployer.objectId, role: importer, scope: registry.id })
  const source = world.addSourceRegistry('mcr.microsoft.com')
  for (const repository of ['oss/v2/kubernetes/pause', 'team/shop']) source.push(repository, '3.10.2', platforms)
  return scenario
}

/** A cluster whose identity has the role. */
function letRead(scenario: PullScenario): PullScenario {
  const { world, cluster, registry } = scenario
  world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
  return scenario
}

/** The registry lets the nodes in, but not the runner. */
function letSeeNoImages({ simulator }: PullScenario): void {
  const errors = [{ code: 'DENIED', message: "client with IP '20.1.2.3' is not allowed access." }]
  simulator.faults.add({ host: 'contosoacr.azurecr.io', status: 403, body: { errors }, times: Infinity })
}

const pausePushed = ({ registry }: PullScenario) => registry.images.push('attach-acr/pause', '3.10.2', platforms)

const unnamed = { 'probe-image': '' }

/** Expects a green check that says everywhere that it proved nothing. */
function expectNothingProven(end: StepEnd): void {
  expect(end.exitCode, end.log).toBe(0)
  expect(end.outputs).toMatchObject({ attached: 'true', drift: 'false', verified: 'assignment', 'error-code': '' })
  expect(end.report.findings).toMatchObject([{ code: 'IMAGE_NOT_PROBED', severity: 'warning' }])
  expect(end.annotations).toMatchObject([
    { level: 'warning', title: expect.stringContaining('IMAGE_NOT_PROBED') as string },
  ])
  expect(headlineOf(end)).toMatch(/^⚠ /)
}

describe('a check with the inputs of the attach before it', () => {
  const inputs = { pause: {}, images: { images: 'mcr.microsoft.com/team/shop:3.10.2' } }

  onceIt.for([
    ['pause', 'kubectl'],
    ['pause', 'run-command'],
    ['images', 'kubectl'],
    ['images', 'run-command'],
  ] as const)('pulls what it has imported (%s, %s)', async ([kind, way], { begin }) => {
    const scenario = letImport(letPull(await begin()))
    const given = { ...unnamed, ...inputs[kind], 'probe-with': way }
    const attached = await scenario.pull(given)
    expectProven(attached, scenario)
    const { kubernetes } = scenario.cluster
    const pods = kubernetes.podsCreated.length
    const end = await scenario.pull({ ...given, mode: 'check' })
    expectProven(end, scenario)
    expect(kubernetes.podsCreated.length).toBeGreaterThan(pods)
    expect(pulls(end).map(({ image }) => image)).toEqual(pulls(attached).map(({ image }) => image))
    expect(end.report.findings.filter(({ severity }) => severity === 'warning')).toEqual([])
    const { image = '' } = pulls(end)[0] ?? {}
    kubernetes.pullFaults.push({ message: pullMessages.noSuchHost(image) })
    const lost = await scenario.pull({ ...given, mode: 'check', timeout: '2s' })
    expectFailure(lost, 'REGISTRY_UNREACHABLE')
    expect(pulls(lost)[0]?.verdict).toBe('unreachable')
  })

  onceIt('pulls from each registry that has an image, by each cluster', async ({ begin }) => {
    const scenario = letRead(letPull(await begin()))
    const { world, group, cluster, registry, deployer } = scenario
    const second = group.addRegistry('fabrikamacr')
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: second.id })
    const other = letPull(scenario, {}).cluster
    expect(other.id).not.toBe(cluster.id)
    for (const { id } of [registry, second])
      world.assignRole({ principalId: other.kubeletIdentity.objectId, role: 'AcrPull', scope: id })
    world.assignRole({ principalId: deployer.objectId, role: importer, scope: second.id })
    world.addSourceRegistry('mcr.microsoft.com').push('oss/v2/kubernetes/pause', '3.10.2', platforms)
    pausePushed(scenario)
    const all = { ...unnamed, mode: 'check', cluster: `${cluster.name}\n${other.name}` }
    const end = await scenario.pull({ ...all, registry: 'contosoacr\nfabrikamacr' })
    expect(end.exitCode, end.log).toBe(0)
    const levels = end.report.pairs.map(({ loginServer, verified }) => [loginServer, verified])
    const [pulled, assigned] = [
      ['contosoacr.azurecr.io', 'pull'],
      ['fabrikamacr.azurecr.io', 'assignment'],
    ]
    expect(levels).toEqual([pulled, assigned, pulled, assigned])
    const warnings = end.report.findings.filter(({ severity }) => severity === 'warning')
    expect(warnings).toMatchObject([{ code: 'IMAGE_NOT_PROBED', subject: second.id }])
    expect(headlineOf(end)).toMatch(/^⚠ /)
    expect(end.outputs).toMatchObject({ attached: 'true', drift: 'false', verified: 'assignment' })
  })
})

describe('a check whose runner can’t see the images', () => {
  onceIt.for(['kubectl', 'run-command'])('lets the nodes pull the pause image (%s)', async (way, { begin }) => {
    const scenario = letRead(letImport(letPull(await begin())))
    pausePushed(scenario)
    letSeeNoImages(scenario)
    const end = await scenario.pull({ ...unnamed, mode: 'check', 'probe-with': way })
    expectProven(end, scenario)
  })

  onceIt.for(['kubectl', 'run-command'])(
    'proves nothing if the nodes don’t find the pause image, which isn’t drift (%s)',
    async (way, { begin }) => {
      const scenario = letRead(letImport(letPull(await begin())))
      letSeeNoImages(scenario)
      const end = await scenario.pull({ ...unnamed, mode: 'check', 'probe-with': way })
      expectNothingProven(end)
      expect(scenario.cluster.kubernetes.podsCreated).not.toEqual([])
    },
  )

  onceIt('finds an image of the inputs missing that the nodes don’t find', async ({ begin }) => {
    const scenario = letRead(letImport(letPull(await begin())))
    letSeeNoImages(scenario)
    const images = 'mcr.microsoft.com/team/shop:3.10.2'
    const end = await scenario.pull({ ...unnamed, mode: 'check', images })
    expectFailure(end, 'DRIFT')
    expect(end.report.pairs).toMatchObject([{ status: 'missing', error: { code: 'IMAGE_NOT_FOUND' } }])
  })
})

describe('a check that proves nothing', () => {
  onceIt('because nothing is there is ⚠', async ({ begin }) => {
    const scenario = letRead(letImport(letPull(await begin())))
    const end = await scenario.pull({ ...unnamed, mode: 'check' })
    expectNothingProven(end)
    expect(scenario.cluster.kubernetes.podsCreated).toEqual([])
  })

  onceIt('because another image has the tag is drift, and warns', async ({ begin }) => {
    const scenario = letRead(letImport(letPull(await begin())))
    scenario.registry.images.push('team/shop', '3.10.2', { ...platforms, content: 'another one' })
    const end = await scenario.pull({ ...unnamed, mode: 'check', images: 'mcr.microsoft.com/team/shop:3.10.2' })
    expectFailure(end, 'DRIFT')
    expect(end.report.findings).toMatchObject([{ code: 'IMAGE_NOT_PROBED', severity: 'warning' }])
    expect(scenario.cluster.kubernetes.podsCreated).toEqual([])
  })

  onceIt.for(['check', 'attach'])('because its pools have no nodes is ⚠ (%s)', async (mode, { begin }) => {
    const scenario = letRead(letImport(letPull(await begin(), { agentPools: [{ name: 'system', count: 0 }] })))
    pausePushed(scenario)
    expectNothingProven(await scenario.pull({ ...unnamed, mode }))
  })
})
