import { type PipelinePolicy, RestError } from '@azure/core-rest-pipeline'

/**
 * Keeps requests, and the token that they carry, within one service: addresses in answers (`nextLink`, `Location`,
 * `Azure-AsyncOperation`) must be on the same host or below it, as the regional hosts of Azure Resource Manager are.
 * @param endpoint the service's address
 */
export function createHostGuard(endpoint: string): PipelinePolicy {
  const { host: own } = new URL(endpoint)
  return {
    name: 'attachAcrHostGuard',
    async sendRequest(request, next) {
      const { protocol, host } = new URL(request.url)
      if (protocol === 'https:' && (host === own || host.endsWith(`.${own}`))) return next(request)
      throw new RestError(
        `an answer of ${own} names ${protocol}//${host} to go on at, which is not its own; nothing was sent there`,
        {
          request,
        },
      )
    },
  }
}
