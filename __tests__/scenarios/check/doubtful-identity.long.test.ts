import { describe, expect } from 'vitest'
import { grantAccess, letDeploy, pairEnds } from '../../support/estate.js'
import { headlineOf } from '../../support/reading.js'
import { expectFailure, onceIt } from '../../support/scenario.js'

const schedule = { runner: { workflow: 'nightly-drift', job: 'check', eventName: 'schedule' } }

describe('a kubelet identity that was deleted', () => {
  onceIt('is still the drift of the issue after a night in which Azure could not show it', async ({ begin }) => {
    const scenario = await begin(schedule)
    const { attach, cluster, simulator, subscription, world } = scenario
    letDeploy(scenario, subscription.id)
    grantAccess(scenario)
    const { resourceId } = cluster.kubeletIdentity
    world.resources.splice(
      world.resources.findIndex(({ id }) => id === resourceId),
      1,
    )
    const check = { mode: 'check', 'drift-issue': 'true' }
    expectFailure(await attach(check), 'DRIFT')
    const [issue] = world.github.issues
    expect(issue).toMatchObject({ state: 'open' })

    const body = { error: { code: 'InternalServerError', message: 'Try later.' } }
    simulator.faults.add({ method: 'GET', path: resourceId, status: 500, times: Infinity, body })
    const blind = await attach(check)
    expect(pairEnds(blind)).toEqual(['AZURE_UNAVAILABLE'])
    expect(blind.report.pairs).toMatchObject([{ status: 'unknown' }])
    expect(blind.outputs).toMatchObject({ attached: 'false', drift: 'false' })
    expect(headlineOf(blind)).not.toMatch(/^✓/)
    expect(world.github.issues).toHaveLength(1)
    expect(issue?.state).toBe('open')

    // The directory can tell, too.
    world.grantGraphPermission(scenario.deployer, 'Directory.Read.All')
    world.hidePrincipal(cluster.kubeletIdentity.objectId)
    expectFailure(await attach(check), 'DRIFT')
  })

  onceIt('does not hide that the role is missing', async ({ begin }) => {
    const scenario = await begin(schedule)
    const { attach, cluster, simulator, subscription } = scenario
    letDeploy(scenario, subscription.id)
    const body = { error: { code: 'InternalServerError', message: 'Try later.' } }
    simulator.faults.add({
      ...{ method: 'GET', path: cluster.kubeletIdentity.resourceId, status: 500, times: Infinity, body },
    })
    expectFailure(await attach({ mode: 'check' }), 'DRIFT')
  })
})
