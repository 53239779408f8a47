import { describe, expect } from 'vitest'
import { grantAccess, letDeploy, pairEnds } from '../../support/estate.js'
import {
  armRequests,
  expectAttached,
  expectFailure,
  it,
  whenRequested,
  type Scenario,
  type StepEnd,
} from '../../support/scenario.js'
import { unhurried } from '../../support/unhurried.js'

// What `*` stands for. Which filters are typos, and which resources stay, is decided in src/observe, and proven in __tests__/unit/observe.

const check = { mode: 'check', cluster: '*' }

const namesOf = ({ report }: StepEnd): string[] =>
  report.pairs.map(({ target, loginServer }) => `${target.split('/').at(-1) ?? ''} ${loginServer ?? ''}`)

describe('filters', () => {
  it('leave out names, and keep the clusters and registries with a tag', async ({ begin }) => {
    const scenario = await begin()
    const { attach, group, cluster, registry } = scenario
    letDeploy(scenario, group.id)
    const [second, test] = ['aks-prod-2', 'aks-test'].map(name => group.addCluster(name))
    const other = group.addRegistry('otheracr')
    for (const each of [cluster, second, registry]) Object.assign(each?.body as object, { tags: { Env: 'prod' } })
    for (const each of [test, other]) Object.assign(each?.body as object, { tags: { env: 'test' } })
    const named = await attach({ ...check, cluster: '*\n!AKS-prod-2' })
    expect(namesOf(named)).toEqual(['aks-prod-1 contosoacr.azurecr.io', 'aks-test contosoacr.azurecr.io'])
    // What they leave out may exist.
    expect(named.report.searched).toEqual([])
    const tagged = await attach({ ...check, cluster: '*\ntag:env=prod', registry: '*\ntag:ENV=test' })
    expect(namesOf(tagged)).toEqual(['aks-prod-1 otheracr.azurecr.io', 'aks-prod-2 otheracr.azurecr.io'])
    const lists = armRequests(tagged, 'GET', '/registries').filter(({ path }) => /registries$/i.test(path))
    expect(lists).toHaveLength(1)
  })
})

describe('* in a list that may lack something', () => {
  it('because the right to read one group was lost is unknown, and the issue stays open', async ({ begin }) => {
    const scenario = await beginWithTwo(begin)
    const { attach, lose, read, grantSecond, subscription, issues } = scenario
    expectFailure(await attach(everywhere), 'DRIFT')
    // The list is shorter now, and has no drift.
    lose()
    const blind = await attach(everywhere)
    expectFailure(blind, 'AUTHORIZATION_FAILED')
    expect(blind.outputs).toMatchObject({ attached: 'false', drift: 'false', verified: 'none' })
    expect(pairEnds(blind)).toEqual(['attached', 'AUTHORIZATION_FAILED'])
    expect(issues).toMatchObject([{ state: 'open', comments: [] }])
    read(subscription.id)
    grantSecond()
    expectAttached(await attach(everywhere), { changed: false })
    expect(issues).toMatchObject([{ state: 'closed' }])
  })

  it('is looked for in parallel with the list, with one more request of a check', async ({ begin }) => {
    const scenario = await begin()
    const { attach, simulator } = scenario
    grantAccess(scenario)
    const isProbe = ({ path }: { path: string }): boolean => path.endsWith('/managedClusters/anything')
    const path = /\/resourceGroups\/rg-shop\/providers\/Microsoft\.ContainerService\/managedClusters$/
    simulator.faults.add({ method: 'GET', path, until: () => whenRequested(simulator, isProbe) })
    const end = await attach(check, { environment: unhurried })
    expectAttached(end, { changed: false })
    expect(armRequests(end, 'GET').filter(isProbe)).toHaveLength(1)
    const named = await attach({ mode: 'check' }, { environment: unhurried })
    expect(end.report.requests).toBe(named.report.requests + 1)
    expect(armRequests(await attach({ cluster: '*' }), 'GET').filter(isProbe)).toEqual([])
  })

  it("is looked for by names that a service can't refuse", async ({ begin }) => {
    const scenario = await begin()
    grantAccess(scenario)
    // The specification has no other names of registries, and a service can check them before anything else.
    const path = /\/registries\/([^/]{1,4}|[^/]*[^/a-z0-9][^/]*)$/i
    const body = { error: { code: 'InvalidResourceName', message: 'The name is invalid.' } }
    scenario.simulator.faults.add({ method: 'GET', path, status: 400, times: Infinity, body, spare: true })
    expectAttached(await scenario.attach({ mode: 'check', registry: '*' }), { changed: false })
  })
})

describe('a drift that the list of this run lacks', () => {
  it('is gone with its cluster, which one request confirms: the issue closes', async ({ begin }) => {
    const { attach, second, world, issues } = await beginWithTwo(begin)
    await attach(everywhere)
    world.resources.splice(world.resources.indexOf(second), 1)
    const end = await attach(everywhere)
    expectAttached(end, { changed: false })
    expect(issues).toMatchObject([{ state: 'closed' }])
    expect(armRequests(end, 'GET').filter(({ path }) => path.endsWith('/aks-eu-1'))).toHaveLength(1)
  })
})

const everywhere = { ...check, 'resource-group': '', 'drift-issue': 'true' }

/** A nightly check of a subscription, in which only aks-eu-1 lacks the role. */
async function beginWithTwo(begin: (beginning: object) => Promise<Scenario>) {
  const scenario = await begin({ runner: { workflow: 'nightly-drift', job: 'check', eventName: 'schedule' } })
  const { world, deployer, subscription, registry } = scenario
  const second = subscription.addResourceGroup('rg-eu').addCluster('aks-eu-1')
  grantAccess(scenario)
  const read = (scope: string) => world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope })
  const right = read(subscription.id)
  const lose = () => {
    world.assignments.remove(right)
  }
  const grantSecond = () => {
    world.assignRole({ principalId: second.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
  }
  return { ...scenario, second, lose, read, grantSecond, issues: world.github.issues }
}
