import { type PipelinePolicy } from '@azure/core-rest-pipeline'
import { normalizeId } from '../../model/resource-id.js'

/** The clusters whose nodes pull with the identities of pods' service accounts. */
export interface ServiceAccountPullers {
  /** Whether the cluster with this resource ID is one, as far as an answer has shown it. */
  has(id: string): boolean
}

interface RawCluster {
  id?: string
  properties?: { securityProfile?: { serviceAccountImagePullProfile?: { enabled?: boolean } | null } | null } | null
}

/**
 * Reads from every answer about clusters, including each page of a list, which of them pull as service accounts, because the SDK drops the
 * property: only preview versions of the API have it.
 */
export function collectServiceAccountPullers(): { pullers: ServiceAccountPullers; policy: PipelinePolicy } {
  const ids = new Set<string>()
  return {
    pullers: { has: id => ids.has(normalizeId(id)) },
    policy: {
      name: 'attachAcrServiceAccountPullers',
      async sendRequest(request, next) {
        const response = await next(request)
        for (const { id, properties } of readClusters(response.bodyAsText)) {
          const isPuller = properties?.securityProfile?.serviceAccountImagePullProfile?.enabled === true
          if (isPuller && id) ids.add(normalizeId(id))
        }
        return response
      },
    },
  }
}

function readClusters(text: string | null | undefined): RawCluster[] {
  // Only the few answers that have it are parsed a second time; another policy reports what is no JSON.
  if (!text?.includes('serviceAccountImagePullProfile')) return []
  try {
    const body = JSON.parse(text) as RawCluster & { value?: RawCluster[] }
    return body.value ?? [body]
  } catch {
    return []
  }
}
