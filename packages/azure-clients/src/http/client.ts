import * as http from 'node:http'
import * as https from 'node:https'
import { pipeline } from 'node:stream/promises'
import { RestError, createHttpHeaders } from '@azure/core-rest-pipeline'
import type {
  HttpClient,
  HttpHeaders,
  PipelinePolicy,
  PipelineRequest,
  PipelineResponse,
} from '@azure/core-rest-pipeline'
import { abortable, messageOf } from 'kernel'
import { mask } from 'runner'
import { megabyte } from '../services.js'
import { policy } from './answers.js'
import { route } from './connections.js'
import { proxyFor } from './proxy.js'

/** The host that each request was first sent to: on a redirect, the SDKs send the same object again with another address. */
const origins = new WeakMap<PipelineRequest, string>()

/**
 * Keeps requests with a body from being redirected to another host: the body can hold a token, such as that of `/oauth2/exchange`, and the SDKs
 * repeat it after a 307 (core-rest-pipeline 1.24.0).
 * @throws RestError
 */
function checkRedirect(request: PipelineRequest): void {
  const { origin } = new URL(request.url)
  const first = origins.get(request) ?? origin
  origins.set(request, first)
  const isPlainRead = (request.method === 'GET' || request.method === 'HEAD') && request.body === undefined
  if (origin === first || isPlainRead) return
  throw new RestError(`${first} redirected to ${origin}, a different host; the request was not sent`, { request })
}

/**
 * The SDKs' HTTP client. It sends no body to a host that a redirect names, and masks the tokens in answers before anything else sees them: with
 * AZURE_LOG_LEVEL=verbose, the SDKs print whole requests and answers.
 * @param maxBytes how large an answer can be; a larger one counts as lost
 */
export function createHttpClient(maxBytes: number): HttpClient {
  const client: HttpClient = { sendRequest: request => exchange(request, maxBytes) }
  return {
    async sendRequest(request) {
      checkRedirect(request)
      const response = await route(request, client)
      if (/token|oauth2/i.test(request.url))
        for (const [, token = ''] of (response.bodyAsText ?? '').matchAll(tokenPattern)) mask(token)
      return response
    },
  }
}

/**
 * Keeps requests and their token within one service: addresses in answers (`nextLink`, `Location`, `Azure-AsyncOperation`) must be on the same host
 * or below it, such as the regional hosts of Azure Resource Manager.
 */
export function createHostGuard(endpoint: string): PipelinePolicy {
  const { host: own } = new URL(endpoint)
  return policy('HostGuard', async (request, next) => {
    const { protocol, host } = new URL(request.url)
    if (protocol === 'https:' && (host === own || host.endsWith(`.${own}`))) return next(request)
    throw new RestError(`${own} redirected to ${protocol}//${host}, a different host; the request was not sent`, {
      request,
    })
  })
}

// RFC 6749 defines the first two; registries also use `token` (distribution.github.io/distribution/spec/auth/token).
const tokenPattern = /"(?:access_token|refresh_token|token)"\s*:\s*"([^"\\]{8,})"/g

/**
 * Sends one request and reads its whole answer, decompressed. In place of the SDK's own client, which never returns if a compressed answer breaks off,
 * even after its signal is aborted, and reads bodies of any size into memory (@typespec/ts-http-runtime 0.3.6, nodeHttpClient).
 * @param maxBytes how large the body can be, counted after decompression: a few kB can become gigabytes
 * @throws RestError without an answer, or with one that can't be read; AbortError when the request's signal is aborted
 */
export async function exchange(request: PipelineRequest, maxBytes: number): Promise<PipelineResponse> {
  const signal = signalOf(request)
  const isAborted = (): boolean => signal.aborted
  if (isAborted()) throw createAbortError()
  const sent = open(request)
  // After its failure has been reported, a request can fail again, and an error without a listener ends the process.
  sent.on('error', () => undefined)
  try {
    return await abortable(receive(sent, request, maxBytes), signal)
  } catch (error) {
    throw isAborted() ? createAbortError() : error
  } finally {
    if (isAborted()) sent.destroy()
  }
}

/** An AbortError, whatever the reason of the signal is: a time limit has an error of another kind. */
function createAbortError(): Error {
  return new DOMException('The request was aborted.', 'AbortError')
}

const never = new AbortController().signal

/** The signal of a request; one that is never aborted if it has none. */
export function signalOf({ abortSignal }: PipelineRequest): AbortSignal {
  return (abortSignal as AbortSignal | undefined) ?? never
}

/** Starts a request. Its connection might not be open yet. */
function open({ url, method, headers, agent, allowInsecureConnection }: PipelineRequest): http.ClientRequest {
  const { protocol } = new URL(url)
  const isInsecure = protocol !== 'https:'
  if (isInsecure && !allowInsecureConnection) throw new Error(`${url} is not sent without TLS`)
  const options = { method, headers: headers.toJSON({ preserveCase: true }), agent: agent as http.Agent | undefined }
  if (!isInsecure) return https.request(url, options)
  const proxy = proxyFor(url)
  return proxy ? openThroughProxy(proxy, url, options) : http.request(url, options)
}

