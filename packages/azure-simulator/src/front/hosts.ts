// Maps host names to the simulator's services.
import { clouds } from '../model/clouds.js'
import type { ClusterMachine } from '../model/cluster-machine.js'
import type { Exchange } from '../model/exchange.js'
import type { Runner } from '../runner/runner.js'
import { createArmApp } from '../services/arm/app.js'
import { createEntra } from '../services/entra/app.js'
import { createGithubApp } from '../services/github/app.js'
import { createGithubOidc, githubOidcHosts } from '../services/runner/id-tokens.js'
import { createGraphApp } from '../services/graph/app.js'
import { appServiceHost, instanceMetadataHost, type ManagedIdentity } from '../services/runner/managed-identity.js'
import { createClusterHosts } from '../services/kubernetes/api/hosts.js'
import { createRegistryHosts } from '../services/registry/hosts.js'
import { createSigningKey, type SigningKey } from '../services/tokens/signing-keys.js'
import type { World } from '../world/world.js'

/** All worlds share the keys of GitHub and Entra: creating them takes longer than the rest of the start. */
export const keys: { readonly tokens: SigningKey; readonly github: SigningKey } = {
  tokens: createSigningKey(),
  github: createSigningKey(),
}

/** A service behind a host name. */
export interface Service {
  readonly kind:
    | 'arm'
    | 'entra'
    | 'github'
    | 'github-oidc'
    | 'graph'
    | 'managed-identity'
    | 'registry'
    | 'source-registry'
    | 'kubernetes'
  /** Whether it is reachable by plain HTTP, by TLS through a tunnel, or by both. */
  readonly reach: 'plain' | 'tunnel' | 'both'
  /** Whether the host is reachable from a network; undefined is the runner's network. */
  readonly isReachableFrom?: (network: string | undefined) => boolean
  readonly fetch: (request: Request, exchange: Exchange) => Response | Promise<Response>
}

interface Application {
  fetch(request: Request, exchange: Exchange): Response | Promise<Response>
}

/** Maps host names (with any non-default port) to services. */
export interface Hosts {
  get(host: string): Service | undefined
}

/** The host name under which a request's service is registered. */
export const hostOf = (hosts: Hosts, url: URL): string => (hosts.get(url.host) === undefined ? url.hostname : url.host)

/**
 * The real host names of the three clouds, GitHub and an Azure machine's token endpoints, and those of the world's
 * current registries and clusters, each with its service.
 */
export function createHosts(
  world: World,
  runner: Runner,
  managedIdentity: ManagedIdentity,
  machine: ClusterMachine,
): Hosts {
  const hosts = new Map<string, Service>()
  const add = (host: string, kind: Service['kind'], app: Application): void => {
    hosts.set(host, {
      kind,
      reach: kind === 'managed-identity' ? 'plain' : kind === 'github-oidc' ? 'both' : 'tunnel',
      fetch: (request, exchange) => app.fetch(request, exchange),
    })
  }
  const github = createGithubOidc(world, runner, keys.github)
  for (const host of githubOidcHosts) add(host, 'github-oidc', github)
  add(new URL(runner.apiUrl).host, 'github', createGithubApp(world.github, runner))
  for (const cloud of Object.values(clouds)) {
    const entra = createEntra(world, cloud, keys)
    for (const host of cloud.loginHosts) add(host, 'entra', entra)
    add(cloud.graphHost, 'graph', createGraphApp(world, cloud, keys.tokens))
    add(cloud.armHost, 'arm', createArmApp(world, cloud, keys.tokens, machine))
  }
  for (const host of [instanceMetadataHost, appServiceHost]) add(host, 'managed-identity', managedIdentity.app)
  const registries = createRegistryHosts(world, keys.tokens)
  const clusters = createClusterHosts(world, keys.tokens, machine.closing)
  return {
    get(host) {
      const known = hosts.get(host) ?? hosts.get(hostOfRegion(host))
      if (known !== undefined) return known
      const registry = registries.get(host)
      if (registry !== undefined) {
        const { kind, app } = registry
        return { kind, reach: 'tunnel', fetch: (request, exchange) => app.fetch(request, exchange) }
      }
      const cluster = clusters.get(host)
      if (cluster === undefined) return undefined
      return {
        kind: 'kubernetes',
        reach: 'tunnel',
        isReachableFrom: network => cluster.isReachableFrom(network),
        fetch: async (request, exchange) => (await cluster.app()).fetch(request, exchange),
      }
    },
  }
}

/** The host of Azure Resource Manager of which a host such as `eastus2.management.azure.com` is the part in a region (recorded in operations, July 2025). */
function hostOfRegion(host: string): string {
  const cloud = Object.values(clouds).find(({ armHost }) => host.endsWith(`.${armHost}`))
  return cloud?.armHost ?? ''
}

/**
 * Hosts that unmodified clients contact but can do without. They are refused like any other host that isn't simulated,
 * but recorded in `refusals` instead of `problems`. The values say what azure-cli 2.74 uses them for.
 */
export const sideHosts: ReadonlyMap<string, string> = new Map([
  ['dc.services.visualstudio.com', 'telemetry (azure-cli-telemetry, unless core.collect_telemetry is off)'],
  ['raw.githubusercontent.com', 'the newest version, after a login (core/util.py `get_latest_from_github`)'],
  [
    'app.aladdin.microsoft.com',
    'examples to print under a wrong command (core/parser.py, core/command_recommender.py)',
  ],
  ['aka.ms', 'the index of extensions, under an unknown command (core/extension/dynamic_install.py)'],
])
