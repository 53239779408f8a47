import { RestError, type PipelineRequest, type PipelineResponse } from '@azure/core-rest-pipeline'
import { azureHeaders, isWebPage, policy, readErrorBody } from './answers.js'
import { isPoll, noteOperation } from './operations.js'

type Json = Record<string, unknown>

/** The content that a kind of answer must have. */
interface Expectation {
  method: string
  path: RegExp
  /** Names the content in errors. */
  content: string
  isWhole: (body: Json) => boolean
  /** Set if an answer without a body is whole, too. */
  canBeEmpty?: true
  /** Set if the request has an effect, so it must not be repeated. */
  isWriting?: true
}

type ExpectedContent = Omit<Expectation, 'method' | 'path'>

const has =
  (key: string, type: 'list' | 'object' | 'text') =>
  (body: Json): boolean => {
    const value = body[key]
    if (type === 'list') return Array.isArray(value)
    return type === 'text' ? typeof value === 'string' && value !== '' : typeof value === 'object' && value !== null
  }

/** Azure Resource Manager's answers have one of these fields; other JSON comes from something in between, such as a proxy. */
const isResource = (body: Json): boolean =>
  has('id', 'text')(body) || has('properties', 'object')(body) || has('value', 'list')(body)

const isSomething = (body: Json): boolean => Object.keys(body).length > 0

const expect = (
  method: string,
  path: RegExp,
  content: string,
  isWhole: Expectation['isWhole'],
  more: Partial<Expectation> = {},
): Expectation => ({ method, path, content, isWhole, ...more })

/** The first match counts. A POST in this list only reads, so it can be repeated, unless it is marked as writing. */
const expectations = [
  expect('POST', /\/oauth2\/v2\.0\/token$/, 'a token', has('access_token', 'text')),
  expect('POST', /^\/oauth2\/exchange$/, 'a token', has('refresh_token', 'text')),
  // At least one of them is there (distribution.github.io/distribution/spec/auth/token).
  expect(
    'GET',
    /^\/oauth2\/token$/,
    'a token',
    body => has('access_token', 'text')(body) || has('token', 'text')(body),
  ),
  expect('GET', /^\/acr\/v1\/.+\/_tags\/[^/]+$/, 'a tag', has('tag', 'object')),
  expect('GET', /^\/acr\/v1\/.+\/_manifests\/[^/]+$/, 'a manifest', has('manifest', 'object')),
  expect('POST', /\/Microsoft\.ResourceGraph\/resources$/i, 'a list', has('data', 'list')),
  expect('POST', /\/(check|get)MemberGroups$|\/directoryObjects\/getByIds$/, 'a list', has('value', 'list')),
  expect('POST', /\/listClusterUserCredential$/i, 'a list', has('kubeconfigs', 'list')),
  // It has no body, unless something in between adds one.
  expect('POST', /\/importImage$/i, '', () => true, { canBeEmpty: true, isWriting: true }),
  expect('POST', /\/managedClusters\/[^/]+\/runCommand$/i, 'a command', has('id', 'text'), { isWriting: true }),
  // Microsoft Graph answers 204. Sent again, it refuses to add a member twice, which is a success.
  expect('POST', /\/members\/\$ref$/, "Microsoft Graph's", () => false),
  // For a running operation, the HTTP status is enough; even the result of most can have no body.
  expect('GET', /\/(operationStatuses|commandResults)\//i, '', () => true),
  expect('PUT', /^\/(subscriptions|providers)\b/i, 'a resource', isSomething),
]

/** Whether a path is one of Azure Resource Manager or Microsoft Graph. It may begin with two slashes (@azure/arm-authorization 9.0.0). */
const isOfAzure = (path: string): boolean => /^\/+(?:subscriptions|providers|v1\.0)(?:\/|$)/i.test(path)

/** Finds what an answer must have. In Azure Resource Manager's and Microsoft Graph's paths, an odd number of parts means a list. */
function expectationOf(request: PipelineRequest): ExpectedContent | undefined {
  const { method, url } = request
  const { pathname } = new URL(url)
  // A path may begin with two slashes (@azure/arm-authorization 9.0.0).
  const path = pathname.replace(/^\/+/, '/')
  const known = expectations.find(each => each.method === method && each.path.test(path))
  if (known || method !== 'GET') return known
  if (isPoll(request)) return { content: '', isWhole: () => true, canBeEmpty: true }
  if (!isOfAzure(path)) return undefined
  const [, , below = path.replace(/^\/v1\.0/, '')] = /^(.*)\/providers\/[^/]+(\/.*)$/i.exec(path) ?? []
  const isList = below.split('/').filter(Boolean).length % 2 === 1
  if (isList) return { content: 'a list', isWhole: has('value', 'list') }
  return { content: 'a resource', isWhole: path.startsWith('/v1.0') ? isSomething : isResource }
}

const whyEndless = createLinkCheck()

/**
 * Treats a broken or empty answer as lost: truncated JSON, an object in place of a list, a web page, no body at all. The SDK's retry policy then
 * repeats the request if that does no harm. Without this, a broken list would count as an empty one.
 */
export const wholeAnswers = policy('WholeAnswers', async (request, next) => {
  const expectation = expectationOf(request)
  const isRepeatable = canRepeat(request, expectation)
  const response = await next(request).catch((error: unknown) => {
    throw isCut(error) ? loseAnswer(request, error.message, isRepeatable) : error
  })
  noteOperation(response)
  const foreign = describeForeignAnswer(response, request.method === 'DELETE' || !!expectation?.content)
  // Writes are repeated too, as after a broken connection: most likely Azure has not seen the request.
  if (foreign) throw loseAnswer(request, `the answer was ${foreign} (HTTP ${response.status})`, true)
  const broken = expectation && describeBroken(response, expectation)
  if (broken) throw loseAnswer(request, broken, isRepeatable)
  return isStatusEnough(response) ? withoutBrokenBody(response) : response
})

function canRepeat({ method }: PipelineRequest, expectation: ExpectedContent | undefined): boolean {
  const isReading = expectation !== undefined && !expectation.isWriting
  return isReading || ['GET', 'HEAD', 'PUT', 'DELETE'].includes(method)
}

/** Whether a body broke off or is too large. */
function isCut(error: unknown): error is RestError {
  return error instanceof RestError && error.code === RestError.PARSE_ERROR
}

/** Whether the status says everything: of a DELETE, and of a running operation. */
function isStatusEnough({ request, status }: PipelineResponse): boolean {
  return status === 202 || (hasResult(status) && request.method === 'DELETE')
}

function hasResult(status: number): boolean {
  return status === 200 || status === 201
}

/** What is wrong with the content of an answer, as a clause; undefined if nothing is, and for an answer without a result. */
function describeBroken(response: PipelineResponse, expectation: ExpectedContent): string | undefined {
  const { request, status } = response
  // Lists only come with 200.
  if (status > 201 && status < 300 && expectation.content === 'a list')
    return `the answer was not a list (HTTP ${status})`
  if (!hasResult(status) || request.method === 'DELETE') return undefined
  const text = response.bodyAsText ?? ''
  if (text === '' && expectation.canBeEmpty) return undefined
  const body = readJson(text)
  if (!body) return `the answer was not complete JSON (HTTP ${status})`
  const endless = request.method === 'GET' ? whyEndless(request.url, body) : undefined
  if (endless) return endless
  return expectation.isWhole(body) ? undefined : `the answer was not ${expectation.content} (HTTP ${status})`
}

/**
 * What something in between has answered with a status that looks like Azure's; undefined if nothing has. Other registries answer 404 without a code, too.
 * @param needsBody whether Azure's own 404 has one
 */
function describeForeignAnswer(response: PipelineResponse, needsBody: boolean): string | undefined {
  const { request, status, headers, bodyAsText } = response
  const hasAzureHeader = azureHeaders.some(name => headers.has(name))
  if (status >= 300 && ![401, 404].includes(status)) return undefined
  if (isWebPage(response) && !(status >= 300 && hasAzureHeader)) return 'a web page'
  const isNameless = status === 404 && (bodyAsText ? !readErrorBody(bodyAsText)?.code : needsBody)
  // What says that something does not exist needs Azure's own code: a gateway can pass on Azure's headers.
  const isDoubted = isNameless && (needsBody || !hasAzureHeader)
  return isDoubted && isOfAzure(new URL(request.url).pathname) ? "not Azure's" : undefined
}

function loseAnswer(request: PipelineRequest, message: string, isRepeatable: boolean): RestError {
  // Only a failure with a code is repeated.
  return new RestError(message, { request, ...(isRepeatable && { code: 'ECONNRESET' }) })
}

/** An answer whose status is enough, so that a broken body is ignored. */
function withoutBrokenBody(response: PipelineResponse): PipelineResponse {
  const text = response.bodyAsText ?? ''
  if (text === '' || text === 'null' || readJson(text)) return response
  return { ...response, bodyAsText: '{}' }
}

/** Parses a JSON object; undefined for anything else. */
function readJson(text: string): Json | undefined {
  try {
    const body: unknown = JSON.parse(text)
    return typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as Json) : undefined
  } catch {
    return undefined
  }
}

