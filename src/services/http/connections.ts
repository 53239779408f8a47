import { Agent } from 'node:https'
import { type PipelineRequest } from '@azure/core-rest-pipeline'
import { HttpsProxyAgent } from 'https-proxy-agent'
import { memoize } from '../../model/memoize.js'

/**
 * How long an idle connection is kept for another request, in milliseconds. Servers close theirs after 5 s (Node's default) or later, and Azure
 * drops idle connections to the outside after four minutes, in silence. A request on a connection that is just being closed would be lost.
 * Source: learn.microsoft.com/azure/load-balancer/load-balancer-tcp-idle-timeout.
 */
const idleMs = 4000

const kept = { keepAlive: true, timeout: idleMs }

/** Connections straight to the services. */
const direct = new Agent(kept)

/**
 * An agent whose connections are found again. Its base tells by the call stack whether a connection is for HTTPS, and is wrong about one that has
 * just got free (agent-base 7.1.4). All that goes through this one is HTTPS.
 */
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
 * apart, and through a proxy none at all: each request would begin with three round trips for the tunnel and TLS
 * (@typespec/ts-http-runtime 0.3.6, `proxyPolicy`).
 */
export function shareConnections(request: PipelineRequest): void {
  if (!request.url.startsWith('https:')) return
  if (request.agent instanceof HttpsProxyAgent) request.agent = throughProxy(request.agent.proxy.href)
  else request.agent ??= direct
}
