export { armActions } from './arm/actions.js'
export { isCode } from './arm/answer.js'
export { namePlace, scopeOf } from './arm/attempt.js'
export { completeCaller, justAssigned } from './arm/authorization.js'
export { type ArmContext } from './arm/clients.js'
export { getCluster, listClusters, type Cluster } from './arm/clusters.js'
export { isHashConflict } from './arm/errors.js'
export { getIdentity, listIdentities, type Identity } from './arm/identities.js'
export { isVerdict } from './arm/import-errors.js'
export { startImport, type Import } from './arm/import-image.js'
export { getRegistry, listRegistries } from './arm/registries.js'
export { createRegistry } from './arm/registry-creation.js'
export { queryAssignmentsOfGroups, queryClustersPullingWith, queryRegistries } from './arm/resource-graph.js'
export { deleteRoleAssignment } from './arm/role-assignment-deletion.js'
export {
  createRoleAssignment,
  getRoleAssignment,
  listAssignedTo,
  listAtScope,
  listInAndAbove,
  listOfPrincipal,
  readExistingName,
} from './arm/role-assignments.js'
export { findRoleDefinition, getRoleDefinition } from './arm/role-definitions.js'
export { getKubeconfig, runCommand, submitCommand, type Command, type CommandResult } from './arm/run-command.js'
export { getServiceAccountPull, listServiceAccountPulls } from './arm/service-account-pull.js'
export { getSoftDelete } from './arm/soft-delete.js'
export {
  findTenant,
  getResourceGroupLocation,
  isOtherTenant,
  listSubscriptionIdsOnce,
  searchSubscriptions,
  seesNothing,
} from './arm/subscriptions.js'
export { connect } from './azure.js'
export { type AzureContext } from './context.js'
export { type SignInWith, type SigningIn } from './entra/sign-in.js'
export {
  addGroupMember,
  checkMemberGroups,
  findExisting,
  findServicePrincipal,
  getObject,
  isMemberAlready,
  listParentGroups,
  listTransitiveMembers,
  removeGroupMember,
} from './graph/directory.js'
export { createHttpClient } from './http/client.js'
export { openAhead } from './http/connections.js'
export { megabyte, tokenBytes } from './http/exchange.js'
export { describeWay, findUnusableProxies, maskProxyPasswords, proxyFor } from './proxy.js'
export { describeUnread, rememberContent, type KnownContent } from './registry/content.js'
export { type ResolvedSource } from './registry/distribution.js'
export { describeUnreadable, isMissing } from './registry/errors.js'
export { findTokenEndpoint, keepIdToken, requestIdToken } from './runner/id-token.js'
