import { describe, expect } from 'vitest'
import { letImport } from '../../support/image-world.js'
import { hour } from '../../support/hour.js'
import { expectAttached, it, type StepEnd } from '../../support/scenario.js'

const toGithub = ({ requests }: StepEnd) => requests.filter(({ host }) => host.endsWith('githubusercontent.com'))
const toEntra = ({ requests }: StepEnd) => requests.filter(({ host }) => host === 'login.microsoftonline.com')
const assertions = (end: StepEnd) =>
  toEntra(end).flatMap(({ requestBody }) => (requestBody as { client_assertion?: string }).client_assertion ?? [])

describe('the ID token', () => {
  it('is requested first, once, and used for every service', async ({ begin }) => {
    const { attach } = letImport(await begin())
    const end = await attach({ images: 'nginx:1.27' })
    expect(end.requests[0]?.host).toBe('pipelines.actions.githubusercontent.com')
    expect(end.requests[0]?.query.audience).toBe('api://AzureADTokenExchange')
    expect(toGithub(end)).toHaveLength(1)
    expect(toEntra(end)).toHaveLength(2)
    expect(new Set(assertions(end)).size).toBe(1)
  })

  it('can come from a server without TLS, as for all actions that use the toolkit', async ({ begin }) => {
    const { attach, simulator } = await begin()
    const url = simulator.runnerEnvironment.ACTIONS_ID_TOKEN_REQUEST_URL?.replace('https:', 'http:') ?? ''
    const end = await attach({}, { environment: { ACTIONS_ID_TOKEN_REQUEST_URL: url } })
    expectAttached(end, { changed: true })
    expect(toGithub(end)).toHaveLength(1)
  })
})

describe('an access token that expires', () => {
  it('is renewed with an ID token that is not too old', async ({ begin }) => {
    // The SDK renews tokens two minutes before they expire, so after a second; Azure reports the grant after a token that is requested
    // during the wait.
    const { attach, world, whenAnswered } = await begin({
      timing: { tokenLifetimeSeconds: 121, idTokenLifetimeSeconds: 30, readAfterWriteMs: hour },
    })
    let isWritten = false
    whenAnswered(
      ({ method, host, path }) => {
        isWritten ||= method === 'PUT'
        return isWritten && host.startsWith('login.') && path.endsWith('/token')
      },
      () => {
        world.passTime(hour)
      },
    )
    const end = await attach()
    expectAttached(end, { changed: true })
    expect(toEntra(end).length).toBeGreaterThanOrEqual(2)
    // Each sign-in has its own ID token. There can be one more request to GitHub: the SDK renews in the background, and the step can end
    // in the meantime.
    expect(new Set(assertions(end)).size).toBe(toEntra(end).length)
  })

  it('that could not be renewed is requested again by the next poll', async ({ begin }) => {
    const { attach, simulator, world, whenAnswered } = await begin({
      timing: { tokenLifetimeSeconds: 121, readAfterWriteMs: hour },
    })
    const isRenewal = ({ host, path }: StepEnd['requests'][number]): boolean =>
      host.startsWith('login.') && path.endsWith('/token')
    whenAnswered(
      ({ method }) => method === 'PUT',
      () => {
        // Such a long pause is not waited for: the renewal fails immediately.
        simulator.faults.add({ host: 'login.', path: '/token', status: 429, headers: { 'retry-after': '3600' } })
      },
    )
    let hasFailed = false
    whenAnswered(
      request => {
        if (isRenewal(request) && hasFailed) return true
        hasFailed ||= isRenewal(request) && request.status === 429
        return false
      },
      () => {
        world.passTime(hour)
      },
    )
    const end = await attach({ timeout: '60s' })
    expectAttached(end, { changed: true })
    expect(toEntra(end).map(({ status }) => status)).toContain(429)
    expect(toEntra(end).at(-1)?.status).toBe(200)
  })

  it('that Azure revokes is replaced on its claims challenge', async ({ begin }) => {
    const { attach, simulator } = await begin()
    const claims = Buffer.from('{"access_token":{"nbf":{"essential":true,"value":"1"}}}').toString('base64')
    simulator.faults.add({
      path: '/managedClusters',
      status: 401,
      headers: { 'www-authenticate': `Bearer realm="", error="insufficient_claims", claims="${claims}"` },
    })
    const end = await attach()
    expectAttached(end, { changed: true })
    expect(toEntra(end)).toHaveLength(2)
    // The ID token is still valid, and is used again.
    expect(toGithub(end)).toHaveLength(1)
  })
})
