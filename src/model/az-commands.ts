import { parseResourceId } from './resource-id.js'

/** A word for a POSIX shell: bare where that is safe, else in single quotes. */
export function shellQuote(word: string): string {
  return /^[\w./:@=,+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/** An `az aks` command about one cluster (which takes no `--ids`), such as `az aks start`. */
export function aksCommand(verb: string, clusterId: string, more = ''): string {
  const id = parseResourceId(clusterId)
  if (!id) return 'az aks list --output table'
  const { subscriptionId, resourceGroup, name } = id
  return `az aks ${verb} --subscription ${subscriptionId} --resource-group ${shellQuote(resourceGroup)} --name ${name}${more && ` ${more}`}`
}

/** Runs a harmless command by AKS Run Command, which shows whether it works. */
export function invokeCommand(clusterId: string): string {
  return aksCommand('command invoke', clusterId, '--command "kubectl get nodes"')
}

/** The command that installs kubectl. */
export function installKubectlCommand(): string {
  return 'az aks install-cli'
}

/** A command that lists what a principal holds at a scope, above it and through groups. */
export function listAssignmentsCommand(principalId: string, scope: string): string {
  return `az role assignment list --assignee ${shellQuote(principalId)} --scope ${shellQuote(scope)} --include-inherited --include-groups${inSubscription(subscriptionOf(scope))}`
}

/** A command that shows a role assignment, by its resource ID. */
export function showAssignmentCommand(id: string): string {
  return `az rest --method get --url ${shellQuote(`${id}?api-version=2022-04-01`)}`
}

/** An `az aks nodepool` command about one pool, or all pools, of a cluster. */
export function nodePoolCommand(verb: string, clusterId: string, pool = ''): string {
  const id = parseResourceId(clusterId)
  if (!id) return 'az aks list --output table'
  const { subscriptionId, resourceGroup, name } = id
  return `az aks nodepool ${verb} --subscription ${subscriptionId} --resource-group ${shellQuote(resourceGroup)} --cluster-name ${name}${pool && ` --name ${pool}`}`
}

/** A role of a principal at a scope. */
interface Grant {
  /** Empty when it is not known; then the name, a client ID, has to do. */
  objectId: string
  name?: string
  type: string
  role: string
  scope: string
  condition?: string
}

const assigneeOption = ({ objectId, name = '' }: Pick<Grant, 'objectId' | 'name'>): string =>
  objectId ? `--assignee-object-id ${objectId}` : `--assignee ${quoted(name)}`

/** The `az` command that gives a principal a role at a scope. */
export function createRoleAssignmentCommand(grant: Grant): string {
  const type = grant.objectId && ` --assignee-principal-type ${grant.type}`
  const lines = [
    `az role assignment create ${assigneeOption(grant)}${type}`,
    `--role ${quoted(grant.role)} --scope ${quoted(grant.scope)}${inSubscription(subscriptionOf(grant.scope))}`,
  ]
  if (grant.condition) lines.push(`--condition-version 2.0 --condition ${quoted(grant.condition)}`)
  return lines.join(' \\\n  ')
}

/**
 * A command that deletes what a principal holds of a role at a scope itself, if anything: `az role assignment create` takes an assignment that is
 * there for success, whatever its condition.
 */
export function withdrawRoleCommand(grant: Omit<Grant, 'type' | 'condition'>): string {
  const subscription = inSubscription(subscriptionOf(grant.scope))
  return [
    `az role assignment list ${assigneeOption(grant)} --role ${quoted(grant.role)} --scope ${quoted(grant.scope)}${subscription}`,
    `--query "[].id" --output tsv | xargs -r az role assignment delete${subscription} --ids`,
  ].join(' \\\n  ')
}

/** A command that lists the resource IDs of what a subscription has: its resource groups, clusters, registries, identities or everything. */
export function listCommand(noun: 'group' | 'aks' | 'acr' | 'identity' | 'resource', subscriptionId: string): string {
  return `az ${noun} list${inSubscription(subscriptionId)} --query "[].id" --output tsv`
}

/** A command that lists the subscriptions that whoever runs it can see. */
export function listSubscriptionsCommand(): string {
  return 'az account list --all --query "[].{name:name, subscription:id, tenant:tenantId}" --output table'
}

/** A command that shows the tenant of a subscription. */
export function showTenantOfSubscriptionCommand(subscriptionId: string): string {
  return `az account show${inSubscription(subscriptionId)} --query tenantId --output tsv`
}

/** A command that shows who the user of the Azure CLI is. */
export function showAccountCommand(): string {
  return 'az account show'
}

/** A command that shows the tenant of whoever runs it. */
export function showOwnTenantCommand(): string {
  return 'az account show --query tenantId --output tsv'
}

/** A command that lists the service principal with an ID in the user's tenant, or nothing where it has none. */
export function findServicePrincipalCommand(property: 'id' | 'appId', id: string): string {
  return `az ad sp list --filter ${quoted(`${property} eq '${id}'`)} --query "[].{name:displayName, objectId:id}" --output table`
}

/** A command that shows a service principal by its object ID or its application's ID. */
export function showServicePrincipalCommand(id: string): string {
  return `az ad sp show --id ${shellQuote(id)}`
}

/** A command that lists the clusters of a subscription that pull as an identity. */
export function findClustersOfIdentityCommand(objectId: string, subscriptionId: string): string {
  return `az aks list${inSubscription(subscriptionId)} --query "[?identityProfile.kubeletidentity.objectId=='${objectId}'].id" --output tsv`
}

/** A command that shows a Microsoft Entra group. */
export function showGroupCommand(groupId: string): string {
  return `az ad group show --group ${shellQuote(groupId)}`
}

/** A command that creates a security group, and prints its object ID. */
export function createGroupCommand(name: string): string {
  return `az ad group create --display-name ${shellQuote(name)} --mail-nickname ${shellQuote(name)} --query id --output tsv`
}

/** A command that lists the tenant's groups with their object IDs. */
export function listGroupsCommand(): string {
  return 'az ad group list --query "[].{name:displayName, objectId:id}" --output table'
}

/** A command that lists the direct members of a group. */
export function listMembersCommand(groupId: string): string {
  return `az ad group member list --group ${shellQuote(groupId)} --query "[].{name:displayName, objectId:id}" --output table`
}

/** A command that lists who changed role assignments of a resource group within the last seven days. */
export function listRoleAssignmentChangesCommand(resourceId: string): string {
  const { subscriptionId = '', resourceGroup = '' } = parseResourceId(resourceId) ?? {}
  const query =
    "[?contains(operationName.value, 'roleAssignments')].{time:eventTimestamp, who:caller, what:operationName.value, on:resourceId}"
  return `az monitor activity-log list${inSubscription(subscriptionId)} --resource-group ${shellQuote(resourceGroup)} --offset 7d --query "${query}" --output table`
}

/** A command that makes a principal a member of a group, or takes it out. */
export function groupMemberCommand(verb: 'add' | 'remove', groupId: string, objectId: string): string {
  return `az ad group member ${verb} --group ${shellQuote(groupId)} --member-id ${shellQuote(objectId)}`
}

/** A command that lists the locks of a resource and of what contains it. */
export function listLocksCommand(scope: string): string {
  return `az lock list --resource ${shellQuote(scope)}${inSubscription(subscriptionOf(scope))} --output table`
}

/** A command that registers a resource provider in a subscription. */
export function registerProviderCommand(namespace: string, subscriptionId: string): string {
  return `az provider register --namespace ${shellQuote(namespace)}${inSubscription(subscriptionId)} --wait`
}

/** A command that lists the deny assignments of a scope. */
export function listDenyAssignmentsCommand(scope: string): string {
  return `az rest --method get --url ${shellQuote(`${scope}/providers/Microsoft.Authorization/denyAssignments?api-version=2022-04-01`)}`
}

/** A command that shows the assignment of a policy, by its resource ID. */
export function showPolicyAssignmentCommand(id: string): string {
  const [, scope = '', name = ''] =
    /^(.*)\/providers\/Microsoft\.Authorization\/policyAssignments\/([^/]+)$/i.exec(id) ?? []
  return `az policy assignment show --name ${shellQuote(name)} --scope ${shellQuote(scope)}${inSubscription(subscriptionOf(scope))}`
}

/** A command that lists the role assignments of a subscription whose principal is gone. */
export function listOrphanedAssignmentsCommand(subscriptionId: string): string {
  return `az role assignment list --all${inSubscription(subscriptionId)} --query "[?principalName==''].id" --output tsv`
}

/** A command that deletes a role assignment, by its resource ID. */
export function deleteRoleAssignmentCommand(id: string): string {
  return `az role assignment delete --ids ${shellQuote(id)}${inSubscription(subscriptionOf(id))}`
}

/** A command that lists the names of the roles of a subscription. */
export function listRolesCommand(subscriptionId: string): string {
  return `az role definition list${inSubscription(subscriptionId)} --query "[].roleName" --output tsv`
}

/** An `az acr` command about one registry, by its resource ID. */
export function acrCommand(verb: string, registryId: string, more = ''): string {
  return ofRegistry(`${verb} --name`, registryId, more)
}

/** @param start up to the option that takes the registry's name */
function ofRegistry(start: string, registryId: string, more = ''): string {
  const { subscriptionId, name } = parseResourceId(registryId) ?? {}
  if (!subscriptionId || !name) return listCommand('acr', '')
  return `az acr ${start} ${name}${more && ` ${more}`}${inSubscription(subscriptionId)}`
}

/** A command that lists the addresses that a registry's firewall lets in. */
export function listNetworkRulesCommand(registryId: string): string {
  return acrCommand('network-rule list', registryId, '--query "ipRules[].ipAddressOrRange" --output tsv')
}

/** A command that allows Run Command on a cluster, for which `az aks` has no option. It writes the cluster as a whole, as `az aks update` does. */
export function enableRunCommandCommand(clusterId: string): string {
  const set = '--set properties.apiServerAccessProfile.disableRunCommand=false'
  return `az resource update --ids ${shellQuote(clusterId)} --api-version 2025-03-01 ${set}${inSubscription(subscriptionOf(clusterId))}`
}

/** A command that lists the private endpoints of a registry. */
export function listPrivateEndpointsCommand(registryId: string): string {
  return ofRegistry('private-endpoint-connection list --registry-name', registryId, '--output table')
}

/** A command that shows whether a registry takes tokens for Azure Resource Manager. */
export function showArmAudienceCommand(registryId: string): string {
  return ofRegistry('config authentication-as-arm show --registry', registryId)
}

/** A command that lists the tags of a repository. */
export function listTagsCommand(registryId: string, repository: string): string {
  return acrCommand('repository show-tags', registryId, `--repository ${shellQuote(repository)} --output table`)
}

/** A command that shows one image of a registry: `repository:tag` or `repository@digest`. */
export function showImageCommand(registryId: string, image: string): string {
  return acrCommand('repository show', registryId, `--image ${shellQuote(image)}`)
}

/** A command that lists the cache rules of a registry, each with the repository that it fills. */
export function listCacheRulesCommand(registryId: string): string {
  const { subscriptionId, name } = parseResourceId(registryId) ?? {}
  if (!subscriptionId || !name) return listCommand('acr', '')
  return `az acr cache list --registry ${name} --output table${inSubscription(subscriptionId)}`
}

/** A command that lists the manifests of a repository, the newest first. */
export function listManifestsCommand(registryId: string, repository: string): string {
  const { subscriptionId, name } = parseResourceId(registryId) ?? {}
  if (!subscriptionId || !name) return listCommand('acr', '')
  return `az acr manifest list-metadata --registry ${name} --name ${shellQuote(repository)} --orderby time_desc${inSubscription(subscriptionId)}`
}

function inSubscription(id: string): string {
  return id && ` --subscription ${shellQuote(id)}`
}

function subscriptionOf(scope: string): string {
  return /^\/subscriptions\/([^/]+)/i.exec(scope)?.[1] ?? ''
}

/** Always in double quotes where a shell leaves the text alone there (single quotes inside stay readable), else as a shell needs it. */
export function quoted(text: string): string {
  if (/^[\w./:@=,+-]+$/.test(text)) return text
  // Inside double quotes a shell looks at " $ ` \ and, when interactive, at !.
  return /["$`\\!]/.test(text) ? shellQuote(text) : `"${text}"`
}

/** A command that lists the roles that a principal holds at a scope, inherited ones and those of its groups included. */
export function showHeldRolesCommand(objectId: string, scope: string): string {
  return (
    `az role assignment list --assignee ${shellQuote(objectId)} --scope ${shellQuote(scope)}` +
    `${inSubscription(subscriptionOf(scope))} --include-inherited --include-groups --output table`
  )
}

/** A kubectl command, such as `kubectl get pods`, with its namespace, and further words that others may have chosen. */
export function kubectlCommand(verb: string, namespace = '', ...words: string[]): string {
  return [
    `kubectl ${verb}`,
    ...words.map(shellQuote),
    ...(namespace ? ['--namespace', shellQuote(namespace)] : []),
  ].join(' ')
}
