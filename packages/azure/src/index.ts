export {
  findAccess,
  holdOf,
  listExcess,
  listGrants,
  reachOf,
  reachTogether,
  type Access,
  type GrantedBy,
  strongest,
  type VerifyLevel,
  weakest,
} from './access.js'
export {
  acrCommand,
  aksCommand,
  invokeCommand,
  kubectlCommand,
  listCommand,
  listNetworkRulesCommand,
  listPrivateEndpointsCommand,
  nodePoolCommand,
  serviceAccountPullVersion,
} from './az-commands.js'
export {
  adviseOnSecret,
  findServicePrincipalCommand,
  addGroupMemberCommand,
  listMembersCommand,
} from './az-directory-commands.js'
export { listManifestsCommand, listTagsCommand, showImageCommand, showLockCommand } from './az-image-commands.js'
export {
  createRoleAssignmentCommand,
  listHeldRolesCommand,
  listRoleAssignmentChangesCommand,
  showAssignmentCommand,
} from './az-role-commands.js'
export { az, doubleQuoted, inSubscriptionOf, json, option, raw, shell, subscriptionOf } from './az.js'
export {
  describeCaller,
  type Auth,
  type Caller,
  type Credentials,
  type OidcAuth,
  type Session,
  type SourceCredentials,
} from './caller.js'
export { cloudNames, cloudOf, metadataService, type Cloud } from './cloud.js'
export { findAdmission } from './federated-subject.js'
export { allowsDelegation, delegationCondition, type Delegation } from './delegation-condition.js'
export {
  clusterRoles,
  grantCommands,
  isCustomRole,
  namespaceScope,
  probePodsRole,
  probeRole,
  runCommandRole,
  type NeededGrant,
} from './grants.js'
export {
  explainDelegationLimit,
  limitedByCondition,
  limitedToOthers,
  type DelegatedAssignment,
} from './delegation-limit.js'
export { setUpCommands } from './set-up-command.js'
export {
  formatImageSource,
  isRepositoryReference,
  loginServerOf,
  nameImage,
  nameImageRequest,
  nameSource,
  parseImageRequest,
  parseImageSource,
  type ImageRequest,
  type ImageSource,
} from './image-reference.js'
export {
  describeImage,
  explainLock,
  fixes,
  isUnread,
  pauseImage,
  pausePlatforms,
  pinned,
  shortDigest,
  type Content,
  type ObservedImage,
  type PlannedImage,
  type Seen,
} from './image.js'
export { describePlace, namePlaces, namesOf, shortenGuids, shortGuid, withoutIds } from './names.js'
export type { Nameable } from './names.js'
export { describeSource, formatResourceScope, titlesOf } from './scopes.js'
export { type ChosenNode, type ClusterNode, type Selection, type Taint } from './node.js'
export { unknowable } from './other-tenant.js'
export {
  describeIgnored,
  isOwnServer,
  isSameLabel,
  labelOf,
  describeQuarantine,
  moved,
  pullRole,
  type Registry,
  type RegistryWithRole,
  type RegionalEndpoints,
  type SoftDelete,
} from './registry.js'
export {
  formatResourceId,
  isAtOrAbove,
  isIdOf,
  lastSegment,
  normalizeId,
  parseResourceId,
  resourceTypes,
  sameId,
  subscriptionsOf,
  type ResourceId,
} from './resource-id.js'
export {
  isAssignmentOf,
  otherRoleAssignmentName,
  roleAssignmentId,
  roleAssignmentName,
  type DesiredGrant,
  type PrincipalType,
  type RoleAssignment,
  type Roles,
  isCounted,
} from './role-assignment.js'
export {
  builtInRoles,
  canListRepositories,
  canPull,
  canPullInSomeMode,
  isAllowed,
  listRepositoryActions,
  mayMoreThanPull,
  type Permission,
  type RoleAssignmentMode,
  type RoleDefinition,
} from './roles.js'
export {
  accountName,
  type Constraints,
  type NodeTerm,
  type Platform,
  type Requirement,
  type Toleration,
} from './scheduling.js'
export {
  describePhase,
  offerOf,
  phaseOf,
  principalOf,
  pullsAsServiceAccounts,
  type ClusterAccess,
  type NodeIdentity,
  type Phase,
  type Puller,
  type ServiceAccountPull,
  type Target,
} from './target.js'
export { advisePermissions } from './workflow-permissions.js'
