import { setTimeout } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { letDeploy } from '../../support/estate.js'
import { armRequests, expectAttached, it, whenRequested, writes, type StepEnd } from '../../support/scenario.js'
import { unhurried } from '../../support/unhurried.js'

/** The list that may have an identity before its cluster is known. This deployer can't list identities, so that each is requested itself. */
const list = 'GET management.azure.com userAssignedIdentities'

const named = ({ requests }: StepEnd): string[] =>
  requests.map(({ method, host, path }) => `${method} ${host} ${path.split('/').at(-1) ?? ''}`).sort()

describe('requests', () => {
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
  })

  it('are 6 if the identities can be listed in time', async ({ begin }) => {
    const scenario = await begin({ variations: 'encoding' })
    const { attach, cluster, registry, simulator } = scenario
    letDeploy(scenario, scenario.subscription.id)
    await attach()
    // The cluster is answered after the list.
    const isAnsweredList = ({ path, status }: { path: string; status: number }): boolean =>
      path.endsWith('/userAssignedIdentities') && status !== 0
    const before = simulator.requests.filter(isAnsweredList).length
    simulator.faults.add({
      method: 'GET',
      path: /\/managedClusters\/aks-prod-1$/,
      until: () => whenRequested(simulator, isAnsweredList, before + 1),
    })
    const end = await attach({ cluster: cluster.id, registry: registry.id }, { environment: unhurried })
    expectAttached(end, { changed: false })
    expect(named(end)).not.toContain('GET management.azure.com aks-prod-1-agentpool')
    expect(end.report.requests).toBe(6)
  })

  it('read the identity before the role assignments are answered', async ({ begin }) => {
    const { attach, cluster, registry, simulator } = await begin()
    const isIdentity = ({ path }: { path: string }): boolean => path.endsWith('/aks-prod-1-agentpool')
    simulator.faults.add({
      method: 'GET',
      path: /contosoacr\/.*\/roleAssignments$/,
      until: () => whenRequested(simulator, isIdentity),
    })
    expectAttached(await attach({ cluster: cluster.id, registry: registry.id }, { environment: unhurried }), {
      changed: true,
    })
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

  it('read cluster, registry and role assignments in parallel', async ({ begin }) => {
    const { attach, cluster, registry, simulator } = await begin()
    // None is answered before all are requested.
    const paths = [/\/managedClusters\/aks-prod-1$/, /\/registries\/contosoacr$/, /contosoacr\/.*\/roleAssignments$/]
    const areAsked = () => Promise.all(paths.map(path => whenRequested(simulator, request => path.test(request.path))))
    for (const path of paths) simulator.faults.add({ method: 'GET', path, until: areAsked })
    expectAttached(await attach({ cluster: cluster.id, registry: registry.id }, { environment: unhurried }), {
      changed: true,
    })
  })

  it('list a registry given by name while the cluster is read', async ({ begin }) => {
    const { attach, simulator } = await begin()
    simulator.faults.add({
      method: 'GET',
      path: /\/managedClusters\/aks-prod-1$/,
      until: () => whenRequested(simulator, ({ path }) => path.endsWith('/roleAssignments')),
    })
    expectAttached(await attach(), { changed: true })
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

  it('carry a correlation-friendly ID and the caller’s token', async ({ begin }) => {
    const { attach } = await begin()
    const end = await attach()
    const requests = armRequests(end, 'GET').concat(armRequests(end, 'PUT'))
    expect(requests.length).toBeGreaterThanOrEqual(4)
    for (const { caller, clientRequestId, query } of requests) {
      expect(caller).toBe('gh-deployer')
      expect(clientRequestId).toMatch(/^[0-9a-f-]{36}$/)
      expect(query['api-version']).toMatch(/^\d{4}-\d\d-\d\d/)
    }
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
