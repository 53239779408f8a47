// The registry credentials of a kubelet and their lifetime.
import { hasRights, repositoryRights } from '../../registry/rights.js'
import { sameId } from '../../../model/ids.js'
import type { Cluster } from '../../../world/clusters.js'
import type { PullRecord } from '../../../world/kubernetes-behaviour.js'
import type { Node, Pod } from '../../../world/kubernetes-objects.js'
import { accessOf, type Registry } from '../../../world/registries.js'
import type { World } from '../../../world/world.js'
import { readReference } from '../objects/references.js'
import { PullError, pullMessages } from './pull-messages.js'

/** Credentials of nodes for Azure registries. */
export interface Credentials {
  /**
   * The ways in which the node tries to get access to a repository of an Azure registry, in order: each returns its
   * credential or throws the kubelet's message. The last one is anonymous: Microsoft's provider offers it in addition
   * to its credential, and a kubelet without credentials tries it too.
   */
  waysIn(
    node: Node,
    pod: Pod,
    image: string,
    registry: Registry,
    repository: string,
  ): (() => PullRecord['credential'])[]
  /** The user names and passwords for a host in a pod's pull secrets. */
  secretsFor(pod: Pod, host: string): SecretCredential[]
  /** Names of a pod's pull secrets that don't exist in its namespace. */
  missingSecrets(pod: Pod): string[]
  /** How long the provider takes for the credential of a registry, in milliseconds: 0 if the node has it in its cache. */
  providerMs(node: Node, pod: Pod, registry: Registry): number
}

/** After a minute, a kubelet stops a provider (Kubernetes `pkg/credentialprovider/plugin/plugin.go`). */
const providerTimeoutMs = 60_000

interface SecretCredential {
  readonly secret: string
  readonly username: string
  readonly password: string
}

/** A credential of an identity. */
interface Cached {
  readonly issuedAt: number
  readonly principalId: string
  /** The registry's mode at the time of issue: a switch makes the credential invalid. */
  readonly isAbac: boolean
}

/**
 * The credentials of a cluster's nodes: first the pull secrets in order, then the credential provider's (Kubernetes
 * `pkg/kubelet/images/image_manager.go`, `pullImage`). Each node keeps the provider's credentials for as long as the
 * provider says, even while the registry refuses them (recorded from 1.34.2: case `revoked-cached`).
 */
