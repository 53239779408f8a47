import * as http from 'node:http'
import * as https from 'node:https'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createInflate } from 'node:zlib'
import {
  createHttpHeaders,
  type HttpHeaders,
  type PipelineRequest,
  type PipelineResponse,
  RestError,
} from '@azure/core-rest-pipeline'
import { abortable, messageOf } from 'kernel'
import { noteUnsent } from './failed-tries.js'

export const megabyte = 1_048_576

/** How large an answer with a token can be: tokens have a few kB, and more don't fit into the headers of a request. */
export const tokenBytes = 1 * megabyte

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
  return isInsecure ? http.request(url, options) : https.request(url, options)
}

async function receive(
  sent: http.ClientRequest,
  request: PipelineRequest,
  maxBytes: number,
): Promise<PipelineResponse> {
  const answering = waitForAnswer(sent, request)
  sent.end(request.body as string | Uint8Array | undefined)
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
      const failure = new RestError(describe(error), { code, request })
      if (!hasConnection || isOfConnecting(error)) noteUnsent(failure)
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
function describe(error: Error): string {
  if (error.message || !(error instanceof AggregateError)) return error.message
  return (error.errors as Error[]).map(describe).join('; ')
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
  const chunks: Buffer[] = []
  let bytes = 0
  const collect = async (source: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of source) {
      bytes += chunk.length
      if (bytes > maxBytes) return
      chunks.push(chunk)
    }
  }
  const decoder = createDecoder(answer.headers['content-encoding'])
  // The SDK's code for an answer that can't be read.
  const lost = (message: string): RestError => new RestError(message, { code: RestError.PARSE_ERROR, request })
  try {
    await (decoder ? pipeline(answer, decoder, collect) : pipeline(answer, collect))
  } catch (error) {
    // Leaving the loop early also aborts the other streams.
    if (bytes <= maxBytes) throw lost(`the answer broke off (${messageOf(error)})`)
  }
  if (bytes > maxBytes) throw lost(`the answer is larger than ${maxBytes / megabyte} MB`)
  // It also leaves out a byte order mark, which no JSON parser accepts (RFC 8259, 8.1).
  return new TextDecoder().decode(Buffer.concat(chunks))
}

/** The names of encodings can be in any letter case (RFC 9110, 8.4.1). */
function createDecoder(named: string | undefined) {
  const encoding = named?.trim().toLowerCase()
  if (encoding === 'gzip' || encoding === 'x-gzip') return createGunzip()
  return encoding === 'deflate' ? createInflate() : undefined
}
