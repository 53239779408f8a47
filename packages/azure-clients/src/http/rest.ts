import { createRestError, getClient, type Client } from '@azure-rest/core-client'
import type { TokenCredential } from '@azure/core-auth'
import { tokenScope } from '../services.js'
import type { clientOptions } from './requests.js'

/** Plain requests through the Azure SDK's pipeline (sign-in, retries, proxy), for the few operations that are not worth a package each. */
export interface RestClient {
  /** Without a trailing slash. */
  endpoint: string
  get<T>(path: string, abortSignal: AbortSignal): Promise<T>
  /** Follows `nextLink` (ARM) and `@odata.nextLink` (Graph). */
  list<T>(path: string, abortSignal: AbortSignal): Promise<T[]>
  post<T>(path: string, body: unknown, abortSignal: AbortSignal): Promise<T>
  delete(path: string, abortSignal: AbortSignal): Promise<void>
}

/** @param endpoint without a trailing slash; also the scope of the token */
export function createRestClient(
  credential: TokenCredential,
  endpoint: string,
  options: ReturnType<typeof clientOptions>,
): RestClient {
  const client: Client = getClient(endpoint, credential, {
    ...options,
    credentials: { scopes: [tokenScope(endpoint)] },
  })
  const send = async <T>(
    method: 'get' | 'post' | 'delete',
    path: string,
    abortSignal: AbortSignal,
    body?: unknown,
  ): Promise<T> => {
    const resource = client.pathUnchecked(path)
    const response = await resource[method]({ abortSignal, skipUrlEncoding: true, ...(body !== undefined && { body }) })
    if (!response.status.startsWith('2')) throw createRestError(response)
    return response.body as T
  }
  return {
    endpoint,
    get: (path, abortSignal) => send('get', path, abortSignal),
    post: (path, body, abortSignal) => send('post', path, abortSignal, body),
    delete: (path, abortSignal) => send('delete', path, abortSignal),
    list: async <T>(path: string, abortSignal: AbortSignal) => {
      const items: T[] = []
      for (let next: string | undefined = path; next;) {
        const page: { value: T[]; nextLink?: string; '@odata.nextLink'?: string } = await send('get', next, abortSignal)
        items.push(...page.value)
        next = page.nextLink ?? page['@odata.nextLink']
      }
      return items
    },
  }
}
