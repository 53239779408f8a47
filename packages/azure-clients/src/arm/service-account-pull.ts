import {
  formatResourceId,
  lastSegment,
  normalizeId,
  serviceAccountPullVersion,
  type ResourceId,
  type ServiceAccountPull,
} from 'azure'
import { armActions } from './actions.js'
import { ask } from './ask.js'
import { scopeOf, toRead } from './attempt.js'
import type { ArmContext } from './clients.js'

/** The part of a cluster that only preview api-versions return. Azure may have null in place of an absent value. */
interface RawCluster {
  id: string
  properties?: {
    securityProfile?: {
      serviceAccountImagePullProfile?: { enabled?: boolean; defaultManagedIdentityId?: string | null } | null
    } | null
  } | null
}

/** Reads whether a cluster's nodes pull as service accounts. @throws ActionError also if Azure no longer has the preview api-version */
export function getServiceAccountPull({ clients, signal }: ArmContext, id: ResourceId): Promise<ServiceAccountPull> {
  const path = formatResourceId(id)
  return ask(clients, reading(path), async () =>
    toServiceAccountPull(
      await clients.resourceManager.get<RawCluster>(`${path}?api-version=${serviceAccountPullVersion}`, signal),
    ),
  )
}

/**
 * Reads it for all clusters of a resource group or, if that is empty, of a subscription. @returns by normalized ID
 * @throws ActionError as `getServiceAccountPull` does
 */
export function listServiceAccountPulls(
  { clients, signal }: ArmContext,
  subscriptionId: string,
  resourceGroup: string,
): Promise<ReadonlyMap<string, ServiceAccountPull>> {
  const scope = scopeOf(subscriptionId, resourceGroup)
  const path = `${scope}/providers/Microsoft.ContainerService/managedClusters?api-version=${serviceAccountPullVersion}`
  return ask(clients, reading(scope), async () => {
    const clusters = await clients.resourceManager.list<RawCluster>(path, signal)
    return new Map(clusters.map(cluster => [normalizeId(cluster.id), toServiceAccountPull(cluster)]))
  })
}

function reading(scope: string) {
  return toRead(`How ${lastSegment(scope)} pulls`, scope, armActions.readCluster)
}

function toServiceAccountPull({ properties }: RawCluster): ServiceAccountPull {
  const { enabled, defaultManagedIdentityId } = properties?.securityProfile?.serviceAccountImagePullProfile ?? {}
  return { isEnabled: enabled === true, defaultIdentityId: defaultManagedIdentityId ?? '' }
}
