import { request } from 'node:http'
import type { Simulator } from '../../src/index.js'

interface PlainAnswer {
  readonly status: number
  readonly json: Record<string, unknown>
}

/** Sends a GET over plain HTTP through the simulator's proxy. */
export const plainGet = (
  { environment }: Simulator,
  url: string,
  headers: Record<string, string>,
): Promise<PlainAnswer> =>
  new Promise((resolve, reject) => {
    const proxy = new URL(environment.HTTP_PROXY ?? '')
    const sent = request(
      { host: proxy.hostname, port: proxy.port, path: url, headers: { host: new URL(url).host, ...headers } },
      response => {
        let text = ''
        response.on('data', (chunk: Buffer) => (text += chunk.toString()))
        response.on('end', () => {
          resolve({
            status: response.statusCode ?? 0,
            json: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
          })
        })
      },
    )
    sent.on('error', reject)
    sent.end()
  })
