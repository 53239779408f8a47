import { setTimeout } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { headlineOf } from '../../support/reading.js'
import {
  armRequests,
  expectAttached,
  expectFailure,
  it,
  whenRequested,
  writes,
  type StepEnd,
} from '../../support/scenario.js'
import { unhurried } from '../../support/unhurried.js'

/** The list that may have an identity before its cluster is known. This deployer can't list identities, so that each is requested itself. */
const list = 'GET management.azure.com userAssignedIdentities'

const named = ({ requests }: StepEnd): string[] =>
  requests.map(({ method, host, path }) => `${method} ${host} ${path.split('/').at(-1) ?? ''}`).sort()

describe('requests', () => {
  it('are none with names that are no inputs, which the runner only warns about', async ({ begin }) => {
    const { attach } = await begin()
    const end = await attach({ registries: 'contosoacr', registry: '', timeout: 'soon' })
    expectFailure(end, 'INVALID_INPUT')
    expect(end.requests).toEqual([])
    expect(headlineOf(end)).toMatch(/registries .*registry .*timeout /)
  })

  it('are 7 if everything exists, given by ID', async ({ begin }) => {
    const { attach, cluster, registry } = await begin()
    await attach()
    const end = await attach({ cluster: cluster.id, registry: registry.id }, { environment: unhurried })
    expectAttached(end, { changed: false })
    expect(named(end)).toEqual([
      'GET management.azure.com aks-prod-1',
      'GET management.azure.com aks-prod-1-agentpool',
      'GET management.azure.com contosoacr',
      'GET management.azure.com roleAssignments',
      list,
      'GET pipelines.actions.githubusercontent.com idtoken',
      'POST login.microsoftonline.com token',
    ])
    expect(end.report.requests).toBe(7)
    // Whether the identity exists could not be read, and the set-up gives no right to: no run says so.
    expect(end.report.notes).toEqual([])
    expect(end.report.pairs).toMatchObject([{ identitySeen: false }])
  })

  it('are one per kubelet identity, which could be deleted, however many clusters use it', async ({ begin }) => {
    const { attach, group, registry } = await begin()
    const identity = group.addUserAssignedIdentity('own-kubelet')
    const ids = ['aks-a', 'aks-b'].map(name => group.addCluster(name, { kubeletIdentity: identity }).id)
    const end = await attach({ cluster: ids.join('\n'), registry: registry.id }, { environment: unhurried })
    expectAttached(end, { changed: true })
    expect(writes(end)).toHaveLength(1)
    // The list has it; if it doesn't come in time, the identity is requested itself.
    expect(armRequests(end, 'GET', '/userAssignedIdentities').length).toBeLessThanOrEqual(2)
  })

  it('are one more if groups hold inherited roles and the identity holds none itself', async ({ begin }) => {
    const { attach, cluster, registry, world, group } = await begin()
    const pullers = world.addGroup('pullers', { members: [cluster.kubeletIdentity.objectId] })
    world.assignRole({ principalId: pullers.objectId, role: 'AcrPull', scope: group.id })
    const end = await attach({ cluster: cluster.id, registry: registry.id }, { environment: unhurried })
    expectAttached(end, { changed: false })
    expect(end.report.pairs).toMatchObject([{ grantedBy: 'group' }])
    expect(end.report.requests).toBe(8)
  })

  it('that are repeated count like any other', async ({ begin }) => {
    const { attach, simulator } = await begin()
    const body = { error: { code: 'TooManyRequests', message: 'Slow down.' } }
    simulator.faults.add({
      method: 'GET',
      path: '/managedClusters/',
      status: 429,
      headers: { 'retry-after': '0' },
      body,
    })
    const end = await attach({}, { environment: unhurried })
    expect(armRequests(end, 'GET', '/managedClusters/')).toHaveLength(2)
    expect(end.report.requests).toBe(end.requests.length)
  })

  it.for(['1', '2'])('are never more than %s at once with that concurrency', async (concurrency, { begin }) => {
    const { attach, group, cluster, registry, simulator } = await begin()
    const others = ['aks-b', 'aks-c', 'aks-d'].map(name => group.addCluster(name).id)
    // No answer comes before as many are in flight as can be, and one more would have had time to begin.
    const host = 'management.azure.com'
    const isToAzure = (request: { host: string }): boolean => request.host === host
    const countRequested = async (): Promise<number> => {
      await whenRequested(simulator, isToAzure, Number(concurrency))
      await setTimeout(200)
      return simulator.requests.filter(isToAzure).length
    }
    let counted: Promise<number> | undefined
    const until = (): Promise<number> => (counted ??= countRequested())
    simulator.faults.add({ host, times: Infinity, until })
    const end = await attach({ cluster: [cluster.id, ...others].join('\n'), registry: registry.id, concurrency })
    expectAttached(end, { changed: true })
    expect(await counted).toBe(Number(concurrency))
  })
})
