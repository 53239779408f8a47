import { type PipelinePolicy } from '@azure/core-rest-pipeline'
import { normalizeId } from '../../model/resource-id.js'

/** The clusters whose nodes pull with the identities of pods' service accounts, among those read so far. */
export interface ServiceAccountPullers {
  has(id: string): boolean
}

interface RawCluster {
  id?: string
  properties?: { securityProfile?: { serviceAccountImagePullProfile?: { enabled?: boolean } | null } | null } | null
}

/**
 * Collects, from every response about clusters, the clusters that pull as service accounts: the SDK drops this property of preview API versions.
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
  // Parses only the few responses with the property a second time. Another policy reports invalid JSON.
  if (!text?.includes('serviceAccountImagePullProfile')) return []
  try {
    const body = JSON.parse(text) as RawCluster & { value?: RawCluster[] }
    return body.value ?? [body]
  } catch {
    return []
  }
}
