import { describe, expect } from 'vitest'
import { pullMessages } from 'azure-simulator'
import { grantPull, letPull, pulls, type PullScenario, expectProven, ways } from '../../support/pull-scenario.js'
import { expectFailure, it, type StepEnd } from '../../support/scenario.js'
import { importer } from '../../support/image-world.js'

const codes = ({ report }: StepEnd) => report.findings.map(({ code }) => code)

/** A cluster whose identity has held the role for an hour. */
function attached(scenario: PullScenario): PullScenario {
  grantPull(scenario)
  return scenario
}

const platforms = { platforms: ['linux/amd64', 'linux/arm64'] }

/** The deployer can import into contosoacr, from a registry that has the pause image and an image of a team. */
function letImport(scenario: PullScenario): PullScenario {
  const { world, deployer, registry } = scenario
  world.assignRole({ principalId: deployer.objectId, role: importer, scope: registry.id })
  const source = world.addSourceRegistry('mcr.microsoft.com')
  for (const repository of ['oss/v2/kubernetes/pause', 'team/shop']) source.push(repository, '3.10.2', platforms)
  return scenario
}

/** The same, with a cluster whose identity has the role. */
function letRead(scenario: PullScenario): PullScenario {
  grantPull(scenario)
  return letImport(scenario)
}

/** The registry lets the nodes in, but not the runner. */
function letSeeNoImages({ simulator }: PullScenario): void {
  const errors = [{ code: 'DENIED', message: "client with IP '20.1.2.3' is not allowed access." }]
  simulator.faults.add({ host: 'contosoacr.azurecr.io', status: 403, body: { errors }, times: Infinity })
}

const unnamed = { 'probe-image': '' }

/** Expects a green check that says everywhere that it proved nothing. */
function expectNothingProven(end: StepEnd): void {
  expect(end.exitCode, end.log).toBe(0)
  expect(end.outputs).toMatchObject({ attached: 'true', drift: 'false', verified: 'assignment', 'error-code': '' })
  expect(end.report.findings).toMatchObject([{ code: 'IMAGE_NOT_PROBED', severity: 'warning' }])
}

describe('without a running operation', () => {
  it.for([
    ['check', 'kubectl'],
    ['attach', 'run-command'],
  ] as const)('three tries decide that a node is refused (%s, %s)', async ([mode, way], { begin }) => {
    const scenario = attached(letPull(await begin()))
    const message = pullMessages.denied('contosoacr.azurecr.io/team/app:v1')
    scenario.cluster.kubernetes.pullFaults.push({ message })
    const end = await scenario.pull({ mode, 'probe-with': way })
    expectFailure(end, mode === 'check' ? 'DRIFT' : 'PULL_DENIED')
    expect(end.log).toContain('PULL_DENIED')
    expect(pulls(end)).toMatchObject([{ verdict: 'denied', attempts: 3 }])
  })

  it('a fresh grant by another run is waited for', async ({ begin }) => {
    const scenario = attached(letPull(await begin()))
    for (const grant of scenario.grants()) grant.updatedOn = new Date().toISOString()
    const message = pullMessages.denied('contosoacr.azurecr.io/team/app:v1')
    scenario.cluster.kubernetes.pullFaults.push({ message, times: 5 })
    const end = await scenario.pull({ mode: 'check' })
    expect(end.outputs, end.log).toMatchObject({ verified: 'pull', drift: 'false' })
    expect(pulls(end)).toMatchObject([{ attempts: 6 }])
  })
})

describe('the limits of a proof are reported', () => {
  it('from a registry that allows anonymous pull: the network, but not the role', async ({ begin }) => {
    const scenario = letPull(await begin())
    const properties = (scenario.registry.body as { properties: Record<string, unknown> }).properties
    properties.anonymousPullEnabled = true
    const end = await scenario.pull()
    expect(end.exitCode, end.log).toBe(0)
    expect(end.outputs).toMatchObject({ attached: 'true', verified: 'assignment' })
    expect(pulls(end)).toMatchObject([{ verdict: 'pulled' }])
    expect(codes(end)).toContain('ANONYMOUS_PULL')
    expect(end.summary).toMatch(/^### ⚠ .*aks-prod-1/m)
  })

  it('by service accounts: no proof for the kubelet identity', async ({ begin }) => {
    const contoso = await begin()
    const puller = contoso.group.addUserAssignedIdentity('shop-puller')
    const scenario = letPull(contoso, { serviceAccountPull: { defaultIdentity: puller } })
    const { world, registry } = scenario
    world.assignRole({ principalId: puller.objectId, role: 'AcrPull', scope: registry.id })
    const end = await scenario.pull()
    expect(end.exitCode, end.log).toBe(0)
    expect(end.outputs).toMatchObject({ attached: 'true', verified: 'assignment' })
    expect(pulls(end)).toMatchObject([{ verdict: 'pulled' }])
    expect(codes(end)).toContain('SERVICE_ACCOUNT_PULL')
  })
})

describe('a check with the inputs of the attach before it', () => {
  const inputs = { pause: {}, images: { images: 'mcr.microsoft.com/team/shop:3.10.2' } }

  it.for([
    ['pause', 'run-command'],
    ['images', 'kubectl'],
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
  })
})

describe('a check whose runner can’t see the images', () => {
  it.for(ways)(
    'proves nothing if the nodes don’t find the pause image, which isn’t drift (%s)',
    async (way, { begin }) => {
      const scenario = letRead(letPull(await begin()))
      letSeeNoImages(scenario)
      const end = await scenario.pull({ ...unnamed, mode: 'check', 'probe-with': way })
      expectNothingProven(end)
      expect(scenario.cluster.kubernetes.podsCreated).not.toEqual([])
    },
  )
})

describe('a check whose runner can’t see the images', () => {
  it('finds an image of the inputs missing that the nodes don’t find', async ({ begin }) => {
    const scenario = letRead(letPull(await begin()))
    letSeeNoImages(scenario)
    const images = 'mcr.microsoft.com/team/shop:3.10.2'
    const end = await scenario.pull({ ...unnamed, mode: 'check', images })
    expectFailure(end, 'DRIFT')
    expect(end.report.pairs).toMatchObject([{ status: 'missing', error: { code: 'IMAGE_NOT_FOUND' } }])
  })
})

describe('a check that proves nothing', () => {
  it('because nothing is there is ⚠', async ({ begin }) => {
    const scenario = letRead(letPull(await begin()))
    const end = await scenario.pull({ ...unnamed, mode: 'check' })
    expectNothingProven(end)
    expect(scenario.cluster.kubernetes.podsCreated).toEqual([])
  })
})
