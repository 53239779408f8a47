export { findRefused, isConditionRefusal, justAssigned } from './arm/authorization.js'
export { type Cluster } from './arm/clusters.js'
export { isHashConflict } from './arm/errors.js'
export { isVerdict } from './arm/import-errors.js'
export { createRegistry, startImport, type Import } from './arm/registry-operations.js'
export { notYetInEffect } from './arm/new-roles.js'
export { armActions, namePlace, scopeOf } from './arm/requests.js'
export { queryClusterIds, queryClustersPullingWith, queryRegistries } from './arm/resource-graph.js'
export { getResource, resources, listResources, type Identity } from './arm/resources.js'
export {
  createRoleAssignment,
  deleteRoleAssignment,
  getRoleAssignment,
  listRoleAssignments,
  readExistingName,
} from './arm/role-assignments.js'
export { findRoleDefinition, getRoleDefinition, listPermissions } from './arm/role-definitions.js'
export { getKubeconfig, runCommand, submitCommand, type Command, type CommandResult } from './arm/run-command.js'
export {
  findTenant,
  isOtherTenant,
  listSubscriptionIdsOnce,
  namesSoFar,
  searchSubscriptions,
  seesNothing,
} from './arm/subscriptions.js'
export { completeCaller } from './ask.js'
export { connect, type AzureContext } from './clients.js'
export { type SignInWith, type SigningIn } from './entra/sign-in.js'
export { findTokenEndpoint, keepIdToken, requestIdToken } from './github/id-token.js'
export {
  addMember,
  checkMemberGroups,
  findExisting,
  findServicePrincipal,
  getObject,
  isMemberAlready,
  listSecretEnds,
  listTransitiveMembers,
} from './graph/directory.js'
export { createHttpClient } from './http/client.js'
export { openAhead } from './http/connections.js'
export { describeWay, findUnusableProxies, maskProxyPasswords, proxyFor } from './http/proxy.js'
export { pauseBefore } from './http/retries.js'
export { describeUnread, rememberContent } from './registry/content.js'
export { type ResolvedSource } from './registry/distribution.js'
export { describeUnreadable, isMissing } from './registry/errors.js'
export { findExplanation, isCode, rule, type Rule } from './rule.js'
export { megabyte } from './services.js'
