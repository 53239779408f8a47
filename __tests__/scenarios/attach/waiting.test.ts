import { describe, expect } from 'vitest'
import { held, pairEnds, roleIds } from '../../support/estate.js'
import { hour } from '../../support/hour.js'
import { catchUpAfter, expectAttached, expectFailure, expectWaited, it, writes } from '../../support/scenario.js'

describe('waiting', () => {
  it('polls until Azure reports the grant, with growing pauses, and shows the time', async ({ begin }) => {
    const scenario = await begin({ timing: { readAfterWriteMs: hour } })
    catchUpAfter(scenario, 2)
    const end = await scenario.attach()
    expectAttached(end, { changed: true })
    const put = end.requests.findIndex(({ method }) => method === 'PUT')
    const polls = end.requests.slice(put + 1).filter(({ path }) => path.endsWith('/roleAssignments'))
    expect(polls.length).toBeGreaterThanOrEqual(3)
    expect(writes(end)).toHaveLength(1)
    const pauses = polls.slice(1).map(({ at }, index) => at - (polls[index]?.at ?? 0))
    expect(pauses[0]).toBeGreaterThanOrEqual(790)
    expectWaited(end, polls[0], polls[2])
    expect(end.log).toMatch(/^ +\d:\d\d {2}AcrPull /m)
  })

  it('waits while another operation is in progress', async ({ begin }) => {
    const { attach, grants, simulator } = await begin()
    const error = { code: 'Conflict', message: 'Another operation is in progress on the scope. Please try again.' }
    simulator.faults.add({ method: 'PUT', times: 2, status: 409, body: { error } })
    const end = await attach()
    expectAttached(end, { changed: true })
    expect(writes(end).map(({ status }) => status)).toEqual([409, 409, 201])
    expect(grants()).toHaveLength(1)
    simulator.faults.add({ method: 'DELETE', times: 1, status: 409, body: { error } })
    expect(await attach({ mode: 'detach' })).toMatchObject({ exitCode: 0, outputs: { changed: 'true' } })
    expect(grants()).toEqual([])
  })

  it('does not wait for a permission', async ({ begin }) => {
    const { attach, world, registry } = await begin()
    for (const assignment of [...world.roleAssignments])
      if (assignment.scope === registry.id) world.assignments.remove(assignment)
    const end = await attach()
    expectFailure(end, 'AUTHORIZATION_FAILED')
    expect(writes(end)).toHaveLength(1)
    // After it, it only asks whether its own roles are new, and what else is missing: other principals with pull access were listed before.
    const last = end.requests.findLastIndex(({ method }) => method === 'PUT')
    const after = end.requests.slice(last + 1).map(({ path }) => path.split('/').at(-1))
    expect(after).toEqual(['roleAssignments', 'permissions', 'permissions'])
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
})
