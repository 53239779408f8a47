import type { Exchange } from '../../../model/exchange.js'
import type { SigningKey } from '../../tokens/signing-keys.js'
import type { Cluster } from '../../../world/clusters.js'
import type { Pod } from '../../../world/kubernetes-objects.js'
import type { World } from '../../../world/world.js'
import { answerReview, authorize } from '../access/authorization.js'
import { readObject, type Call } from './bodies.js'
import { answerDiscovery } from './discovery.js'
import { answerLog } from './logs.js'
import { answerOpenApi } from './openapi.js'
import { readPath, verbOf } from './path.js'
import { verbsOf } from '../objects/resources.js'
import { createReads } from './reads.js'
import { KubernetesError, kubernetesErrors } from '../objects/status.js'
import { authenticate } from '../access/users.js'
import { createWrites } from './writes.js'

/** Answers requests to a cluster's host. */
export interface KubernetesApp {
  fetch(request: Request, exchange: Exchange): Promise<Response>
}

/** One cluster's API server. */
export function createKubernetesApp(
  world: World,
  cluster: Cluster,
  key: SigningKey,
  closing: AbortSignal,
): KubernetesApp {
  const { kubernetes } = cluster
  const reads = createReads(kubernetes.store, closing)
  const writes = createWrites(kubernetes, reads)
  const version = (cluster.body.properties as { kubernetesVersion: string }).kubernetesVersion

  const answer = async (request: Request, exchange: Exchange): Promise<Response> => {
    const url = new URL(request.url)
    const path = url.pathname.replace(/(.)\/$/, '$1')
    const accept = request.headers.get('accept') ?? ''
    const user = await authenticate(world, cluster, key, request, exchange)
    exchange.record.caller = user.displayName

    const plain = answerPlain(path, version)
    const found = plain ?? answerDiscovery(path, accept) ?? answerOpenApi(path, version)
    if (found !== undefined) {
      authorize(world, cluster, user, { kind: 'path', verb: request.method.toLowerCase(), path })
      return found
    }
    const target = readPath(path)
    if (target === undefined) {
      // Clients check for resources that a cluster may not have, and kubectl asks for a schema before it uses the one that it has built in.
      if (!/^\/apis?\/|^\/openapi\/v2$/.test(path)) exchange.problem('no such route')
      throw kubernetesErrors.noSuchResource()
    }
    const { resource, namespace, name, subresource } = target
    const verb = verbOf(request.method, target, url)
    authorize(world, cluster, user, {
      kind: 'resource',
      verb,
      group: resource.group,
      resource: resource.name,
      subresource,
      // So that a role binding in a namespace can allow reading the namespace itself (k8s.io/apiserver `RequestInfoFactory`).
      namespace: resource.name === 'namespaces' ? name : namespace,
      name,
    })
    if (subresource === undefined && !verbsOf(resource).includes(verb)) {
      exchange.problem(`${verb} of ${resource.name} is not simulated`)
      throw kubernetesErrors.methodNotAllowed()
    }
    const call: Call = { request, url, target, resource, isDryRun: url.searchParams.has('dryRun') }
    if (resource.isReview) {
      const body = (await readObject(request)) as Parameters<typeof answerReview>[4]
      return Response.json(answerReview(world, cluster, user, resource.kind, body), { status: 201 })
    }
    switch (verb) {
      case 'watch':
        return reads.watch(call)
      case 'list':
        return reads.list(call)
      case 'deletecollection':
        return writes.deleteCollection(call)
      case 'create':
        return subresource === undefined ? writes.create(call) : writes.createSubresource(call)
      case 'get':
        return subresource === 'log'
          ? answerLog(cluster, reads.current(call) as Pod, url.searchParams)
          : reads.get(call)
      case 'update':
        return writes.update(call)
      case 'patch':
        return writes.patch(call)
      default:
        return writes.remove(call)
    }
  }

  return {
    async fetch(request, exchange) {
      try {
        return await answer(request, exchange)
      } catch (error) {
        if (!(error instanceof KubernetesError)) throw error
        return Response.json(error.body, { status: error.code })
      }
    },
  }
}

function answerPlain(path: string, version: string): Response | undefined {
  if (/^\/(healthz|livez|readyz)(\/|$)/.test(path))
    return new Response('ok', { headers: { 'content-type': 'text/plain' } })
  if (path !== '/version') return undefined
  const [major, minor] = version.split('.')
  return Response.json({
    major,
    minor,
    gitVersion: `v${version}`,
    gitCommit: 'a7245cdf3f69e11356c7e8f92b3e78ca4ee4e757',
    gitTreeState: 'clean',
    buildDate: '2025-09-30T12:00:00Z',
    goVersion: 'go1.24.6',
    compiler: 'gc',
    platform: 'linux/amd64',
  })
}
