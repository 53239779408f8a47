import { describe, expect } from 'vitest'
import { disarm, findingCodes, grantAccess, held, letDeploy, pairEnds, roleIds } from '../../support/estate.js'
import { advisedCommands, errorsOf, headlineOf } from '../../support/reading.js'
import {
  expectAttached,
  expectFailure,
  it,
  onceIt,
  writes,
  type Beginning,
  type Scenario,
} from '../../support/scenario.js'
import { expectProven, letPull } from '../../support/pull-scenario.js'
import { createTimeLapse } from '../../support/time-lapse.js'

/** A cluster between a service principal and managed identities, as during `az aks update --enable-managed-identity` (azure-api.md, section 12). */
async function beginMove(
  begin: (beginning?: Beginning) => Promise<Scenario>,
  { isKnown, provisioningState = 'Updating' }: { isKnown: boolean; provisioningState?: string },
) {
  const scenario = await begin()
  const { world, group, deployer, registry } = scenario
  world.grantGraphPermission(deployer, 'Application.Read.All')
  const app = world.addApplication('old-sp')
  const options = isKnown ? { servicePrincipalClientId: app.clientId } : {}
  const moving = group.addCluster('aks-old', { withoutIdentityProfile: true, provisioningState, ...options })
  const grant = () => world.assignRole({ principalId: app.objectId, role: 'AcrPull', scope: registry.id })
  return { ...scenario, app, moving, grant }
}

/** The commands that wait for a cluster. */
const waits = (commands: readonly string[]): string[] => commands.filter(command => command.startsWith('az aks wait '))

describe('a cluster that moves from a service principal to managed identities', () => {
  it.for(['Updating', 'Failed', 'Canceled'])(
    'pulls as the principal while it is known: %s',
    async (state, { begin }) => {
      const scenario = await beginMove(begin, { isKnown: true, provisioningState: state })
      const { attach, app, registry, moving } = scenario
      const night = await attach({ cluster: 'aks-old', mode: 'check' })
      expectFailure(night, 'DRIFT')
      expect(night.report.pairs).toMatchObject([{ status: 'missing', principalId: app.objectId }])

      const end = await attach({ cluster: 'aks-old' })
      expectAttached(end, { changed: true })
      expect(held(scenario, app.objectId)).toEqual([[roleIds.acrPull, registry.id]])
      expect(end.report.findings).toMatchObject([
        { code: 'NO_KUBELET_IDENTITY', severity: 'notice', subject: moving.id },
      ])
      expect(waits(end.report.findings[0]?.fix.commands ?? [])).toEqual([expect.stringMatching(/ --updated$/)])

      const next = await attach({ cluster: 'aks-old', mode: 'check' })
      expectAttached(next, { changed: false })
      expect(next.outputs.drift).toBe('false')
      expect(findingCodes(next)).toEqual(['NO_KUBELET_IDENTITY'])
    },
  )

  it('is unknown if the principal is not known: not drift, and not to be created again', async ({ begin }) => {
    const scenario = await beginMove(begin, { isKnown: false })
    const { attach, moving } = scenario
    grantAccess(scenario)
    for (const cluster of ['aks-old', moving.id, '*']) {
      const end = await attach({ cluster, mode: 'check' })
      expectFailure(end, 'NO_KUBELET_IDENTITY')
      expect(end.outputs.drift).toBe('false')
      const pair = end.report.pairs.find(({ status }) => status === 'unknown')
      expect(pair?.error).toMatchObject({ code: 'NO_KUBELET_IDENTITY' })
      expect(pair?.error?.fix.commands).toEqual([expect.stringMatching(/^az aks wait .* --updated$/)])
      expect(end.report.unknown).toMatchObject([{ about: 'pair' }])
    }
  })

  onceIt('is neither attached nor detached if the principal is not known', async ({ begin }) => {
    const { attach, grant } = await beginMove(begin, { isKnown: false })
    grant()
    for (const mode of ['attach', 'detach']) {
      const end = await attach({ cluster: 'aks-old', mode })
      expectFailure(end, 'NO_KUBELET_IDENTITY')
      expect(pairEnds(end)).toEqual(['NO_KUBELET_IDENTITY'])
      expect(waits(advisedCommands(end))).toEqual([expect.stringMatching(/ --updated$/)])
      expect(writes(end)).toEqual([])
    }
  })

  onceIt('is detached from the principal while that is known, and reported to be moving', async ({ begin }) => {
    const scenario = await beginMove(begin, { isKnown: true })
    scenario.grant()
    const end = await scenario.attach({ cluster: 'aks-old', mode: 'detach' })
    expect(pairEnds(end)).toEqual(['detached'])
    expect(held(scenario, scenario.app.objectId)).toEqual([])
    expect(findingCodes(end)).toEqual(['NO_KUBELET_IDENTITY'])
  })
})

