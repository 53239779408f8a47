import { describe, expect } from 'vitest'
import { both, startBarrier } from '../../support/barrier.js'
import { problemsOf } from '../../support/reading.js'
import { expectAttached, expectFailure, it, onceIt } from '../../support/scenario.js'

/** The name does not resolve: without a proxy it is unreachable. */
const tokens = { ACTIONS_ID_TOKEN_REQUEST_URL: 'https://tokens.invalid/idtoken?api-version=2.0' }

const portOf = (url = '') => new URL(url).port

describe('the variable of a proxy', () => {
  it.for([
    ['without a scheme, by address', '127.0.0.1'],
    // This is a URL with the scheme localhost.
    ['without a scheme, by name', 'localhost'],
    ['without a scheme, with credentials', 'shop:pa55-word@127.0.0.1'],
    ['with a password that has a % of its own', 'http://shop:100%-sure@127.0.0.1'],
  ] as const)('%s', async ([, host], { begin }) => {
    const { attach, simulator } = await begin()
    const HTTPS_PROXY = `${host}:${portOf(simulator.environment.HTTPS_PROXY)}`
    const end = await attach({}, { environment: both({ HTTPS_PROXY }) })
    expectAttached(end, { changed: true })
  })

  it('in lower case comes before the one in upper case, as for the runner', async ({ begin }) => {
    const { attach } = await begin()
    const end = await attach({}, { environment: { HTTPS_PROXY: 'http://127.0.0.1:9' } })
    expectAttached(end, { changed: true })
  })

  it.for([
    ['an invalid port', 'http://shop:hunter2@proxy.corp:99999', '"http://***@proxy.corp:99999"'],
    ['port 0', 'proxy.corp:0', '"proxy.corp:0"'],
    ['an invalid port, without a scheme', '10.1.2.3:99999', '"10.1.2.3:99999"'],
    ['another kind of proxy', 'socks5://proxy.corp:1080', '"socks5://proxy.corp:1080"'],
    ['a password with a slash', 'http://shop:1/hunter2@proxy.corp:3128', '"http://***@proxy.corp:3128"'],
    ['something else', 'http://shop:hunter2 at proxy', 'text that is not an address'],
  ] as const)('that names %s is reported like an invalid input', async ([, HTTPS_PROXY, found], { begin }) => {
    const { attach } = await begin()
    const end = await attach({ timeout: 'soon' }, { environment: both({ HTTPS_PROXY }) })
    expectFailure(end, 'INVALID_INPUT')
    expect(problemsOf(end, 'timeout')).toHaveLength(1)
    expect(problemsOf(end, 'HTTPS_PROXY')).toEqual([expect.stringContaining(found)])
    expect(end.log + end.summary + JSON.stringify(end.outputs)).not.toContain('hunter2')
    expect(end.requests).toEqual([])
  })

  it('is named as it is spelled', async ({ begin }) => {
    const { attach } = await begin()
    const end = await attach({}, { environment: { https_proxy: 'proxy.corp:65536' } })
    expectFailure(end, 'INVALID_INPUT')
    expect(problemsOf(end, 'https_proxy')).toHaveLength(1)
  })

  it.for([
    ['if NO_PROXY bypasses it', both({ HTTPS_PROXY: 'http://proxy.corp:99999', NO_PROXY: '*' })],
    ['that is only for plain HTTP', both({ HTTPS_PROXY: '', HTTP_PROXY: 'http://proxy.corp:99999' })],
    ['that the runner does not read', both({ HTTPS_PROXY: '', HTTP_PROXY: '', ALL_PROXY: '10.1.2.3:3128' })],
  ] as const)('is not used %s, and ends no step', async ([, environment], { begin }) => {
    const { attach } = await begin()
    const end = await attach({}, { environment: { ...tokens, ...environment } })
    expectFailure(end, 'OIDC_UNAVAILABLE')
    expect(end.log).toContain('tokens.invalid')
  })

  it('for plain HTTP takes no request by HTTPS', async ({ begin }) => {
    const barrier = await startBarrier()
    const { attach } = await begin()
    const environment = both({ HTTPS_PROXY: '', HTTP_PROXY: barrier.url })
    const end = await attach({}, { environment: { ...tokens, ...environment } })
    expectFailure(end, 'OIDC_UNAVAILABLE')
    expect(barrier.asked).toEqual([])
  })

  it('takes the requests to GitHub about the drift issue', async ({ begin }) => {
    const { attach, simulator } = await begin()
    const HTTPS_PROXY = `localhost:${portOf(simulator.environment.HTTPS_PROXY)}`
    const inputs = { mode: 'check', 'drift-issue': 'true', 'fail-on-drift': 'false' }
    const end = await attach(inputs, { environment: both({ HTTPS_PROXY }) })
    expect(end).toMatchObject({ exitCode: 0, stderr: '' })
    expect(end.requests.map(({ host }) => host)).toContain('api.github.com')
  })
})

