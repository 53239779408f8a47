import { checkFirewall } from '../../registry/azure-registry.js'
import { isOpen, knowsCredentials } from '../../registry/source-registry.js'
import type { Cluster } from '../../../world/clusters.js'
import type { ImageStore } from '../../../world/images.js'
import { createFaultPicker, type PullRecord } from '../../../world/kubernetes-behaviour.js'
import type { Node, Pod } from '../../../world/kubernetes-objects.js'
import type { StoredManifest } from '../../../world/manifests.js'
import { answersAt, isRegistry, type Registry } from '../../../world/registries.js'
import { isRateLimited, registryHost } from '../../../world/source-registries.js'
import type { World } from '../../../world/world.js'
import { createCredentials } from './credentials.js'
import { joinMessages, PullError, pullMessages } from './pull-messages.js'
import { readReference } from '../objects/references.js'

/** An image on a node. */
export interface PulledImage {
  /** `<host>/<repository>@<digest>` */
  readonly id: string
  /** How containers are said to run it: an image without a tag only has the digest of its configuration (recorded). */
  readonly name: string
  /** The digest of its configuration, which containerd tells images apart by. */
  readonly config: string
  readonly sizeBytes: number
  /** The user set in the image. */
  readonly user: string
}

/** Pulls images for the nodes of one cluster. */
export interface Puller {
  /** How long the kubelet waits for its credential provider before it pulls, in milliseconds. */
  providerMs(node: Node, image: string, pod: Pod): number
  /** @throws PullError */
  pull(node: Node, image: string, pod: Pod): PulledImage
  /** Names of a pod's pull secrets that don't exist in its namespace. */
  missingSecrets(pod: Pod): string[]
}

/** The source of an image, and the credential that gave the node access. */
interface Source {
  readonly images: ImageStore
  readonly registry: Registry | undefined
  readonly credential: PullRecord['credential']
}

/**
 * Pulls like containerd: the manifest is requested each time with the node's credential; manifests and layers already
 * on the node are not downloaded again, whichever registry they came from.
 */
export function createPuller(world: World, cluster: Cluster): Puller {
  const { kubernetes } = cluster
  const credentials = createCredentials(world, cluster)
  const pickFault = createFaultPicker(kubernetes.pullFaults)
  /** Digests on each node, by node name. */
  const contents = new Map<string, Set<string>>()

  const registryOf = (host: string): Registry | undefined =>
    world.resources.filter(isRegistry).find(candidate => answersAt(candidate, host))

  /** The ways to get access that the node tries in order. */
  const waysIn = (node: Node, image: string, pod: Pod): (() => Source)[] => {
    const { host, repository } = readReference(image)
    const registry = registryOf(host)
    if (registry === undefined) return [() => openSource(image, pod)]
    if (kubernetes.droppedRegistries.has(registry.loginServer)) {
      const ways = credentials.waysIn(node, pod, image, registry, repository)
      return ways.map((_, index) => () => {
        // Only the first one has the status of gRPC (recorded: case `bh-drop150`).
        const message = pullMessages.timeout(image)
        throw new PullError(index === 0 ? message : message.replace(/^rpc error: .*? desc = /, ''), world.timing.dialMs)
      })
    }
    try {
      if (!kubernetes.privateEndpoints.has(registry.loginServer)) {
        checkFirewall(world, registry, kubernetes.egressAddress)
      }
    } catch {
      throw new PullError(pullMessages.forbidden(image))
    }
    return credentials
      .waysIn(node, pod, image, registry, repository)
      .map(authorize => () => ({ images: registry.images, registry, credential: authorize() }))
  }

  const openSource = (image: string, pod: Pod): Source => {
    const { host, repository } = readReference(image)
    const source = world.sourceRegistries.find(known => known.host === registryHost(host))
    if (source === undefined) throw new PullError(pullMessages.noSuchHost(image))
    const known = credentials
      .secretsFor(pod, host)
      .find(({ username, password }) => knowsCredentials(source, username, password))
    if (known !== undefined) return { images: source, registry: undefined, credential: { secret: known.secret } }
    if (isRateLimited(source)) throw new PullError(pullMessages.rateLimited(image))
    source.anonymousPulls += 1
    if (!isOpen(source, repository)) throw new PullError(pullMessages.insufficientScope(image))
    return { images: source, registry: undefined, credential: 'anonymous' }
  }

  /** Downloads what the node lacks; returns the number of blobs. */
  const download = (
    node: Node,
    image: string,
    { images: store, registry }: Source,
    manifests: readonly StoredManifest[],
  ): number => {
    const there = contents.get(node.metadata.name) ?? new Set<string>()
    contents.set(node.metadata.name, there)
    const blobs = manifests.flatMap(({ content: { config, layers = [] } }) => [
      ...(config === undefined ? [] : [config.digest]),
      ...layers.map(({ digest }) => digest),
    ])
    // An image that runs already is only listed.
    const { images = [] } = kubernetes.store.find('nodes', undefined, node.metadata.name)?.status ?? {}
    const isListed = manifests.some(({ digest }) =>
      images.some(({ names }) => names.some(name => name.endsWith(`@${digest}`))),
    )
    const missing = isListed ? [] : blobs.filter(digest => !there.has(digest))
    const blocked = registry === undefined ? undefined : kubernetes.blockedDataEndpoints.get(registry.loginServer)
    if (missing.length > 0 && blocked !== undefined) {
      throw new PullError(blockedMessages[blocked](image), blocked === 'timeout' ? world.timing.dialMs : 0)
    }
    const known = store.repositories.get(readReference(image).repository)?.blobs
    const lost = missing.find(digest => known?.has(digest) !== true)
    if (lost !== undefined) throw new PullError(pullMessages.partNotFound(image, lost))
    for (const digest of [...missing, ...manifests.map(({ digest }) => digest)]) there.add(digest)
    return missing.length
  }

  const pullFrom = (source: Source, node: Node, image: string): PulledImage => {
    const { images, credential } = source
    const { host, repository, reference } = readReference(image)
    const manifest = images.read(repository, reference)
    if (manifest === undefined) throw new PullError(pullMessages.notFound(image))
    if (images.isReadLocked(repository, reference)) throw new PullError(pullMessages.locked(image))
    const chosen = choose(images, repository, manifest, node)
    const config = chosen === undefined ? undefined : readConfig(images, repository, chosen.content.config?.digest)
    const configDigest = chosen?.content.config?.digest
    if (config === undefined && configDigest !== undefined) {
      throw new PullError(pullMessages.partNotFound(image, configDigest))
    }
    if (
      chosen === undefined ||
      config === undefined ||
      !(fits(node, config) || isUnchecked(chosen === manifest, node, config))
    ) {
      throw new PullError(pullMessages.wrongPlatform(image))
    }
    const blobs = download(node, image, source, chosen === manifest ? [manifest] : [manifest, chosen])
    kubernetes.pulls.push({ node: node.metadata.name, image, credential, blobs })
    return {
      id: `${host}/${repository}@${manifest.digest}`,
      name: reference.includes(':') ? (chosen.content.config?.digest ?? image) : image,
      config: chosen.content.config?.digest ?? '',
      sizeBytes: images.size(repository, chosen),
      user: config.config?.User ?? '',
    }
  }

  return {
    missingSecrets: pod => credentials.missingSecrets(pod),
    providerMs(node, image, pod) {
      const { host } = readReference(image)
      const registry = registryOf(host)
      return registry !== undefined ? credentials.providerMs(node, pod, registry) : 0
    },
    pull(node, image, pod) {
      const fault = pickFault(node.metadata.name, [image])
      if (fault !== undefined) throw new PullError(fault.message)
      const refusals: string[] = []
      let silentMs = 0
      for (const open of waysIn(node, image, pod)) {
        try {
          return pullFrom(open(), node, image)
        } catch (error) {
          if (!(error instanceof PullError)) throw error
          refusals.push(error.message)
          silentMs += error.silentMs
        }
      }
      throw new PullError(joinMessages(refusals), silentMs)
    },
  }
}

