import { subscribe } from 'node:diagnostics_channel'
import { EventEmitter } from 'node:events'
import type { ClientRequest } from 'node:http'
import { Agent } from 'node:https'
import { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import {
  type HttpClient,
  type PipelinePolicy,
  type PipelineRequest,
  type PipelineResponse,
  proxyPolicy,
} from '@azure/core-rest-pipeline'
import { HttpsProxyAgent } from 'https-proxy-agent'
import { memoize } from '../../model/memoize.js'
import { proxyFor } from '../proxy.js'
import { type Address, createReadyConnections } from './ready-connections.js'

/**
 * How long an idle connection is kept for another request, in milliseconds. Servers close theirs after 5 s (Node's default) or later, and Azure
 * drops idle connections to the outside after four minutes, in silence. A request on a connection that is just being closed would be lost.
 * Source: learn.microsoft.com/azure/load-balancer/load-balancer-tcp-idle-timeout.
 */
const idleMs = 4000

const kept = { keepAlive: true, timeout: idleMs }

const ignore = (): void => undefined

/*
 * An error that no one listens to ends the process. https-proxy-agent 7.0.6 leaves a connection to a proxy without a listener when it can't begin TLS on
 * it; Node announces each (nodejs.org/api/diagnostics_channel.html, `net.client.socket`).
 */
subscribe('net.client.socket', message => {
  ;(message as { socket: Socket }).socket.on('error', ignore)
})

/** Connections straight to the services. */
class DirectAgent extends Agent {
  readonly #ready = createReadyConnections(idleMs)

  openAhead(address: Address): void {
    const opened = super.createConnection({ ...this.options, ...address, servername: address.host })
    if (!(opened instanceof Socket)) return
    // From now on: it may fail before whoever keeps it hears of it, and an error without a listener ends the process.
    opened.on('error', ignore)
    this.#ready.add(address, Promise.resolve(opened))
  }

  override createConnection(...[options, callback]: Parameters<Agent['createConnection']>): undefined {
    const { host, port } = options
    const connect = async (): Promise<void> => {
      const ready = await this.#ready.take({ host: host ?? '', port: Number(port) })
      const connection = ready ?? super.createConnection(options)
      if (connection) callback?.(null, connection)
    }
    // It throws where Node's options for TLS can't be used, which is the request's failure.
    connect().catch((error: unknown) => callback?.(error as Error, undefined as never))
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

/** The agent of a URL with TLS. */
function agentFor(url: string): DirectAgent | ProxyAgent {
  const proxy = proxyFor(url)
  return proxy ? throughProxy(proxy.href) : direct
}

/** Each proxy's own policy for requests without TLS, which the SDK knows how to send through one. */
const plainThroughProxy = memoize((proxy: string): PipelinePolicy => {
  const { origin, port, protocol, username, password } = new URL(proxy)
  const settings = { host: origin, port: Number(port || (protocol === 'https:' ? 443 : 80)) }
  const credentials = { ...(username && { username }), ...(password && { password }) }
  return proxyPolicy({ ...settings, ...credentials }, { customNoProxyList: [] })
})

/**
 * Settings that keep the SDK clients' own policy from reading the proxy variables: it reads others than the runner, understands half of what `NO_PROXY`
 * may hold, and throws at an address without a scheme (@typespec/ts-http-runtime 0.3.6, `proxyPolicy`). No request goes there, because `sendOnItsWay`
 * replaces the agent.
 */
export const proxyOptions = { host: 'http://proxy.invalid', port: 9 }

/**
 * Sends a request straight to its host or through the proxy, as the environment has it, and by connections that all SDK clients share and that are kept
 * for the next one. Left to itself, the SDK keeps those of each client apart, and through a proxy none at all: each request would begin with three
 * round trips for the tunnel and TLS.
 */
export async function sendOnItsWay(request: PipelineRequest, client: HttpClient): Promise<PipelineResponse> {
  if (request.url.startsWith('https:')) {
    request.agent = agentFor(request.url)
    return client.sendRequest(request)
  }
  delete request.agent
  const proxy = proxyFor(request.url)
  const send = (sent: PipelineRequest): Promise<PipelineResponse> => client.sendRequest(sent)
  return proxy ? plainThroughProxy(proxy.href).sendRequest(request, send) : send(request)
}

/**
 * Opens connections that the next requests to a service find ready, while something else is waited for: opening one takes two round trips, and
 * through a proxy three. Nothing is sent, and nothing fails, whatever is in the environment: what could not be opened is opened by its request, which
 * says why where it can't be.
 */
export function openAhead(url: string, count: number): void {
  try {
    const { hostname, port } = new URL(url)
    for (let opened = 0; opened < count; opened += 1)
      agentFor(url).openAhead({ host: hostname, port: Number(port || 443) })
  } catch {
    // The request fails in the same way, and its failure is reported.
  }
}
