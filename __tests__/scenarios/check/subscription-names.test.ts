import { describe, expect } from 'vitest'
import { armRequests, it, whenRequested, type StepEnd } from '../../support/scenario.js'
import { unhurried } from '../../support/unhurried.js'

const lists = (end: Pick<StepEnd, 'requests'>) =>
  armRequests(end, 'GET', '/subscriptions').filter(({ path }) => path === '/subscriptions')

describe('the names of subscriptions', () => {
  it('cost a check one request, which it sends beside the first ones, and an attach none', async ({ begin }) => {
    const { attach, cluster, registry, simulator } = await begin()
    const inputs = { cluster: cluster.id, registry: registry.id }
    const end = await attach(inputs)
    expect(lists(end)).toEqual([])
    expect(end.report.subscriptions).toEqual([{ id: cluster.subscriptionId, name: null }])
    const isList = ({ path }: { path: string }): boolean => path === '/subscriptions'
    simulator.faults.add({
      method: 'GET',
      path: /\/managedClusters\/aks-prod-1$/,
      until: () => whenRequested(simulator, isList),
    })
    const checked = await attach({ ...inputs, mode: 'check' }, { environment: unhurried })
    expect(checked.exitCode, checked.log).toBe(0)
    expect(lists(checked)).toHaveLength(1)
    expect(checked.report.requests).toBe(checked.requests.length)
    expect(checked.report.subscriptions).toEqual([{ id: cluster.subscriptionId, name: 'Contoso production' }])
  })

  it.for([{ status: 429, headers: { 'retry-after': '240' } }, { until: () => new Promise(() => undefined) }])(
    'are left out if the list can’t be read, and nobody waits for it: %j',
    async (fault, { begin }) => {
      const { attach, cluster, simulator } = await begin()
      await attach()
      simulator.faults.add({ method: 'GET', path: /^\/subscriptions$/, times: Infinity, ...fault })
      const end = await attach({ mode: 'check' })
      expect(end).toMatchObject({ exitCode: 0, annotations: [], outputs: { ready: 'true' } })
      expect(end.report.subscriptions).toEqual([{ id: cluster.subscriptionId, name: null }])
      // Whoever waits for the answer asks again.
      expect(lists(end)).toHaveLength(1)
    },
  )
})
