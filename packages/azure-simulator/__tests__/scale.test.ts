import { describe, expect, it } from 'vitest'
import { newGuid } from '../src/model/ids.js'
import { judge } from '../src/world/permissions.js'
import { createWorld } from '../src/world/world.js'

/** Seconds of processor time, which other processes don't affect. */
function cost(act: () => void): number {
  const before = process.cpuUsage()
  act()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}

// Quadratic searches take at least ten times as long.
describe('a large world', () => {
  it('with 10,000 role assignments is written and evaluated in seconds', () => {
    const world = createWorld()
    const { id } = world.addSubscription()
    const role = '7f951dda-4ed3-4680-a7ca-43fe172d538d'
    const scope = `${id}/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/acr`
    const principals = Array.from({ length: 10_000 }, newGuid)
    const seconds = cost(() => {
      for (const principalId of principals) {
        const name = newGuid()
        expect(world.assignments.findByName(name)).toBeUndefined()
        expect(world.assignments.findSame(scope, principalId, role)).toBeUndefined()
        world.assignRole({ name, principalId, role, scope, principalType: 'ServicePrincipal' })
      }
      const action = 'Microsoft.ContainerRegistry/registries/pull/read'
      for (const principalId of principals) expect(judge(world, { principalId, action, scope })).toBe('allowed')
      expect(judge(world, { principalId: newGuid(), action, scope })).toBe('none')
    })
    expect(seconds).toBeLessThan(3)
  })

  it('with 10,000 group members and 1,000 clusters is searched in seconds', () => {
    const world = createWorld()
    const { directory } = world
    const group = world.addGroup('pullers')
    const outer = world.addGroup('outer', { members: [group.objectId] })
    const ids = Array.from({ length: 10_000 }, newGuid)
    const resources = world.addSubscription().addResourceGroup('rg')
    const seconds = cost(() => {
      for (const id of ids) {
        expect(directory.isMember(group, id)).toBe(false)
        directory.addMember(group, id)
      }
      for (const id of ids) expect(directory.groupsOf(id)).toEqual([group.objectId, outer.objectId])
      for (let index = 0; index < 1000; index += 1) resources.addCluster(`aks-${String(index)}`)
      for (const { id } of world.resources) expect(world.findResource(id.toUpperCase())?.id).toBe(id)
      for (const id of ids.slice(5000)) directory.removeMember(group, id)
      expect(directory.membersOf(group)).toHaveLength(5000)
    })
    expect(seconds).toBeLessThan(5)
  })

  it('finds current members, including those that left and returned', () => {
    const world = createWorld()
    const { directory } = world
    const group = world.addGroup('pullers')
    const id = newGuid()
    directory.addMember(group, id)
    directory.removeMember(group, id.toUpperCase())
    expect([directory.isMember(group, id), directory.groupsOf(id)]).toEqual([false, []])
    directory.addMember(group, id)
    expect([directory.isMember(group, id), directory.groupsOf(id)]).toEqual([true, [group.objectId]])
    expect(directory.groupsOf(id, 60_000)).toEqual([])
    directory.passTime(60_000)
    expect(directory.groupsOf(id, 60_000)).toEqual([group.objectId])
  })
})
