import { describe, expect } from 'vitest'
import { findingCodes, grantAccess, held, letDeploy, pairEnds, roleIds } from '../../support/estate.js'
import { advisedCommands, errorsOf } from '../../support/reading.js'
import {
  expectAttached,
  expectFailure,
  it,
  onceIt,
  writes,
  type Beginning,
  type Scenario,
} from '../../support/scenario.js'

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
    const { world, deployer, subscription } = scenario
    // A principal can be that of other clusters, too.
    world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: subscription.id })
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

  it('is waited for until timeout, and others continue', async ({ begin }) => {
    const { attach, group } = await begin()
    group.addCluster('aks-new', { withoutIdentityProfile: true, provisioningState: 'Creating' })
    const end = await attach({ cluster: 'aks-new\naks-prod-1', timeout: '3s' })
    expectFailure(end, 'NO_KUBELET_IDENTITY')
    expect(pairEnds(end)).toEqual(['NO_KUBELET_IDENTITY', 'attached'])
    expect(waits(advisedCommands(end))).toEqual([expect.stringMatching(/ --created$/)])
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
})