describe('a cluster whose creation ended without a kubelet identity', () => {
  it.for(['Failed', 'Canceled'])('is drift: %s', async (provisioningState, { begin }) => {
    const { attach, group } = await begin()
    group.addCluster('aks-new', { withoutIdentityProfile: true, provisioningState })
    const end = await attach({ cluster: 'aks-new', mode: 'check' })
    expectFailure(end, 'NO_KUBELET_IDENTITY')
    expect(end.outputs.drift).toBe('true')
    expect(end.report.pairs).toMatchObject([{ status: 'missing' }])
    expect(errorsOf(end)[0]?.fix.commands).toEqual([expect.stringMatching(/^az aks show /)])
  })
})

describe('a cluster that is being created', () => {
  it('is attached as soon as it has its identity, minutes before it is done', async ({ begin }) => {
    const scenario = await begin()
    const { attach, group, registry, whenAnswered } = scenario
    const cluster = group.addCluster('aks-new', { withoutIdentityProfile: true, provisioningState: 'Creating' })
    whenAnswered(({ path }) => path.endsWith('/managedClusters/aks-new'), cluster.receiveKubeletIdentity, 1)
    const end = await attach({ cluster: 'aks-new\naks-prod-1' })
    expectAttached(end, { changed: true })
    expect(pairEnds(end)).toEqual(['attached', 'attached'])
    expect(held(scenario, cluster.kubeletIdentity.objectId)).toEqual([[roleIds.acrPull, registry.id]])
  })

  onceIt.for(['Failed', 'Deleting', 'gone'])('is given up when that ends: %s', async (how, { begin }) => {
    const { attach, group, world, whenAnswered } = await begin()
    const cluster = group.addCluster('aks-new', { withoutIdentityProfile: true, provisioningState: 'Creating' })
    const isAsked = ({ path }: { path: string }): boolean => path.endsWith('/managedClusters/aks-new')
    whenAnswered(isAsked, () => {
      if (how === 'gone') world.resources.splice(world.resources.indexOf(cluster), 1)
      else Object.assign(cluster.body.properties, { provisioningState: how })
    })
    const end = await attach({ cluster: 'aks-new\naks-prod-1' })
    const code = { Failed: 'NO_KUBELET_IDENTITY', Deleting: 'CLUSTER_STOPPED', gone: 'CLUSTER_NOT_FOUND' }[how] ?? ''
    expectFailure(end, code)
    expect(pairEnds(end)).toEqual([code, 'attached'])
  })

  onceIt('is looked at again after a look that failed', async ({ begin }) => {
    const { attach, group, whenAnswered, simulator } = await begin()
    const cluster = group.addCluster('aks-new', { withoutIdentityProfile: true, provisioningState: 'Creating' })
    whenAnswered(({ path }) => path.endsWith('/managedClusters/aks-new'), cluster.receiveKubeletIdentity, 2)
    const error = { code: 'Strange', message: 'Something is wrong.' }
    simulator.faults.add({ method: 'GET', path: '/managedClusters/aks-new', status: 400, body: { error }, skip: 1 })
    expectAttached(await attach({ cluster: 'aks-new' }), { changed: true })
  })

  it('is waited for until timeout, and others continue', async ({ begin }) => {
    const { attach, group } = await begin()
    group.addCluster('aks-new', { withoutIdentityProfile: true, provisioningState: 'Creating' })
    const end = await attach({ cluster: 'aks-new\naks-prod-1', timeout: '3s' })
    expectFailure(end, 'NO_KUBELET_IDENTITY')
    expect(pairEnds(end)).toEqual(['NO_KUBELET_IDENTITY', 'attached'])
    expect(waits(advisedCommands(end))).toEqual([expect.stringMatching(/ --created$/)])
  })

  onceIt.for(['attach', 'check'])(
    'neither delays nor hides that the registry can’t be read: %s',
    async (mode, { begin, onTestFinished }) => {
      const scenario = await begin()
      const { attach, group, registry, world, deployer } = scenario
      disarm(scenario)
      const { id } = group.addCluster('aks-new', { withoutIdentityProfile: true, provisioningState: 'Creating' })
      world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: id })
      const lapse = createTimeLapse('kubectl', onTestFinished)
      const inputs = { cluster: id, registry: registry.id, 'resource-group': '', mode }
      const end = await attach(inputs, { environment: lapse.environment })
      expectFailure(end, 'AUTHORIZATION_FAILED')
      expect(pairEnds(end)).toEqual(['AUTHORIZATION_FAILED'])
      expect(lapse.now()).toBe(0)
    },
  )

  onceIt.for([
    ['cluster', { cluster: '*\n!aks-prod-1\n!aks-nw' }],
    ['registry', { cluster: 'aks-new', registry: '*\n!contosoac' }],
  ] as const)('does not delay the refusal of a filter: %s', async ([, inputs], { begin, onTestFinished }) => {
    const scenario = await begin()
    letDeploy(scenario, scenario.group.id)
    scenario.group.addCluster('aks-new', { withoutIdentityProfile: true, provisioningState: 'Creating' })
    const lapse = createTimeLapse('kubectl', onTestFinished)
    const end = await scenario.attach(inputs, { environment: lapse.environment })
    expectFailure(end, 'INVALID_INPUT')
    expect(lapse.now()).toBe(0)
  })

  it('is not waited for in check and detach, is not drift, and nothing is claimed', async ({ begin }) => {
    const { attach, group } = await begin()
    const cluster = group.addCluster('aks-new', { withoutIdentityProfile: true, provisioningState: 'Creating' })
    for (const [mode, status] of [
      ['check', 'unknown'],
      ['detach', 'failed'],
    ] as const) {
      const end = await attach({ cluster: cluster.id, mode })
      expectFailure(end, 'NO_KUBELET_IDENTITY')
      expect(end.outputs).toMatchObject({ attached: 'false', drift: 'false' })
      expect(end.report.pairs).toMatchObject([{ status }])
      expect(waits(advisedCommands(end))).toEqual([expect.stringMatching(/ --created$/)])
    }
  })

  it.for(['attach', 'check'])('is left out of * with a notice: %s', async (mode, { begin }) => {
    const scenario = await begin()
    const { attach, group } = scenario
    grantAccess(scenario)
    const early = group.addCluster('aks-early', { withoutIdentityProfile: true, provisioningState: 'Creating' })
    const later = group.addCluster('aks-later', { provisioningState: 'creating' })
    const end = await attach({ cluster: '*', mode })
    expectAttached(end, { changed: false })
    expect(end.outputs.drift).toBe('false')
    expect(pairEnds(end)).toEqual(['attached'])
    expect(end.report.findings).toMatchObject(
      [early, later].map(({ id }) => ({ code: 'NO_KUBELET_IDENTITY', severity: 'notice', subject: id })),
    )
  })

  onceIt('is waited for by an attach if there is no other, and a note in a check', async ({ begin }) => {
    const scenario = await begin()
    const { attach, subscription, whenAnswered } = scenario
    const group = subscription.addResourceGroup('rg-new')
    letDeploy(scenario, subscription.id)
    group.addCluster('aks-leaving', { provisioningState: 'Deleting' })
    const cluster = group.addCluster('aks-new', { withoutIdentityProfile: true, provisioningState: 'Creating' })
    const inputs = { cluster: '*', 'resource-group': 'rg-new' }
    const night = await attach({ ...inputs, mode: 'check' })
    expect(night).toMatchObject({ exitCode: 0, outputs: { attached: 'false', ready: 'false', drift: 'false' } })
    expect(headlineOf(night)).toBe('✓ nothing to do: * stands for no cluster · 3 notices')
    expect(night.report).toMatchObject({ pairs: [], unknown: [] })
    expect(findingCodes(night).sort()).toEqual(['CLUSTER_STOPPED', 'FILTER_WITHOUT_EFFECT', 'NO_KUBELET_IDENTITY'])
    whenAnswered(({ path }) => path.endsWith('/managedClusters/aks-new'), cluster.receiveKubeletIdentity)
    expectAttached(await attach(inputs), { changed: true })
  })
})

