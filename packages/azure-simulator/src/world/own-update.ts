import type { Timing } from '../model/timing.js'
import { isCluster } from './clusters.js'
import type { Resource, ResourceBody } from './resources.js'

/**
 * The body of a resource at this moment. Minutes after a cluster has been created, AKS updates it by itself: cluster and pools are `Updating` for a while,
 * though nobody has asked for anything, and have the add-on `extensionManager` from then on (recorded by azure-service-operator with AKS 2026-05-01). The
 * body that tests see and change stays as it is.
 */
export function bodyOf({ timing }: { timing: Timing }, resource: Resource): ResourceBody {
  const { body } = resource
  const age = isCluster(resource) && resource.readySince !== undefined ? Date.now() - resource.readySince : 0
  const since = age - timing.clusterOwnUpdateAfterMs
  if (age <= 0 || since < 0) return body
  const { addonProfiles, agentPoolProfiles, provisioningState } = body.properties
  const isUpdating = since < timing.clusterOwnUpdateMs && provisioningState === 'Succeeded'
  const pools = (agentPoolProfiles ?? undefined) as readonly object[] | undefined
  const updating = { provisioningState: 'Updating' }
  return {
    ...body,
    properties: {
      ...body.properties,
      addonProfiles: { ...(addonProfiles as object | undefined), extensionManager: { enabled: true } },
      ...(isUpdating && updating),
      ...(isUpdating && pools && { agentPoolProfiles: pools.map(pool => ({ ...pool, ...updating })) }),
    },
  }
}
