import { az, doubleQuoted, json, inSubscriptionOf, option, raw, shell, subscriptionOf } from './az.js'
import { parseResourceId } from './resource-id.js'
import type { RoleAssignment } from './role-assignment.js'

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

/** A role of a principal at a scope. */
interface Grant {
  /** If it is unknown, it is empty, and `name` is used. */
  objectId: string
  /** A client ID. */
  name?: string
  type: string
  role: string
  scope: string
  condition?: string
}

function assigneeOf({ objectId, name = '' }: Pick<Grant, 'objectId' | 'name'>) {
  return objectId ? option('--assignee-object-id', objectId) : raw(shell`--assignee ${doubleQuoted(name)}`)
}

export function createRoleAssignmentCommand({ type, role, scope, condition = '', ...principal }: Grant): string {
  const conditionOptions = condition && shell`--condition-version 2.0 --condition ${doubleQuoted(condition)}`
  return az`role assignment create ${assigneeOf(principal)} ${option('--assignee-principal-type', principal.objectId && type)}
    --role ${doubleQuoted(role)} --scope ${doubleQuoted(scope)} ${inSubscriptionOf(scope)}
    ${raw(conditionOptions)}`
}

/**
 * Deletes a principal's assignments of a role at exactly this scope, if there are any. It has to run before a create that changes the condition:
 * `az role assignment create` counts an existing assignment as success, whatever its condition.
 */
export function withdrawRoleCommand({ role, scope, ...principal }: Omit<Grant, 'type' | 'condition'>): string {
  return az`role assignment list ${assigneeOf(principal)} --role ${doubleQuoted(role)} --scope ${doubleQuoted(scope)} ${inSubscriptionOf(scope)}
    --query "[].id" --output tsv | xargs -r az role assignment delete ${inSubscriptionOf(scope)} --ids`
}

/**
 * The newest api-version that returns `securityProfile.serviceAccountImagePullProfile` of a cluster. Stable versions hide it, even 2026-08-01; previews
 * live about a year (azure-rest-api-specs pull request 40533).
 */
export const serviceAccountPullVersion = '2026-08-02-preview'

/** Shows whether, and with which default identity, a cluster pulls as service accounts. */
export function showServiceAccountPullCommand(clusterId: string): string {
  return az`rest --method get --url ${`${clusterId}?api-version=${serviceAccountPullVersion}`}
    --query properties.securityProfile.serviceAccountImagePullProfile`
}

export function showAssignmentCommand(id: string): string {
  return az`rest --method get --url ${`${id}?api-version=2022-04-01`}`
}

/**
 * Replaces the condition of an assignment in one request, so that its holder never lacks the role: `az role assignment create` leaves an existing
 * condition as it is. A request with the same name, scope, principal and role is an update (learn.microsoft.com/rest/api/authorization/role-assignments/create).
 */
export function limitAssignmentCommand(assignment: RoleAssignment, condition: string): string {
  const { id, principalId, principalType, scope, roleId } = assignment
  const roleDefinitionId = `/subscriptions/${subscriptionOf(scope)}/providers/Microsoft.Authorization/roleDefinitions/${roleId}`
  const properties = { roleDefinitionId, principalId, principalType, condition, conditionVersion: '2.0' }
  return az`rest --method put --url ${`${id}?api-version=2022-04-01`} --body ${json({ properties })}`
}

export function deleteRoleAssignmentCommand(id: string): string {
  return az`role assignment delete --ids ${id} ${inSubscriptionOf(id)}`
}

/** Creates a user-assigned identity with that resource ID. */
export function createIdentityCommand(identityId: string): string {
  const id = parseResourceId(identityId)
  if (!id) return listCommand('identity', '')
  return az`identity create --subscription ${id.subscriptionId} --resource-group ${id.resourceGroup} --name ${id.name}`
}

/** Lists the resource IDs of a subscription's resource groups, clusters, registries, identities or all its resources. */
export function listCommand(noun: 'group' | 'aks' | 'acr' | 'identity' | 'resource', subscriptionId: string): string {
  return az`${noun} list ${option('--subscription', subscriptionId)} --query "[].id" --output tsv`
}

/** Prints the service principal that has this ID; prints nothing if the user's tenant has none. */
export function findServicePrincipalCommand(property: 'id' | 'appId', id: string): string {
  return az`ad sp list --filter ${doubleQuoted(`${property} eq '${id}'`)} --query "[].{name:displayName, objectId:id}" --output table`
}

