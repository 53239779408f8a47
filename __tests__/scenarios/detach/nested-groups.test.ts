import { randomUUID } from 'node:crypto'
import { describe, expect } from 'vitest'
import { repositoryCondition } from '../../../src/model/repository-condition.js'
import { expectDetached, findingCodes, graphRequests } from '../../support/estate.js'
import { onceIt, type Beginning, type Scenario } from '../../support/scenario.js'

const detach = { mode: 'detach' }

/** The pull identity in `inner`, and `inner` in `outer`, which holds the role. */
async function beginNested(begin: (beginning?: Beginning) => Promise<Scenario>) {
  const scenario = await begin()
  const { world, cluster, registry } = scenario
  const inner = world.addGroup('inner', { members: [cluster.kubeletIdentity.objectId] })
  const outer = world.addGroup('outer', { members: [inner.objectId] })
  world.assignRole({ principalId: outer.objectId, role: 'AcrPull', scope: registry.id })
  return { ...scenario, inner, outer, inputs: { ...detach, group: inner.objectId } }
}

describe('a detach from a group that is in another one', () => {
  onceIt('is not said to leave what it has taken away with it', async ({ begin }) => {
    const { attach, inner, inputs, world, deployer } = await beginNested(begin)
    world.grantGraphPermission(deployer, 'GroupMember.ReadWrite.All')
    const end = await attach(inputs)
    expectDetached(end, { changed: true })
    expect(end.log).toContain(`membership of aks-prod-1 in group ${inner.objectId}: gone`)
    expect(end.log).toMatch(/^✓ aks-prod-1 is detached from contosoacr\.azurecr\.io$/m)
    expect(findingCodes(end)).toEqual([])
  })

  onceIt('says what is left by another way into the other one', async ({ begin }) => {
    const { attach, outer, inputs, world, deployer, cluster } = await beginNested(begin)
    world.grantGraphPermission(deployer, 'GroupMember.ReadWrite.All')
    world.directory.addMember(outer, cluster.kubeletIdentity.objectId)
    const end = await attach(inputs)
    expectDetached(end, { changed: true })
    expect(findingCodes(end)).toEqual(['RESIDUAL_ACCESS'])
    expect(end.report.findings[0]?.message).not.toContain('unless')
    expect(end.log).toMatch(/^⚠ aks-prod-1 can still pull from contosoacr\.azurecr\.io \(1 other assignment\)$/m)
  })

  onceIt('asks about the identity alone, however many members the other one has', async ({ begin }) => {
    const { attach, outer, inputs, world, deployer, cluster } = await beginNested(begin)
    world.grantGraphPermission(deployer, 'GroupMember.ReadWrite.All')
    world.grantGraphPermission(deployer, 'Application.Read.All')
    for (let n = 0; n < 3000; n += 1) world.directory.addMember(outer, randomUUID())
    const end = await attach(inputs)
    expectDetached(end, { changed: true })
    expect(findingCodes(end)).toEqual([])
    const { objectId } = cluster.kubeletIdentity
    expect(graphRequests(end)).toContain(`POST /v1.0/servicePrincipals/${objectId}/checkMemberGroups 200`)
    const ofGroups = graphRequests(end).filter(request => request.includes('/groups/'))
    expect(ofGroups).toEqual([expect.stringMatching(/^DELETE .* 204$/)])
  })

  onceIt('is in doubt where Microsoft Graph may not say', async ({ begin }) => {
    const { attach, inner, inputs, deployer } = await beginNested(begin)
    inner.owners.push(deployer.objectId)
    const end = await attach(inputs)
    expectDetached(end, { changed: true })
    expect(end.report.findings[0]?.message).toContain(
      `, unless it was in that group only through ${inner.objectId}, which it has left (Microsoft Graph could not be read)`,
    )
  })

  onceIt('that it is in by the other one only says that nothing was taken away', async ({ begin }) => {
    const { attach, outer, world, deployer } = await beginNested(begin)
    world.grantGraphPermission(deployer, 'GroupMember.ReadWrite.All')
    const end = await attach({ ...detach, group: outer.objectId })
    expectDetached(end, { changed: false })
    expect(end.log).not.toContain(': gone')
    expect(findingCodes(end)).toEqual(['RESIDUAL_ACCESS'])
  })
})

describe('a limited grant that a detach leaves', () => {
  onceIt('is told with its limit', async ({ begin }) => {
    const { attach, world, cluster, registry, group } = await begin()
    Object.assign(registry.body.properties, { roleAssignmentMode: 'AbacRepositoryPermissions' })
    const role = 'Container Registry Repository Reader'
    const principalId = cluster.kubeletIdentity.objectId
    world.assignRole({ principalId, role, scope: group.id, condition: repositoryCondition(['team/app', 'shop/*']) })
    const end = await attach(detach)
    expect(end.report.findings.map(({ message }) => message)).toEqual([
      `aks-prod-1 can still pull from contosoacr: aks-prod-1-agentpool holds ${role}, limited to team/app and shop/*, at ${group.id}.`,
    ])
  })
})
