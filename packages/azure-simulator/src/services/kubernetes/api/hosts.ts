import { sameId } from '../../../model/ids.js'
import type { SigningKey } from '../../tokens/signing-keys.js'
import { accessOf } from '../../../world/cluster-access.js'
import { isCluster, type Cluster } from '../../../world/clusters.js'
import type { World } from '../../../world/world.js'
import type { KubernetesApp } from './app.js'

/** The API servers of the world's clusters. */
export interface ClusterHosts {
  get(host: string): ClusterHost | undefined
}

interface ClusterHost {
  app(): Promise<KubernetesApp>
  isReachableFrom(network: string | undefined): boolean
}

/** A cluster's inside is created, and its code loaded, on the first request to its API server. */
export function createClusterHosts(world: World, key: SigningKey, closing: AbortSignal): ClusterHosts {
  const apps = new Map<Cluster, Promise<KubernetesApp>>()
  const start = async (cluster: Cluster): Promise<KubernetesApp> => {
    const [{ createKubernetesApp }, { startControllers }, { canIPullRepository, createCanIPull }] = await Promise.all([
      import('./app.js'),
      import('../controllers/controllers.js'),
      import('../nodes/canipull.js'),
    ])
    const { programs } = cluster.kubernetes
    if (!programs.has(canIPullRepository)) programs.set(canIPullRepository, createCanIPull(world, cluster))
    startControllers(world, cluster, closing)
    return createKubernetesApp(world, cluster, key, closing)
  }
  return {
    get(host) {
      const cluster = world.resources.filter(isCluster).find(candidate => {
        if (candidate.external !== undefined) return false
        const { fqdn, privateFqdn } = accessOf(candidate)
        return sameId(fqdn, host) || (privateFqdn !== undefined && sameId(privateFqdn, host))
      })
      if (cluster === undefined) return undefined
      return {
        app() {
          const app = apps.get(cluster) ?? start(cluster)
          apps.set(cluster, app)
          return app
        },
        isReachableFrom: network => isReachable(world, cluster, network),
      }
    },
  }
}

/** The network of a cluster's nodes, as a user name for the proxy. */
export const networkOf = (cluster: Cluster): string => accessOf(cluster).fqdn.split('.')[0] ?? ''

/**
 * Always reachable from inside, from elsewhere as the cluster's settings allow. A stopped cluster has no API server.
 */
function isReachable(world: World, cluster: Cluster, network: string | undefined): boolean {
  const { isRunning, isPrivate, authorizedIpRanges } = accessOf(cluster)
  if (!isRunning) return false
  if (network === networkOf(cluster)) return true
  if (isPrivate) return false
  return authorizedIpRanges.length === 0 || authorizedIpRanges.some(range => contains(range, world.callerAddress))
}

/** Whether an IPv4 address equals the given one or is in the CIDR range. */
function contains(range: string, address: string): boolean {
  const [base = '', bits = '32'] = range.split('/')
  const number = (text: string): number => text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  const size = 2 ** (32 - Number(bits))
  return Math.floor(number(base) / size) === Math.floor(number(address) / size)
}
