import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createRawServer, type AddressInfo, type Server as RawServer } from 'node:net'
import { deflateSync, gzipSync } from 'node:zlib'
import { createHttpHeaders, createPipelineRequest } from '@azure/core-rest-pipeline'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { exchange } from '../src/http/client.js'
import { hadNoEffect } from '../src/http/retries.js'

const servers: (Server | RawServer)[] = []

afterEach(() => {
  for (const server of servers.splice(0)) {
    if ('closeAllConnections' in server) server.closeAllConnections()
    server.close()
  }
})

async function listen(server: Server | RawServer): Promise<string> {
  servers.push(server)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

const serve = (listener: RequestListener) => listen(createServer(listener))

const get = (url: string, more: object = {}) =>
  createPipelineRequest({ url, allowInsecureConnection: true, headers: createHttpHeaders(), ...more })

const kilobyte = 1024

describe('an exchange', () => {
  it('sends the body, and reads the status, the headers and the body', async () => {
    const url = await serve((request, response) => {
      let text = ''
      request.on('data', (chunk: Buffer) => (text += chunk.toString()))
      request.on('end', () => {
        response.setHeader('set-cookie', ['a', 'b'])
        response.writeHead(201, { 'x-length': request.headers['content-length'] }).end(`${request.method} ${text} ü`)
      })
    })
    const { status, headers, bodyAsText } = await exchange(get(url, { method: 'PUT', body: '{"ü":1}' }), kilobyte)
    expect({ status, bodyAsText }).toEqual({ status: 201, bodyAsText: 'PUT {"ü":1} ü' })
    expect(headers.get('x-length')).toBe('8')
    expect(headers.get('set-cookie')).toBe('a')
  })

  it.each([
    ['gzip', gzipSync('whole')],
    ['GZip', gzipSync('whole')],
    ['x-gzip', gzipSync('whole')],
    ['deflate', deflateSync('whole')],
    ['identity', Buffer.from('whole')],
  ])('decompresses %s', async (encoding, body) => {
    const url = await serve((_, response) => response.writeHead(200, { 'content-encoding': encoding }).end(body))
    expect((await exchange(get(url), kilobyte)).bodyAsText).toBe('whole')
  })

  it('leaves out a byte order mark', async () => {
    const url = await serve((_, response) => response.writeHead(200).end('\uFEFF{}'))
    expect((await exchange(get(url), kilobyte)).bodyAsText).toBe('{}')
  })

  it.each([
    ['arrives in two parts', [0xc3, 0xbc], 'ü'],
    ['never arrives whole', [0xc3], '\uFFFD'],
  ])('reads a character that %s', async (_case, bytes, text) => {
    const url = await serve((_, response) => {
      response.write(Buffer.from(bytes.slice(0, 1)), () =>
        setTimeout(() => response.end(Buffer.from(bytes.slice(1))), 20),
      )
    })
    expect((await exchange(get(url), kilobyte)).bodyAsText).toBe(text)
  })

  it('has no body after HEAD', async () => {
    const url = await serve((_, response) => response.writeHead(200, { 'content-length': 7 }).end())
    expect(await exchange(get(url, { method: 'HEAD' }), kilobyte)).not.toHaveProperty('bodyAsText')
  })

  it.each([
    ['plain', Buffer.alloc(3000, ' '), {}],
    ['compressed', gzipSync(Buffer.alloc(3000, ' ')), { 'content-encoding': 'gzip' }],
  ])('ends when the body is too large: %s', async (_, body, headers) => {
    const url = await serve((_request, response) => response.writeHead(200, headers).end(body))
    const message: unknown = expect.stringMatching(/^the answer is larger than \S+ MB$/)
    const tooLarge = { name: 'RestError', code: 'PARSE_ERROR', message }
    await expect(exchange(get(url), 2 * 1024)).rejects.toMatchObject(tooLarge)
    expect((await exchange(get(url), 3000)).bodyAsText).toHaveLength(3000)
  })

  it.each([
    ['plain', Buffer.from('{"value":['), {}],
    ['compressed', gzipSync('{"value":[1,2,3]}').subarray(0, 15), { 'content-encoding': 'gzip' }],
  ])('fails when the body breaks off: %s', async (_, part, headers) => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { ...headers, 'content-length': 1000 }).write(part)
      setTimeout(() => response.destroy(), 20)
    })
    await expect(exchange(get(url), kilobyte)).rejects.toMatchObject({ name: 'RestError', code: 'PARSE_ERROR' })
  })

  it.each([
    ['before the answer', undefined],
    ['in the middle of a compressed body', gzipSync('whole').subarray(0, 15)],
  ])('ends when it is cancelled %s', async (_, part) => {
    const url = await serve((_request, response) => {
      if (part) response.writeHead(200, { 'content-encoding': 'gzip' }).write(part)
    })
    const abortSignal = AbortSignal.timeout(100)
    await expect(exchange(get(url, { abortSignal }), kilobyte)).rejects.toMatchObject({ name: 'AbortError' })
    await expect(exchange(get(url, { abortSignal }), kilobyte)).rejects.toMatchObject({ name: 'AbortError' })
  })

  it('fails if the answer is not HTTP, and then something may have been done', async () => {
    const url = await listen(createRawServer(socket => socket.end('220 mail.example ESMTP\r\n')))
    const failure: unknown = await exchange(get(url), kilobyte).catch((error: unknown) => error)
    expect(failure).toMatchObject({ name: 'RestError', code: expect.stringMatching(/^HPE_/) as string })
    expect(hadNoEffect(failure)).toBe(false)
  })

  it('fails if the server switches to another protocol', async () => {
    const switching = 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'
    const url = await listen(createRawServer(socket => socket.on('data', () => socket.write(switching))))
    await expect(exchange(get(url), kilobyte)).rejects.toMatchObject({ name: 'RestError' })
  })

  it('has sent nothing if no connection could be opened', async () => {
    const url = await listen(createRawServer())
    for (const server of servers.splice(0)) server.close()
    const failure: unknown = await exchange(get(url), kilobyte).catch((error: unknown) => error)
    expect(failure).toMatchObject({ name: 'RestError', code: 'ECONNREFUSED' })
    expect(hadNoEffect(failure)).toBe(true)
  })

  it.each([
    ['through a proxy', '', ['http://shop.internal:8080/a?b=1', 'shop.internal:8080', 'Basic c2hvcDpwQHNz']],
    ['past one that it is not for', '127.0.0.1', ['/a?b=1', undefined, undefined]],
  ])('goes %s without TLS', async (_, bypassed, seen) => {
    const own = await serve((request, response) => {
      const { host, 'proxy-authorization': credentials } = request.headers
      response.end(JSON.stringify([request.url, host?.startsWith('127.') ? undefined : host, credentials]))
    })
    vi.stubEnv('HTTP_PROXY', own.replace('//', '//shop:p%40ss@'))
    vi.stubEnv('NO_PROXY', bypassed)
    const url = bypassed ? `${own}a?b=1` : 'http://shop.internal:8080/a?b=1'
    const { bodyAsText } = await exchange(get(url), kilobyte)
    expect(JSON.parse(bodyAsText ?? '')).toEqual(JSON.parse(JSON.stringify(seen)))
  })

  it('is not sent without TLS unless that is allowed', async () => {
    const plain = get('http://127.0.0.1:9/', { allowInsecureConnection: false })
    await expect(exchange(plain, kilobyte)).rejects.toThrow('without TLS')
  })
})
