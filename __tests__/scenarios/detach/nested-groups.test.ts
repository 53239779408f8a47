import { randomUUID } from 'node:crypto'
import { describe, expect } from 'vitest'
import { repositoryCondition } from 'repository-conditions'
import { expectDetached, findingCodes, graphRequests } from '../../support/estate.js'
import { verdictLineOf } from '../../support/reading.js'
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
  onceIt("doesn't report access as remaining that it removed with the membership", async ({ begin }) => {
    const { attach, inner, inputs, world, deployer } = await beginNested(begin)
    world.grantGraphPermission(deployer, 'GroupMember.ReadWrite.All')
    const end = await attach(inputs)
    expectDetached(end, { changed: true })
    expect(end.log).toMatch(new RegExp(`aks-prod-1 .*${inner.objectId}: gone`))
    expect(verdictLineOf(end)).toMatch(/^✓ aks-prod-1 .*detached.*contosoacr\.azurecr\.io$/)
    expect(findingCodes(end)).toEqual([])
  })

  onceIt('reports access that remains through another group', async ({ begin }) => {
    const { attach, outer, inputs, world, deployer, cluster } = await beginNested(begin)
    world.grantGraphPermission(deployer, 'GroupMember.ReadWrite.All')
    world.directory.addMember(outer, cluster.kubeletIdentity.objectId)
    const end = await attach(inputs)
    expectDetached(end, { changed: true })
    expect(findingCodes(end)).toEqual(['RESIDUAL_ACCESS'])
    expect(end.report.findings[0]?.message).not.toContain('unless')
    expect(verdictLineOf(end)).toMatch(/^⚠ aks-prod-1 .*contosoacr\.azurecr\.io .*\b1\b/)
  })

  onceIt('queries only the identity, however many members the other group has', async ({ begin }) => {
    const { attach, inner, outer, inputs, world, deployer, cluster } = await beginNested(begin)
    world.grantGraphPermission(deployer, 'GroupMember.ReadWrite.All')
    world.grantGraphPermission(deployer, 'Application.Read.All')
    for (let n = 0; n < 3000; n += 1) world.directory.addMember(outer, randomUUID())
    const end = await attach(inputs)
    expectDetached(end, { changed: true })
    expect(findingCodes(end)).toEqual([])
    const { objectId } = cluster.kubeletIdentity
    expect(graphRequests(end)).toContain(`POST /v1.0/servicePrincipals/${objectId}/checkMemberGroups 200`)
    const ofGroups = graphRequests(end).filter(request => request.includes('/groups/'))
    // The groups that the group is in, and the change.
    expect(ofGroups).toEqual([
      `POST /v1.0/groups/${inner.objectId}/getMemberGroups 200`,
      expect.stringMatching(/^DELETE .* 204$/),
    ])
  })

  onceIt('is uncertain without permission to read Microsoft Graph', async ({ begin }) => {
    const { attach, inner, inputs, deployer } = await beginNested(begin)
    inner.owners.push(deployer.objectId)
    const end = await attach(inputs)
    expectDetached(end, { changed: true })
    expect(end.report.findings[0]?.message).toMatch(new RegExp(`\\bunless\\b.*${inner.objectId}.*Microsoft Graph`))
  })

  onceIt('removes nothing if the identity is only in the other group, and reports that', async ({ begin }) => {
    const { attach, outer, world, deployer } = await beginNested(begin)
    world.grantGraphPermission(deployer, 'GroupMember.ReadWrite.All')
    const end = await attach({ ...detach, group: outer.objectId })
    expectDetached(end, { changed: false })
    expect(end.log).not.toContain(': gone')
    expect(findingCodes(end)).toEqual(['RESIDUAL_ACCESS'])
  })
})

describe('a limited grant that remains after detach', () => {
  onceIt('is reported with its limit', async ({ begin }) => {
    const { attach, world, cluster, registry, group } = await begin()
    Object.assign(registry.body.properties, { roleAssignmentMode: 'AbacRepositoryPermissions' })
    const role = 'Container Registry Repository Reader'
    const principalId = cluster.kubeletIdentity.objectId
    world.assignRole({ principalId, role, scope: group.id, condition: repositoryCondition(['team/app', 'shop/*']) })
    const end = await attach(detach)
    expect(end.report.findings.map(({ message }) => message)).toEqual([
      expect.stringMatching(
        new RegExp(
          `^aks-prod-1 .*contosoacr\\b.*aks-prod-1-agentpool .*${role}\\b.*team/app and shop/\\*.*${group.id}\\.$`,
        ),
      ),
    ])
  })
})
