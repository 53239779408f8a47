import { subscribe } from 'node:diagnostics_channel'
import { EventEmitter } from 'node:events'
import type { ClientRequest } from 'node:http'
import { Agent } from 'node:https'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { TLSSocket } from 'node:tls'
import type { HttpClient, PipelineRequest, PipelineResponse } from '@azure/core-rest-pipeline'
import { HttpsProxyAgent } from 'https-proxy-agent'
import { memoize, startLimit, systemClock } from 'kernel'
import { proxyFor } from './proxy.js'

/**
 * How long an idle connection is kept for another request, in milliseconds. A request on a connection that the server is closing would be lost:
 * servers close theirs after 5 s (Node's default) or later, and Azure silently drops idle outbound connections after four minutes.
 * Source: learn.microsoft.com/azure/load-balancer/load-balancer-tcp-idle-timeout.
 */
const idleMs = 4000

const kept = { keepAlive: true, timeout: idleMs }

const ignore = (): void => undefined

/** When each connection was used last, by the process's own clock. */
const usedAt = new WeakMap<Duplex, number>()

/**
 * Closes the idle connections that must not be used any more. Node's own limit is a timer: a process that had to wait for a CPU can send a request before
 * it, and before it sees that the server has closed the connection.
 */
function closeStale({ freeSockets }: DirectAgent | ProxyAgent): void {
  const isStale = (socket: Socket): boolean =>
    !socket.writable || systemClock.now() - (usedAt.get(socket) ?? 0) >= idleMs
  for (const socket of Object.values(freeSockets).flatMap(each => (each ?? []).filter(isStale))) {
    // Documented to take it from the agent at once (nodejs.org/api/http.html, `http.Agent`).
    socket.emit('agentRemove')
    socket.destroy()
  }
}

/*
 * A socket error without a listener ends the process. https-proxy-agent 7.0.6 leaves a connection to a proxy without one when it can't start TLS,
 * so a listener is added to every new socket (nodejs.org/api/diagnostics_channel.html, `net.client.socket`).
 */
subscribe('net.client.socket', message => {
  ;(message as { socket: Socket }).socket.on('error', ignore)
})

/** Connections without a proxy. */
class DirectAgent extends Agent {
  readonly #ready = createReadyConnections()

  openAhead(host: string, port: number): void {
    const opened = super.createConnection({ ...this.options, host, port, servername: host })
    if (!(opened instanceof Socket)) return
    // It may fail before anyone else listens, and an error without a listener ends the process.
    opened.on('error', ignore)
    this.#ready.add(host, port, Promise.resolve(opened))
  }

  override createConnection(...[options, callback]: Parameters<Agent['createConnection']>): undefined {
    const { host, port } = options
    const connect = async (): Promise<void> => {
      const ready = await this.#ready.take(host ?? '', Number(port))
      const connection = ready ?? super.createConnection(options)
      if (connection) callback?.(null, connection)
    }
    // createConnection throws if Node's TLS options are invalid; the request then fails with that.
    connect().catch((error: unknown) => callback?.(error as Error, undefined as never))
  }
}

/** Connections through a proxy. All of them are for HTTPS. */
class ProxyAgent extends HttpsProxyAgent<string> {
  readonly #ready = createReadyConnections()

  openAhead(host: string, port: number): void {
    // There is no request yet, and the base class only emits events on it.
    const request = new EventEmitter() as unknown as ClientRequest
    const opening = super.connect(request, { host, port, servername: host, secureEndpoint: true })
    // If the proxy refuses, the socket doesn't lead to the host, and the request gets a refusal of its own.
    const opened = opening.then(socket => (socket instanceof TLSSocket ? socket : undefined))
    this.#ready.add(host, port, opened)
  }

  override async connect(...[request, options]: Parameters<HttpsProxyAgent<string>['connect']>): Promise<Socket> {
    const ready = await this.#ready.take(options.host ?? '', options.port)
    return ready ?? super.connect(request, options)
  }

  /** The base class guesses by the call stack, and is wrong for a connection that has just become idle (agent-base 7.1.4). It would not be reused. */
  override isSecureEndpoint(): boolean {
    return true
  }
}

