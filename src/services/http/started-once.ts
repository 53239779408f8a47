import { type PipelinePolicy, type PipelineRequest, type PipelineResponse, RestError } from '@azure/core-rest-pipeline'

/** Carries the end of a request past the SDK's retry policy, which sends nothing again for an error that is not its own. */
class End extends Error {
  readonly end: { response: PipelineResponse } | { error: unknown }

  constructor(end: End['end']) {
    super('the request is not repeated')
    this.end = end
  }
}

/** Errors of connections that never came about, so that nothing was sent. */
const unsent = ['ECONNREFUSED', 'ENOTFOUND']

/**
 * Keeps the SDK from repeating a POST that starts something each time that Azure gets it: AKS Run Command starts another pod in the cluster
 * (azure-cli sends it with `retry_total = 0`, acs/custom.py). A lost answer is handed to the caller, who knows how to look for what was started.
 * What Azure refuses has started nothing, throttling included, so that may be sent again.
 */
export const startedOnce: { perCall: PipelinePolicy; perRetry: PipelinePolicy } = {
  perCall: {
    name: 'attachAcrStartedOnce',
    async sendRequest(request, next) {
      try {
        return await next(request)
      } catch (thrown) {
        if (!(thrown instanceof End)) throw thrown
        if ('error' in thrown.end) throw thrown.end.error
        return thrown.end.response
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
        throw new End({ error })
      }
      if (response.status === 408 || response.status >= 500) throw new End({ response })
      return response
    },
  },
}

function startsSomething({ method, url }: PipelineRequest): boolean {
  return method === 'POST' && /\/managedClusters\/[^/]+\/runCommand$/i.test(new URL(url).pathname)
}

/** Whether the error of such a POST means that it started nothing: Azure refused it, or was never reached. */
export function hasStartedNothing(thrown: unknown): boolean {
  if (!(thrown instanceof RestError)) return false
  const { statusCode, code = '' } = thrown
  return unsent.includes(code) || (statusCode !== undefined && statusCode < 500 && statusCode !== 408)
}
