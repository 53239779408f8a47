import { describe, expect } from 'vitest'
import type { Fault } from 'azure-simulator'
import { expectAttached, expectFailure, it, onceIt } from '../../support/scenario.js'

const failed = { error: { code: 'InternalServerError', message: 'An error has occurred.' } }

const endings: [name: string, fault: Fault][] = [
  ['500', { after: true, status: 500, body: failed }],
  ['reset', { after: true, reset: true }],
]

describe('a membership of which every answer is lost', () => {
  onceIt.for(endings)('counts as a change if it was carried out: %s', async ([, fault], { begin }) => {
    const { attach, world, deployer, simulator, cluster } = await begin()
    const pullers = world.addGroup('acr-pullers', { owners: [deployer.objectId] })
    const group = { group: pullers.objectId, timeout: '10s' }
    simulator.faults.add({ method: 'POST', path: '/members/', ...fault, times: Infinity })
    expectAttached(await attach(group), { changed: true })
    expect(world.directory.membersOf(pullers)).toEqual([cluster.kubeletIdentity.objectId])
  })

  it('is a failure if it was not', async ({ begin }) => {
    const { attach, world, deployer, simulator, registry } = await begin()
    const pullers = world.addGroup('acr-pullers', { owners: [deployer.objectId] })
    world.assignRole({ principalId: pullers.objectId, role: 'AcrPull', scope: registry.id })
    simulator.faults.add({ method: 'POST', path: '/members/', reset: true, times: Infinity })
    const end = await attach({ group: pullers.objectId, timeout: '10s' })
    expectFailure(end, 'AZURE_UNAVAILABLE')
    expect(end.outputs.changed).toBe('false')
    expect(world.directory.membersOf(pullers)).toEqual([])
  })
})
