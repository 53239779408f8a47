import {
  acrCommand,
  aksCommand,
  az,
  inSubscriptionOf,
  kubectlCommand,
  listNetworkRulesCommand,
  listPrivateEndpointsCommand,
  raw,
} from 'azure'
import type { Registry, Target } from 'azure'
import { choices, fix, type Finding, type Fix, type FixPart, warning } from 'kernel'
import type { NodePull } from 'run-model'

/** Whether the registry itself refuses nodes by their address: it has rules about addresses, which wait for no role. */
export function refusesAddresses({ publicNetworkAccess, firewall, otherNetworkAccess }: Registry): boolean {
  return !publicNetworkAccess || (firewall && otherNetworkAccess === undefined)
}

/** Why a node can't reach a registry, as a clause. */
export function describeUnreachable(registry: Registry, cause: NodePull['cause'] = 'connection'): string {
  return cause === 'firewall' ? describeAddress(registry) : (unreachable[cause] ?? 'the connection fails')
}

const unreachable: Partial<Record<NonNullable<NodePull['cause']>, string>> = {
  dns: 'its name does not resolve',
  tls: 'the certificate is not trusted',
  'plain-http': 'something answers without TLS',
  proxy: 'a proxy refuses the connection',
  'data-endpoint': "the data endpoint, which serves the layers, can't be reached",
}

/** Why the node got a 403, by what the registry says of itself. */
function describeAddress({ keyVault, publicNetworkAccess, otherNetworkAccess, firewall }: Registry): string {
  const or = keyVault === undefined ? '' : ", or the registry can't read its key in the key vault"
  if (!publicNetworkAccess) return `public network access is disabled, and the node did not use a private endpoint${or}`
  if (otherNetworkAccess) return `its public network access is ${otherNetworkAccess}, and it refuses the node${or}`
  if (firewall) return `the registry's firewall blocks it${or}`
  return `it is refused (403), although the registry's firewall is off${or}`
}

/** What to do about a registry that a node can't reach. */
export function adviseReach(
  registry: Registry,
  target: Target,
  { cause, node }: Pick<NodePull, 'cause' | 'node'>,
): Fix {
  const endpoints = listPrivateEndpointsCommand(registry.id)
  switch (cause) {
    case 'firewall':
      return choices(...withDangersLast([...adviseAddress(registry, target, node), ...adviseKeyVault(registry)]))
    case 'data-endpoint':
      return fix(
        'Allow the nodes to reach the data endpoints of the registry: in firewalls and network security groups and, with a private endpoint, in the private DNS zone. To see the endpoints:',
        acrCommand('show-endpoints', registry.id),
        endpoints,
      )
    case 'tls':
    case 'plain-http':
    case 'proxy':
      return fix(
        "Something between node and registry answers instead of the registry: a proxy or a firewall that inspects TLS. Exempt the registry and its data endpoints from it, or add its certificate authority to the cluster (httpProxyConfig.trustedCa). To see the cluster's proxy and outbound type:",
        aksCommand('show', target.id, '--query "{proxy: httpProxyConfig, outbound: networkProfile.outboundType}"'),
      )
    default:
      return fix(
        'Check the private DNS zone privatelink.azurecr.io and its link to the network of the cluster, and the network security groups, firewalls and route tables in between. To see the private endpoints of the registry, and the outbound type of the cluster:',
        endpoints,
        aksCommand('show', target.id, '--query networkProfile.outboundType'),
      )
  }
}

/**
 * The finding about a registry with several private endpoints that nodes can't reach: each endpoint writes the registry's name into a DNS zone of the same
 * name, and in a zone that two of them share, the last one wins (mspnp/aks-baseline-multi-region issue 46).
 */
export function findCollision(target: Target, registry: Registry, pulls: readonly NodePull[]): Finding[] {
  const { id, name, loginServer, privateEndpoints } = registry
  const isLost = pulls.some(
    ({ verdict, cause = '' }) => verdict === 'unreachable' && ['dns', 'connection'].includes(cause),
  )
  if (!isLost || privateEndpoints.length < 2) return []
  const zone = privateZoneOf(registry)
  return [
    warning(
      'PRIVATE_ENDPOINTS_COLLIDE',
      id,
      `${name} has ${privateEndpoints.length} private endpoints. If two of them share a private DNS zone ${zone}, the last one has overwritten the record of the other, and ${loginServer} leads the nodes of ${target.name} to an address in another network.`,
      choices(
        {
          text: 'Give each network a zone of its own, linked to that network alone, and let each endpoint write to the zone of its network. To see the private endpoints, and the networks that the zones in the subscription of the cluster are linked to:',
          commands: [listPrivateEndpointsCommand(id), listLinkedNetworksCommand(zone, target.id)],
        },
        {
          text: `To see the addresses of ${loginServer} in these zones, one of which must be in the network of the cluster:`,
          commands: [listRecordsCommand(registry, target.id)],
        },
      ),
    ),
  ]
}