export function createCredentials(world: World, cluster: Cluster): Credentials {
  const { kubernetes } = cluster
  const cache = new Map<string, Cached>()

  const keyOf = (node: Node, registry: Registry, principalId: string): string =>
    `${node.metadata.name} ${registry.id} ${principalId}`

  const cachedOf = (node: Node, registry: Registry, principalId: string): Cached | undefined => {
    const cached = cache.get(keyOf(node, registry, principalId))
    return cached !== undefined && cached.issuedAt + world.timing.credentialCacheMs > Date.now() ? cached : undefined
  }

  /** The cached or new credential of the pull identity; undefined if the provider has none for it. */
  const credentialOf = (node: Node, pod: Pod, registry: Registry): Cached | undefined => {
    const principalId = pullPrincipal(world, cluster, pod)
    if (principalId === undefined) return undefined
    const cached = cachedOf(node, registry, principalId)
    if (cached !== undefined) return cached
    if (kubernetes.credentialProvider !== 'works') return undefined
    // The exchange is a request to the registry, too.
    if (kubernetes.droppedRegistries.has(registry.loginServer)) return undefined
    const { isAbac } = accessOf(registry)
    // In ABAC mode an identity without a right gets a credential, too: its pull fails with `insufficient_scope`
    // (report b2).
    if (!isAbac && !hasRights(world, registry, principalId, groupLagOf(node))) return undefined
    const fresh = { issuedAt: Date.now(), principalId, isAbac }
    cache.set(keyOf(node, registry, principalId), fresh)
    return fresh
  }

  const groupLagOf = (node: Node): number =>
    world.timing.groupPropagationMs + (kubernetes.skew.get(node.metadata.name) ?? 0)

  /** The registry checks the identity's rights at every pull. */
  const byIdentity = (
    { principalId, isAbac }: Cached,
    node: Node,
    image: string,
    registry: Registry,
    repository: string,
  ): 'identity' => {
    // The kubelet doesn't learn that the registry no longer accepts it (johnsonshi/aks-acr-chaos-studio, report b2).
    if (isAbac !== accessOf(registry).isAbac) throw new PullError(pullMessages.staleCredential(image))
    const lag = groupLagOf(node)
    if (repositoryRights(world, registry, principalId, repository, lag).includes('pull')) return 'identity'
    const isStale = !isAbac && !hasRights(world, registry, principalId, lag)
    throw new PullError(isStale ? pullMessages.staleCredential(image) : pullMessages.insufficientScope(image))
  }

  /**
   * A cluster with a service principal exchanges nothing: the provider hands ID and secret to containerd as they are
   * (cloud-provider-azure `pkg/credentialprovider/azure_credentials.go`, `GetCredentials` without
   * `UseManagedIdentityExtension`), so a wrong secret and a missing role end alike.
   */
  const byApplication = (clientId: string, image: string, registry: Registry, repository: string): 'identity' => {
    const client = world.directory.findClient(clientId)
    const endsAt = client?.secretEnds.get(cluster.nodesSecret) ?? Infinity
    const isKnown = client?.secrets.includes(cluster.nodesSecret) === true && endsAt > Date.now()
    if (!isKnown || !(accessOf(registry).isAbac || hasRights(world, registry, client.objectId))) {
      throw new PullError(pullMessages.wrongSecret(image))
    }
    if (repositoryRights(world, registry, client.objectId, repository).includes('pull')) return 'identity'
    throw new PullError(pullMessages.insufficientScope(image))
  }

  /** The way in with what the provider gives the node; none if it gives nothing. */
  const provided = (
    node: Node,
    pod: Pod,
    image: string,
    registry: Registry,
    repository: string,
  ): (() => 'identity')[] => {
    const application = pullApplication(cluster)
    if (application !== undefined) {
      if (kubernetes.credentialProvider !== 'works') return []
      return [() => byApplication(application, image, registry, repository)]
    }
    const credential = credentialOf(node, pod, registry)
    return credential === undefined ? [] : [() => byIdentity(credential, node, image, registry, repository)]
  }

  const bySecret = (
    { secret, username, password }: SecretCredential,
    image: string,
    registry: Registry,
    repository: string,
  ): { secret: string } => {
    const client = world.directory.findClient(username)
    if (client?.secrets.includes(password) !== true) throw new PullError(pullMessages.wrongSecret(image))
    if (!repositoryRights(world, registry, client.objectId, repository).includes('pull')) {
      throw new PullError(pullMessages.insufficientScope(image))
    }
    return { secret }
  }

  const credentials: Credentials = {
    waysIn(node, pod, image, registry, repository) {
      const { host } = readReference(image)
      return [
        ...credentials.secretsFor(pod, host).map(secret => () => bySecret(secret, image, registry, repository)),
        ...provided(node, pod, image, registry, repository),
        () => {
          if (accessOf(registry).anonymousPull) return 'anonymous'
          throw new PullError(pullMessages.denied(image))
        },
      ]
    },
    secretsFor(pod, host) {
      return (pod.spec.imagePullSecrets ?? []).flatMap(({ name }) => {
        const data = kubernetes.store.find('secrets', pod.metadata.namespace, name)?.data?.['.dockerconfigjson']
        if (data === undefined) return []
        const { auths = {} } = JSON.parse(Buffer.from(data, 'base64').toString()) as {
          auths?: Record<string, { username?: string; password?: string; auth?: string }>
        }
        return Object.entries(auths).flatMap(([server, { username, password, auth = '' }]) => {
          if (!sameId(server.replace(/^https?:\/\//, '').replace(/\/.*$/, ''), host)) return []
          const [, user = '', word = ''] = /^([^:]*):(.*)$/s.exec(Buffer.from(auth, 'base64').toString()) ?? []
          return [{ secret: name, username: username ?? user, password: password ?? word }]
        })
      })
    },
    providerMs(node, pod, registry) {
      const principalId = pullPrincipal(world, cluster, pod)
      if (principalId === undefined || cachedOf(node, registry, principalId) !== undefined) return 0
      if (kubernetes.credentialProvider === 'hangs') return providerTimeoutMs
      // Without an exchange, the provider asks nobody.
      if (pullApplication(cluster) !== undefined) return 0
      // Go's dialer gives up after as long as containerd's (recorded: case `bh-rc-drop`).
      return kubernetes.droppedRegistries.has(registry.loginServer) ? world.timing.dialMs : 0
    },
    missingSecrets: pod =>
      (pod.spec.imagePullSecrets ?? []).flatMap(({ name }) =>
        kubernetes.store.find('secrets', pod.metadata.namespace, name) === undefined ? [name] : [],
      ),
  }
  return credentials
}

/** Application ID with whose secret the nodes pull; undefined if they exchange a token. */
function pullApplication({ body, nodesPullAs }: Cluster): string | undefined {
  const { securityProfile } = body.properties as {
    securityProfile?: { serviceAccountImagePullProfile?: { enabled?: boolean } }
  }
  return securityProfile?.serviceAccountImagePullProfile?.enabled === true ? undefined : nodesPullAs
}

/**
 * Object ID of the identity that pulls a pod's images: the kubelet identity, or an old cluster's service principal. With
 * service-account image pull, the identity in the annotation of the pod's account, or else the profile's default
 * identity; without one, none (cloud-provider-azure #9907).
 */
export function pullPrincipal(world: World, cluster: Cluster, pod?: Pod): string | undefined {
  const { securityProfile } = cluster.body.properties as {
    securityProfile?: { serviceAccountImagePullProfile?: { enabled?: boolean; defaultManagedIdentityId?: string } }
  }
  const { enabled, defaultManagedIdentityId } = securityProfile?.serviceAccountImagePullProfile ?? {}
  if (enabled === true) {
    const { namespace } = pod?.metadata ?? {}
    const account = cluster.kubernetes.store.find('serviceaccounts', namespace, pod?.spec.serviceAccountName ?? '')
    const clientId = account?.metadata.annotations?.['kubernetes.azure.com/acr-client-id']
    if (clientId !== undefined) return world.directory.findClient(clientId)?.objectId
    const found = world.resources.find(({ id }) => sameId(id, defaultManagedIdentityId ?? ''))
    return (found as { objectId?: string } | undefined)?.objectId
  }
  if (cluster.nodesPullAs !== undefined) return world.directory.findClient(cluster.nodesPullAs)?.objectId
  return cluster.hasKubeletIdentity ? cluster.kubeletIdentity.objectId : undefined
}
