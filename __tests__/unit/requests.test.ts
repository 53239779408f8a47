import {
  createHttpHeaders,
  createPipelineRequest,
  type PipelineRequest,
  type SendRequest,
} from '@azure/core-rest-pipeline'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createConcurrencyLimit, createLimit, createRequestObserver } from '../../src/azure/requests.js'

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

const log = { debug: vi.fn<(line: string) => void>() }
const ok: SendRequest = request =>
  Promise.resolve({ request, status: 200, headers: createHttpHeaders({ 'x-ms-correlation-request-id': 'abc' }) })
const createRequest = (): PipelineRequest => createPipelineRequest({ url: 'https://management.azure.com/x?sig=secret' })

/** A service that never answers, as the SDK's HTTP client has it: it fails when the signal is aborted. */
const silent: SendRequest = request =>
  new Promise((_, reject) => {
    request.abortSignal?.addEventListener('abort', () => {
      reject(new DOMException('The operation was aborted.', 'AbortError'))
    })
  })

describe('the request policies', () => {
  it('tell of each try, and log it without its query', async () => {
    const onRequest = vi.fn()
    await createRequestObserver(log, onRequest).sendRequest(createRequest(), ok)
    expect(onRequest).toHaveBeenCalledOnce()
    expect(log.debug).toHaveBeenLastCalledWith(
      expect.stringMatching(/^GET https:\/\/management\.azure\.com\/x \d+ ms 200 abc$/),
    )
  })

  it('let no more requests than so many be in flight', async () => {
    let inFlight = 0
    let most = 0
    const next: SendRequest = async request => {
      most = Math.max(most, ++inFlight)
      await new Promise(resolve => setTimeout(resolve, 2))
      inFlight -= 1
      return ok(request)
    }
    const policy = createConcurrencyLimit(createLimit(3))
    await Promise.all(Array.from({ length: 20 }, () => policy.sendRequest(createRequest(), next)))
    expect(most).toBe(3)
  })

  it('give up a try that is never answered, as a connection error that the SDK repeats', async () => {
    const controller = new AbortController()
    const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(controller.signal)
    const sent = createRequestObserver(log, () => undefined).sendRequest(createRequest(), silent)
    setTimeout(() => {
      controller.abort()
    }, 1)
    await expect(sent).rejects.toMatchObject({ name: 'RestError', code: 'ETIMEDOUT', message: 'no answer within 60 s' })
    expect(timeout).toHaveBeenCalledWith(60_000)
  })

  it('leave a cancellation a cancellation, and the request as it was', async () => {
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
})
