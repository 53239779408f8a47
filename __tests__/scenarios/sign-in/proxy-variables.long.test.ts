import { describe, expect } from 'vitest'
import { both, startBarrier } from '../../support/barrier.js'
import { expectAttached, expectFailure, it, onceIt } from '../../support/scenario.js'

/** The name does not resolve: without a proxy it is unreachable. */
const tokens = { ACTIONS_ID_TOKEN_REQUEST_URL: 'https://tokens.invalid/idtoken?api-version=2.0' }

const portOf = (url = '') => new URL(url).port

describe('the variable of a proxy', () => {
  it.for([
    // This is a URL with the scheme localhost.
    ['without a scheme, by name', 'localhost'],
    ['with a password that has a % of its own', 'http://shop:100%-sure@127.0.0.1'],
  ] as const)('%s', async ([, host], { begin }) => {
    const { attach, simulator } = await begin()
    const HTTPS_PROXY = `${host}:${portOf(simulator.environment.HTTPS_PROXY)}`
    const end = await attach({}, { environment: both({ HTTPS_PROXY }) })
    expectAttached(end, { changed: true })
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

  onceIt("don't fail the step if the proxy answers with something other than HTTP", async ({ begin }) => {
    const barrier = await startBarrier({ answer: '200 Connection established\r\nno header' })
    const { attach } = await begin()
    const end = await attach({}, { environment: both({ HTTPS_PROXY: barrier.url }) })
    expectFailure(end, 'OIDC_UNAVAILABLE')
  })
})
