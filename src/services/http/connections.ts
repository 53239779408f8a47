import { EventEmitter } from 'node:events'
import type { ClientRequest } from 'node:http'
import { Agent } from 'node:https'
import { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import {
  createEmptyPipeline,
  createHttpHeaders,
  createPipelineRequest,
  type HttpClient,
  type PipelineRequest,
  proxyPolicy,
} from '@azure/core-rest-pipeline'
import { HttpsProxyAgent } from 'https-proxy-agent'
import { memoize } from '../../model/memoize.js'
import { type Address, createReadyConnections } from './ready-connections.js'

/**
 * How long an idle connection is kept for another request, in milliseconds. Servers close theirs after 5 s (Node's default) or later, and Azure
 * drops idle connections to the outside after four minutes, in silence. A request on a connection that is just being closed would be lost.
 * Source: learn.microsoft.com/azure/load-balancer/load-balancer-tcp-idle-timeout.
 */
const idleMs = 4000

const kept = { keepAlive: true, timeout: idleMs }

/** Connections straight to the services. */
class DirectAgent extends Agent {
  readonly #ready = createReadyConnections(idleMs)

  openAhead(address: Address): void {
    const opened = super.createConnection({ ...this.options, ...address, servername: address.host })
    if (opened instanceof Socket) this.#ready.add(address, Promise.resolve(opened))
  }

  override createConnection(...[options, callback]: Parameters<Agent['createConnection']>): undefined {
    const { host, port } = options
    void this.#ready.take({ host: host ?? '', port: Number(port) }).then(ready => {
      const connection = ready ?? super.createConnection(options)
      if (connection) callback?.(null, connection)
    })
  }
}

/** Connections through a proxy. All of them are for HTTPS. */
class ProxyAgent extends HttpsProxyAgent<string> {
  readonly #ready = createReadyConnections(idleMs)

  openAhead(address: Address): void {
    // The request is only told of events, and there is none yet.
    const request = new EventEmitter() as unknown as ClientRequest
    const opening = super.connect(request, { ...address, servername: address.host, secureEndpoint: true })
    // Where the proxy refuses, the socket is none to the host, and the request gets its own refusal.
    const opened = opening.then(socket => (socket instanceof TLSSocket ? socket : undefined))
    this.#ready.add(address, opened)
  }

  override async connect(...[request, options]: Parameters<HttpsProxyAgent<string>['connect']>): Promise<Socket> {
    const ready = await this.#ready.take({ host: options.host ?? '', port: options.port })
    return ready ?? super.connect(request, options)
  }

  /** The base tells it by the call stack, and is wrong about a connection that has just got free (agent-base 7.1.4): it would not be found again. */
  override isSecureEndpoint(): boolean {
    return true
  }
}

const direct = new DirectAgent(kept)

/** Each proxy's own agent. */
const throughProxy = memoize((proxy: string) => {
  const agent = new ProxyAgent(proxy, { keepAlive: true })
  // https-proxy-agent 7.0.6 drops the other options, which Node's agent reads from here.
  Object.assign(agent.options, kept)
  return agent
})

/** The agent of a request to which the SDK's `proxyPolicy` has given the one of its proxy. */
function agentFor({ agent }: PipelineRequest): DirectAgent | ProxyAgent {
  return agent instanceof HttpsProxyAgent ? throughProxy(agent.proxy.href) : direct
}

/**
 * Has a request use connections that all SDK clients share and that are kept for the next one. Left to itself, the SDK keeps those of each client
 * apart, and through a proxy none at all: each request would begin with three round trips for the tunnel and TLS
 * (@typespec/ts-http-runtime 0.3.6, `proxyPolicy`).
 */
export function shareConnections(request: PipelineRequest): void {
  if (request.url.startsWith('https:')) request.agent = agentFor(request)
}

/** Opens the connection that a request would need, and sends nothing. */
const opener: HttpClient = {
  sendRequest(request) {
    const { hostname, port } = new URL(request.url)
    agentFor(request).openAhead({ host: hostname, port: Number(port || 443) })
    return Promise.resolve({ request, status: 0, headers: createHttpHeaders() })
  },
}

/**
 * Opens connections that the next requests to a service find ready, while something else is waited for: opening one takes two round trips, and
 * through a proxy three. Nothing is sent, and nothing fails: what could not be opened is opened by its request, which says why where it can't be.
 */
export async function openAhead(url: string, count: number): Promise<void> {
  const pipeline = createEmptyPipeline()
  pipeline.addPolicy(proxyPolicy())
  const opening = Array.from({ length: count }, () => pipeline.sendRequest(opener, createPipelineRequest({ url })))
  await Promise.allSettled(opening)
}
