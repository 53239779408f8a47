import { acrCommand, aksCommand, listNetworkRulesCommand, listPrivateEndpointsCommand } from '../model/az-commands.js'
import { choices, fix, type Fix } from '../model/fix.js'
import type { PullCause } from '../model/pull.js'
import type { Registry } from '../model/registry.js'
import type { Target } from '../model/target.js'

/** Why a node can't reach a registry, as a clause. */
export function describeUnreachable({ keyVault }: Registry, cause: PullCause | undefined): string {
  switch (cause) {
    case 'dns':
      return 'its name does not resolve'
    case 'firewall':
      return keyVault === undefined
        ? "the registry's firewall blocks it"
        : "the registry's firewall blocks it, or the registry can't read its key in the key vault"
    case 'tls':
      return 'the certificate is not trusted'
    case 'plain-http':
      return 'something answers without TLS'
    case 'proxy':
      return 'a proxy refuses the connection'
    case 'data-endpoint':
      return "the data endpoint, which serves the layers, can't be reached"
    default:
      return 'the connection fails'
  }
}

/** What to do about a registry that a node can't reach. */
export function adviseReach(registry: Registry, target: Target, cause: PullCause | undefined): Fix {
  const endpoints = listPrivateEndpointsCommand(registry.id)
  switch (cause) {
    case 'firewall':
      return choices(
        {
          text: "Add the cluster's outbound addresses to the registry's firewall (az acr network-rule add), or use a private endpoint whose DNS zone is linked to the network of the cluster. To see the cluster's addresses, and those that the firewall allows:",
          commands: [
            aksCommand('show', target.id, '--query networkProfile.loadBalancerProfile.effectiveOutboundIPs'),
            listNetworkRulesCommand(registry.id),
          ],
        },
        ...(registry.keyVault === undefined
          ? []
          : [
              {
                // learn.microsoft.com/azure/container-registry/tutorial-troubleshoot-customer-managed-keys
                text:
                  `The registry is encrypted with a customer-managed key${registry.keyVault && ` in ${registry.keyVault}`}, and refuses every request if it can't read the key: let the ` +
                  "registry's identity get, wrap and unwrap it, and let trusted Azure services through the firewall of the key vault. To see key and identity:",
                commands: [acrCommand('encryption show', registry.id)],
              },
            ]),
      )
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
