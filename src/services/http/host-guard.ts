import { type PipelinePolicy, RestError } from '@azure/core-rest-pipeline'

/**
 * Keeps requests and their token within one service: addresses in answers (`nextLink`, `Location`, `Azure-AsyncOperation`) must be on the same host
 * or below it, such as the regional hosts of Azure Resource Manager.
 */
export function createHostGuard(endpoint: string): PipelinePolicy {
  const { host: own } = new URL(endpoint)
  return {
    name: 'attachAcrHostGuard',
    async sendRequest(request, next) {
      const { protocol, host } = new URL(request.url)
      if (protocol === 'https:' && (host === own || host.endsWith(`.${own}`))) return next(request)
      throw new RestError(`${own} redirected to ${protocol}//${host}, a different host; the request was not sent`, {
        request,
      })
    },
  }
}