// Minutes after its creation (azure-api.md, section 12): the simulated cluster does so by itself, too.
describe('a new cluster that AKS updates by itself', () => {
  it('is attached, checked and detached as before, and the log shows its state', async ({ begin }) => {
    const scenario = await begin()
    const { attach, group, world } = scenario
    letDeploy(scenario, group.id)
    const cluster = group.addCluster('aks-new', { createdMsAgo: 0 })
    const look = async (mode: string, state: string) => {
      const end = await attach({ cluster: 'aks-new', mode })
      expect(end.log).toMatch(new RegExp(`cluster +aks-new +westeurope · ${state} · `))
      expect(end.report).toMatchObject({ findings: [], unknown: [], drift: false })
      expect(pairEnds(end)).toEqual([mode === 'detach' ? 'detached' : 'attached'])
      return end
    }
    expectAttached(await look('attach', 'Running'), { changed: true })
    for (const [passedMs, state] of [
      [240_000, 'Updating'],
      [90_000, 'Running'],
    ] as const) {
      world.passTime(passedMs)
      expectAttached(await look('check', state), { changed: false })
      expectAttached(await look('attach', state), { changed: false })
    }
    cluster.readySince = Date.now() - 240_000
    await look('detach', 'Updating')
    expect(held(scenario, cluster.kubeletIdentity.objectId)).toEqual([])
    cluster.readySince = Date.now() - 240_000
    const night = await attach({ cluster: '*', mode: 'check', 'fail-on-drift': 'false' })
    expect(pairEnds(night)).toEqual(['missing', 'missing'])
    expect(night.report.unknown).toEqual([])
  })

  onceIt.for([false, true])(
    'proves pulls when that begins before the run or in it: private is %s',
    async (privateCluster, { begin }) => {
      const scenario = letPull(await begin(), { createdMsAgo: 0, privateCluster })
      const { world, whenAnswered, cluster } = scenario
      let hasBegun = false
      whenAnswered(
        ({ path }) => path.endsWith('/roleAssignments'),
        () => {
          world.passTime(240_000)
          hasBegun = true
        },
      )
      expectProven(await scenario.pull(), scenario)
      expect(hasBegun).toBe(true)
      for (const mode of ['check', 'attach']) {
        cluster.readySince = Date.now() - 240_000
        const end = await scenario.pull({ mode })
        expectProven(end, scenario)
        expect(end.log).toMatch(/cluster +aks-pull +westeurope · Updating · /)
        expect(end.report).toMatchObject({ unknown: [], drift: false })
        expect(findingCodes(end)).toEqual(['IMAGE_NOT_PROBED'])
      }
    },
  )
})

describe('a registry that is being created', () => {
  onceIt('is what * is if there is no other: nothing in check, and attached', async ({ begin }) => {
    const scenario = await begin()
    const { attach, subscription } = scenario
    const group = subscription.addResourceGroup('rg-new')
    letDeploy(scenario, subscription.id)
    const registry = group.addRegistry('newacr', { provisioningState: 'Creating' })
    const { cluster } = scenario
    const inputs = { cluster: cluster.id, registry: '*', 'resource-group': 'rg-new' }
    const night = await attach({ ...inputs, mode: 'check' })
    expect(night).toMatchObject({ exitCode: 0, outputs: { attached: 'false', drift: 'false' } })
    expect(headlineOf(night)).toBe('✓ nothing to do: * stands for no registry · 2 notices')
    expect(night.report.findings).toContainEqual(
      expect.objectContaining({ code: 'AZURE_REFUSED', subject: registry.id }),
    )
    expectAttached(await attach(inputs), { changed: true })
  })
})
