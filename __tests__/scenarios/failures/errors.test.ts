import { describe, expect } from 'vitest'
import { errorsOf } from '../../support/reading.js'
import { armRequests, commands, expectAttached, expectFailure, it, onceIt, writes } from '../../support/scenario.js'
import { unhurried } from '../../support/unhurried.js'

const throttled = {
  status: 429,
  body: { error: { code: 'TooManyRequests', message: 'The request is being throttled.' } },
}
const clusterRead = { method: 'GET', path: '/managedClusters/' }
const put = { method: 'PUT', path: '/roleAssignments/' }

describe('a request that fails for a moment', () => {
  it('is repeated after the pause that Azure asks for', async ({ begin }) => {
    const { attach, simulator } = await begin()
    simulator.faults.add({ ...clusterRead, ...throttled, headers: { 'retry-after': '1' } })
    const end = await attach()
    expectAttached(end, { changed: true })
    const [first, second] = armRequests(end, 'GET', '/managedClusters/')
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(990)
  })

  it('is counted like any other', async ({ begin }) => {
    const { attach, simulator } = await begin()
    simulator.faults.add({ ...clusterRead, ...throttled, headers: { 'retry-after': '0' } })
    const end = await attach({}, { environment: unhurried })
    expectAttached(end, { changed: true })
    expect(armRequests(end, 'GET', '/managedClusters/')).toHaveLength(2)
    expect(end.report.requests).toBe(end.requests.length)
  })

  it('is repeated if the service is unavailable', async ({ begin }) => {
    const { attach, simulator } = await begin()
    simulator.faults.add({ ...clusterRead, status: 503, body: 'Service Unavailable' })
    expectAttached(await attach(), { changed: true })
  })

  it('is repeated if the connection is cut', async ({ begin }) => {
    const { attach, simulator } = await begin()
    simulator.faults.add({ ...clusterRead, reset: true })
    expectAttached(await attach(), { changed: true })
  })

  it.for([
    ['an error', { status: 503, body: 'Service Unavailable' }],
    ['a cut connection', { reset: true }],
  ] as const)(
    'after a write that was carried out anyway, reported as %s, ends with one assignment',
    async ([, fault], { begin }) => {
      const { attach, grants, simulator } = await begin()
      simulator.faults.add({ ...put, ...fault, after: true })
      const end = await attach()
      expect(end.outputs, end.log).toMatchObject({ attached: 'true', changed: 'true' })
      expect(writes(end)).toHaveLength(2)
      expect(grants()).toHaveLength(1)
    },
  )

  it('is repeated at Entra too', async ({ begin }) => {
    const { attach, simulator } = await begin()
    simulator.faults.add({ host: 'login.microsoftonline.com', method: 'POST', status: 503, body: {} })
    expectAttached(await attach(), { changed: true })
  })
})

describe('a request that keeps failing', () => {
  onceIt('by throttling is THROTTLED', async ({ begin }) => {
    const { attach, simulator } = await begin()
    simulator.faults.add({ ...clusterRead, ...throttled, headers: { 'retry-after': '1' }, times: Infinity })
    const end = await attach()
    expectFailure(end, 'THROTTLED')
    expect(end.log).toMatch(/\binput concurrency\b/)
    expect(armRequests(end, 'GET', '/managedClusters/').length).toBeGreaterThan(1)
  })

  onceIt('for an hour is reported immediately', async ({ begin }) => {
    const { attach, simulator } = await begin()
    simulator.faults.add({ ...clusterRead, ...throttled, headers: { 'retry-after': '3600' }, times: Infinity })
    const end = await attach()
    expectFailure(end, 'THROTTLED')
    expect(armRequests(end, 'GET', '/managedClusters/')).toHaveLength(1)
  })

  onceIt.for([
    ['503', { status: 503, body: { error: { code: 'ServerTimeout', message: 'The operation timed out.' } } }],
    ['a page of a proxy', { status: 502, body: '<html>\n<h1>Bad gateway</h1>\n</html>' }],
    ['cut connections', { reset: true }],
  ] as const)('with %s is AZURE_UNAVAILABLE', async ([what, fault], { begin }) => {
    const { attach, simulator } = await begin()
    simulator.faults.add({ ...clusterRead, ...fault, times: Infinity })
    const end = await attach()
    expectFailure(end, 'AZURE_UNAVAILABLE')
    // Azure's own answer has come through the proxy.
    expect(end.log.includes('HTTPS_PROXY')).toBe(what !== '503')
    expect(end.annotations[0]?.message.split('\n')).toEqual([
      expect.stringContaining('aks-prod-1'),
      expect.stringMatching(/^See https:\/\/azure.status.microsoft/),
    ])
    expect(armRequests(end, 'GET', '/managedClusters/').length).toBeGreaterThan(1)
    expect(writes(end)).toEqual([])
  })

  onceIt('at Entra is AZURE_UNAVAILABLE', async ({ begin }) => {
    const { attach, simulator } = await begin()
    simulator.faults.add({ host: 'login.microsoftonline.com', reset: true, times: Infinity })
    const end = await attach()
    expectFailure(end, 'AZURE_UNAVAILABLE')
    expect(end.report.error?.message).toContain('Microsoft Entra')
    expect(end.requests.filter(({ host }) => host.startsWith('management.'))).toEqual([])
  })

  onceIt('during verification keeps the writes in the report', async ({ begin }) => {
    const { attach, grants, simulator } = await begin()
    simulator.faults.add({ method: 'GET', path: '/roleAssignments', skip: 1, times: Infinity, status: 500, body: {} })
    const end = await attach({ timeout: '5s' })
    expectFailure(end, 'AZURE_UNAVAILABLE')
    expect(end.outputs).toMatchObject({ changed: 'true', 'role-assignment-id': grants()[0]?.id })
  })
})

