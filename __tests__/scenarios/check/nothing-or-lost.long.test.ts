import { describe, expect } from 'vitest'
import { findingCodes, grantAccess, letDeploy } from '../../support/estate.js'
import { makePrivate } from '../../support/network.js'
import { headlineOf } from '../../support/reading.js'
import { expectAttached, expectFailure, it, type Scenario } from '../../support/scenario.js'

const schedule = { runner: { workflow: 'nightly', job: 'check', eventName: 'schedule' } }
const night = (run: number) => ({ environment: { GITHUB_RUN_ID: String(run) } })

describe('nothing to do', () => {
  it('is a * that stands for nothing, in check and in attach, with filters and without', async ({ begin }) => {
    const scenario = await begin()
    const { attach, subscription } = scenario
    letDeploy(scenario, subscription.id)
    subscription.addResourceGroup('rg-empty')
    for (const inputs of [
      { 'resource-group': 'rg-empty', cluster: '*' },
      { 'resource-group': 'rg-shop', cluster: '*\ntag:env=nowhere' },
    ])
      for (const mode of ['check', 'attach']) {
        const end = await attach({ ...inputs, mode, registry: scenario.registry.id })
        expect(end).toMatchObject({ exitCode: 0, stderr: '' })
        expect(end.outputs).toMatchObject({ attached: 'false', ready: 'false', drift: 'false', 'error-code': '' })
        expect(headlineOf(end)).toMatch(/^[✓⚠] /)
        expect(end.report).toMatchObject({ pairs: [], unknown: [], error: null })
        expect(findingCodes(end)).toContain('FILTER_WITHOUT_EFFECT')
      }
    const registries = await attach({
      'resource-group': 'rg-empty',
      cluster: scenario.cluster.id,
      registry: '*',
      mode: 'check',
    })
    expect(registries.outputs).toMatchObject({ drift: 'false', 'error-code': '' })
    expect(headlineOf(registries)).toMatch(/^✓ /)
  })

  it('is not what can not be seen: without the right to read, the list says nothing', async ({ begin }) => {
    const scenario = await begin()
    const { attach, subscription } = scenario
    subscription.addResourceGroup('rg-unseen').addCluster('aks-unseen')
    for (const mode of ['check', 'attach']) {
      const end = await attach({ mode, 'resource-group': 'rg-unseen', cluster: '*' })
      expectFailure(end, 'AUTHORIZATION_FAILED')
      expect(end.outputs).toMatchObject({ attached: 'false', drift: 'false' })
    }
  })
})

describe('lost', () => {
  /** A custom role by which the cluster pulls. */
  const addRole = ({ world, group, cluster, registry }: Scenario) => {
    const roleName = 'Shop Puller'
    const actions = ['Microsoft.ContainerRegistry/registries/pull/read']
    world.addCustomRole({
      ...{ roleName, actions, dataActions: [] },
      assignableScopes: [group.id],
    })
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: roleName, scope: registry.id })
    return actions
  }

  it('is the action of a custom role: drift, an issue, and still invalid in attach', async ({ begin }) => {
    const scenario = await begin(schedule)
    const { attach, world } = scenario
    const actions = addRole(scenario)
    const inputs = { role: 'Shop Puller', mode: 'check', 'drift-issue': 'true' }
    expectAttached(await attach(inputs, night(1)), { changed: false })
    actions.splice(0)
    const end = await attach(inputs, night(2))
    expectFailure(end, 'DRIFT')
    expect(end.outputs).toMatchObject({ attached: 'false', drift: 'true' })
    expect(end.report.pairs).toMatchObject([{ status: 'missing', error: { code: 'DRIFT' } }])
    expect(end.log).toContain('Microsoft.ContainerRegistry/registries/pull/read')
    expect(world.github.issues).toMatchObject([{ state: 'open' }])
    expectFailure(await attach({ role: 'Shop Puller' }), 'INVALID_INPUT')
    actions.push('Microsoft.ContainerRegistry/registries/*/read')
    expectAttached(await attach(inputs, night(3)), { changed: false })
    expect(world.github.issues).toMatchObject([{ state: 'closed' }])
  })

  it.for([[], ['Pending']])(
    'is a private registry whose private endpoints are %j: drift, whatever the role, and never ready',
    async ([status], { begin }) => {
      const scenario = await begin(schedule)
      const { attach, world, registry } = scenario
      grantAccess(scenario)
      const check = { mode: 'check', 'drift-issue': 'true' }
      makePrivate(scenario, registry)
      const healthy = await attach(check, night(1))
      expectAttached(healthy, { changed: false })
      expect(healthy.outputs.ready).toBe('true')
      expect(findingCodes(healthy)).toEqual(['PUBLIC_ACCESS_DISABLED'])

      if (status) makePrivate(scenario, registry, status)
      else registry.body.properties.privateEndpointConnections = []
      const end = await attach(check, night(2))
      expectFailure(end, 'DRIFT')
      expect(headlineOf(end)).toMatch(/^✗ aks-prod-1 .* contosoacr/)
      expect(end.outputs).toMatchObject({ attached: 'true', ready: 'false', drift: 'true' })
      expect(end.report.pairs).toMatchObject([{ status: 'missing', error: { code: 'NO_PRIVATE_ENDPOINT' } }])
      expect(findingCodes(end)).toEqual([])
      expect(world.github.issues).toMatchObject([{ state: 'open' }])
      const attached = await attach()
      expectAttached(attached, { changed: false })
      expect(attached.outputs.ready).toBe('false')
      expect(attached.report.findings).toMatchObject([{ code: 'NO_PRIVATE_ENDPOINT', severity: 'warning' }])

      makePrivate(scenario, registry)
      expectAttached(await attach(check, night(3)), { changed: false })
      expect(world.github.issues).toMatchObject([{ state: 'closed' }])
    },
  )
})
