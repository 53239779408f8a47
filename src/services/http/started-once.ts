import { type PipelinePolicy, type PipelineRequest, type PipelineResponse, RestError } from '@azure/core-rest-pipeline'

/** Carries the end of a request past the SDK's retry policy, which doesn't retry after errors that it doesn't know. */
class End extends Error {
  /** Returns the answer or throws the error. */
  readonly end: () => PipelineResponse

  constructor(end: End['end']) {
    super('the request is not repeated')
    this.end = end
  }
}

/** Errors of connections that were never established, so nothing was sent. */
const unsent = ['ECONNREFUSED', 'ENOTFOUND']

/**
 * Keeps the SDK from repeating a POST that starts something each time: AKS Run Command would start another pod in the cluster (azure-cli sends it with
 * `retry_total = 0`, acs/custom.py). The caller gets the lost answer and can find out what was started. Refusals, throttling included, start nothing
 * and are retried.
 */
export const startedOnce: { perCall: PipelinePolicy; perRetry: PipelinePolicy } = {
  perCall: {
    name: 'attachAcrStartedOnce',
    async sendRequest(request, next) {
      try {
        return await next(request)
      } catch (thrown) {
        if (!(thrown instanceof End)) throw thrown
        return thrown.end()
      }
    },
  },
  perRetry: {
    name: 'attachAcrStartedOncePerTry',
    async sendRequest(request, next) {
      if (!startsSomething(request)) return next(request)
      let response: PipelineResponse
      try {
        response = await next(request)
      } catch (error) {
        if (error instanceof RestError && unsent.includes(error.code ?? '')) throw error
        throw new End(() => {
          throw error
        })
      }
      if (response.status === 408 || response.status >= 500) throw new End(() => response)
      return response
    },
  },
}

function startsSomething({ method, url }: PipelineRequest): boolean {
  return method === 'POST' && /\/managedClusters\/[^/]+\/runCommand$/i.test(new URL(url).pathname)
}

/** Whether such a POST started nothing: Azure refused it, or was never reached. */
export function hasStartedNothing(thrown: unknown): boolean {
  if (!(thrown instanceof RestError)) return false
  const { statusCode, code = '' } = thrown
  return unsent.includes(code) || (statusCode !== undefined && statusCode < 500 && statusCode !== 408)
}
