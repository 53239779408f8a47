import { checkFirewall } from '../../registry/azure-registry.js'
import { hasRights, repositoryRights } from '../../registry/rights.js'
import { isOpen } from '../../registry/source-registry.js'
import { sameId } from '../../../model/ids.js'
import type { Cluster } from '../../../world/clusters.js'
import type { ImageStore } from '../../../world/images.js'
import type { PullFault } from '../../../world/kubernetes.js'
import type { Node } from '../../../world/kubernetes-objects.js'
import { accessOf, isRegistry, type Registry } from '../../../world/registries.js'
import { isRateLimited, registryHost } from '../../../world/source-registries.js'
import type { World } from '../../../world/world.js'
import { pullMessages } from './pull-messages.js'
import { readReference } from '../objects/references.js'

/** An image that is on a node. */
export interface PulledImage {
  /** `<host>/<repository>@<digest>` */
  readonly id: string
  readonly sizeBytes: number
  /** The user that the image names. */
  readonly user: string
}

/** Why a pull failed, in the kubelet's words. */
export class PullError extends Error {}

/** Pulls images for the nodes of one cluster. */
export interface Puller {
  pull(node: Node, image: string): PulledImage
}

interface Credential {
  readonly until: number
  /** Repositories that it was good for once, `*` for all. */
  readonly repositories: Set<string>
}

/** Each node has a cache of credentials: what was once allowed stays so until the credential is too old. */
export function createPuller(world: World, cluster: Cluster): Puller {
  const { kubernetes } = cluster
  const credentials = new Map<string, Credential>()
  const faults = new Map<PullFault, { skipped: number; hit: number }>()

  const takeFault = (node: Node, image: string): PullFault | undefined =>
    kubernetes.pullFaults.find(fault => {
      const { skip = 0, times = Infinity } = fault
      if (!matches(fault.node, node.metadata.name) || !matches(fault.image, image)) return false
      const count = faults.get(fault) ?? { skipped: 0, hit: 0 }
      faults.set(fault, count)
      if (count.skipped < skip) {
        count.skipped += 1
        return false
      }
      if (count.hit >= times) return false
      count.hit += 1
      return true
    })

  /** Whether the kubelet identity may pull; throws the message when it may not. */
  const authorize = (node: Node, image: string, registry: Registry, repository: string): void => {
    const groupLagMs = world.timing.groupPropagationMs + (kubernetes.skew.get(node.metadata.name) ?? 0)
    const principalId = pullPrincipal(world, cluster)
    const key = `${node.metadata.name} ${registry.id}`
    const now = Date.now()
    let credential = credentials.get(key)
    if (credential === undefined || credential.until <= now) {
      const isGiven = principalId !== undefined && hasRights(world, registry, principalId, groupLagMs)
      credential = isGiven ? { until: now + world.timing.credentialCacheMs, repositories: new Set() } : undefined
      if (credential === undefined) credentials.delete(key)
      else credentials.set(key, credential)
    }
    if (credential === undefined || principalId === undefined) {
      if (accessOf(registry).anonymousPull) return
      throw new PullError(pullMessages.denied(image))
    }
    const held = accessOf(registry).isAbac ? repository : '*'
    if (credential.repositories.has(held)) return
    if (!repositoryRights(world, registry, principalId, repository, groupLagMs).includes('pull')) {
      throw new PullError(pullMessages.insufficientScope(image))
    }
    credential.repositories.add(held)
  }

  const open = (node: Node, image: string): ImageStore => {
    const { host, repository } = readReference(image)
    const registry = world.resources.filter(isRegistry).find(({ loginServer }) => sameId(loginServer, host))
    if (registry === undefined) {
      const source = world.sourceRegistries.find(known => known.host === registryHost(host))
      if (source === undefined) throw new PullError(pullMessages.noSuchHost(image))
      if (isRateLimited(source)) throw new PullError(pullMessages.rateLimited(image))
      source.anonymousPulls += 1
      if (!isOpen(source, repository)) throw new PullError(pullMessages.insufficientScope(image))
      return source
    }
    try {
      if (!kubernetes.privateEndpoints.has(registry.loginServer)) {
        checkFirewall(world, registry, kubernetes.egressAddress)
      }
    } catch {
      throw new PullError(pullMessages.forbidden(image))
    }
    authorize(node, image, registry, repository)
    return registry.images
  }

  return {
    pull(node, image) {
      const fault = takeFault(node, image)
      if (fault !== undefined) throw new PullError(fault.message)
      const images = open(node, image)
      const { host, repository, reference } = readReference(image)
      const manifest = images.read(repository, reference)
      if (manifest === undefined) throw new PullError(pullMessages.notFound(image))
      const { architecture, operatingSystem } = node.status.nodeInfo
      const isFitting = ({ os, architecture: arch }: { os: string; architecture: string }): boolean =>
        os === operatingSystem && arch === architecture
      const { manifests } = manifest.content
      const chosen =
        manifests === undefined
          ? manifest
          : images.find(repository, manifests.find(({ platform }) => platform && isFitting(platform))?.digest ?? 'none')
      const config = chosen === undefined ? undefined : readConfig(images, repository, chosen.content.config?.digest)
      if (chosen === undefined || config === undefined || !isFitting(config)) {
        throw new PullError(pullMessages.wrongPlatform(image))
      }
      return {
        id: `${host}/${repository}@${manifest.digest}`,
        sizeBytes: images.size(repository, chosen),
        user: config.config?.User ?? '',
      }
    },
  }
}

/** Object ID of the kubelet identity, or of an old cluster's service principal. */
export function pullPrincipal(world: World, cluster: Cluster): string | undefined {
  if (cluster.hasKubeletIdentity) return cluster.kubeletIdentity.objectId
  const profile = cluster.body.properties.servicePrincipalProfile as { clientId?: string } | undefined
  return world.directory.findClient(profile?.clientId ?? '')?.objectId
}

interface ImageConfig {
  readonly os: string
  readonly architecture: string
  readonly config?: { readonly User?: string }
}

function readConfig(images: ImageStore, repository: string, digest: string | undefined): ImageConfig | undefined {
  const blob = images.repositories.get(repository)?.blobs.get(digest ?? '')
  return blob === undefined ? undefined : (JSON.parse(blob.toString()) as ImageConfig)
}

function matches(pattern: string | RegExp | undefined, text: string): boolean {
  if (pattern === undefined) return true
  return typeof pattern === 'string' ? text.toLowerCase().includes(pattern.toLowerCase()) : pattern.test(text)
}
