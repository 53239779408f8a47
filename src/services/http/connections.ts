import { Agent } from 'node:https'
import { type PipelineRequest } from '@azure/core-rest-pipeline'
import { HttpsProxyAgent } from 'https-proxy-agent'
import { memoize } from '../../model/memoize.js'

/**
 * How long an idle connection is kept for another request, in milliseconds. Servers close theirs after 5 s (Node's own) or minutes, and Azure's
 * outbound addresses drop theirs in silence after four: a request on a connection that is just being closed would be lost.
 * Source: learn.microsoft.com/azure/load-balancer/load-balancer-tcp-idle-timeout.
 */
const idleMs = 4000

const kept = { keepAlive: true, timeout: idleMs }

/** Connections straight to the services. */
const direct = new Agent(kept)

/** All that goes through it is HTTPS. Left to itself it tells by the call stack, which a connection that gets free has none of, so that none is found again (agent-base 7.1.4). */
class KeepingProxyAgent extends HttpsProxyAgent<string> {
  override isSecureEndpoint(): boolean {
    return true
  }
}

/** Connections through a proxy, each proxy's own. */
const throughProxy = memoize((proxy: string) => {
  const agent = new KeepingProxyAgent(proxy, { keepAlive: true })
  // https-proxy-agent 7.0.6 drops the other options, which Node's agent reads from here.
  Object.assign(agent.options, kept)
  return agent
})

/**
 * Has a request use connections that all SDK clients share and that are kept for the next one. Left to itself, the SDK keeps those of each client
 * apart, and through a proxy none at all: each request would begin with three round trips for the tunnel and TLS (@typespec/ts-http-runtime 0.3.6, `proxyPolicy`).
 */
export function shareConnections(request: PipelineRequest): void {
  if (!request.url.startsWith('https:')) return
  if (request.agent instanceof HttpsProxyAgent) request.agent = throughProxy(request.agent.proxy.href)
  else request.agent ??= direct
}
