import { describe, expect } from 'vitest'
import { everything, expectDetached, findingCodes, graphRequests, pairEnds } from '../../support/estate.js'
import { hour } from '../../support/hour.js'
import { warningsOf } from '../../support/reading.js'
import { catchUpAfter, expectFailure, expectWaited, it, writes } from '../../support/scenario.js'

const detach = { mode: 'detach' }

describe('detach', () => {
  it('deletes the pull roles of the pull identity at the registry, and nothing else', async ({ begin }) => {
    const scenario = await begin()
    const { attach, world, cluster, group, registry } = scenario
    const principalId = cluster.kubeletIdentity.objectId
    const stranger = group.addCluster('aks-other')
    const left = world.assignRole({ principalId, role: 'AcrPush', scope: registry.id })
    world.assignRole({ principalId, role: 'AcrDelete', scope: registry.id })
    world.assignRole({ principalId, role: 'AcrPull', scope: group.id })
    world.assignRole({ principalId, role: 'AcrPull', scope: group.addRegistry('otheracr').id })
    for (const other of [stranger.kubeletIdentity.objectId, cluster.controlPlanePrincipalId ?? ''])
      world.assignRole({ principalId: other, role: 'AcrPull', scope: registry.id })
    const kept = everything(scenario)
    const gone = ['AcrPull', 'Container Registry Repository Reader'].map(role =>
      world.assignRole({ principalId, role, scope: registry.id }),
    )
    const end = await attach(detach)
    expectDetached(end, { changed: true })
    expect(world.roleAssignments).toEqual(kept)
    expect(
      writes(end)
        .map(({ method, path }) => `${method} ${path}`.toLowerCase())
        .sort(),
    ).toEqual(gone.map(({ id }) => `delete ${id}`.toLowerCase()).sort())
    expect(end.report.pairs).toMatchObject([
      {
        status: 'detached',
        // The first access that is left.
        grantedBy: 'broader-role',
        role: 'AcrPush',
        roleAssignmentId: left.id,
        scope: registry.id,
        changed: true,
        verified: 'assignment',
      },
    ])
  })

  it('leaves no group, not even that of the inputs, and names what is held through it', async ({ begin }) => {
    const { attach, world, cluster, deployer, registry } = await begin()
    world.grantGraphPermission(deployer, 'GroupMember.ReadWrite.All')
    const pullers = world.addGroup('pullers', { members: [cluster.kubeletIdentity.objectId] })
    const { id } = world.assignRole({ principalId: pullers.objectId, role: 'AcrPull', scope: registry.id })
    const end = await attach({ ...detach, group: pullers.objectId })
    expectDetached(end, { changed: false })
    expect(world.directory.membersOf(pullers)).toEqual([cluster.kubeletIdentity.objectId])
    expect(findingCodes(end)).toEqual(['RESIDUAL_ACCESS'])
    expect(end.report.pairs).toMatchObject([{ grantedBy: 'group', roleAssignmentId: id }])
    expect(warningsOf(end)).toHaveLength(2)
    expect(graphRequests(end)).toEqual([])
  })

  it('succeeds without a write if there is nothing to remove', async ({ begin }) => {
    const scenario = await begin()
    const end = await scenario.attach(detach)
    expectDetached(end, { changed: false })
    expect(writes(end)).toEqual([])
    expect(end.outputs['propagation-seconds']).toBe('')
  })
})

