import { RestError, createHttpHeaders, createPipelineRequest } from '@azure/core-rest-pipeline'
import type { PipelineRequest, SendRequest } from '@azure/core-rest-pipeline'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createRequestObserver } from '../src/http/requests.js'
import { createTurnTaking } from '../src/http/retries.js'

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

const log = { debug: vi.fn<(line: string) => void>() }
const ok: SendRequest = request =>
  Promise.resolve({ request, status: 200, headers: createHttpHeaders({ 'x-ms-correlation-request-id': 'abc' }) })
const createRequest = (): PipelineRequest => createPipelineRequest({ url: 'https://management.azure.com/x?sig=secret' })

/** A service that never answers, as seen by the SDK's HTTP client: it fails when the signal is aborted. */
const silent: SendRequest = request =>
  new Promise((_, reject) => {
    request.abortSignal?.addEventListener('abort', () => {
      reject(new DOMException('The operation was aborted.', 'AbortError'))
    })
  })

describe('the request policies', () => {
  it('report each attempt, and log it without its query', async () => {
    const onRequest = vi.fn()
    await createRequestObserver(log, onRequest).sendRequest(createRequest(), ok)
    expect(onRequest).toHaveBeenCalledOnce()
    expect(log.debug).toHaveBeenLastCalledWith(
      expect.stringMatching(/^GET https:\/\/management\.azure\.com\/x \d+ ms 200 abc$/),
    )
  })

  it('end an attempt without an answer as a failure with a code, which is retried', async () => {
    vi.useFakeTimers()
    const sent = createRequestObserver(log, () => undefined).sendRequest(createRequest(), silent)
    const late = { name: 'RestError', code: 'ETIMEDOUT', message: 'no answer within 60 s' }
    const failed = expect(sent).rejects.toMatchObject(late)
    await vi.advanceTimersByTimeAsync(59_999)
    expect(vi.getTimerCount()).toBe(1)
    await vi.advanceTimersByTimeAsync(1)
    await failed
    expect(vi.getTimerCount()).toBe(0)
  })

  it('pass a cancellation on as such, and leave the request unchanged', async () => {
    const controller = new AbortController()
    const request = createRequest()
    request.abortSignal = controller.signal
    const sent = createRequestObserver(log, () => undefined).sendRequest(request, silent)
    setTimeout(() => {
      controller.abort()
    }, 1)
    await expect(sent).rejects.toMatchObject({ name: 'AbortError' })
    expect(request.abortSignal).toBe(controller.signal)
  })

  const throttled: SendRequest = request => Promise.resolve({ request, status: 429, headers: createHttpHeaders() })
  const inTurn = (waits: number, how: 'answers' | 'throws'): SendRequest => {
    let asked = 0
    return async request => {
      await new Promise(resolve => setTimeout(resolve, 1))
      if (++asked > waits) return ok(request)
      if (how === 'throws') throw new RestError('slow down', { statusCode: 429, request })
      return throttled(request)
    }
  }

  it.each(['answers', 'throws'] as const)(
    'keep waiting while other requests of the kind get through, whether the SDK %s',
    async how => {
      const policy = createTurnTaking()
      const sent = [0, 1, 2, 3, 4].map(waits => policy.sendRequest(createRequest(), inTurn(waits, how)))
      expect((await Promise.all(sent)).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    },
  )

  it('give up at once if the answer demands to wait for an hour, even while others get through', async () => {
    const policy = createTurnTaking()
    let tries = 0
    const sent = policy.sendRequest(createRequest(), async request => {
      await policy.sendRequest(createRequest(), ok)
      tries += 1
      if (tries > 10) return ok(request)
      return { request, status: 429, headers: createHttpHeaders({ 'retry-after': '3600' }) }
    })
    expect((await sent).status).toBe(429)
    expect(tries).toBe(1)
  })

  it('give up if none of the kind succeeds, however many others do', async () => {
    const policy = createTurnTaking()
    const other = createPipelineRequest({ url: 'https://management.azure.com/x', method: 'DELETE' })
    let tries = 0
    const sent = policy.sendRequest(createRequest(), async request => {
      await policy.sendRequest(other, ok)
      tries += 1
      return tries < 10 ? throttled(request) : ok(request)
    })
    expect((await sent).status).toBe(429)
    expect(tries).toBe(1)
  })
})
