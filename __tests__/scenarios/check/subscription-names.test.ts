import { describe, expect } from 'vitest'
import { beginFleet } from '../../support/fleet.js'
import { pageOf, rowsOf } from '../../support/html-page.js'
import { armRequests, it, whenRequested, type StepEnd } from '../../support/scenario.js'
import { unhurried } from '../../support/unhurried.js'

/** No check waits for the names, so they must not take several pages. */
const beginNamed: typeof beginFleet = begin => beginFleet(more => begin({ ...more, variations: 'encoding' }))

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

  it('are in log, summary, issue and page, in the words of the subscription alone', async ({ begin }) => {
    const { scenario, check, cluster, registry, second } = await beginNamed(begin)
    const evil = '<b>Prod</b> | @contoso `$(id)` ::error::x'
    Object.assign(second, { displayName: evil })
    const clusters = `${scenario.cluster.id}\n${cluster.id}`
    const end = await check(1, {
      cluster: clusters,
      registry: registry.id,
      'drift-issue': 'names',
      'report-html': 'true',
    })
    const names = end.report.subscriptions.map(({ name }) => name)
    expect(names.toSorted()).toEqual([evil, 'Contoso production'])
    expect(end.log).toContain('aks-prod-1 (rg-shop, subscription Contoso production)')
    expect(end.log).toContain(`aks-prod-1 (rg-test, subscription ${evil})`)
    expect(end.log).not.toMatch(/^::error::x/m)
    const [issue] = scenario.world.github.issues
    for (const text of [end.summary, issue?.body ?? '']) {
      expect(text).toContain('aks-prod-1 (rg-shop, subscription Contoso production)')
      expect(text).toContain(String.raw`&lt;b&gt;Prod&lt;/b&gt; \|`)
      expect(text).not.toMatch(/<b>Prod|@contoso/)
    }
    expect(rowsOf(pageOf(end)).map(row => row.at(-1))).toEqual(
      expect.arrayContaining([expect.stringMatching(/^Contoso production/), expect.stringMatching(/^&lt;b&gt;Prod/)]),
    )
    const commands = [...`${end.summary}${issue?.body}`.matchAll(/```sh\n([^]*?)```/g)].map(([, lines]) => lines)
    expect(commands.length).toBeGreaterThan(1)
    expect(commands.join('')).not.toMatch(/Contoso production|Prod|\$\(id\)/)
  })

  it.for([
    { status: 403 },
    { status: 500 },
    { status: 429, headers: { 'retry-after': '240' } },
    { until: () => new Promise(() => undefined) },
  ])('are left out if the list can’t be read, and nobody waits for it: %j', async (fault, { begin }) => {
    const { attach, cluster, simulator } = await begin()
    await attach()
    simulator.faults.add({ method: 'GET', path: /^\/subscriptions$/, times: Infinity, ...fault })
    const startedAt = Date.now()
    const end = await attach({ mode: 'check' })
    expect(end).toMatchObject({ exitCode: 0, annotations: [], outputs: { ready: 'true' } })
    expect(end.report.subscriptions).toEqual([{ id: cluster.subscriptionId, name: null }])
    expect(Date.now() - startedAt).toBeLessThan(60_000)
  })
})
