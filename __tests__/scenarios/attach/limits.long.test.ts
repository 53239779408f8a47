import { describe, expect } from 'vitest'
import { repositoryRights } from 'azure-simulator'
import { repositoryCondition } from 'repository-conditions'
import { beginWithAbac, findingCodes } from '../../support/estate.js'
import { expectAttached, it, onceIt, writes, type StepEnd } from '../../support/scenario.js'
import { unhurried } from '../../support/unhurried.js'

const reader = 'Container Registry Repository Reader'
const writer = 'Container Registry Repository Writer'
const shop = { repositories: 'shop/*' }

/** The only finding, which is about the limit. */
function limitOf(end: StepEnd): StepEnd['report']['findings'][number] {
  expect(findingCodes(end)).toEqual(['LIMIT_NOT_IN_FORCE'])
  const [finding] = end.report.findings
  if (!finding) throw new Error('there is none')
  return finding
}

const isChange = (command: string): boolean => /role assignment delete|--method put|member remove/.test(command)

/** Expects commands that only show something. */
function expectLooks({ fix }: StepEnd['report']['findings'][number], id: string): void {
  expect(fix.commands[0]).toContain(id)
  expect(fix.commands.filter(isChange)).toEqual([])
}

describe('repositories whose limit is not in force', () => {
  it("is reported for the identity's own assignment without a condition, which a command limits in place", async ({
    begin,
  }) => {
    const { attach, inputs, world, abac, objectId } = await beginWithAbac(begin)
    const { id } = world.assignRole({ principalId: objectId, role: reader, scope: abac.id })
    for (const mode of ['attach', 'check']) {
      const end = await attach({ ...inputs, ...shop, mode })
      expectAttached(end, { changed: false })
      expect(end.outputs.drift).toBe('false')
      const { severity, subject, message, fix } = limitOf(end)
      expect({ severity, subject }).toEqual({ severity: 'warning', subject: abac.id })
      for (const text of ['aks-prod-1-agentpool', reader, abac.id, 'aks-prod-1']) expect(message).toContain(text)
      expect(fix.commands).toHaveLength(1)
      expect(fix.commands[0]).toContain(`az rest --method put --url '${id}?api-version=2022-04-01'`)
      const [, body = ''] = /--body '(.*)'$/s.exec(fix.commands[0]?.replaceAll(String.raw`'\''`, "'") ?? '') ?? []
      expect(JSON.parse(body)).toMatchObject({
        properties: { principalId: objectId, condition: repositoryCondition(['shop/*']), conditionVersion: '2.0' },
      })
    }
  })

  onceIt.for(['here', 'elsewhere', 'unlisted'])(
    'has no command that a cluster with the same identity, which AKS made, would feel: %s',
    async (place, { begin }) => {
      const { attach, inputs, world, abac, objectId, cluster, subscription, deployer, simulator } =
        await beginWithAbac(begin)
      const apart = place === 'elsewhere' ? world.addSubscription() : subscription
      world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: apart.id })
      const { kubeletIdentity } = cluster
      apart.addResourceGroup('rg-second').addCluster('aks-second', { kubeletIdentity })
      const path = `${subscription.id}/providers/Microsoft.ContainerService/managedClusters`
      if (place === 'unlisted') simulator.faults.add({ method: 'GET', path, status: 500, times: Infinity })
      const { id } = world.assignRole({ principalId: objectId, role: reader, scope: abac.id })
      const finding = limitOf(await attach({ ...inputs, ...shop, mode: 'check' }))
      expectLooks(finding, id)
      if (place !== 'unlisted') expect(finding.fix.text).toContain('aks-second')
    },
  )

  it('is reported for a wider condition, before and after it gets the listed repositories', async ({ begin }) => {
    const { attach, inputs, limit, abac, objectId } = await beginWithAbac(begin)
    limit(objectId, abac.id, 'team/*', 'shop/web')
    const end = await attach({ ...inputs, ...shop })
    expectAttached(end, { changed: true })
    expect(limitOf(end).message).toContain('also allows team/*')
    expect(limitOf(await attach({ ...inputs, ...shop })).message).toContain('also allows team/*')
  })

  it('is reported for an inherited assignment, without a command that other registries would feel', async ({
    begin,
  }) => {
    const { attach, inputs, limit, world, abac, objectId, group } = await beginWithAbac(begin)
    limit(objectId, abac.id, 'shop/*')
    const { id } = world.assignRole({ principalId: objectId, role: reader, scope: group.id })
    const finding = limitOf(await attach({ ...inputs, ...shop }))
    expect(finding.message).toContain(group.id)
    expectLooks(finding, id)
  })

  it('is reported for a group, even if the identity itself has the limited role, without a command that its members would feel', async ({
    begin,
  }) => {
    const { attach, inputs, limit, world, abac, objectId } = await beginWithAbac(begin)
    limit(objectId, abac.id, 'shop/*')
    const pullers = world.addGroup('pullers', { members: [objectId] })
    const { id } = world.assignRole({ principalId: pullers.objectId, role: reader, scope: abac.id })
    const finding = limitOf(await attach({ ...inputs, ...shop }))
    expect(finding.message).toContain(pullers.objectId)
    expectLooks(finding, id)
    expect(finding.fix.commands).toContainEqual(expect.stringContaining('az ad group member list'))
  })

  it('is not reported for a group that the identity is not in', async ({ begin }) => {
    const { attach, inputs, limit, world, abac, objectId } = await beginWithAbac(begin)
    limit(objectId, abac.id, 'shop/*')
    world.assignRole({ principalId: world.addGroup('others').objectId, role: reader, scope: abac.id })
    expect(findingCodes(await attach({ ...inputs, ...shop }))).toEqual([])
  })

  it('is reported for a broader role, which a command deletes only once another one allows the repositories', async ({
    begin,
  }) => {
    const { attach, inputs, world, abac, objectId } = await beginWithAbac(begin)
    const { id } = world.assignRole({ principalId: objectId, role: writer, scope: abac.id })
    const about = (end: StepEnd) => end.report.findings.filter(({ code }) => code === 'LIMIT_NOT_IN_FORCE')
    const [before] = about(await attach({ ...inputs, ...shop, mode: 'check' }))
    expect(before?.message).toContain(writer)
    expect(before?.fix.commands.filter(isChange)).toEqual([])
    expectAttached(await attach({ ...inputs, ...shop }), { changed: true })
    const [after] = about(await attach({ ...inputs, ...shop }))
    expect(after?.fix.commands).toEqual([expect.stringContaining(`az role assignment delete --ids ${id}`)])
  })

  it('is not reported for conditions that allow no more, or are not understood, or without repositories', async ({
    begin,
  }) => {
    const { attach, inputs, limit, world, abac, objectId, group } = await beginWithAbac(begin)
    limit(objectId, abac.id, 'shop/*')
    const name = '@Request[Microsoft.ContainerRegistry/registries/repositories:name]'
    const read = "ActionMatches{'Microsoft.ContainerRegistry/registries/repositories/content/read'}"
    const condition = `((!(${read})) OR (NOT ${name} StringStartsWith 'secret/'))`
    world.assignRole({ principalId: objectId, role: reader, scope: group.id, condition })
    world.assignRole({ principalId: objectId, role: 'Reader', scope: group.id })
    const end = await attach({ ...inputs, ...shop })
    expectAttached(end, { changed: false })
    expect(findingCodes(end)).not.toContain('LIMIT_NOT_IN_FORCE')
    expect(findingCodes(await attach({ ...inputs, repositories: 'shop/web\nshop/*' }))).not.toContain(
      'LIMIT_NOT_IN_FORCE',
    )
  })

  it('has no command where another cluster may use the identity, or boots with the role', async ({ begin }) => {
    const { attach, inputs, world, abac, group } = await beginWithAbac(begin)
    const own = group.addUserAssignedIdentity('own')
    const cluster = group.addCluster('aks-own', { kubeletIdentity: own })
    group.addCluster('aks-other', { kubeletIdentity: own })
    const { id } = world.assignRole({ principalId: own.objectId, role: reader, scope: abac.id })
    const shared = limitOf(await attach({ ...inputs, ...shop, cluster: cluster.id }))
    expectLooks(shared, id)
    expect(shared.fix.commands).toContainEqual(expect.stringContaining('az aks list'))

    const boots = group.addCluster('aks-boots', { bootstrapRegistryId: abac.id })
    const grant = world.assignRole({ principalId: boots.kubeletIdentity.objectId, role: reader, scope: abac.id })
    const booting = limitOf(await attach({ ...inputs, ...shop, cluster: boots.id }))
    expectLooks(booting, grant.id)
    const both = { repositories: 'shop/*\naks-managed-repository/*', cluster: boots.id }
    expect(limitOf(await attach({ ...inputs, ...both })).fix.commands.filter(isChange)).toHaveLength(1)
  })

  it('writes nothing, and leaves what the identity can pull unchanged', async ({ begin }) => {
    const { attach, inputs, world, abac, objectId } = await beginWithAbac(begin)
    world.assignRole({ principalId: objectId, role: reader, scope: abac.id })
    const end = await attach({ ...inputs, ...shop }, { environment: unhurried })
    expect(writes(end)).toEqual([])
    expect(repositoryRights(world, abac, objectId, 'other', 0)).toContain('pull')
    // Two more than without a finding: who else pulls with the identity decides about the advice.
    expect(end.report.requests).toBe(9)
  })
})
