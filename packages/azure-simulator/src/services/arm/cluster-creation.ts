// Reads the PUT of a new cluster or node pool.
import { agentPoolProfile, archOf, type AgentPool } from '../../world/agent-pools.js'
import type { Cluster } from '../../world/clusters.js'
import type { WindowsRelease } from '../../world/kubernetes-nodes.js'
import type { ResourceGroup } from '../../world/subscriptions.js'
import { changes } from './changes.js'
import type { ArmContext } from './context.js'
import { armErrors } from './errors.js'

interface PoolRequest {
  readonly name?: string
  readonly count?: number
  readonly vmSize?: string
  readonly mode?: 'System' | 'User'
  readonly osType?: 'Linux' | 'Windows'
  readonly osSKU?: string
  readonly upgradeSettings?: Record<string, unknown>
}

interface ClusterRequest {
  readonly location?: string
  readonly sku?: { readonly tier?: 'Free' | 'Standard' | 'Premium' }
  readonly tags?: Record<string, string>
  readonly properties?: {
    readonly dnsPrefix?: string
    readonly agentPoolProfiles?: readonly PoolRequest[]
    readonly windowsProfile?: { readonly adminUsername?: string; readonly adminPassword?: string }
  }
}

/**
 * Creates a cluster in the state `Creating`, without a kubelet identity. What of the request it would ignore is a problem.
 * @throws ArmError if it lacks what every cluster needs
 */
export async function createCluster(c: ArmContext, group: ResourceGroup, name: string): Promise<Cluster> {
  const request = (await c.req.json().catch(() => ({}))) as ClusterRequest
  const { location, sku, tags, properties: { dnsPrefix, agentPoolProfiles = [], windowsProfile } = {} } = request
  if (!location || !dnsPrefix || agentPoolProfiles.length === 0)
    throw armErrors.invalidRequestContent(
      'The request content was invalid: location, dnsPrefix and agent pools are required.',
    )
  const cluster = group.addCluster(name, {
    ...{ location, dnsPrefix, tier: sku?.tier ?? 'Free', provisioningState: 'Creating', withoutIdentityProfile: true },
    ...(tags && { tags }),
    agentPools: agentPoolProfiles.map(pool => poolOf(pool, pool.name ?? '')),
  })
  // AKS never returns the password.
  if (windowsProfile)
    cluster.body.properties.windowsProfile = { adminUsername: windowsProfile.adminUsername, enableCSIProxy: true }
  report(c, request, cluster.body, 'cluster')
  return cluster
}

/** A new pool, and its profile in the state `Creating`. */
export async function readPool(
  c: ArmContext,
  name: string,
): Promise<{ pool: ReturnType<typeof poolOf>; profile: Record<string, unknown> & { name: string } }> {
  const { properties = {} } = (await c.req.json().catch(() => ({}))) as { properties?: PoolRequest }
  const pool = poolOf(properties, name)
  const { upgradeSettings, ...shape } = agentPoolProfile(pool, 'Creating', 'Running')
  const profile = { ...shape, upgradeSettings: { ...(upgradeSettings as object), ...properties.upgradeSettings }, name }
  report(c, { properties }, { properties: profile }, 'node pool')
  return { pool, profile }
}

function poolOf({ count = 1, vmSize = '', mode = 'User', osType = 'Linux', osSKU }: PoolRequest, name: string) {
  const windows = osType === 'Windows' ? ((osSKU ?? 'Windows2022') as WindowsRelease) : undefined
  return { name, count, vmSize, mode, osType, arch: archOf(vmSize), ...(windows && { windows }) } satisfies AgentPool
}

/** What clients send with their defaults, and AKS doesn't return: `''` is the newest version, and the rest is for spot pools alone. */
const defaults =
  /\/(kubernetesVersion|orchestratorVersion|scaleSetPriority|scaleSetEvictionPolicy|spotMaxPrice|adminPassword)$/

function report(c: ArmContext, request: unknown, made: unknown, what: string): void {
  for (const place of changes(request, made, ''))
    if (!defaults.test(place)) c.env.problem(`${place} of a new ${what} is not simulated`)
}
