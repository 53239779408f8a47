export { explainBoots, readBoots, type Boots } from './boots.js'
export { type Boot, type Bystanders, type ClusterName, type Holding } from './bystanders.js'
export {
  endImage,
  isUnread,
  pinned,
  selectWantedBy,
  settle,
  type AskedImage,
  type CheckedImage,
  type WantedBy,
} from './checked-image.js'
export { type Fate, type FormerDrift, type SettleDrift, type Since } from './former-drift.js'
export {
  modes,
  type Desired,
  type DriftInputs,
  type EveryReference,
  type Filter,
  type IdReference,
  type Inputs,
  type MergeInputs,
  type Mode,
  type ProbeInputs,
  type ProbeName,
} from './inputs.js'
export { accountName, describePlace, isManifestKey, manifestKey, type ManifestImage } from './manifest.js'
export { isCounted, type Lookup, type Observed, type ObservedPair, type UnreadIdentity } from './observed.js'
export { type Outcome, type Verification } from './outcome.js'
export {
  describeEffect,
  describeFailure,
  describeLack,
  describeOperation,
  isCreation,
  isDirect,
  isGrant,
  isMembershipChange,
  type Assignment,
  type CreateRegistry,
  type CreateRoleAssignment,
  type DeleteRoleAssignment,
  type MembershipChange,
  type Operation,
  type Plan,
  type PlannedFinding,
  type PlannedPair,
} from './plan.js'
export { type Pending, type Progress } from './progress.js'
export { isAsked, type Doing, type NodePull, type ProbeImage, type PullVerdict } from './pull.js'
export { findRemaining } from './remaining.js'
export {
  hasAccess,
  isDrifted,
  learn,
  startRun,
  type IdentityState,
  type PairResult,
  type PlannedRun,
  type Result,
  type Run,
} from './run.js'
export { clusterOf, countUses, isRunningKey, nameUses, runningKey } from './running-image.js'
export { noteUnseenIdentities } from './unseen-identities.js'
export {
  countElsewhere,
  runningStatuses,
  type ClusterWorkloads,
  type NamespaceChoice,
  type RunningStatus,
  type RunningUse,
  type WorkloadContainer,
} from './workload.js'
