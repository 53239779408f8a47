import type { Cluster, Registry } from 'azure-simulator'
import type { Contoso } from 'azure-simulator/contoso'

type Place = Pick<Contoso, 'world' | 'group' | 'subscription'>

/** Adds a resource of Microsoft.Network as the lists and GETs of Azure Resource Manager show it. @returns its ID */
function addResource({ world, group, subscription }: Place, path: string, properties: Record<string, unknown>): string {
  const id = `${group.id}/providers/Microsoft.Network/${path}`
  // The names and types of nested resources alternate.
  const parts = path.split('/')
  const name = parts.filter((_, index) => index % 2 === 1).join('/')
  const type = ['Microsoft.Network', ...parts.filter((_, index) => index % 2 === 0)].join('/')
  const body = { id, name, type, location: 'westeurope', properties: { provisioningState: 'Succeeded', ...properties } }
  const { subscriptionId } = subscription
  world.resources.push({ id, name, type, subscriptionId, resourceGroup: group.name, createdAt: Date.now(), body })
  return id
}

/** Gives the load balancer of a cluster the public address by which its nodes leave it. */
export function addOutboundAddress(place: Place, { body, kubernetes }: Cluster): void {
  const id = addResource(place, 'publicIPAddresses/outbound', { ipAddress: kubernetes.egressAddress })
  const profile = body.properties.networkProfile as { loadBalancerProfile: Record<string, unknown> }
  profile.loadBalancerProfile.effectiveOutboundIPs = [{ id }]
}

/** Links the private DNS zone of registries to a network. @returns the network's ID */
export function linkZone(place: Place, network: string): string {
  const id = `${place.group.id}/providers/Microsoft.Network/virtualNetworks/${network}`
  addResource(place, `privateDnsZones/privatelink.azurecr.io/virtualNetworkLinks/to-${network}`, {
    virtualNetwork: { id },
  })
  return id
}

/** Connections of private endpoints as `Registries_Get` returns them (containerregistry.json, `PrivateEndpointConnection`). */
export function connectionOf(
  { group }: Pick<Place, 'group'>,
  { id }: Registry,
  status: string,
  provisioningState = 'Succeeded',
) {
  const privateEndpoint = { id: `${group.id}/providers/Microsoft.Network/privateEndpoints/pe-acr` }
  const properties = { privateEndpoint, privateLinkServiceConnectionState: { status }, provisioningState }
  return { id: `${id}/privateEndpointConnections/contosoacr.1`, name: 'contosoacr.1', properties }
}

/** Lets a registry accept connections through private endpoints only, of which it has one. */
export function makePrivate(place: Pick<Place, 'group'>, registry: Registry, status = 'Approved'): void {
  const privateEndpointConnections = [connectionOf(place, registry, status)]
  Object.assign(registry.body.properties, { publicNetworkAccess: 'Disabled', privateEndpointConnections })
}
