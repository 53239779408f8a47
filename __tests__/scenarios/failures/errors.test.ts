import { describe, expect } from 'vitest'
import { armRequests, expectAttached, expectFailure, it, onceIt, writes } from '../../support/scenario.js'
import { unhurried } from '../../support/unhurried.js'

const throttled = {
  status: 429,
  body: { error: { code: 'TooManyRequests', message: 'The request is being throttled.' } },
}
const clusterRead = { method: 'GET', path: '/managedClusters/' }

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
})

describe('a request that keeps failing', () => {
  onceIt('by throttling is THROTTLED', async ({ begin }) => {
    const { attach, simulator } = await begin()
    simulator.faults.add({ ...clusterRead, ...throttled, headers: { 'retry-after': '1' }, times: Infinity })
    const end = await attach()
    expectFailure(end, 'THROTTLED')
    expect(armRequests(end, 'GET', '/managedClusters/').length).toBeGreaterThan(1)
  })

  onceIt('for an hour is reported immediately', async ({ begin }) => {
    const { attach, simulator } = await begin()
    simulator.faults.add({ ...clusterRead, ...throttled, headers: { 'retry-after': '3600' }, times: Infinity })
    const end = await attach()
    expectFailure(end, 'THROTTLED')
    expect(armRequests(end, 'GET', '/managedClusters/')).toHaveLength(1)
  })

  onceIt('with cut connections is AZURE_UNAVAILABLE', async ({ begin }) => {
    const { attach, simulator } = await begin()
    simulator.faults.add({ ...clusterRead, reset: true, times: Infinity })
    const end = await attach()
    expectFailure(end, 'AZURE_UNAVAILABLE')
    expect(armRequests(end, 'GET', '/managedClusters/').length).toBeGreaterThan(1)
    expect(writes(end)).toEqual([])
  })

  onceIt('at Entra is AZURE_UNAVAILABLE', async ({ begin }) => {
    const { attach, simulator } = await begin()
    simulator.faults.add({ host: 'login.microsoftonline.com', reset: true, times: Infinity })
    const end = await attach()
    expectFailure(end, 'AZURE_UNAVAILABLE')
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
  onceIt('is AZURE_UNAVAILABLE if it was not carried out', async ({ begin }) => {
    const { attach, grants, simulator } = await begin()
    simulator.faults.add({ method: 'PUT', path: '/roleAssignments/', status: 500, body: '', times: 4 })
    const end = await attach()
    expectFailure(end, 'AZURE_UNAVAILABLE')
    expect(end.outputs.changed).toBe('false')
    expect(grants()).toEqual([])
  })
})
