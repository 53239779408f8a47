import { describe, expect } from 'vitest'
import { it } from '../support/machine.js'

const acrPull = '7f951dda-4ed3-4680-a7ca-43fe172d538d'

interface Listed {
  roleDefinitionName: string
  scope: string
  principalId: string
}

describe('az role assignment', () => {
  it('creates, lists, creates again and deletes', async ({ begin }) => {
    const { az, grants, cluster, registry, simulator } = await begin({ clients: ['az'] })
    const { objectId } = cluster.kubeletIdentity
    const create = `role assignment create --assignee-object-id ${objectId} --assignee-principal-type ServicePrincipal --role AcrPull --scope ${registry.id}`
    const created = await az<{ name: string }>(create)
    expect(created).toMatchObject({ principalId: objectId, principalType: 'ServicePrincipal', scope: registry.id })
    expect(grants()).toEqual([[acrPull, registry.id]])

    // az treats the conflict as success and looks up the assignment.
    expect(await az(create)).toMatchObject({ name: created.name, roleDefinitionName: 'AcrPull' })
    expect(simulator.requests.some(({ method, status }) => method === 'PUT' && status === 409)).toBe(true)

    const list = await az<Listed[]>(`role assignment list --assignee ${objectId} --scope ${registry.id}`)
    expect(list).toMatchObject([{ roleDefinitionName: 'AcrPull', scope: registry.id, principalId: objectId }])
    expect(await az(`role assignment list --assignee ${objectId} --all`)).toHaveLength(1)

    await az(`role assignment delete --assignee ${objectId} --role AcrPull --scope ${registry.id}`)
    expect(grants()).toEqual([])
    expect(await az(`role assignment list --assignee ${objectId} --all`)).toEqual([])
  })

  it('lists inherited assignments only on request', async ({ begin }) => {
    const { az, cluster, registry, group, world } = await begin({ clients: ['az'] })
    const { objectId } = cluster.kubeletIdentity
    world.assignRole({ principalId: objectId, role: 'AcrPull', scope: group.id })
    const list = `role assignment list --assignee ${objectId} --scope ${registry.id}`
    expect(await az(list)).toEqual([])
    expect(await az(`${list} --include-inherited`)).toMatchObject([{ roleDefinitionName: 'AcrPull', scope: group.id }])
  })

  it('lists assignments through groups only on request, and changes the group', async ({ begin }) => {
    const { az, azFails, cluster, registry, world } = await begin({ clients: ['az'] })
    const { objectId } = cluster.kubeletIdentity
    const pullers = world.addGroup('acr-pullers')
    world.assignRole({ principalId: pullers.objectId, role: 'AcrPull', scope: registry.id })
    const member = (verb: string): string =>
      `ad group member ${verb} --group ${pullers.objectId} --member-id ${objectId}`
    expect(await az(member('check'))).toMatchObject({ value: false })
    await az(member('add'))
    expect(world.directory.membersOf(pullers)).toEqual([objectId])
    expect(await az(member('check'))).toMatchObject({ value: true })
    expect((await azFails(member('add'))).stderr).toContain(
      'One or more added object references already exist for the following modified properties',
    )

    const list = `role assignment list --assignee ${objectId} --scope ${registry.id}`
    expect(await az(list)).toEqual([])
    expect(await az(`${list} --include-groups`)).toMatchObject([{ principalId: pullers.objectId }])

    await az(member('remove'))
    expect(world.directory.membersOf(pullers)).toEqual([])
    expect((await azFails(member('remove'))).stderr).toContain('does not exist or one of its queried')
  })

  it("can't delete a locked assignment", async ({ begin }) => {
    const { azFails, az, cluster, registry, group, world, grants } = await begin({ clients: ['az'] })
    const { objectId } = cluster.kubeletIdentity
    world.assignRole({ principalId: objectId, role: 'AcrPull', scope: registry.id })
    world.addLock({ scope: group.id, level: 'CanNotDelete' })
    const { stderr } = await azFails(`role assignment delete --assignee ${objectId} --scope ${registry.id}`)
    expect(stderr).toContain('(ScopeLocked)')
    expect(grants()).toHaveLength(1)
    world.locks.length = 0
    await az(`role assignment delete --assignee ${objectId} --scope ${registry.id}`)
    expect(grants()).toEqual([])
  })
})
