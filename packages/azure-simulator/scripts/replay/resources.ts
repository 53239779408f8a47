import { newGuid, sameId } from '../../src/model/ids.js'
import { archOf } from '../../src/world/agent-pools.js'
import type { ClusterOptions } from '../../src/world/clusters.js'
import { isRegistry, type RegistryOptions } from '../../src/world/registries.js'
import { visit } from './directory.js'
import type { Seen } from './seen.js'

interface Body {
  readonly id: string
  readonly name: string
  readonly type: string
  readonly location?: string
  readonly sku?: { readonly name?: string }
  readonly tags?: Record<string, string>
  readonly identity?: { readonly type?: string }
  // Azure's answers are checked, not trusted.
  readonly properties: Readonly<Record<string, unknown>>
}

const place = /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/([^/]+\/[^/]+)\/([^/?]+)/i

/** Registries, clusters, identities and role assignments that existed before the recording created any. */
export function addResources(seen: Seen): void {
  const { recordings, world } = seen
  const made = new Set<string>()
  const assignments: Record<string, unknown>[] = []
  for (const { request, response } of recordings) {
    const path = decodeURIComponent(new URL(request.url).pathname).toLowerCase()
    const wasMissing = request.method === 'GET' && response.status === 404
    if (wasMissing || (request.method === 'PUT' && response.status === 201)) made.add(path)
    if (response.status >= 300) continue
    visit(response.body, item => {
      const { id, type, properties } = item
      if (typeof id !== 'string' || typeof type !== 'string' || typeof properties !== 'object') return
      if (made.has(id.toLowerCase())) return
      const [, subscription = '', group = ''] = /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)$/i.exec(id) ?? []
      if (group !== '') seen.group(subscription, group).tags = item.tags as Record<string, string>
      if (sameId(type, 'Microsoft.Authorization/roleAssignments')) assignments.push(item)
      else if (world.findResource(id) === undefined) add(seen, item as unknown as Body)
    })
  }
  addAddressed(seen, made)
  for (const { id, properties } of assignments) {
    const { roleDefinitionId, principalId, principalType, scope, condition } = properties as Record<
      string,
      string | null
    >
    const name = String(id).split('/').at(-1) ?? ''
    if (world.assignments.findByName(name) !== undefined) continue
    const role = roleDefinitionId?.split('/').at(-1) ?? ''
    if (!world.roles.some(known => sameId(known.name, role)))
      world.addCustomRole({ name: role, roleName: `role ${role}`, assignableScopes: ['/'] })
    world.assignRole({
      name,
      role,
      principalId: principalId ?? '',
      principalType: principalType as 'ServicePrincipal',
      // Management groups have no names here.
      scope: scope?.startsWith('/subscriptions/') === true ? scope : '/',
      ...(typeof condition === 'string' && condition !== '' ? { condition } : {}),
    })
  }
}

/** Adds resources that no answer shows although requests address them; nothing else is known about them. */
function addAddressed(seen: Seen, made: ReadonlySet<string>): void {
  const { recordings, world } = seen
  for (const { request, response } of recordings) {
    const { pathname, host } = new URL(request.url)
    const path = decodeURIComponent(pathname)
    const [id = '', , , type = '', name = ''] = place.exec(path) ?? []
    const isThere = response.status !== 404 && response.status < 500 && !made.has(id.toLowerCase())
    if (id !== '' && isThere && world.findResource(id) === undefined) add(seen, { id, name, type, properties: {} })
    const label = /^([\w-]+)\.azurecr\./.exec(host)?.[1]
    const [subscription] = world.subscriptions
    const isKnown = world.resources.filter(isRegistry).some(({ loginServer }) => sameId(loginServer, host))
    if (label !== undefined && !isKnown)
      seen
        .group(subscription?.subscriptionId ?? newGuid(), 'recorded')
        .addRegistry(label.replaceAll('-', ''), { loginServer: host })
  }
}

function add(seen: Seen, body: Body): void {
  const [, subscription = '', groupName = '', type = '', name = ''] = place.exec(body.id) ?? []
  if (name === '' || body.id.split('/').length !== 9) return
  const group = seen.group(subscription, groupName)
  const tags = body.tags === undefined ? {} : { tags: body.tags }
  const { properties } = body
  if (sameId(type, 'Microsoft.ContainerRegistry/registries'))
    group.addRegistry(name, { ...registryOptions(body), ...tags })
  else if (sameId(type, 'Microsoft.ContainerService/managedClusters'))
    group.addCluster(name, { ...clusterOptions(seen, body), ...tags })
  else if (sameId(type, 'Microsoft.ManagedIdentity/userAssignedIdentities'))
    addIdentity(seen, body.id, properties.principalId as string, properties.clientId as string)
}