/** What containerd says of a data endpoint that doesn't answer with the layer. */
const blockedMessages = {
  timeout: pullMessages.blobTimeout,
  forbidden: pullMessages.blobForbidden,
  'no-such-host': pullMessages.blobNoSuchHost,
  unavailable: pullMessages.blobUnavailable,
} as const

interface Platform {
  readonly os: string
  readonly architecture: string
  /** Windows only: `10.0.20348.4171`. */
  readonly 'os.version'?: string
}

interface ImageConfig extends Platform {
  readonly config?: { readonly User?: string }
}

/**
 * Whether a platform is the node's. A Windows image must also have the node's build (containerd
 * `platforms/platform_windows_compat.go`); an image without a build fits every build.
 */
function fits({ status: { nodeInfo } }: Node, { os, architecture, 'os.version': version }: Platform): boolean {
  if (os !== nodeInfo.operatingSystem || architecture !== nodeInfo.architecture) return false
  const buildOf = (text = ''): string => text.split('.').slice(0, 3).join('.')
  return os !== 'windows' || version === undefined || buildOf(version) === buildOf(nodeInfo.kernelVersion)
}

/**
 * Whether containerd pulls an image without checking its platform: one that isn't in an index (recorded with an arm64
 * image on an amd64 node: case `arm64-manifest`; containerd `images.Manifest`). Of Windows there is no record.
 */
const isUnchecked = (isSingle: boolean, { status: { nodeInfo } }: Node, { os }: Platform): boolean =>
  isSingle && os === 'linux' && nodeInfo.operatingSystem === 'linux'

/** The manifest itself, or the image of an index that fits the node. */
function choose(
  images: ImageStore,
  repository: string,
  manifest: StoredManifest,
  node: Node,
): StoredManifest | undefined {
  const { manifests } = manifest.content
  if (manifests === undefined) return manifest
  const found = manifests.find(({ platform }) => platform !== undefined && fits(node, platform))
  return found === undefined ? undefined : images.find(repository, found.digest)
}

function readConfig(images: ImageStore, repository: string, digest: string | undefined): ImageConfig | undefined {
  const blob = images.repositories.get(repository)?.blobs.get(digest ?? '')
  return blob === undefined ? undefined : (JSON.parse(blob.toString()) as ImageConfig)
}
