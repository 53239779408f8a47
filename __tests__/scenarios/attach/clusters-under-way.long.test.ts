import { describe, expect } from 'vitest'
import { disarm, findingCodes, grantAccess, held, letDeploy, pairEnds, roleIds } from '../../support/estate.js'
import { advisedCommands } from '../../support/reading.js'
import { expectAttached, expectFailure, it, type Beginning, type Scenario } from '../../support/scenario.js'
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

describe('a cluster that moves from a service principal to managed identities', () => {
  it('pulls as the principal while it is known', async ({ begin }) => {
    const scenario = await beginMove(begin, { isKnown: true, provisioningState: 'Failed' })
    const { attach, app, registry, moving } = scenario
    const night = await attach({ cluster: 'aks-old', mode: 'check' })
    expectFailure(night, 'DRIFT')
    expect(night.report.pairs).toMatchObject([{ status: 'missing', principalId: app.objectId }])
    const end = await attach({ cluster: 'aks-old' })
    expectAttached(end, { changed: true })
    expect(held(scenario, app.objectId)).toEqual([[roleIds.acrPull, registry.id]])
    expect(end.report.findings).toMatchObject([{ code: 'NO_KUBELET_IDENTITY', severity: 'notice', subject: moving.id }])
  })

  it('is unknown if the principal is not known: not drift, and not to be created again', async ({ begin }) => {
    const scenario = await beginMove(begin, { isKnown: false })
    const { attach, moving } = scenario
    grantAccess(scenario)
    for (const cluster of ['aks-old', moving.id, '*']) {
      const end = await attach({ cluster, mode: 'check' })
      expectFailure(end, 'NO_KUBELET_IDENTITY')
      expect(end.outputs.drift).toBe('false')
      expect(advisedCommands(end)).toEqual([expect.stringMatching(/^az aks wait .* --updated$/)])
      expect(end.report.unknown).toMatchObject([{ about: 'pair' }])
    }
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

  it('is waited for until timeout, and others continue', async ({ begin }) => {
    const { attach, group } = await begin()
    group.addCluster('aks-new', { withoutIdentityProfile: true, provisioningState: 'Creating' })
    const end = await attach({ cluster: 'aks-new\naks-prod-1', timeout: '3s' })
    expectFailure(end, 'NO_KUBELET_IDENTITY')
    expect(pairEnds(end)).toEqual(['NO_KUBELET_IDENTITY', 'attached'])
  })

  it('is left out of * with a notice', async ({ begin }) => {
    const scenario = await begin()
    const { attach, group } = scenario
    grantAccess(scenario)
    const early = group.addCluster('aks-early', { withoutIdentityProfile: true, provisioningState: 'Creating' })
    const later = group.addCluster('aks-later', { provisioningState: 'creating' })
    const end = await attach({ cluster: '*', mode: 'check' })
    expectAttached(end, { changed: false })
    expect(end.outputs.drift).toBe('false')
    expect(pairEnds(end)).toEqual(['attached'])
    expect(end.report.findings).toMatchObject(
      [early, later].map(({ id }) => ({ code: 'NO_KUBELET_IDENTITY', severity: 'notice', subject: id })),
    )
  })

  it.for(['Failed', 'Deleting', 'gone'])('is given up when that ends: %s', async (how, { begin }) => {
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

  it('neither delays nor hides that the registry can’t be read', async ({ begin, onTestFinished }) => {
    const scenario = await begin()
    const { attach, group, registry, world, deployer } = scenario
    disarm(scenario)
    const { id } = group.addCluster('aks-new', { withoutIdentityProfile: true, provisioningState: 'Creating' })
    world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: id })
    const lapse = createTimeLapse('kubectl', onTestFinished)
    const end = await attach({ cluster: id, registry: registry.id }, { environment: lapse.environment })
    expectFailure(end, 'AUTHORIZATION_FAILED')
    // Only a role at the registry that may be new is waited for.
    expect(lapse.now()).toBeLessThanOrEqual(120_000)
  })

  it('does not delay the refusal of a filter', async ({ begin, onTestFinished }) => {
    const { attach, group } = await begin()
    group.addCluster('aks-new', { withoutIdentityProfile: true, provisioningState: 'Creating' })
    const lapse = createTimeLapse('kubectl', onTestFinished)
    const end = await attach({ cluster: '*\n!aks-prod-1\n!aks-nw' }, { environment: lapse.environment })
    expectFailure(end, 'INVALID_INPUT')
    expect(lapse.now()).toBe(0)
  })

  it('is waited for by an attach if there is no other, and a note in a check', async ({ begin }) => {
    const scenario = await begin()
    const { attach, subscription, whenAnswered } = scenario
    const group = subscription.addResourceGroup('rg-new')
    letDeploy(scenario, subscription.id)
    group.addCluster('aks-leaving', { provisioningState: 'Deleting' })
    const cluster = group.addCluster('aks-new', { withoutIdentityProfile: true, provisioningState: 'Creating' })
    const inputs = { cluster: '*', 'resource-group': 'rg-new' }
    const night = await attach({ ...inputs, mode: 'check' })
    expect(night).toMatchObject({ exitCode: 0, outputs: { attached: 'false', ready: 'false', drift: 'false' } })
    expect(night.report).toMatchObject({ pairs: [], unknown: [] })
    expect(findingCodes(night).sort()).toEqual(['CLUSTER_STOPPED', 'FILTER_WITHOUT_EFFECT', 'NO_KUBELET_IDENTITY'])
    whenAnswered(({ path }) => path.endsWith('/managedClusters/aks-new'), cluster.receiveKubeletIdentity)
    expectAttached(await attach(inputs), { changed: true })
  })
})

describe('a registry that is being created', () => {
  it('is what * is if there is no other: nothing in check, and attached', async ({ begin }) => {
    const scenario = await begin()
    const { attach, subscription } = scenario
    const group = subscription.addResourceGroup('rg-new')
    letDeploy(scenario, subscription.id)
    const registry = group.addRegistry('newacr', { provisioningState: 'Creating' })
    const { cluster } = scenario
    const inputs = { cluster: cluster.id, registry: '*', 'resource-group': 'rg-new' }
    const night = await attach({ ...inputs, mode: 'check' })
    expect(night).toMatchObject({ exitCode: 0, outputs: { attached: 'false', drift: 'false' } })
    expect(night.report.findings).toContainEqual(
      expect.objectContaining({ code: 'AZURE_REFUSED', subject: registry.id }),
    )
    expectAttached(await attach(inputs), { changed: true })
  })
})
