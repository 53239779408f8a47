import { type PipelinePolicy, type PipelineRequest, type PipelineResponse, RestError } from '@azure/core-rest-pipeline'
import { azureHeaders, repeatedHeader } from './headers.js'

type Json = Record<string, unknown>

/** A kind of answer that must have certain content. */
interface Expectation {
  method: string
  path: RegExp
  /** What it must have, for people. */
  what: string
  isWhole: (body: Json) => boolean
  /** Whether the request does something, so that it may not be sent again. */
  isWriting?: true
}

const has =
  (key: string, type: 'list' | 'object' | 'text') =>
  (body: Json): boolean => {
    const value = body[key]
    if (type === 'list') return Array.isArray(value)
    return type === 'text' ? typeof value === 'string' && value !== '' : typeof value === 'object' && value !== null
  }

/** Azure Resource Manager's answers have one of these fields; other JSON comes from something on the way, such as a proxy. */
const isResource = (body: Json): boolean =>
  has('id', 'text')(body) || has('properties', 'object')(body) || has('value', 'list')(body)

const isSomething = (body: Json): boolean => Object.keys(body).length > 0

/** The first kind that matches an answer counts. A POST that is listed here only reads, so it may be sent again, unless it says otherwise. */
const expectations: Expectation[] = [
  { method: 'POST', path: /\/oauth2\/v2\.0\/token$/, what: 'a token', isWhole: has('access_token', 'text') },
  { method: 'POST', path: /^\/oauth2\/exchange$/, what: 'a token', isWhole: has('refresh_token', 'text') },
  { method: 'POST', path: /^\/oauth2\/token$/, what: 'a token', isWhole: has('access_token', 'text') },
  { method: 'GET', path: /^\/acr\/v1\/.+\/_tags\/[^/]+$/, what: 'a tag', isWhole: has('tag', 'object') },
  { method: 'GET', path: /^\/acr\/v1\/.+\/_manifests\/[^/]+$/, what: 'a manifest', isWhole: has('manifest', 'object') },
  { method: 'GET', path: /^\/acr\/v1\/.+\/_tags$/, what: 'a list', isWhole: has('tags', 'list') },
  { method: 'POST', path: /\/Microsoft\.ResourceGraph\/resources$/i, what: 'a list', isWhole: has('data', 'list') },
  { method: 'POST', path: /\/checkMemberGroups$/, what: 'a list', isWhole: has('value', 'list') },
  { method: 'POST', path: /\/directoryObjects\/getByIds$/, what: 'a list', isWhole: has('value', 'list') },
  { method: 'POST', path: /\/listClusterUserCredential$/i, what: 'a list', isWhole: has('kubeconfigs', 'list') },
  {
    method: 'POST',
    path: /\/managedClusters\/[^/]+\/runCommand$/i,
    what: 'a command',
    isWhole: has('id', 'text'),
    isWriting: true,
  },
  // Of an operation that goes on, the HTTP status says most; its result need have no body at all.
  { method: 'GET', path: /\/(operationResults|operationStatuses|commandResults)\//i, what: '', isWhole: () => true },
  { method: 'PUT', path: /^\/(subscriptions|providers)\b/i, what: 'a resource', isWhole: isSomething },
]

/** What an answer must have: Azure Resource Manager's and Microsoft Graph's paths tell lists from single things by their length. */
function expectationOf({ method, url }: PipelineRequest): Omit<Expectation, 'method' | 'path'> | undefined {
  const { pathname } = new URL(url)
  // A path may begin with two slashes (@azure/arm-authorization 9.0.0).
  const path = pathname.replace(/^\/+/, '/')
  const known = expectations.find(each => each.method === method && each.path.test(path))
  if (known || method !== 'GET') return known
  if (!/^\/(subscriptions|providers|v1\.0)(\/|$)/i.test(path)) return undefined
  const [, , below = path.replace(/^\/v1\.0/, '')] = /^(.*)\/providers\/[^/]+(\/.*)$/i.exec(path) ?? []
  const isList = below.split('/').filter(Boolean).length % 2 === 1
  if (isList) return { what: 'a list', isWhole: has('value', 'list') }
  return { what: 'a resource', isWhole: path.startsWith('/v1.0') ? isSomething : isResource }
}

/**
 * Treats an answer that is broken or empty as lost: JSON that ends in the middle, a list that is not a list, a web page, nothing at all. The SDK's
 * retry policy then sends the request again, where it may be sent twice. Otherwise such a list would count as one without entries.
 */
export const wholeAnswers: PipelinePolicy = {
  name: 'attachAcrWholeAnswers',
  async sendRequest(request, next) {
    const expectation = expectationOf(request)
    const mayRepeat =
      (expectation !== undefined && !expectation.isWriting) || ['GET', 'HEAD', 'PUT', 'DELETE'].includes(request.method)
    const lost = (why: string): RestError => loseAnswer(request, why, mayRepeat)
    const response = await next(request).catch((error: unknown) => {
      // The SDK's own, when a connection ends in the middle of a body (@typespec/ts-http-runtime, nodeHttpClient).
      const isCut = error instanceof RestError && error.code === RestError.PARSE_ERROR
      throw isCut ? lost(error.message) : error
    })
    const { status } = response
    // What writes is sent again as after a broken connection: most likely Azure has not seen it.
    if (isForeignPage(response))
      throw loseAnswer(request, `a web page came in place of the answer (HTTP ${status})`, true)
    // A list comes with 200: nothing else that is no error has one in it.
    if (status > 201 && status < 300 && expectation?.what === 'a list') {
      throw lost(`an answer that is not a list came (HTTP ${status})`)
    }
    if (status === 202) return withoutBrokenBody(response)
    if (status !== 200 && status !== 201) return response
    if (request.method === 'DELETE') return withoutBrokenBody(response)
    if (!expectation) return response
    const text = response.bodyAsText ?? ''
    if (text === '' && /\/operationResults\//i.test(request.url)) return response
    const body = readJson(text)
    if (body && expectation.isWhole(body)) return response
    const what = body === undefined ? 'whole JSON' : expectation.what
    throw lost(`an answer that is not ${what} came (HTTP ${status})`)
  },
}

/** Whether something on the way has answered, such as a proxy or the login page of a network, as if all were well or nothing were there. */
function isForeignPage({ status, headers, bodyAsText }: PipelineResponse): boolean {
  const isPage = /^text\/html/i.test(headers.get('content-type') ?? '') || /^\s*</.test(bodyAsText ?? '')
  return isPage && (status < 300 || ([401, 404].includes(status) && !azureHeaders.some(name => headers.has(name))))
}

function loseAnswer(request: PipelineRequest, message: string, mayRepeat: boolean): RestError {
  // As a connection error, so that the SDK's retry policy takes it for one.
  return new RestError(message, { request, ...(mayRepeat && { code: 'ECONNRESET' }) })
}

/** For a DELETE, and of an operation that goes on, the status says everything, so the body is not checked. */
function withoutBrokenBody(response: PipelineResponse): PipelineResponse {
  const text = response.bodyAsText ?? ''
  if (text === '' || text === 'null' || readJson(text)) return response
  return { ...response, bodyAsText: '{}' }
}

/** Parses a JSON object; undefined for anything else. */
function readJson(text: string): Json | undefined {
  try {
    // Azure's files may begin with a byte order mark.
    const body: unknown = JSON.parse(text.replace(/^\uFEFF/, ''))
    return typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as Json) : undefined
  } catch {
    return undefined
  }
}

/** Marks answers to requests whose earlier tries were sent and not answered, because what such an answer reports as done may be this run's own work. */
export function createRepeatMarker(): PipelinePolicy {
  const lost = new WeakSet<PipelineRequest>()
  return {
    name: 'attachAcrRepeatMarker',
    async sendRequest(request, next) {
      try {
        const response = await next(request)
        if (lost.has(request)) response.headers.set(repeatedHeader, 'true')
        if (response.status === 408 || response.status >= 500) lost.add(request)
        return response
      } catch (error) {
        lost.add(request)
        throw error
      }
    },
  }
}
