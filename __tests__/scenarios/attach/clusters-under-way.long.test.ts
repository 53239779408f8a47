import { describe, expect } from 'vitest'
import { disarm, findingCodes, letDeploy, pairEnds } from '../../support/estate.js'
import { headlineOf } from '../../support/reading.js'
import { expectAttached, expectFailure, onceIt } from '../../support/scenario.js'
import { expectProven, letPull } from '../../support/pull-scenario.js'
import { createTimeLapse } from '../../support/time-lapse.js'

describe('a cluster that is being created', () => {
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