function addIdentity(seen: Seen, id: string, objectId: string | undefined, clientId: string | undefined) {
  const existing = seen.world.resources.find(resource => sameId(resource.id, id))
  if (existing !== undefined) return existing as ReturnType<ReturnType<Seen['group']>['addUserAssignedIdentity']>
  const [, subscription = '', groupName = '', , name = ''] = place.exec(id) ?? []
  return seen.group(subscription, groupName).addUserAssignedIdentity(name, {
    ...(objectId === undefined ? {} : { objectId }),
    ...(clientId === undefined ? {} : { clientId }),
  })
}

function registryOptions({ location, sku, properties }: Body): RegistryOptions {
  const text = <T extends string>(name: string): Record<string, T> =>
    typeof properties[name] === 'string' ? { [name]: properties[name] as T } : {}
  return {
    ...(location === undefined ? {} : { location }),
    ...(sku?.name === undefined ? {} : { sku: sku.name as 'Basic' }),
    ...text('loginServer'),
    ...text('roleAssignmentMode'),
    ...text('publicNetworkAccess'),
    anonymousPullEnabled: properties.anonymousPullEnabled === true,
    adminUserEnabled: properties.adminUserEnabled === true,
    dataEndpointEnabled: properties.dataEndpointEnabled === true,
  }
}

function clusterOptions(seen: Seen, { location, identity, properties }: Body): ClusterOptions {
  const {
    provisioningState,
    powerState,
    servicePrincipalProfile,
    identityProfile,
    aadProfile,
    apiServerAccessProfile,
  } = properties as {
    provisioningState?: string
    powerState?: { code?: string }
    servicePrincipalProfile?: { clientId?: string }
    identityProfile?: { kubeletidentity?: { resourceId?: string; clientId?: string; objectId?: string } }
    aadProfile?: { managed?: boolean; enableAzureRBAC?: boolean }
    apiServerAccessProfile?: { enablePrivateCluster?: boolean; disableRunCommand?: boolean }
  }
  const { agentPoolProfiles, disableLocalAccounts } = properties as {
    agentPoolProfiles?:
      readonly { name: string; count?: number; mode?: string; osType?: string; vmSize?: string }[] | null
    disableLocalAccounts?: boolean
  }
  const kubelet = identityProfile?.kubeletidentity
  const clientId = servicePrincipalProfile?.clientId ?? 'msi'
  return {
    ...(location === undefined ? {} : { location }),
    ...(provisioningState === undefined ? {} : { provisioningState }),
    powerState: powerState?.code === 'Stopped' ? 'Stopped' : 'Running',
    identity:
      clientId !== 'msi' ? 'ServicePrincipal' : identity?.type === 'UserAssigned' ? 'UserAssigned' : 'SystemAssigned',
    ...(clientId === 'msi' ? {} : { servicePrincipalClientId: clientId }),
    ...(kubelet?.resourceId === undefined
      ? { withoutIdentityProfile: true }
      : { kubeletIdentity: addIdentity(seen, kubelet.resourceId, kubelet.objectId, kubelet.clientId) }),
    aad: aadProfile?.managed === true,
    azureRbac: aadProfile?.enableAzureRBAC === true,
    privateCluster: apiServerAccessProfile?.enablePrivateCluster === true,
    ...(apiServerAccessProfile?.disableRunCommand === undefined
      ? {}
      : { disableRunCommand: apiServerAccessProfile.disableRunCommand }),
    disableLocalAccounts: disableLocalAccounts ?? false,
    ...(agentPoolProfiles === null ? { withoutPoolProfiles: 'null' as const } : {}),
    agentPools: (agentPoolProfiles ?? []).map(({ name, count, mode, osType, vmSize }) => ({
      name,
      count: count ?? 1,
      mode: mode === 'User' ? ('User' as const) : ('System' as const),
      osType: osType === 'Windows' ? ('Windows' as const) : ('Linux' as const),
      arch: archOf(vmSize ?? ''),
      ...(vmSize === undefined ? {} : { vmSize }),
    })),
  }
}
