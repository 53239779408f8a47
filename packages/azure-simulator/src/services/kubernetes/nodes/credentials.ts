// The credentials that a kubelet gets for a registry, and how long it keeps them.
import { hasRights, repositoryRights } from '../../registry/rights.js'
import { sameId } from '../../../model/ids.js'
import type { Cluster } from '../../../world/clusters.js'
import type { PullRecord } from '../../../world/kubernetes-behaviour.js'
import type { Node, Pod } from '../../../world/kubernetes-objects.js'
import { accessOf, type Registry } from '../../../world/registries.js'
import type { World } from '../../../world/world.js'
import { readReference } from '../objects/references.js'
import { PullError, pullMessages } from './pull-messages.js'

/** Lets nodes into Azure registries. */
export interface Credentials {
  /** By what the node is let into a repository of an Azure registry; throws the kubelet's message when by nothing. */
  authorize(
    node: Node,
    pod: Pod,
    image: string,
    registry: Registry,
    repository: string,
    hasProvider: boolean,
  ): PullRecord['credential']
  /** The user names and passwords that a pod's pull secrets have for a host. */
  secretsFor(pod: Pod, host: string): SecretCredential[]
  /** Names of a pod's pull secrets that its namespace does not have. */
  missingSecrets(pod: Pod): string[]
}

interface SecretCredential {
  readonly secret: string
  readonly username: string
  readonly password: string
}

interface Cached {
  readonly until: number
  /** Repositories that it was good for once, `*` for all. */
  readonly repositories: Set<string>
}

/**
 * The credentials of a cluster's nodes: pull secrets are tried one after the other, then what the credential provider gives (Kubernetes
 * `pkg/kubelet/images/image_manager.go`, `pullImage`). Each node has a cache: what the provider once gave is used until it is too old.
 */
export function createCredentials(world: World, cluster: Cluster): Credentials {
  const { kubernetes } = cluster
  const cache = new Map<string, Cached>()

  /** Whether the kubelet identity may pull; throws the message when it may not. */
  const byIdentity = (node: Node, image: string, registry: Registry, repository: string): 'identity' | 'anonymous' => {
    const groupLagMs = world.timing.groupPropagationMs + (kubernetes.skew.get(node.metadata.name) ?? 0)
    const principalId = pullPrincipal(world, cluster)
    const key = `${node.metadata.name} ${registry.id}`
    const now = Date.now()
    let credential = cache.get(key)
    if (credential === undefined || credential.until <= now) {
      const isGiven = principalId !== undefined && hasRights(world, registry, principalId, groupLagMs)
      credential = isGiven ? { until: now + world.timing.credentialCacheMs, repositories: new Set() } : undefined
      if (credential === undefined) cache.delete(key)
      else cache.set(key, credential)
    }
    if (credential === undefined || principalId === undefined) {
      if (accessOf(registry).anonymousPull) return 'anonymous'
      throw new PullError(pullMessages.denied(image))
    }
    const held = accessOf(registry).isAbac ? repository : '*'
    if (credential.repositories.has(held)) return 'identity'
    if (!repositoryRights(world, registry, principalId, repository, groupLagMs).includes('pull')) {
      throw new PullError(pullMessages.insufficientScope(image))
    }
    credential.repositories.add(held)
    return 'identity'
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
    authorize(node, pod, image, registry, repository, hasProvider) {
      const { host } = readReference(image)
      const refusals: string[] = []
      const attempts: (() => PullRecord['credential'])[] = [
        ...credentials.secretsFor(pod, host).map(secret => () => bySecret(secret, image, registry, repository)),
        () => {
          if (hasProvider) return byIdentity(node, image, registry, repository)
          if (accessOf(registry).anonymousPull) return 'anonymous'
          throw new PullError(pullMessages.denied(image))
        },
      ]
      for (const attempt of attempts) {
        try {
          return attempt()
        } catch (error) {
          if (!(error instanceof PullError)) throw error
          if (!refusals.includes(error.message)) refusals.push(error.message)
        }
      }
      throw new PullError(refusals.length === 1 ? (refusals[0] ?? '') : `[${refusals.join(', ')}]`)
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
    missingSecrets: pod =>
      (pod.spec.imagePullSecrets ?? []).flatMap(({ name }) =>
        kubernetes.store.find('secrets', pod.metadata.namespace, name) === undefined ? [name] : [],
      ),
  }
  return credentials
}

/**
 * Object ID of what nodes pull as: the kubelet identity, or an old cluster's service principal; with service-account image pull the
 * profile's default identity, if it has one (cloud-provider-azure #9907).
 */
export function pullPrincipal(world: World, cluster: Cluster): string | undefined {
  const { securityProfile } = cluster.body.properties as {
    securityProfile?: { serviceAccountImagePullProfile?: { enabled?: boolean; defaultManagedIdentityId?: string } }
  }
  const { enabled, defaultManagedIdentityId } = securityProfile?.serviceAccountImagePullProfile ?? {}
  if (enabled === true) {
    const found = world.resources.find(({ id }) => sameId(id, defaultManagedIdentityId ?? ''))
    return (found as { objectId?: string } | undefined)?.objectId
  }
  if (cluster.hasKubeletIdentity) return cluster.kubeletIdentity.objectId
  const profile = cluster.body.properties.servicePrincipalProfile as { clientId?: string } | undefined
  return world.directory.findClient(profile?.clientId ?? '')?.objectId
}