describe('access that remains after detach', () => {
  it('is also reported for several clusters whose groups are in no list of the registry', async ({ begin }) => {
    const { attach, world, cluster, group, registry } = await begin()
    const other = group.addCluster('aks-prod-2')
    const everyone = world.addGroup('pullers', { members: [cluster.kubeletIdentity.objectId] })
    world.assignRole({ principalId: everyone.objectId, role: 'AcrPull', scope: registry.id })
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    world.assignRole({ principalId: other.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    const end = await attach({ ...detach, cluster: 'aks-prod-1\naks-prod-2' })
    expectDetached(end, { changed: true })
    expect(end.report.findings).toMatchObject([{ code: 'RESIDUAL_ACCESS', subject: cluster.id }])
  })
})

describe('a deletion', () => {
  it('is waited for: lists show a deleted assignment for some time', async ({ begin }) => {
    const scenario = await begin({ timing: { readAfterWriteMs: hour } })
    const { attach, world, cluster, registry } = scenario
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    catchUpAfter(scenario, 2)
    const end = await attach(detach)
    expectDetached(end, { changed: true })
    const deleted = end.requests.findIndex(({ method }) => method === 'DELETE')
    const looks = end.requests.slice(deleted + 1)
    expect(looks.length).toBeGreaterThanOrEqual(3)
    expectWaited(end, looks[0], looks[2])
    expect(writes(end)).toHaveLength(1)
  })

  it('is a timeout if lists never stop showing the assignment', async ({ begin }) => {
    const { attach, world, cluster, registry } = await begin({ timing: { readAfterWriteMs: hour } })
    world.timing.readAfterWriteMs = 0
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    world.timing.readAfterWriteMs = hour
    const end = await attach({ ...detach, timeout: '1s' })
    expectFailure(end, 'PROPAGATION_TIMEOUT')
    expect(end.outputs.changed).toBe('true')
    expect(pairEnds(end)).toEqual(['PROPAGATION_TIMEOUT'])
  })

  it("isn't a failure if the assignment is gone in the meantime", async ({ begin }) => {
    const scenario = await begin()
    const { attach, world, cluster, registry } = scenario
    const { objectId: principalId } = cluster.kubeletIdentity
    const assignment = world.assignRole({ principalId, role: 'AcrPull', scope: registry.id })
    // Another run deletes it between this run's check and its write; lists lag behind.
    world.assignments.remove(assignment, { listedForMs: hour })
    catchUpAfter(scenario, 1)
    const end = await attach(detach)
    expectDetached(end, { changed: false })
    expect(writes(end)).toMatchObject([{ method: 'DELETE', status: 204 }])
  })

  const later = [
    { what: 'that was the only one', inputs: {}, listed: [] },
    { what: 'beside another one, although nothing is verified', inputs: { verify: 'none' }, listed: ['AcrPull'] },
  ]
  for (const { what, inputs, listed } of later)
    it(`fails if a list after the first one shows a new assignment ${what}`, async ({ begin }) => {
      const { attach, world, cluster, registry, simulator } = await begin()
      const { objectId: principalId } = cluster.kubeletIdentity
      const assign = (role: string) => world.assignRole({ principalId, role, scope: registry.id })
      for (const role of listed) assign(role)
      // Another job assigns it as soon as the first list is made.
      simulator.faults.add({
        method: 'GET',
        path: `${registry.id}/providers/Microsoft.Authorization/roleAssignments`,
        after: true,
        until: () => Promise.resolve(void assign('Container Registry Repository Reader')),
      })
      const end = await attach({ ...detach, ...inputs })
      expectFailure(end, 'PROPAGATION_TIMEOUT')
      expect(end.report.pairs).toMatchObject([{ status: 'failed', error: { code: 'PROPAGATION_TIMEOUT' } }])
      expect(writes(end)).toHaveLength(listed.length)
    })

  it('is not doubted by a later list that still shows what is gone', async ({ begin }) => {
    const scenario = await begin()
    const { attach, world, cluster, registry, simulator } = scenario
    const { objectId: principalId } = cluster.kubeletIdentity
    const path = `${registry.id}/providers/Microsoft.Authorization/roleAssignments`
    // It was deleted before the run, and the list after the first one comes from a place that lags behind.
    const until = (): Promise<void> => {
      const assignment = world.assignRole({ principalId, role: 'AcrPull', scope: registry.id, ageMs: hour })
      world.assignments.remove(assignment, { listedForMs: 5000 })
      return Promise.resolve()
    }
    simulator.faults.add({ method: 'GET', path, after: true, until })
    const end = await attach(detach)
    expectDetached(end, { changed: false })
    expect(end.requests.findLast(each => each.path.startsWith(`${path}/`))?.status).toBe(404)
  })

  it('works without permission to read other pull roles, which a note reports', async ({ begin }) => {
    const { attach, world, cluster, registry, simulator } = await begin()
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    // The lists for the cluster's identity, before and after, are answered; the list of all principals is not.
    simulator.faults.add({
      method: 'GET',
      path: `${registry.id}/providers/Microsoft.Authorization/roleAssignments`,
      skip: 2,
      times: Infinity,
      status: 403,
      body: { error: { code: 'AuthorizationFailed', message: 'No.' } },
    })
    const end = await attach(detach)
    expectDetached(end, { changed: true })
    expect(end.report.notes).toContainEqual(expect.stringContaining('roleAssignments/read'))
  })
})