describe('a write whose answers are all lost', () => {
  it('is found to be carried out', async ({ begin }) => {
    const { attach, grants, simulator } = await begin()
    const fault = { method: 'PUT', path: '/roleAssignments/', status: 500, body: '', after: true, times: 4 }
    simulator.faults.add(fault)
    const end = await attach()
    expectAttached(end, { changed: true })
    expect(end.outputs['role-assignment-id']).toBe(grants()[0]?.id)
    expect(grants()).toHaveLength(1)
  })

  onceIt("is reported with Azure's message if it was not carried out", async ({ begin }) => {
    const { attach, grants, simulator } = await begin()
    simulator.faults.add({ method: 'PUT', path: '/roleAssignments/', status: 500, body: '', times: 4 })
    const end = await attach()
    expectFailure(end, 'AZURE_UNAVAILABLE')
    expect(end.outputs.changed).toBe('false')
    expect(grants()).toEqual([])
  })
})

describe("an answer that isn't Azure's", () => {
  onceIt('is reported as a web page if it looks like success', async ({ begin }) => {
    const { attach, simulator } = await begin()
    const headers = { 'content-type': 'text/html' }
    simulator.faults.add({ ...clusterRead, status: 200, headers, body: '<html>Sign in</html>', times: Infinity })
    const end = await attach()
    expectFailure(end, 'AZURE_UNAVAILABLE')
    expect(end.log).toContain('web page')
  })

  onceIt("says nothing about a resource if it is an empty 404, even with Azure's headers", async ({ begin }) => {
    const { attach, registry, simulator } = await begin()
    const answer = { path: /\/registries\/contosoacr$/i, status: 404, body: '', times: Infinity }
    for (const headers of [{ 'x-ms-request-id': 'f3a1' }, { 'content-type': 'application/json' }]) {
      simulator.faults.add({ ...answer, headers })
      expectFailure(await attach({ registry: registry.id }), 'AZURE_UNAVAILABLE')
      simulator.faults.clear()
    }
  })

  it('is reported as such if a proxy blocks the host', async ({ begin }) => {
    const { attach, simulator } = await begin()
    simulator.faults.add({ ...clusterRead, status: 407, body: '<html>Proxy authentication required</html>' })
    const end = await attach()
    expect(end.exitCode).toBe(1)
    expect(end.log).toContain('HTTP 407')
  })

  it('can be JSON of another format', async ({ begin }) => {
    const { attach, simulator } = await begin()
    simulator.faults.add({ ...clusterRead, status: 400, body: { error: { code: 4711, message: { en: 'blocked' } } } })
    const end = await attach()
    expectFailure(end, 'AZURE_REFUSED')
    expect(end.log).not.toContain('is not a function')
    expect(end.log).toContain('blocked')
    expect(end.log).toContain('HTTP 400')
  })

  it("for a reason without a code is AZURE_REFUSED, with Azure's message", async ({ begin }) => {
    const { attach, simulator } = await begin()
    simulator.faults.add({ ...put, status: 400, body: { error: { code: 'BrandNewError', message: 'Something new.' } } })
    const end = await attach()
    expectFailure(end, 'AZURE_REFUSED')
    expect(end.log).toContain('BrandNewError')
    expect(errorsOf(end)).toMatchObject([{ reason: 'Something new.', azure: { status: 400, code: 'BrandNewError' } }])
  })

  it('can be an AKS error without its wrapper', async ({ begin }) => {
    const { attach, simulator } = await begin()
    simulator.faults.add({
      ...clusterRead,
      status: 409,
      body: { code: 'EtagMismatch', message: 'Etag does not match.' },
    })
    const end = await attach()
    expect(end.log).toContain('[Azure: EtagMismatch')
    expect(commands(end.stdout, 'error')[0]).toContain('Etag does not match.')
  })
})
