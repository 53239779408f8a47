import type { SigningKey } from '../tokens/signing-keys.js'
import { answersAt, dataEndpointOf, isRegistry } from '../../world/registries.js'
import type { World } from '../../world/world.js'
import { createAzureRegistryApp } from './azure-registry.js'
import { createDataEndpointApp } from './data-endpoint.js'
import { createSourceRegistryApp, type RegistryApp } from './source-registry.js'

/** The world's current registries, by host. */
export function createRegistryHosts(
  world: World,
  key: SigningKey,
): { get(host: string): { kind: 'registry' | 'source-registry'; app: RegistryApp } | undefined } {
  return {
    get(host) {
      const registries = world.resources.filter(isRegistry)
      const registry = registries.find(candidate => answersAt(candidate, host))
      if (registry !== undefined) return { kind: 'registry', app: createAzureRegistryApp(world, registry, key) }
      const owner = registries.find(candidate => dataEndpointOf(candidate) === host)
      if (owner !== undefined) return { kind: 'source-registry', app: createDataEndpointApp(owner) }
      const source = world.sourceRegistries.find(known => known.host === host || known.tokenHost === host)
      return source && { kind: 'source-registry', app: createSourceRegistryApp(source, key) }
    },
  }
}
