import { describe, expect } from 'vitest'
import { disarm, grantAccess, letDeploy, pairEnds } from '../../support/estate.js'
import { headlineOf } from '../../support/reading.js'
import { expectFailure, it, type Scenario } from '../../support/scenario.js'

const schedule = { runner: { workflow: 'nightly-drift', job: 'check', eventName: 'schedule' } }

/** Deletes the kubelet identity of the cluster, whose role remains. */
function deleteIdentity({ world, cluster }: Pick<Scenario, 'world' | 'cluster'>) {
  const { resourceId } = cluster.kubeletIdentity
  const [identity] = world.resources.splice(
    world.resources.findIndex(({ id }) => id === resourceId),
    1,
  )
  if (!identity) throw new Error('there is no identity')
  return identity
}

describe('a kubelet identity that was deleted', () => {
  it('is still the drift of the issue after a night in which Azure could not show it', async ({ begin }) => {
    const scenario = await begin(schedule)
    const { attach, cluster, simulator, subscription, world } = scenario
    letDeploy(scenario, subscription.id)
    grantAccess(scenario)
    const { resourceId } = cluster.kubeletIdentity
    deleteIdentity(scenario)
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

  it('is still the drift of the issue after the right to read it was lost', async ({ begin }) => {
    const scenario = await begin(schedule)
    const { attach, cluster, deployer, registry, world } = scenario
    const read = (scope: string) => world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope })
    grantAccess(scenario)
    disarm(scenario)
    for (const { id } of [cluster, registry]) read(id)
    const right = read(cluster.kubeletIdentity.resourceId)
    const identity = deleteIdentity(scenario)
    const check = { mode: 'check', 'drift-issue': 'true' }
    expectFailure(await attach(check), 'DRIFT')
    const [issue] = world.github.issues

    // The role is there, and nothing shows any more that its holder is gone.
    world.assignments.remove(right)
    const blind = await attach(check)
    expect(blind.report.pairs).toMatchObject([{ status: 'attached', identitySeen: false }])
    expect(blind.report.notes).toEqual([expect.stringMatching(/aks-prod-1/)])
    expect(issue?.state).toBe('open')
    expect(issue?.body).toMatch(/^- aks-prod-1 on contosoacr: .*\bidentity\b/m)
    const before = JSON.stringify(issue)
    await attach(check)
    expect(JSON.stringify(issue)).toBe(before)

    // Also if the role comes and goes meanwhile.
    const [grant] = world.assignments.all.filter(({ principalId }) => principalId === cluster.kubeletIdentity.objectId)
    if (!grant) throw new Error('there is no grant')
    world.assignments.remove(grant)
    expectFailure(await attach(check), 'DRIFT')
    grantAccess(scenario)
    expect((await attach(check)).exitCode).toBe(0)
    expect(issue?.state).toBe('open')

    // The directory sees it again.
    world.resources.push(identity)
    read(cluster.kubeletIdentity.resourceId)
    const healed = await attach(check)
    expect(healed.report.pairs).toMatchObject([{ status: 'attached', identitySeen: true }])
    expect(issue?.state).toBe('closed')
    expect(world.github.issues).toHaveLength(1)
  })
})
