import {
  formatResourceId,
  lastSegment,
  normalizeId,
  serviceAccountPullVersion,
  type Registry,
  type ResourceId,
  type ServiceAccountPull,
  type SoftDelete,
} from 'azure'
import type { ArmContext } from './context.js'
import { armActions, scopeOf, toRead } from './requests.js'
import { askArm } from './errors.js'

// What only preview api-versions return. Every function throws ActionError, also if Azure no longer has the version.

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
  return askArm(clients, reading(path), async () =>
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
  return askArm(clients, reading(scope), async () => {
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

/** Stable api-versions hide the policy, which is a preview (containerregistry.json, 2023-11-01-preview). */
const version = '2023-11-01-preview'

/** Reads for how long a registry keeps what is deleted. @throws ActionError also if Azure no longer has the preview api-version */
export function getSoftDelete({ clients, signal }: ArmContext, { id, name }: Registry): Promise<SoftDelete> {
  return askArm(clients, toRead(`The soft delete policy of ${name}`, id, armActions.readRegistry), async () => {
    const { properties } = await clients.resourceManager.get<{
      properties?: {
        policies?: { softDeletePolicy?: { status?: string; retentionDays?: number } | null } | null
      } | null
    }>(`${id}?api-version=${version}`, signal)
    const { status = '', retentionDays = 7 } = properties?.policies?.softDeletePolicy ?? {}
    return { days: status.toLowerCase() === 'enabled' ? retentionDays : 0 }
  })
}
