import { createRestError, getClient, type Client, type PathUncheckedResponse } from '@azure-rest/core-client'
import type { TokenCredential } from '@azure/core-auth'
import { createHttpPoller, type OperationState, type PollerLike } from '@azure/core-lro'
import { createHttpHeaders } from '@azure/core-rest-pipeline'
import { normalizeId } from 'azure'
import { tokenScope } from '../services.js'
import { repeatedHeader } from './answers.js'
import type { clientOptions } from './requests.js'
import { readRetryAfter } from './retries.js'

/** Something that Azure carries out after it has accepted the request. */
export interface LongOperation<T> {
  /** Whether Azure returned a URL for its state; without one, the poller takes it for done. */
  isFollowed: boolean
  /** Whether the request was sent again after a try that may have started the operation, so that what stands in its way may be this run's own work. */
  isRepeated: boolean
  poller: PollerLike<OperationState<T>, T>
  /** The pause between two polls that Azure has demanded, in milliseconds; 0 if it has demanded none. */
  demandedMs: () => number
}

/**
 * Plain requests through the Azure SDK's pipeline (sign-in, retries, proxy), for what is not worth a package each. Each throws a RestError if the answer has an
 * unexpected status.
 */
export interface RestClient {
  /** Without a trailing slash. */
  endpoint: string
  get<T>(path: string, signal: AbortSignal): Promise<T>
  /** Reads all pages, by their `nextLink` (Azure Resource Manager) or `@odata.nextLink` (Microsoft Graph). */
  list<T extends { id?: string }>(path: string, signal: AbortSignal): Promise<T[]>
  post<T>(path: string, body: unknown, signal: AbortSignal): Promise<T>
  delete(path: string, signal: AbortSignal): Promise<void>
  start<T>(method: 'post' | 'put', path: string, body: unknown, signal: AbortSignal): Promise<LongOperation<T>>
}

/** @param endpoint without a trailing slash; also the scope of the token */
export function createRestClient(
  credential: TokenCredential,
  endpoint: string,
  options: ReturnType<typeof clientOptions>,
): RestClient {
  const client = getClient(endpoint, credential, { ...options, credentials: { scopes: [tokenScope(endpoint)] } })
  const send = createRestSend(client)
  const get = async <T>(path: string, signal: AbortSignal): Promise<T> =>
    (await send('get', path, signal, undefined, ['200'])).body as T
  return {
    endpoint,
    get,
    post: async <T>(path: string, body: unknown, signal: AbortSignal) =>
      (await send('post', path, signal, body)).body as T,
    delete: async (path, signal) => {
      await send('delete', path, signal)
    },
    list: <T extends { id?: string }>(path: string, signal: AbortSignal) => collect(readPages<T>(get, path, signal)),
    start: async <T>(method: 'post' | 'put', path: string, body: unknown, signal: AbortSignal) => {
      const first = await send(method, path, signal, body)
      const read = (link: string, readSignal: AbortSignal) => send('get', withVersionOf(path, link), readSignal)
      return follow<T>(first, read, signal)
    },
  }
}

/** Sends a request. @throws RestError unless the answer has an expected status */
type RestSend = (
  method: 'get' | 'post' | 'put' | 'delete',
  path: string,
  abortSignal: AbortSignal,
  body?: unknown,
  expected?: readonly string[],
) => Promise<PathUncheckedResponse>

function createRestSend(client: Client): RestSend {
  return async (method, path, abortSignal, body, expected = ['200', '201', '202', '204']) => {
    const resource = client.pathUnchecked(path)
    const response = await resource[method]({ abortSignal, skipUrlEncoding: true, ...(body !== undefined && { body }) })
    if (!expected.includes(response.status)) throw createRestError(response)
    return response
  }
}

/** A page of a list, with the link to the next one. */
interface Page<T> {
  value: T[]
  nextLink?: string
  '@odata.nextLink'?: string
}

/** Yields the items of all pages of a list. */
async function* readPages<T>(get: RestClient['get'], path: string, signal: AbortSignal): AsyncIterable<T> {
  for (let next: string | undefined = path; next;) {
    const page: Page<T> = await get(next, signal)
    yield* page.value
    const link = page.nextLink ?? page['@odata.nextLink']
    next = link && withVersionOf(path, link)
  }
}

/** The operation that an answer has begun. @param read reads a link of Azure's to the state of the operation */
function follow<T>(
  first: PathUncheckedResponse,
  read: (link: string, signal: AbortSignal) => Promise<PathUncheckedResponse>,
  signal: AbortSignal,
): LongOperation<T> {
  let demandedMs = demandedBy(first, 0)
  const poll = {
    sendInitialRequest: () => Promise.resolve(toLroResponse(first, false)),
    sendPollRequest: async (link: string, { abortSignal }: { abortSignal?: unknown } = {}) => {
      const signals = [signal, ...(abortSignal ? [abortSignal as AbortSignal] : [])]
      const polled = await read(link, AbortSignal.any(signals))
      demandedMs = demandedBy(polled, demandedMs)
      return toLroResponse(polled, true)
    },
  }
  const processResult = (result: unknown) => Promise.resolve(result as T)
  return {
    isRepeated: first.headers[repeatedHeader] !== undefined,
    isFollowed: first.status !== '202' || links.some(name => first.headers[name]),
    poller: createHttpPoller<T, OperationState<T>>(poll, { processResult }),
    demandedMs: () => demandedMs,
  }
}

/** The answer's Retry-After in milliseconds, or else the one before. */
function demandedBy({ headers }: PathUncheckedResponse, beforeMs: number): number {
  const seconds = readRetryAfter(createHttpHeaders(headers))
  return seconds === undefined ? beforeMs : seconds * 1000
}

/**
 * Reads all items of a list. One that several pages show, as happens when others are created or deleted meanwhile, counts once. `Array.fromAsync` needs
 * Node 22.
 */
export async function collect<T extends { id?: string }>(list: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = []
  const seen = new Set<string>()
  for await (const item of list) {
    const id = normalizeId(item.id ?? '')
    if (id === '' || !seen.has(id)) items.push(item)
    seen.add(id)
  }
  return items
}

/** The headers that lead to the state of an operation. */
const links = ['location', 'azure-asyncoperation', 'operation-location']

/**
 * Takes the state of an operation from the body of an answer, if it has one. By itself, core-lro 3.3.1 reads only the HTTP status of what `location` named, and
 * takes `200 {"status":"Failed"}` and `200 {"status":"InProgress"}` for success.
 */
function toLroResponse(response: PathUncheckedResponse, isPoll: boolean) {
  const { request, headers } = response
  const body = response.body as { status?: unknown; error?: unknown } | undefined
  const state = isPoll ? body?.status : undefined
  const ended = typeof state === 'string' && /^(?:(succeeded)|failed|cancell?ed)$/i.exec(state)
  if (ended && !ended[1]) {
    const error = body?.error ?? { code: `Import${ended[0]}`, message: `The import ended as ${ended[0]}.` }
    throw createRestError({ ...response, status: '400', body: { error } })
  }
  const statusCode = typeof state === 'string' && !ended ? 202 : Number(response.status)
  return { flatResponse: body, rawResponse: { request, headers, statusCode, body } }
}

/** Adds the version of the first request to a link that lacks it, as the SDKs do (arm-containerregistry 12.0.0, arm-containerservice 25.3.0). */
function withVersionOf(first: string, link: string): string {
  const [, version] = /[?&](api-version=[^&]+)/.exec(first) ?? []
  return version === undefined || /[?&]api-version=/i.test(link)
    ? link
    : `${link}${link.includes('?') ? '&' : '?'}${version}`
}
