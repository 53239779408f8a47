// Which service of the simulator answers for which host name.
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

/** GitHub and Entra are one for all worlds, and so are their keys; making them takes longer than starting the rest. */
export const keys: { readonly tokens: SigningKey; readonly github: SigningKey } = {
  tokens: createSigningKey(),
  github: createSigningKey(),
}

/** A service that answers for a host. */
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
  /** Plain HTTP; the others only answer through a tunnel. */
  readonly isPlain: boolean
  /** Whether packets get there from a network: undefined is the one that the runner is in. */
  readonly isReachableFrom?: (network: string | undefined) => boolean
  readonly fetch: (request: Request, exchange: Exchange) => Response | Promise<Response>
}

interface Application {
  fetch(request: Request, exchange: Exchange): Response | Promise<Response>
}

/** Host names, with a port unless it is the scheme's own, to the service that answers. */
export interface Hosts {
  get(host: string): Service | undefined
}

/** The name that a request's service is known by. */
export const hostOf = (hosts: Hosts, url: URL): string => (hosts.get(url.host) === undefined ? url.hostname : url.host)

/**
 * The real host names of the three clouds, of GitHub, and of an Azure machine's token endpoints, and those of the registries and
 * clusters that the world has at the moment, each with the service that answers for it.
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
      isPlain: kind === 'managed-identity',
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
      const known = hosts.get(host)
      if (known !== undefined) return known
      const registry = registries.get(host)
      if (registry !== undefined) {
        const { kind, app } = registry
        return { kind, isPlain: false, fetch: (request, exchange) => app.fetch(request, exchange) }
      }
      const cluster = clusters.get(host)
      if (cluster === undefined) return undefined
      return {
        kind: 'kubernetes',
        isPlain: false,
        isReachableFrom: network => cluster.isReachableFrom(network),
        fetch: async (request, exchange) => (await cluster.app()).fetch(request, exchange),
      }
    },
  }
}

/**
 * Hosts that unmodified clients ask for on the side and do without: they are refused like any other that is not simulated, but noted in
 * `refusals` rather than as a problem. Each with what azure-cli 2.74 wants there.
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
