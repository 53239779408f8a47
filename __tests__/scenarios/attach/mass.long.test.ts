import { describe, expect } from 'vitest'
import type { ReportJson } from 'report-document'
import { disarm, letDeploy, pairEnds } from '../../support/estate.js'
import { armRequests, expectAttached, expectFailure, it, type Scenario } from '../../support/scenario.js'

/** The given number of clusters and five registries; the deployer can assign roles at all of them. */
function addEstate(scenario: Scenario, clusters: number) {
  const { group } = scenario
  for (let index = 2; index <= clusters; index += 1) group.addCluster(`aks-prod-${index}`)
  const registries = ['oneacr', 'twoacr', 'threeacr', 'fouracr'].map(name => group.addRegistry(name).name)
  letDeploy(scenario, group.id)
  return { cluster: '*', registry: ['contosoacr', ...registries].join('\n') }
}

const puts = (end: Parameters<typeof armRequests>[0]) => armRequests(end, 'PUT', '/roleAssignments/')

describe('hundreds of pairs', () => {
  it('are all attached if Azure throttles half of the writes', async ({ begin }) => {
    const scenario = await begin()
    const inputs = addEstate(scenario, 60)
    scenario.simulator.faults.add({
      method: 'PUT',
      path: '/roleAssignments/',
      times: Infinity,
      every: 2,
      status: 429,
      headers: { 'retry-after-ms': '20' },
      body: { error: { code: 'TooManyRequests', message: 'Slow down.' } },
    })
    const end = await scenario.attach(inputs)
    expectAttached(end, { changed: true })
    // The output is too long for its lists; the file has them.
    expect(end.report).toMatchObject({ pairs: [], omitted: { pairs: 300 } })
    const report = JSON.parse(end.reportFile) as ReportJson
    expect(pairEnds({ report })).toEqual(Array.from({ length: 300 }, () => 'attached'))
  })

  it("that can't be written are reported after one refusal per registry", async ({ begin }) => {
    const scenario = await begin()
    const inputs = addEstate(scenario, 100)
    disarm(scenario)
    const { world, deployer, group } = scenario
    world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: group.id })
    const end = await scenario.attach(inputs)
    expectFailure(end, 'AUTHORIZATION_FAILED')
    // The output can be cut, but the file is always complete.
    const report = JSON.parse(end.reportFile) as ReportJson
    expect(pairEnds({ report })).toEqual(Array.from({ length: 500 }, () => 'AUTHORIZATION_FAILED'))
    expect(puts(end)).toHaveLength(5)
    expect(new Set(report.pairs.map(({ error }) => error?.message)).size).toBe(500)
  })

  it("that can't be written for any are reported after one refusal", async ({ begin }) => {
    const { attach, group, simulator } = await begin()
    for (const name of ['aks-prod-2', 'aks-prod-3', 'aks-prod-4']) group.addCluster(name)
    const body = { error: { code: 'RoleAssignmentLimitExceeded', message: 'Azure does not write it.' } }
    simulator.faults.add({ method: 'PUT', path: '/roleAssignments/', times: Infinity, status: 400, body })
    const end = await attach({ cluster: '*' })
    expectFailure(end, 'ASSIGNMENT_LIMIT')
    expect(pairEnds(end)).toEqual(Array(4).fill('ASSIGNMENT_LIMIT'))
    expect(puts(end)).toHaveLength(1)
  })

  // The first write to each registry shows whether it is allowed; the others follow in parallel.
  it.for([1, 20])('begin no further write once the job is cancelled, at the write %i', async (last, { begin }) => {
    const scenario = await begin()
    const inputs = addEstate(scenario, 60)
    scenario.simulator.faults.add({ method: 'PUT', path: '/roleAssignments/', times: Infinity, delayMs: 300 })
    const seen = new Set<object>()
    const end = await scenario.attach(inputs, {
      cancel: { when: request => request.method === 'PUT' && seen.add(request).size >= last },
    })
    expectFailure(end, 'CANCELLED')
    expect(puts(end).length).toBeLessThanOrEqual(last + 8)
    expect(
      scenario.world.roleAssignments.filter(({ roleDefinitionId }) => roleDefinitionId.includes('7f951dda')).length,
    ).toBe(puts(end).length)
  })
})