/** Lists the addresses that the private DNS zones in the subscription of a scope have for a registry. */
function listRecordsCommand(registry: Registry, scope: string): string {
  const zone = privateZoneOf(registry)
  const [host = ''] = registry.loginServer.split('.')
  const query = `"[?name=='${zone}'].join('', [id, '/A/${host}'])"`
  return az`resource list --resource-type Microsoft.Network/privateDnsZones ${inSubscriptionOf(scope)} --query ${raw(query)} --output tsv | xargs -r -n 1 az resource show --api-version 2020-06-01 --query properties.aRecords[].ipv4Address --output tsv --ids`
}

/** The parts of a fix with the dangerous ones last. */
export function withDangersLast(parts: readonly FixPart[]): FixPart[] {
  return [...parts.filter(({ caution }) => !caution), ...parts.filter(({ caution }) => caution)]
}

/** What can't be seen from here: Azure dates no DNS link, and no approval. */
const maybeNew =
  'If you have just changed a rule, a private endpoint or a DNS link, wait a few minutes and run the step again.'

/** What to do about a refusal by address, by what the registry says of itself. */
function adviseAddress(registry: Registry, target: Target, node: string): FixPart[] {
  const { id, name, publicNetworkAccess, otherNetworkAccess } = registry
  if (!publicNetworkAccess)
    return [
      {
        text: `${name} has public network access disabled: it only accepts connections through private endpoints, and rules for IP addresses have no effect.`,
        commands: [],
      },
      ...adviseEndpoints(registry, target, node),
    ]
  if (otherNetworkAccess) {
    const isPerimeter = otherNetworkAccess.toLowerCase() === 'securedbyperimeter'
    const what = isPerimeter
      ? `A network security perimeter secures ${name}: let its inbound rules allow the outbound addresses of the cluster, or use a private endpoint.`
      : `This version doesn't know what ${otherNetworkAccess} means.`
    const commands = [
      acrCommand('show', id, '--query publicNetworkAccess --output tsv'),
      showNetworkCommand(target.id),
      listOutboundAddressesCommand(target.id),
    ]
    return [{ text: `${what} ${maybeNew} To see the setting, and the cluster's network and addresses:`, commands }]
  }
  if (!refusesAddresses(registry))
    return [
      {
        text: `${name} had no rules that refuse addresses when the step read it. If they have changed since, run the step again; otherwise something between node and registry answers, such as a proxy or a firewall. To see the rules, and the cluster's proxy and network:`,
        commands: [
          acrCommand('show', id, '--query "{access: publicNetworkAccess, rules: networkRuleSet}"'),
          aksCommand('show', target.id, '--query "{proxy: httpProxyConfig, outbound: networkProfile.outboundType}"'),
        ],
      },
    ]
  return [
    ...(registry.privateEndpoints.length > 0 ? adviseEndpoints(registry, target, node) : []),
    {
      text: `${registry.privateEndpoints.length > 0 ? 'Or let nodes use the public address' : 'Let the nodes in'}: ${name} only accepts listed IP addresses, so list those by which they leave the cluster. If the outbound type is not loadBalancer or managedNATGateway, this is the address of your own firewall or NAT gateway. ${maybeNew} To see the cluster's network and addresses, and those that are listed:`,
      commands: [showNetworkCommand(target.id), listOutboundAddressesCommand(target.id), listNetworkRulesCommand(id)],
    },
    {
      text: "To list the addresses of the cluster's own load balancer or NAT gateway, which lets in everything that leaves by them:",
      commands: [addNetworkRulesCommand(target.id, id)],
      caution: 'Lets in everything that leaves by these addresses',
    },
  ]
}