describe('the variable for plain HTTP', () => {
  const inputs = { 'auth-type': 'managed-identity' }

  it('can have no scheme', async ({ begin }) => {
    const { attach, simulator } = await begin({ machine: ({ deployer }) => ({ systemAssigned: deployer }) })
    const HTTP_PROXY = `localhost:${portOf(simulator.environment.HTTPS_PROXY)}`
    const end = await attach(inputs, { environment: { ...both({ HTTP_PROXY }), AZURE_CLIENT_ID: '' } })
    expectAttached(end, { changed: true })
  })

  it("that can't be used is an invalid input for a managed identity", async ({ begin }) => {
    const { attach } = await begin()
    const end = await attach(inputs, { environment: both({ HTTP_PROXY: 'proxy.corp:99999' }) })
    expectFailure(end, 'INVALID_INPUT')
    expect(problemsOf(end, 'HTTP_PROXY')).toEqual([expect.stringContaining('"proxy.corp:99999"')])
    expect(end.requests).toEqual([])
  })
})

describe('NO_PROXY', () => {
  it.for([
    ['the domain', 'localhost, Invalid', false],
    ['subdomains with a star', '*.INVALID', false],
    ['the host with its port', 'tokens.invalid:443', false],
    ['every host', 'localhost,*', false],
    ['another port', 'tokens.invalid:8443', true],
    ['subdomains of the host alone', '.tokens.invalid', true],
    ['a part of a label', 'okens.invalid', true],
  ] as const)('holds %s', async ([, NO_PROXY, isAsked], { begin }) => {
    const barrier = await startBarrier()
    const { attach } = await begin()
    const environment = both({ HTTPS_PROXY: barrier.url, NO_PROXY })
    const end = await attach({}, { environment: { ...tokens, ...environment } })
    expectFailure(end, 'OIDC_UNAVAILABLE')
    expect(barrier.asked.some(host => host.startsWith('tokens'))).toBe(isAsked)
  })
})

describe('connections opened in advance', () => {
  it.for([
    ['without a proxy', { ...tokens, ...both({ HTTPS_PROXY: '' }) }],
    ['through a proxy', {}],
  ] as const)("don't fail the step %s if no TLS connection is possible", async ([, environment], { begin }) => {
    const { attach } = await begin()
    const end = await attach({}, { environment: { ...environment, NODE_OPTIONS: '--tls-cipher-list=none' } })
    expectFailure(end, 'OIDC_UNAVAILABLE')
    expect(end.log).toContain('cipher')
  })

  it("don't fail the step if the proxy breaks unused connections", async ({ begin }) => {
    const barrier = await startBarrier({ resetMs: 5 })
    const { attach } = await begin()
    const environment = { ...both({ HTTPS_PROXY: barrier.url }), NODE_OPTIONS: '--tls-cipher-list=none' }
    expectFailure(await attach({}, { environment }), 'OIDC_UNAVAILABLE')
  })

  onceIt("don't fail the step if the proxy answers with something other than HTTP", async ({ begin }) => {
    const barrier = await startBarrier({ answer: '200 Connection established\r\nno header' })
    const { attach } = await begin()
    const end = await attach({}, { environment: both({ HTTPS_PROXY: barrier.url }) })
    expectFailure(end, 'OIDC_UNAVAILABLE')
  })
})
