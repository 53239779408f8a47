import { once } from '../model/memoize.js'
import type { Observed } from '../model/observed.js'
import { normalizeId, parseResourceId, sameId } from '../model/resource-id.js'
import { attempt, valuesOf, type Result } from '../model/result.js'
import { listClusters, type Cluster } from '../services/arm/clusters.js'
import type { AzureContext } from '../services/context.js'

/** Finds the names of the clusters that pull with an identity: targets, and others that can be seen in the subscription of a resource. */
export type FindPullers = (objectId: string, resourceId: string) => Promise<Result<string[]>>

/** Lists the clusters of a subscription once, and only if somebody asks. */
export function createPullers(azure: AzureContext, { targets }: Pick<Observed, 'targets'>): FindPullers {
  const listed = new Map<string, Promise<Result<Cluster[]>>>()
  return async (objectId, resourceId) => {
    const pulling = valuesOf(targets).filter(
      ({ kind, identity }) => kind === 'cluster' && sameId(identity.objectId, objectId),
    )
    const subscriptionId = normalizeId(parseResourceId(resourceId)?.subscriptionId ?? '')
    const list = () => attempt(listClusters(azure, subscriptionId))
    const others = await once(listed, subscriptionId, list)
    if (others.error && pulling.length === 0) return others
    const sharing = (others.value ?? []).filter(({ kubeletIdentity }) =>
      sameId(kubeletIdentity?.objectId ?? '', objectId),
    )
    return { value: [...new Set([...pulling, ...sharing].map(({ name }) => name))] }
  }
}
