import { az, doubleQuoted, option, raw, shell } from './az.js'
import { parseResourceId } from './resource-id.js'

/** An `az aks` command about one cluster, because most of them have no `--ids`. @param more options, already quoted */
export function aksCommand(verb: string, clusterId: string, more = ''): string {
  const id = parseResourceId(clusterId)
  if (!id) return az`aks list --output table`
  return az`aks ${raw(verb)} --subscription ${id.subscriptionId} --resource-group ${id.resourceGroup} --name ${id.name} ${raw(more)}`
}

/** Runs a command with AKS Run Command; without `command` a harmless one, which shows whether it works. */
export function invokeCommand(clusterId: string, command = 'kubectl get nodes'): string {
  return aksCommand('command invoke', clusterId, shell`--command ${doubleQuoted(command)}`)
}

/** An `az aks nodepool` command about one node pool of a cluster, or about all of them. */
export function nodePoolCommand(verb: string, clusterId: string, pool = ''): string {
  const id = parseResourceId(clusterId)
  if (!id) return az`aks list --output table`
  return az`aks nodepool ${verb} --subscription ${id.subscriptionId} --resource-group ${id.resourceGroup} --cluster-name ${id.name} ${option('--name', pool)}`
}

/**
 * The newest api-version that returns `securityProfile.serviceAccountImagePullProfile` of a cluster. Stable versions hide it, even 2026-08-01; previews
 * live about a year (azure-rest-api-specs pull request 40533).
 */
export const serviceAccountPullVersion = '2026-08-02-preview'

/** Lists the resource IDs of a subscription's resource groups, clusters, registries, identities or all its resources. */
export function listCommand(noun: 'group' | 'aks' | 'acr' | 'identity' | 'resource', subscriptionId: string): string {
  return az`${noun} list ${option('--subscription', subscriptionId)} --query "[].id" --output tsv`
}

/** The option of `az acr` that takes the registry's name, for the commands where it isn't `--name`. */
const registryOptions: Partial<Record<string, string>> = {
  'cache list': '--registry',
  'config authentication-as-arm show': '--registry',
  'manifest list-deleted': '--registry',
  'manifest list-metadata': '--registry',
  'manifest restore': '--registry',
  'private-endpoint-connection list': '--registry-name',
  'credential-set list': '--registry',
}

/** An `az acr` command about one registry. @param more options, already quoted */
export function acrCommand(verb: string, registryId: string, more = ''): string {
  const id = parseResourceId(registryId)
  if (!id) return listCommand('acr', '')
  const registry = option(registryOptions[verb] ?? '--name', id.name)
  return az`acr ${raw(verb)} ${registry} ${raw(more)} --subscription ${id.subscriptionId}`
}

/** Lists the addresses that the registry's firewall accepts. */
export function listNetworkRulesCommand(registryId: string): string {
  return acrCommand('network-rule list', registryId, '--query "ipRules[].ipAddressOrRange" --output tsv')
}

export function listPrivateEndpointsCommand(registryId: string): string {
  return acrCommand(
    'private-endpoint-connection list',
    registryId,
    '--query "[].{name: name, state: privateLinkServiceConnectionState.status}" --output table',
  )
}

/** A kubectl command, such as `kubectl get pods`. @param words further arguments, which may be anything */
export function kubectlCommand(verb: string, namespace = '', ...words: string[]): string {
  return shell`kubectl ${raw(verb)} ${words} ${option('--namespace', namespace)}`
}
