import { acrCommand, aksCommand, az, inSubscriptionOf, nodePoolCommand, raw, shell } from 'azure'
import type { Registry, Target } from 'azure'
import { briefly, fix, type Finding, type Fix, warning } from 'kernel'
import type { NodePull } from 'run-model'

/** Whether the registry itself refuses nodes by their address: it has rules about addresses, which wait for no role. */
export function refusesAddresses({ publicNetworkAccess, firewall, otherNetworkAccess }: Registry): boolean {
  return !publicNetworkAccess || (firewall && otherNetworkAccess === undefined)
}

/** Why a node can't reach a registry, as a clause. @param said by the node */
export function describeUnreachable(registry: Registry, cause: NodePull['cause'] = 'connection', said = ''): string {
  if (cause === 'firewall') return describeAddress(registry)
  const [, status] = /: ([45]\d\d) /.exec(said) ?? []
  if (cause === 'unavailable') return `the registry answered ${status ?? 'with a server error'}`
  if (cause === 'upstream')
    return `${status ? `the registry answered ${status}, as it does if` : 'the registry says that'} it gets nothing from the upstream of a cache rule`
  return unreachable[cause] ?? 'the connection fails'
}

/** Whether the registry itself has answered, so that nothing on the way there is the reason. */
export function isAnswer(cause: NodePull['cause']): boolean {
  return cause === 'upstream' || cause === 'unavailable'
}

const unreachable: Partial<Record<NonNullable<NodePull['cause']>, string>> = {
  dns: 'its name does not resolve',
  tls: 'the certificate is not trusted',
  'plain-http': 'something answers without TLS',
  proxy: 'a proxy refuses the connection',
  streaming: "the node's proxy for artifact streaming does not answer",
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

/** Where to look if a node can't reach a registry; docs/prove.md has the repairs of each cause. */
export function lookAtNetwork(
  registry: Registry,
  target: Target,
  { cause, node }: Pick<NodePull, 'cause' | 'node'>,
): Fix {
  const { id, loginServer } = registry
  switch (cause) {
    case 'firewall':
      return letNodesIn(registry, target)
    case 'upstream':
      return briefly(
        'Check the credentials of the rule, and that the upstream has the image.',
        'The role is not the reason: the credentials may be wrong or expired, or the upstream throttles the registry. To see the rules and their credentials:',
        acrCommand('cache list', id, '--output table'),
        acrCommand('credential-set list', id),
      )
    case 'streaming':
      return briefly(
        'Replace the node, or use a pool without artifact streaming.',
        'Neither the role nor the network is the reason: pulls of this pool go through the artifact streaming proxy of the node. To see which pools have it:',
        `${nodePoolCommand('list', target.id)} --query "[].{pool: name, streaming: artifactStreamingProfile.enabled, image: nodeImageVersion}" --output table`,
      )
    case 'unavailable':
      return briefly(
        'Run the step again later.',
        'Neither the role nor the network is the reason. To see the state of the registry:',
        acrCommand('show', id, '--query provisioningState --output tsv'),
      )
    case 'data-endpoint':
      return briefly(
        'Allow the nodes to reach the data endpoints of the registry.',
        'To see them:',
        acrCommand('show-endpoints', id),
      )
    case 'tls':
    case 'plain-http':
    case 'proxy':
      return briefly(
        'A proxy or a firewall answers instead of the registry: exempt the registry and its data endpoints from it.',
        "To see the cluster's proxy and outbound type:",
        aksCommand('show', target.id, '--query "{proxy: httpProxyConfig, outbound: networkProfile.outboundType}"'),
      )
    default:
      return briefly(
        `Check ${cause === 'dns' ? 'the DNS servers and private DNS zones of' : 'routes, firewalls and network policies for'} the nodes.`,
        `To see what a node sees of the registry, from a pod that az starts and deletes:`,
        aksCommand('check-acr', target.id, shell`--acr ${loginServer} --node-name ${node}`),
      )
  }
}

/**
 * What makes a registry accept nodes that it has refused by their address, as far as its settings tell, with the addresses of AKS's own load balancer
 * (learn.microsoft.com/azure/aks/load-balancer-standard, "effectiveOutboundIPs").
 */
function letNodesIn(registry: Registry, target: Target): Fix {
  const wait =
    'If you have just changed a rule, a private endpoint or a DNS link, wait a few minutes and run the step again.'
  const [look, show] = [
    'To see whom the registry lets in, and its key:',
    acrCommand('show', registry.id, accessOptions),
  ]
  if (!registry.publicNetworkAccess)
    return briefly(
      "Create a private endpoint in the nodes' network, with its DNS records, or enable public access.",
      `${wait} ${look}`,
      show,
    )
  if (!refusesAddresses(registry)) return briefly(wait, look, show)
  const addresses = aksCommand('show', target.id, outboundOptions)
  return briefly(
    "Add the nodes' outbound addresses to the registry's rules.",
    `${wait} To see them (except those of a NAT gateway or a firewall of yours), whom the registry lets in, and its key:`,
    `${addresses} | xargs -r -n 1 az network public-ip show --query ipAddress --output tsv --ids`,
    show,
  )
}

const outboundOptions = '--query "networkProfile.loadBalancerProfile.effectiveOutboundIPs[].id" --output tsv'

const accessOptions =
  '--query "{access: publicNetworkAccess, rules: networkRuleSet, endpoints: privateEndpointConnections[].privateLinkServiceConnectionState.status, key: encryption.keyVaultProperties}"'

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
      fix(
        `Give each network a zone of its own, linked to that network alone. To see the addresses of ${loginServer} in the zones, one of which must be in the network of the cluster:`,
        listRecordsCommand(registry, target.id),
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

/** The private DNS zone that leads to the private endpoints of a registry, by its cloud: `privatelink.azurecr.io`. */
function privateZoneOf({ loginServer }: Pick<Registry, 'loginServer'>): string {
  return `privatelink.${loginServer.replace(/^[^.]*\./, '')}`
}
