import { describe, expect, vi } from 'vitest'
import { both, startBarrier } from '../../support/barrier.js'
import { graphRequests } from '../../support/estate.js'
import { findLeaks, letDebug } from '../../support/leaks.js'
import { expectAttached, expectFailure, it } from '../../support/scenario.js'
import { unhurried } from '../../support/unhurried.js'

/** Waits for the connections that are opened in advance: one to GitHub, one to Entra, three to Azure. */
const allAsked = ({ asked }: { asked: readonly string[] }) =>
  vi.waitFor(
    () => {
      expect(asked.length).toBeGreaterThanOrEqual(5)
    },
    { timeout: 300_000, interval: 10 },
  )

/** Makes each pause end before anything else can happen, as in a process that waits for a CPU meanwhile. */
const starved = {
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(
    'import timers from "node:timers/promises"; import { syncBuiltinESMExports } from "node:module"; const { setTimeout } = timers; ' +
      'timers.setTimeout = (ms, ...rest) => { const end = performance.now() + ms + 2; const waiting = setTimeout(ms, ...rest); while (performance.now() < end); return waiting }; ' +
      'syncBuiltinESMExports()',
  )}`,
}

describe('the proxy', () => {
  it('takes every request: to GitHub, Entra, Resource Manager and Microsoft Graph', async ({ begin }) => {
    // The simulated hosts are only reachable through it. Its authority is trusted as described in docs/permissions.md.
    const { attach, world, deployer, group } = await begin()
    world.grantGraphPermission(deployer, 'Application.Read.All')
    group.addCluster('aks-old', { identity: 'ServicePrincipal' })
    const end = await attach({ cluster: 'aks-old' }, { extraAuthority: true, environment: unhurried })
    expectAttached(end, { changed: true })
    expect(new Set(end.requests.map(({ host }) => host))).toEqual(
      new Set([
        'pipelines.actions.githubusercontent.com',
        'login.microsoftonline.com',
        'management.azure.com',
        'graph.microsoft.com',
      ]),
    )
    expect(graphRequests(end).length).toBeGreaterThan(0)
    expect(end.report.requests).toBe(end.requests.length)
  })

  it.for([
    ['first', {}],
    ['first even if the process waits for a CPU', starved],
  ] as const)('that refuses all requests is reported, and is used for GitHub %s', async ([, more], { begin }) => {
    const barrier = await startBarrier()
    const { attach } = await begin()
    const end = await attach({}, { environment: { ...more, ...both({ HTTPS_PROXY: barrier.url }) } })
    expectFailure(end, 'OIDC_UNAVAILABLE')
    expect(barrier.asked[0]).toBe('pipelines.actions.githubusercontent.com:443')
    expect(end.log).toContain('proxy')
    expect(end.requests).toEqual([])
  })

  const github = 'pipelines.actions.githubusercontent.com'
  const entra = 'login.microsoftonline.com'
  const arm = 'management.azure.com'
  it.for([
    ['403 Forbidden', 'Microsoft Entra', [github]],
    ['403 Forbidden', 'Azure', [github, entra]],
    ['407 Proxy Authentication Required', 'Azure', [github, entra]],
  ] as const)('that answers %s in place of %s is reported by name', async ([answer, , pass], { begin }) => {
    const { attach, simulator } = await begin()
    const barrier = await startBarrier({ answer, pass: [...pass], next: simulator.environment.HTTPS_PROXY ?? '' })
    const end = await attach({}, { environment: both({ HTTPS_PROXY: barrier.url }) })
    expectFailure(end, 'AZURE_UNAVAILABLE')
    expect(end.log).toContain(`the proxy ${barrier.url} (HTTPS_PROXY, NO_PROXY)`)
    expect(end.log).not.toContain('az role assignment create')
  })

  it('opens one connection per parallel request, and connections are reused', async ({ begin }) => {
    const { attach, simulator } = await begin()
    const way = await startBarrier({ pass: [github, entra, arm], next: simulator.environment.HTTPS_PROXY ?? '' })
    const end = await attach({}, { environment: { ...unhurried, ...both({ HTTPS_PROXY: way.url }) } })
    expectAttached(end, { changed: true })
    // The cluster, the identities, the registry and its role assignments in parallel, then the PUT and the list that shows it.
    expect(end.requests.filter(({ host }) => host === arm).length).toBeGreaterThan(5)
    expect(way.asked.filter(url => url === `${arm}:443`).length).toBeLessThanOrEqual(4)
  })

  it('opens the connection to Entra while GitHub answers, and to Azure while Entra does', async ({ begin }) => {
    const { attach, simulator, whenAnswered } = await begin()
    const { HTTPS_PROXY: next = '' } = simulator.environment
    const way = await startBarrier({ pass: [github, entra, arm], next, last: github })
    simulator.faults.add({ host: entra, path: '/token', until: () => allAsked(way) })
    let asked: string[] = []
    whenAnswered(
      ({ host, path }) => host === entra && path.endsWith('/token'),
      () => {
        asked = [...way.asked]
      },
    )
    const end = await attach({}, { environment: both({ HTTPS_PROXY: way.url }) })
    expectAttached(end, { changed: true })
    expect(asked).toContain(`${github}:443`)
    expect(asked).toContain(`${entra}:443`)
    expect(asked.filter(url => url === `${arm}:443`)).toHaveLength(4)
  })

  it('can break all connections opened in advance: no request is lost', async ({ begin }) => {
    const { attach, simulator } = await begin()
    const usual = await attach({}, { environment: unhurried })
    const { HTTPS_PROXY: next = '' } = simulator.environment
    const way = await startBarrier({ pass: [github, entra, arm], next, last: github, cut: { [entra]: 1, [arm]: 4 } })
    // The action has then seen that they broke.
    const until = () =>
      vi.waitFor(
        () => {
          expect(way.closed).toHaveLength(5)
        },
        { timeout: 300_000, interval: 10 },
      )
    simulator.faults.add({ host: entra, path: '/token', until })
    const end = await attach({}, { environment: { ...unhurried, ...both({ HTTPS_PROXY: way.url }) } })
    expectAttached(end, { changed: false })
    expect(end.report.requests).toBe(usual.report.requests - 3)
    expect(way.asked.filter(url => url.startsWith(arm)).length).toBeGreaterThan(4)
  })

  it('has a password that no debug switch shows', async ({ begin }) => {
    const scenario = await begin()
    const { HTTPS_PROXY = '' } = scenario.simulator.environment
    const way = await startBarrier({ pass: [github, entra, arm], next: HTTPS_PROXY })
    const [word, plain] = ['pa55%2Fword-of-the-proxy', 'pa55/word-of-the-proxy']
    const url = way.url.replace('://', `://shop:${word}@`)
    const { scenario: debugged } = letDebug(scenario)
    const end = await debugged.attach({}, { environment: both({ HTTPS_PROXY: url }) })
    expectAttached({ ...end, stderr: '' }, { changed: true })
    // The switches are on: Node prints each request, and some versions include the proxy.
    expect(end.stderr).toMatch(/^HTTPS? \d+: /m)
    const sent = Buffer.from(`shop:${plain}`).toString('base64')
    expect(findLeaks(end, scenario, [], [word, plain, sent])).toEqual([])
  })

  it('between a managed identity and its tokens is reported', async ({ begin }) => {
    const barrier = await startBarrier()
    const { attach } = await begin()
    const environment = both({ HTTPS_PROXY: barrier.url, HTTP_PROXY: barrier.url, NO_PROXY: '' })
    const end = await attach({ 'auth-type': 'managed-identity' }, { environment })
    expectFailure(end, 'SIGN_IN_FAILED')
    expect(end.log).toMatch(new RegExp(`${barrier.url}.*169\\.254\\.169\\.254 to NO_PROXY`))
  })
})