/** Starts a request without TLS through a proxy, which gets the whole address (RFC 9112, 3.2.2). In place of the SDK's policy, which would be loaded before the first request. */
function openThroughProxy(proxy: URL, url: string, options: http.RequestOptions): http.ClientRequest {
  const { protocol, hostname, username, password } = proxy
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  const headers = {
    ...(options.headers as http.OutgoingHttpHeaders),
    host: new URL(url).host,
    ...(username && { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` }),
  }
  const host = hostname.replace(/^\[|\]$/g, '')
  const open = protocol === 'https:' ? https.request : http.request
  return open({ ...options, headers, host, port: proxy.port, path: url })
}

/** Failures of requests before anything of them was sent: no connection was opened for them. */
export const unsent = new WeakSet<object>()

async function receive(
  sent: http.ClientRequest,
  request: PipelineRequest,
  maxBytes: number,
): Promise<PipelineResponse> {
  const answering = waitForAnswer(sent, request)
  const body = request.body as string | Uint8Array | undefined
  // When the system has all of it, which is after the connection was opened (nodejs.org/api/http.html, event `finish`).
  sent.once('finish', () => request.onUploadProgress?.({ loadedBytes: body?.length ?? 0 }))
  sent.end(body)
  const answer = await answering
  const response = { request, status: answer.statusCode ?? 0, headers: readHeaders(answer) }
  if (request.method === 'HEAD') {
    answer.resume()
    return response
  }
  return { ...response, bodyAsText: await readBody(answer, request, maxBytes) }
}

function waitForAnswer(sent: http.ClientRequest, request: PipelineRequest): Promise<http.IncomingMessage> {
  let hasConnection = false
  sent.once('socket', () => {
    hasConnection = true
  })
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      const { code = RestError.REQUEST_SEND_ERROR } = error as NodeJS.ErrnoException
      const failure = new RestError(describeConnectionError(error), { code, request })
      if (!hasConnection || isOfConnecting(error)) unsent.add(failure)
      reject(failure)
    }
    sent.once('response', resolve)
    sent.once('error', fail)
    // For example after an answer that changes the protocol.
    sent.once('close', () => {
      fail(new Error('the connection was closed'))
    })
  })
}

/** Whether a connection could not be opened. Node tries the addresses of a name one after the other, and fails with the errors of all. */
function isOfConnecting(error: Error): boolean {
  if (error instanceof AggregateError) return (error.errors as Error[]).every(isOfConnecting)
  return ['connect', 'getaddrinfo'].includes((error as NodeJS.ErrnoException).syscall ?? '')
}

/** The message of an error; an AggregateError has only those of its parts. */
function describeConnectionError(error: Error): string {
  if (error.message || !(error instanceof AggregateError)) return error.message
  return (error.errors as Error[]).map(describeConnectionError).join('; ')
}

function readHeaders({ headers }: http.IncomingMessage): HttpHeaders {
  const read = createHttpHeaders()
  for (const [name, value] of Object.entries(headers)) {
    const [text] = [value].flat()
    if (text) read.set(name, text)
  }
  return read
}

async function readBody(answer: http.IncomingMessage, request: PipelineRequest, maxBytes: number): Promise<string> {
  // It also leaves out a byte order mark, which no JSON parser accepts (RFC 8259, 8.1).
  const utf8 = new TextDecoder()
  let text = ''
  let bytes = 0
  const collect = async (source: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of source) {
      bytes += chunk.length
      if (bytes > maxBytes) return
      text += utf8.decode(chunk, { stream: true })
    }
  }
  const decoder = await createDecoder(answer.headers['content-encoding'])
  // The SDK's code for an answer that can't be read.
  const lost = (message: string): RestError => new RestError(message, { code: RestError.PARSE_ERROR, request })
  try {
    await (decoder ? pipeline(answer, decoder, collect) : pipeline(answer, collect))
  } catch (error) {
    // Leaving the loop early also aborts the other streams.
    if (bytes <= maxBytes) throw lost(`the answer broke off (${messageOf(error)})`)
  }
  if (bytes > maxBytes) throw lost(`the answer is larger than ${maxBytes / megabyte} MB`)
  return text + utf8.decode()
}

/** The names of encodings can be in any letter case (RFC 9110, 8.4.1). Node's decoders are loaded here, and not before the first request. */
async function createDecoder(named: string | undefined) {
  const encoding = named?.trim().toLowerCase()
  if (encoding === 'gzip' || encoding === 'x-gzip') return (await import('node:zlib')).createGunzip()
  return encoding === 'deflate' ? (await import('node:zlib')).createInflate() : undefined
}
