import { clouds } from './clouds.js'
import type { Exchange } from './exchange.js'
import type { Runner } from './runner.js'
import { createArmApp } from './services/arm/app.js'
import { createEntra } from './services/entra.js'
import { createGithubOidc, githubOidcHosts } from './services/github-oidc.js'
import { createSigningKey } from './signing-keys.js'
import type { World } from './world/world.js'

/** GitHub and Entra are one for all worlds, and so are their keys; making them takes longer than starting the rest. */
const keys = { tokens: createSigningKey(), github: createSigningKey() }

/** A service that answers for a host. */
export interface Service {
  readonly kind: 'arm' | 'entra' | 'github-oidc'
  fetch(request: Request, exchange: Exchange): Response | Promise<Response>
}

interface Application {
  fetch(request: Request, exchange: Exchange): Response | Promise<Response>
}

/** The real host names of the three clouds and of GitHub, each with the service that answers for it. */
export function createHosts(world: World, runner: Runner): ReadonlyMap<string, Service> {
  const hosts = new Map<string, Service>()
  const add = (host: string, kind: Service['kind'], app: Application): void => {
    hosts.set(host, { kind, fetch: (request, exchange) => app.fetch(request, exchange) })
  }
  const github = createGithubOidc(world, runner, keys.github)
  for (const host of githubOidcHosts) add(host, 'github-oidc', github)
  for (const cloud of Object.values(clouds)) {
    const entra = createEntra(world, cloud, keys)
    for (const host of cloud.loginHosts) add(host, 'entra', entra)
    add(cloud.armHost, 'arm', createArmApp(world, cloud, keys.tokens))
  }
  return hosts
}