/** Lists the clusters that pull with a managed identity, in the subscription of a cluster or identity. */
export function listSharersCommand(resourceId: string, objectId: string): string {
  const query = `[?identityProfile.kubeletidentity.objectId=='${objectId}'].id`
  return az`aks list ${inSubscriptionOf(resourceId)} --query ${doubleQuoted(query)} --output tsv`
}

/** Lists the direct members of a group. */
export function listMembersCommand(groupId: string): string {
  return az`ad group member list --group ${groupId} --query "[].{name:displayName, objectId:id}" --output table`
}

export function groupMemberCommand(verb: 'add' | 'remove', groupId: string, objectId: string): string {
  return az`ad group member ${verb} --group ${groupId} --member-id ${objectId}`
}

/** Lists who changed role assignments in a resource's group within the last seven days. */
export function listRoleAssignmentChangesCommand(resourceId: string): string {
  const { subscriptionId, resourceGroup = '' } = parseResourceId(resourceId) ?? {}
  const query =
    "[?contains(operationName.value, 'roleAssignments')].{time:eventTimestamp, who:caller, what:operationName.value, on:resourceId}"
  return az`monitor activity-log list ${option('--subscription', subscriptionId)} --resource-group ${resourceGroup} --offset 7d --query ${doubleQuoted(query)} --output table`
}

export function showPolicyAssignmentCommand(id: string): string {
  const [, scope = '', name = ''] =
    /^(.*)\/providers\/Microsoft\.Authorization\/policyAssignments\/([^/]+)$/i.exec(id) ?? []
  return az`policy assignment show --name ${name} --scope ${scope} ${inSubscriptionOf(scope)}`
}

/** The option of `az acr` that takes the registry's name, for the commands where it isn't `--name`. */
const registryOptions: Partial<Record<string, string>> = {
  'cache list': '--registry',
  'config authentication-as-arm show': '--registry',
  'manifest list-deleted': '--registry',
  'manifest list-metadata': '--registry',
  'manifest restore': '--registry',
  'private-endpoint-connection list': '--registry-name',
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
  return acrCommand('private-endpoint-connection list', registryId, '--output table')
}

export function listTagsCommand(registryId: string, repository: string): string {
  return acrCommand('repository show-tags', registryId, shell`--repository ${repository} --output table`)
}

/** @param image `repository:tag` or `repository@digest` */
export function showImageCommand(registryId: string, image: string): string {
  return acrCommand('repository show', registryId, shell`--image ${image}`)
}

/** Lists the manifests of a repository, newest first. */
export function listManifestsCommand(registryId: string, repository: string): string {
  return acrCommand('manifest list-metadata', registryId, shell`--name ${repository} --orderby time_desc`)
}

/** Lists the manifests of a repository that soft delete keeps, which a registry does even if the repository is gone. */
export function listDeletedCommand(registryId: string, repository: string): string {
  return acrCommand('manifest list-deleted', registryId, shell`--name ${repository}`)
}

/** Restores a manifest that soft delete keeps, and its tag. Without a digest, the one that was deleted last. @param name `repository`, or `repository:tag` */
export function restoreManifestCommand(registryId: string, name: string, digest: string): string {
  return acrCommand('manifest restore', registryId, shell`--name ${name} ${option('--digest', digest)}`)
}

/** Imports an image into a registry, which also gives an image of the registry itself another tag. @param target `repository:tag` */
export function importCommand(registryId: string, source: string, target: string): string {
  return acrCommand('import', registryId, shell`--source ${source} ${target.includes('@') ? [] : ['--image', target]}`)
}

/** Takes a lock from an image that lets nobody pull it. @param image `repository:tag` or `repository@digest` */
export function unlockImageCommand(registryId: string, image: string): string {
  return acrCommand('repository update', registryId, shell`--image ${image} --read-enabled true`)
}

/** Allows Run Command on a cluster, for which `az aks` has no option. Like `az aks update`, it writes the whole cluster. */
export function enableRunCommandCommand(clusterId: string): string {
  return az`resource update --ids ${clusterId} --api-version 2025-03-01 --set properties.apiServerAccessProfile.disableRunCommand=false ${inSubscriptionOf(clusterId)}`
}

/** A kubectl command, such as `kubectl get pods`. @param words further arguments, which may be anything */
export function kubectlCommand(verb: string, namespace = '', ...words: string[]): string {
  return shell`kubectl ${raw(verb)} ${words} ${option('--namespace', namespace)}`
}
