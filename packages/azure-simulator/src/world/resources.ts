import type { Cloud } from '../model/clouds.js'
import type { Directory } from './directory.js'

/** A resource and its provider's GET body. */
export interface Resource {
  readonly id: string
  readonly name: string
  readonly type: string
  readonly subscriptionId: string
  readonly resourceGroup: string
  /** Epoch milliseconds. */
  readonly createdAt: number
  /** The whole GET body; tests may change it. */
  readonly body: ResourceBody
}

export interface ResourceBody {
  id: string
  name: string
  type: string
  /** Of a cluster: `Base`. */
  kind?: string
  location: string
  tags?: Record<string, string>
  sku?: { name: string; tier: string }
  identity?: Record<string, unknown>
  systemData?: Record<string, unknown>
  properties: Record<string, unknown>
}

/** The location of a resource. */
export interface Place {
  readonly cloud: Cloud
  readonly tenantId: string
  readonly directory: Directory
  readonly subscriptionId: string
  readonly resourceGroup: string
  readonly location: string
}

/** A resource ID; `casing` because providers disagree on `resourceGroups` and `resourcegroups`. */
export const resourceId = (
  place: Place,
  type: string,
  name: string,
  { group = place.resourceGroup, casing = 'resourceGroups' }: { group?: string; casing?: string } = {},
): string => `/subscriptions/${place.subscriptionId}/${casing}/${group}/providers/${type}/${name}`
