import { acrCommand, aksCommand, az, inSubscriptionOf, raw } from 'azure'

/** Shows how nodes leave a cluster: the outbound type, and the subnets of its pools; null for the network that AKS made in the node resource group. */
export function showNetworkCommand(clusterId: string): string {
  const query =
    '"{outbound: networkProfile.outboundType, subnets: agentPoolProfiles[].vnetSubnetId, nodeResourceGroup: nodeResourceGroup}"'
  return aksCommand('show', clusterId, `--query ${query}`)
}

/** Lists the public addresses of a cluster's own load balancer or NAT gateway; nothing if nodes leave it in another way. */
export function listOutboundAddressesCommand(clusterId: string): string {
  const query = '"networkProfile.[loadBalancerProfile, natGatewayProfile][].effectiveOutboundIPs[].id"'
  const ids = aksCommand('show', clusterId, `--query ${query} --output tsv`)
  return `${ids} | xargs -r -n 1 az network public-ip show --query ipAddress --output tsv --ids`
}

/** Adds these addresses to the ones that a registry's firewall accepts. */
export function addNetworkRulesCommand(clusterId: string, registryId: string): string {
  const add = acrCommand('network-rule add', registryId, '--output none')
  return `${listOutboundAddressesCommand(clusterId)} | xargs -r -n 1 ${add} --ip-address`
}

/** Lists the networks that private DNS zones of this name are linked to, in the subscription of a scope. */
export function listLinkedNetworksCommand(zone: string, scope: string): string {
  const query = `"[?starts_with(name, '${zone}/')].id"`
  return az`resource list --resource-type Microsoft.Network/privateDnsZones/virtualNetworkLinks ${inSubscriptionOf(scope)} --query ${raw(query)} --output tsv | xargs -r -n 1 az resource show --api-version 2020-06-01 --query properties.virtualNetwork.id --output tsv --ids`
}