/** A page of a list, and the page whose link led to it. */
interface Page {
  url: string
  number: number
  previous?: Page
}

/**
 * Maximum number of pages of a list. A directory has up to 300,000 objects (learn.microsoft.com/entra/identity/users/directory-service-limits-restrictions),
 * of which Microsoft Graph returns 100 per page by default (learn.microsoft.com/graph/paging); all other lists are shorter.
 */
export const maxPages = 5000

/**
 * Returns a function that is given each page that is read, and returns why its list has no end; undefined if it may have one. Without this, reading a
 * list would never end if its pages lead back to each other, or always to another one.
 */
export function createLinkCheck(): (url: string, body: Json) => string | undefined {
  /** The pages that links have led to, by URL. */
  const linked = new Map<string, Page>()
  return (url, body) => {
    const next = readLink(body)
    if (next === undefined) return undefined
    const page = linked.get(plainUrl(url)) ?? { url: plainUrl(url), number: 1 }
    if (isAtOrBefore(next, page)) return 'the list has no end: it leads back to a page that was read before'
    if (page.number >= maxPages) return `the list has no end: it has more than ${maxPages} pages`
    linked.set(next, { url: next, number: page.number + 1, previous: page })
    return undefined
  }
}

/** The link of Azure Resource Manager or Microsoft Graph to the next page. */
function readLink(body: Json): string | undefined {
  const next = body.nextLink ?? body['@odata.nextLink']
  return typeof next === 'string' && URL.canParse(next) ? plainUrl(next) : undefined
}

function isAtOrBefore(url: string, last: Page): boolean {
  for (let page: Page | undefined = last; page; page = page.previous) if (page.url === url) return true
  return false
}

/** A URL without the differences of spelling between Azure's links and the SDKs' requests. */
function plainUrl(url: string): string {
  const { host, pathname, searchParams } = new URL(url)
  return [host, pathname.replace(/^\/+/, '/').toLowerCase(), ...[...searchParams].map(String).sort()].join('\n')
}
