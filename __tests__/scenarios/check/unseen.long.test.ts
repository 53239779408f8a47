import { describe, expect } from 'vitest'
import { grantAccess, pairEnds } from '../../support/estate.js'
import { errorsOf, headlineOf } from '../../support/reading.js'
import { armRequests, expectAttached, expectFailure, it, type Scenario, whenRequested } from '../../support/scenario.js'
import { unhurried } from '../../support/unhurried.js'

const schedule = { runner: { workflow: 'nightly-drift', job: 'check', eventName: 'schedule' } }
const everywhere = { mode: 'check', 'drift-issue': 'true', cluster: '*', 'resource-group': '' }

/** A second cluster in a separate group, without a grant while `aks-prod-1` has one; the deployer has the given `rights`. */
async function beginWithTwo(begin: (beginning: typeof schedule) => Promise<Scenario>, rights: 'groups' | 'all') {
  const scenario = await begin(schedule)
  const { world, deployer, subscription, registry } = scenario
  const eu = subscription.addResourceGroup('rg-eu')
  const second = eu.addCluster('aks-eu-1')
  grantAccess(scenario)
  const read = (scope: string) => world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope })
  const rightsAtEu = rights === 'groups' ? read(eu.id) : read(subscription.id)
  const lose = () => {
    world.assignments.remove(rightsAtEu)
  }
  const grantSecond = () => {
    world.assignRole({ principalId: second.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
  }
  return { ...scenario, eu, second, lose, read, grantSecond }
}

/** Deletes a resource. */
function remove({ world }: Pick<Scenario, 'world'>, { id }: { id: string }): void {
  world.resources.splice(
    world.resources.findIndex(resource => resource.id === id),
    1,
  )
}

const onlyIssue = ({ world: { github } }: Pick<Scenario, 'world'>) => {
  expect(github.issues).toHaveLength(1)
  const [issue] = github.issues
  if (!issue) throw new Error('there is no issue')
  return issue
}

const isProbe = ({ path }: { path: string }): boolean => path.endsWith('/managedClusters/anything')

describe('* in check', () => {
  it('is unknown after losing access to one resource group, and the issue stays open', async ({ begin }) => {
    const scenario = await beginWithTwo(begin, 'all')
    const { attach, lose, read, grantSecond, subscription } = scenario
    expectFailure(await attach(everywhere), 'DRIFT')
    expect(onlyIssue(scenario).body).toContain('| aks-eu-1 |')

    // The list is shorter now, and has no drift.
    lose()
    const blind = await attach(everywhere)
    expectFailure(blind, 'AUTHORIZATION_FAILED')
    expect(blind.outputs).toMatchObject({ attached: 'false', drift: 'false', verified: 'none' })
    expect(pairEnds(blind)).toEqual(['attached', 'AUTHORIZATION_FAILED'])
    expect(errorsOf(blind)[0]?.message).toContain(`subscription ${subscription.subscriptionId}`)
    expect(headlineOf(blind)).toMatch(/^\? /)
    expect(blind.log).not.toMatch(/^✓/m)
    const issue = onlyIssue(scenario)
    expect(issue.state).toBe('open')
    expect(issue.title).toMatch(/^Drift: aks-eu-1 on contosoacr /)
    expect(issue.body).toMatch(/^- aks-eu-1 on contosoacr: /m)
    expect(issue.comments).toEqual([])
    expect(issue.body).not.toContain('| aks-eu-1 |')

    // The next night reports the same, and changes nothing.
    const before = JSON.stringify(issue)
    await attach(everywhere)
    expect(JSON.stringify(onlyIssue(scenario))).toBe(before)

    read(subscription.id)
    grantSecond()
    expectAttached(await attach(everywhere), { changed: false })
    expect(onlyIssue(scenario)).toMatchObject({ state: 'closed' })
  })

  it('is queried in parallel with its list, with one more request', async ({ begin }) => {
    const scenario = await begin()
    const { attach, simulator } = scenario
    grantAccess(scenario)
    const path = /\/resourceGroups\/rg-shop\/providers\/Microsoft\.ContainerService\/managedClusters$/
    simulator.faults.add({ method: 'GET', path, until: () => whenRequested(simulator, isProbe) })
    const end = await attach({ mode: 'check', cluster: '*' }, { environment: unhurried })
    expectAttached(end, { changed: false })
    expect(armRequests(end, 'GET').filter(isProbe)).toHaveLength(1)
    const named = await attach({ mode: 'check' }, { environment: unhurried })
    expect(end.report.requests).toBe(named.report.requests + 1)
    expect(armRequests(await attach({ cluster: '*' }), 'GET').filter(isProbe)).toEqual([])
  })

  it("is queried with names that a service can't refuse", async ({ begin }) => {
    const scenario = await begin()
    const { attach, simulator } = scenario
    grantAccess(scenario)
    // The specification has no other names of registries, and a service can check them before anything else.
    const path = /\/registries\/([^/]{1,4}|[^/]*[^/a-z0-9][^/]*)$/i
    const body = { error: { code: 'InvalidResourceName', message: 'The name is invalid.' } }
    simulator.faults.add({ method: 'GET', path, status: 400, times: Infinity, body, spare: true })
    expectAttached(await attach({ mode: 'check', registry: '*' }), { changed: false })
  })

  it('is unknown if nothing shows whether its list is complete', async ({ begin }) => {
    const scenario = await begin()
    grantAccess(scenario)
    scenario.simulator.faults.add({ method: 'GET', path: '/managedClusters/anything', status: 503, times: Infinity })
    const end = await scenario.attach({ mode: 'check', cluster: '*' })
    expectFailure(end, 'AZURE_UNAVAILABLE')
    expect(pairEnds(end)).toEqual(['attached', 'AZURE_UNAVAILABLE'])
  })
})

describe('a drift that this run did not see', () => {
  it('is gone with its cluster: the issue reports that and closes', async ({ begin }) => {
    const scenario = await beginWithTwo(begin, 'all')
    await scenario.attach(everywhere)
    remove(scenario, scenario.second)
    const end = await scenario.attach(everywhere)
    expectAttached(end, { changed: false })
    expect(onlyIssue(scenario)).toMatchObject({ state: 'closed' })
    expect(onlyIssue(scenario).comments.at(-1)?.body).toMatch(/^[^\n]+\n- aks-eu-1 on contosoacr: .*\bdeleted\b/)
    expect(armRequests(end, 'GET').filter(({ path }) => path.endsWith('/aks-eu-1'))).toHaveLength(1)
  })

  it('is unknown if it is a membership, and Microsoft Graph does not answer, even if the cluster pulls without the group', async ({
    begin,
  }) => {
    const scenario = await begin(schedule)
    const { world, deployer, cluster, registry, simulator, attach } = scenario
    const pullers = world.addGroup('acr-pullers')
    world.grantGraphPermission(deployer, 'GroupMember.ReadWrite.All', 'Application.Read.All')
    for (const { objectId: principalId } of [pullers, cluster.kubeletIdentity])
      world.assignRole({ principalId, role: 'AcrPull', scope: registry.id })
    const inputs = { mode: 'check', group: pullers.objectId, 'drift-issue': 'true' }
    expectFailure(await attach(inputs), 'DRIFT')
    simulator.faults.add({ host: /^graph\./, status: 503, body: '', times: Infinity })
    const end = await attach(inputs)
    expectFailure(end, 'AZURE_UNAVAILABLE')
    expect(end.outputs.ready).toBe('false')
    expect(end.report.pairs).toMatchObject([{ status: 'unknown' }])
    expect(onlyIssue(scenario).state).toBe('open')
  })

  it('is not gone while its cluster is being deleted', async ({ begin }) => {
    const scenario = await beginWithTwo(begin, 'all')
    await scenario.attach(everywhere)
    Object.assign(scenario.second.body.properties, { provisioningState: 'Deleting' })
    await scenario.attach(everywhere)
    expect(onlyIssue(scenario).state).toBe('open')
    expect(onlyIssue(scenario).body).toMatch(/^- aks-eu-1 on contosoacr: /m)
    remove(scenario, scenario.second)
    await scenario.attach(everywhere)
    expect(onlyIssue(scenario).state).toBe('closed')
  })
})