/** What to do so that nodes use a private endpoint of a registry. */
function adviseEndpoints(registry: Registry, { id: targetId }: Target, node: string): FixPart[] {
  const { id, name, loginServer, privateEndpoints } = registry
  const zone = privateZoneOf(registry)
  const isUsable = ({ status }: Registry['privateEndpoints'][number]): boolean => status.toLowerCase() === 'approved'
  const usable = privateEndpoints.filter(isUsable)
  const links = (scope: string): string => listLinkedNetworksCommand(zone, scope)
  if (usable.length === 0) {
    const waiting = privateEndpoints.map(({ status }) => status || 'unknown').join(', ')
    // Such a connection was removed for good: its private endpoint is only informative (learn.microsoft.com/azure/private-link/private-endpoint-overview).
    const areGone = privateEndpoints.every(({ status }) => status.toLowerCase() === 'disconnected')
    const repair = areGone
      ? 'create a new private endpoint in the network of the cluster'
      : 'approve the one for the network of the cluster'
    const what = waiting
      ? `None of its private endpoint connections is approved (${waiting}): ${repair}.`
      : `Create a private endpoint for ${name} in the network of the cluster, or in one that the cluster reaches.`
    return [
      {
        text: `${what} Its name must resolve to that endpoint: link the private DNS zone ${zone} to the network of the cluster (learn.microsoft.com/azure/container-registry/container-registry-private-endpoints). ${maybeNew} To see the private endpoints, and the network of the cluster:`,
        commands: [listPrivateEndpointsCommand(id), showNetworkCommand(targetId)],
      },
    ]
  }
  const scopes = new Set(usable.map(each => links(each.id || id)))
  return [
    {
      text: `The node used the public address, although ${name} has ${usable.length === 1 ? 'a private endpoint' : `${usable.length} private endpoints`}: in the network of the cluster, ${loginServer} must resolve to one of them. Link the private DNS zone ${zone} to that network or, if it has its own DNS servers, let these forward to Azure DNS (168.63.129.16) in a linked network. ${maybeNew} To see the private endpoints, the networks that zones in their subscription are linked to, and the network of the cluster:`,
      commands: [listPrivateEndpointsCommand(id), ...scopes, showNetworkCommand(targetId)],
    },
    {
      text: 'To see what the node resolves, which must be a private address. This starts a pod on the node:',
      // learn.microsoft.com/azure/aks/node-access
      commands: [
        `${kubectlCommand('debug', '', `node/${node}`)} -it --image=mcr.microsoft.com/cbl-mariner/busybox:2.0 -- nslookup ${loginServer}`,
      ],
      caution: 'Starts a pod on the node, which stays until you delete it',
    },
  ]
}

function adviseKeyVault({ id, keyVault }: Registry): FixPart[] {
  if (keyVault === undefined) return []
  return [
    {
      // learn.microsoft.com/azure/container-registry/tutorial-troubleshoot-customer-managed-keys
      text:
        `The registry is encrypted with a customer-managed key${keyVault && ` in ${keyVault}`}, and refuses every request if it can't read the key: let the ` +
        "registry's identity get, wrap and unwrap it, and let trusted Azure services through the firewall of the key vault. To see key and identity:",
      commands: [acrCommand('encryption show', id)],
    },
  ]
}

/** The private DNS zone that leads to the private endpoints of a registry, by its cloud: `privatelink.azurecr.io`. */
function privateZoneOf({ loginServer }: Pick<Registry, 'loginServer'>): string {
  return `privatelink.${loginServer.replace(/^[^.]*\./, '')}`
}

/** Shows how nodes leave a cluster: the outbound type, and the subnets of its pools; null for the network that AKS made in the node resource group. */
function showNetworkCommand(clusterId: string): string {
  const query =
    '"{outbound: networkProfile.outboundType, subnets: agentPoolProfiles[].vnetSubnetId, nodeResourceGroup: nodeResourceGroup}"'
  return aksCommand('show', clusterId, `--query ${query}`)
}

/** Lists the public addresses of a cluster's own load balancer or NAT gateway; nothing if nodes leave it in another way. */
function listOutboundAddressesCommand(clusterId: string): string {
  const query = '"networkProfile.[loadBalancerProfile, natGatewayProfile][].effectiveOutboundIPs[].id"'
  const ids = aksCommand('show', clusterId, `--query ${query} --output tsv`)
  return `${ids} | xargs -r -n 1 az network public-ip show --query ipAddress --output tsv --ids`
}

/** Adds these addresses to the ones that a registry's firewall accepts. */
function addNetworkRulesCommand(clusterId: string, registryId: string): string {
  const add = acrCommand('network-rule add', registryId, '--output none')
  return `${listOutboundAddressesCommand(clusterId)} | xargs -r -n 1 ${add} --ip-address`
}

/** Lists the networks that private DNS zones of this name are linked to, in the subscription of a scope. */
function listLinkedNetworksCommand(zone: string, scope: string): string {
  const query = `"[?starts_with(name, '${zone}/')].id"`
  return az`resource list --resource-type Microsoft.Network/privateDnsZones/virtualNetworkLinks ${inSubscriptionOf(scope)} --query ${raw(query)} --output tsv | xargs -r -n 1 az resource show --api-version 2020-06-01 --query properties.virtualNetwork.id --output tsv --ids`
}
