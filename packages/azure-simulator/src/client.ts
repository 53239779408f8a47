// An HTTP client for tests that goes through the simulator's proxy and trusts its certificates.
import { HttpsProxyAgent } from 'https-proxy-agent'
import { readFileSync } from 'node:fs'
import { request as httpsRequest } from 'node:https'
import type { IncomingHttpHeaders } from 'node:http'
import type { Client, Simulator } from './index.js'

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  text: string
  /** The parsed JSON body; undefined if it is empty. */
  json: Json
}

/** Untyped JSON for tests. */
export interface Json {
  [key: string]: Json
  [index: number]: Json
}

export const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

export interface RequestOptions {
  token?: string
  headers?: Record<string, string>
  /** Objects are sent as JSON, URLSearchParams as a form. */
  body?: unknown
}

export interface RawClient {
  send(method: string, url: string, options?: RequestOptions): Promise<Answer>
  get(url: string, token?: string): Promise<Answer>
  idToken(audience?: string): Promise<string>
  /** Sends a client credentials request to the token endpoint. */
  requestToken(form: Record<string, string>, options?: { tenant?: string; host?: string }): Promise<Answer>
  /** Gets an access token for an application with GitHub's ID token. */
  signIn(app: Pick<Client, 'clientId'>, resource?: string): Promise<string>
}

/**
 * A client without any knowledge of Azure: plain HTTPS through the proxy, trusting the simulator's certificate
 * authority.
 */
export function connect(simulator: Pick<Simulator, 'environment' | 'runner' | 'world'>): RawClient {
  const { HTTPS_PROXY = '', NODE_EXTRA_CA_CERTS = '' } = simulator.environment
  const agent = new HttpsProxyAgent(HTTPS_PROXY)
  const ca = readFileSync(NODE_EXTRA_CA_CERTS)
  const { world } = simulator

  const send: RawClient['send'] = (method, url, options = {}) =>
    new Promise((resolve, reject) => {
      const form = options.body instanceof URLSearchParams ? options.body.toString() : undefined
      const payload = form ?? (options.body === undefined ? undefined : JSON.stringify(options.body))
      const headers = {
        ...(payload === undefined
          ? {}
          : {
              'content-type': form === undefined ? 'application/json' : 'application/x-www-form-urlencoded',
              'content-length': String(Buffer.byteLength(payload)),
            }),
        ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
        ...options.headers,
      }
      const request = httpsRequest(url, { method, agent, ca, headers }, response => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString()
          const isJson = response.headers['content-type']?.includes('json') === true
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text,
            json: (isJson && text !== '' ? JSON.parse(text.replace(/^\u{FEFF}/u, '')) : undefined) as Json,
          })
        })
      })
      request.on('error', reject)
      request.end(payload)
    })

  const idToken: RawClient['idToken'] = async (audience = world.cloud.federationAudience) => {
    const { requestUrl, requestToken } = simulator.runner
    const answer = await send('GET', `${requestUrl}&audience=${encodeURIComponent(audience)}`, { token: requestToken })
    return textOf(answer.json.value)
  }
  const requestToken: RawClient['requestToken'] = (
    form,
    { tenant = world.tenantId, host = world.cloud.loginHosts[0] } = {},
  ) =>
    send('POST', `https://${host}/${tenant}/oauth2/v2.0/token`, {
      body: new URLSearchParams({ grant_type: 'client_credentials', ...form }),
    })

  return {
    send,
    get: (url, token) => send('GET', url, token === undefined ? {} : { token }),
    idToken,
    requestToken,
    async signIn(app, resource = `https://${world.cloud.armHost}`) {
      const answer = await requestToken({
        client_id: app.clientId,
        scope: `${resource}/.default`,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: await idToken(),
      })
      if (answer.status !== 200) throw new Error(answer.text)
      return textOf(answer.json.access_token)
    },
  }
}

/** An Azure Resource Manager URL in the public cloud. */
export const arm = (path: string, apiVersion = '2022-04-01', query: Record<string, string> = {}): string =>
  `https://management.azure.com${path}?${new URLSearchParams({ 'api-version': apiVersion, ...query }).toString()}`
