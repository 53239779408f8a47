import { RestError, createHttpHeaders, createPipelineRequest } from '@azure/core-rest-pipeline'
import { describe, expect, it } from 'vitest'
import { repeatedHeader } from '../src/http/answers.js'
import { unsent as unsentFailures } from '../src/http/client.js'
import { createRepeatMarker } from '../src/http/retries.js'

/** Whether the second answer to a request is marked after such a first end. */
async function isMarkedAfter(first: number | RestError): Promise<boolean> {
  const marker = createRepeatMarker()
  const request = createPipelineRequest({ method: 'DELETE', url: 'https://management.azure.com/x' })
  const end = (status: number) => ({ request, status, headers: createHttpHeaders() })
  const sent = marker.sendRequest(request, () =>
    typeof first === 'number' ? Promise.resolve(end(first)) : Promise.reject(first),
  )
  await sent.catch(() => undefined)
  const { headers } = await marker.sendRequest(request, () => Promise.resolve(end(204)))
  return headers.has(repeatedHeader)
}

describe('an answer to a repeated request', () => {
  it.each([408, 500, 502, 503, 504, 401])('is marked if the first one was %i', async status => {
    expect(await isMarkedAfter(status)).toBe(true)
  })

  it.each([200, 403, 404, 409, 421, 425, 429])('is not marked if the first one was %i', async status => {
    expect(await isMarkedAfter(status)).toBe(false)
  })

  it('is marked if the first one was lost, but not if the request was never sent', async () => {
    const lost = () => new RestError('socket hang up', { code: 'ECONNRESET' })
    expect(await isMarkedAfter(lost())).toBe(true)
    const unsent = lost()
    unsentFailures.add(unsent)
    expect(await isMarkedAfter(unsent)).toBe(false)
  })
})