/** Notes when connections are used: Node's agent emits this when an answer is complete (lib/_http_agent.js). */
function noteUses(agent: Agent | ProxyAgent): void {
  agent.on('free', (socket: Duplex) => usedAt.set(socket, systemClock.now()))
}

const direct = new DirectAgent(kept)
noteUses(direct)

/** One agent per proxy. */
const throughProxy = memoize((proxy: string) => {
  const agent = new ProxyAgent(proxy, { keepAlive: true })
  // https-proxy-agent 7.0.6 drops all other options; Node's agent reads them from here.
  Object.assign(agent.options, kept)
  noteUses(agent)
  return agent
})

function agentFor(url: string): DirectAgent | ProxyAgent {
  const proxy = proxyFor(url)
  return proxy ? throughProxy(proxy.href) : direct
}

/**
 * Keeps the SDK clients' own policy from reading the proxy variables: it reads others than the runner, understands only half of what `NO_PROXY` can
 * hold, and throws on an address without a scheme (@typespec/ts-http-runtime 0.3.6, `proxyPolicy`). The address is never used, because `route`
 * replaces the agent.
 */
export const proxyOptions = { host: 'http://proxy.invalid', port: 9 }

/**
 * Sends a request directly or through the proxy that the environment names. All SDK clients share the connections and reuse them. By itself, the SDK
 * shares none between clients and reuses none through a proxy: each request would start with three round trips for the tunnel and TLS.
 */
export async function route(request: PipelineRequest, client: HttpClient): Promise<PipelineResponse> {
  if (request.url.startsWith('https:')) {
    const agent = agentFor(request.url)
    request.agent = agent
    if (Object.keys(agent.freeSockets).length > 0) {
      // Reads first what has arrived: that an idle connection was closed.
      await setImmediate()
      closeStale(agent)
    }
    return client.sendRequest(request)
  }
  delete request.agent
  return client.sendRequest(request)
}

/**
 * Opens connections for the next requests to a service in advance, which saves two round trips each, and three through a proxy. An attach with 100 ms a
 * round trip takes 829 ms where nothing is to be written and 1,041 ms where a role assignment is; 1,144 and 1,363 ms without it; 944 and 1,211 ms if it is
 * done for Microsoft Entra alone, 939 and 1,164 ms for Azure Resource Manager alone (medians of 7 alternating runs, through a proxy). Never throws: if a
 * connection can't be opened, its request tries again and reports why.
 */
export function openAhead(url: string, count: number): void {
  try {
    const { hostname, port } = new URL(url)
    for (let opened = 0; opened < count; opened += 1) agentFor(url).openAhead(hostname, Number(port || 443))
  } catch {
    // The request will fail in the same way and report it.
  }
}

/**
 * How long a connection waits for its first request, in milliseconds: servers wait for a minute or longer (nginx `client_header_timeout`, Node
 * `headersTimeout`). One that can't be opened fails with the time limit of its request.
 */
const waitingMs = 30_000

/** Connections that were opened in advance, for the first requests to an address. */
function createReadyConnections() {
  /** By host and port; the limit of each ends when it must not be used any more. */
  const byAddress = new Map<string, { socket: Promise<Socket | undefined>; limit: ReturnType<typeof startLimit> }[]>()
  return {
    /** Keeps a connection for the next request to the address, unless it fails or closes before that. */
    add(host: string, port: number, opening: Promise<Socket | undefined>): void {
      const key = `${host}:${port}`
      const socket = opening.catch(() => undefined)
      // An error without a listener would end the process.
      void socket.then(opened => opened?.on('error', ignore))
      byAddress.set(key, [...(byAddress.get(key) ?? []), { socket, limit: startLimit(waitingMs) }])
    },
    /** Hands over a connection to the address; undefined when none is left. */
    async take(host: string, port: number): Promise<Socket | undefined> {
      for (;;) {
        const ready = byAddress.get(`${host}:${port}`)?.shift()
        if (!ready) return undefined
        ready.limit.end()
        if (ready.limit.signal.aborted) {
          void ready.socket.then(socket => socket?.destroy())
        } else {
          const socket = await ready.socket
          if (socket?.writable) return socket
        }
      }
    },
  }
}
