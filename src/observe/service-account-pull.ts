import { normalizeId, type ResourceId, type Target } from 'azure'
import { getServiceAccountPull, listServiceAccountPulls, type AzureContext, type Cluster } from 'azure-clients'
import { attempt, type Result } from 'kernel'
import type { Inputs } from 'run-model'

type Reading = Target['serviceAccountPull']

/** Reads whether clusters pull as service accounts. Only preview api-versions return that, so a failure only means that it is unknown. */
export interface ServiceAccountReader {
  of(id: ResourceId): Promise<Reading>
  /** Adds it to the clusters of a resource group or, if that is empty, of the subscription, while these are listed. */
  complete(resourceGroup: string, listing: Promise<Result<Cluster[]>>): Promise<Result<Cluster[]>>
}

/** Sends requests only if nodes pull, or in `check`: to assign roles, it doesn't matter. */
export function createServiceAccountReader(
  azure: AzureContext,
  { mode, verify, subscriptionId }: Pick<Inputs, 'mode' | 'verify' | 'subscriptionId'>,
): ServiceAccountReader {
  const matters = mode === 'check' || (mode === 'attach' && verify === 'pull')
  return {
    of: async id => (matters ? attempt(getServiceAccountPull(azure, id)) : undefined),

    async complete(resourceGroup, listing) {
      if (!matters) return listing
      const [listed, read] = await Promise.all([
        listing,
        attempt(listServiceAccountPulls(azure, subscriptionId, resourceGroup)),
      ])
      if (listed.error) return listed
      const of = ({ id }: Cluster): Reading => {
        if (read.error) return read
        const value = read.value.get(normalizeId(id))
        return value && { value }
      }
      return { value: listed.value.map(cluster => withReading(cluster, of(cluster))) }
    },
  }
}

export function withReading(cluster: Cluster, serviceAccountPull: Reading): Cluster {
  return { ...cluster, ...(serviceAccountPull && { serviceAccountPull }) }
}
