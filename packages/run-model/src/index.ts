export {
  endImage,
  isUnread,
  pinned,
  selectWantedBy,
  settle,
  type CheckedImage,
  type WantedBy,
} from './checked-image.js'
export { type Fate, type FormerDrift, type SettleDrift, type Since } from './former-drift.js'
export { explainLost, explainUnseen, noteUnseenIdentities, type IdentityState } from './identity-state.js'
export {
  modes,
  type DriftInputs,
  type EveryReference,
  type Filter,
  type IdReference,
  type Inputs,
  type MergeInputs,
  type Mode,
} from './inputs.js'
export { accountName, describePlace, isManifestKey, manifestKey, type ManifestImage } from './manifest.js'
export { isCounted, type Lookup, type Observed, type ObservedPair, type SideEffects } from './observed.js'
export { byOperation, type Outcome, type Verification } from './outcome.js'
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
  type MembershipChange,
  type Operation,
  type Plan,
  type PlannedFinding,
  type PlannedPair,
} from './plan.js'
export { type Pending, type Progress } from './progress.js'
export { isAsked, type Doing, type NodePull, type ProbeImage, type PullVerdict } from './pull.js'
export { explainBoots, indexPullers, type Boot, type Pullers } from './pullers.js'
export { findRemaining } from './remaining.js'
export {
  hasAccess,
  isDrifted,
  learn,
  startRun,
  type PairResult,
  type PlannedRun,
  type Result,
  type Run,
} from './run.js'
export { clusterOf, countUses, isRunningKey, nameUses, runningKey } from './running-image.js'
export {
  runningStatuses,
  type ClusterWorkloads,
  type NamespaceChoice,
  type RunningStatus,
  type RunningUse,
  type WorkloadContainer,
} from './workload.js'
