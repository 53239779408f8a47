import { createHttpHeaders, createPipelineRequest, type HttpMethods } from '@azure/core-rest-pipeline'
import { describe, expect, test } from 'vitest'
import { createFakeClock } from '../../../__tests__/support/fake-clock.js'
import { createPatienceWithNew } from '../src/http/operations.js'

const registry = 'https://management.azure.com/subscriptions/s/resourceGroups/rg/providers/x/registries/new'

/** A client of a simulated Azure that answers a PUT with 201, and everything else with 404 until some time later. */
function connect(msUntilKnown: number) {
  const clock = createFakeClock()
  const patience = createPatienceWithNew(clock)
  let madeAt = NaN
  const send = async (method: HttpMethods, url: string): Promise<number> => {
    const request = createPipelineRequest({ method, url })
    const answer = await patience.sendRequest(request, async () => {
      if (method === 'PUT') madeAt = clock.now()
      const isKnown = method === 'PUT' || clock.now() - madeAt >= msUntilKnown
      const status = method === 'PUT' ? 201 : isKnown ? 200 : 404
      return Promise.resolve({ request, headers: createHttpHeaders(), status })
    })
    return answer.status
  }
  return { clock, send }
}

describe('a 404', () => {
  test('is retried for a resource that this run has just created, and for anything below it', async () => {
    const { clock, send } = connect(10_000)
    expect(await send('PUT', registry)).toBe(201)
    expect(await send('GET', `${registry.toUpperCase()}/providers/roleAssignments?api-version=1`)).toBe(200)
    expect(clock.slept).toEqual([500, 1000, 2000, 4000, 5000])
  })

  test('is final after a minute', async () => {
    const { clock, send } = connect(Infinity)
    await send('PUT', registry)
    expect(await send('GET', registry)).toBe(404)
    expect(clock.slept.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThan(50_000)
    expect(clock.slept.reduce((sum, ms) => sum + ms, 0)).toBeLessThanOrEqual(60_000)
  })

  test('is retried for the list that contains a new role assignment, but not for an assignment itself', async () => {
    const assignments = `${registry}/providers/Microsoft.Authorization/roleAssignments`
    const { clock, send } = connect(3000)
    await send('PUT', `${assignments}/0a`)
    expect(await send('GET', `${assignments}/0a`)).toBe(404)
    expect(clock.slept).toEqual([])
    expect(await send('GET', `${assignments.toLowerCase()}?$filter=atScope()`)).toBe(200)
  })

  test('is final for a resource that this run has not created', async () => {
    const { clock, send } = connect(Infinity)
    await send('PUT', registry)
    expect(await send('GET', registry.replace('/new', '/newer'))).toBe(404)
    expect(clock.slept).toEqual([])
  })
})
