export { endImage, isUnread, pinned, selectWantedBy, settle, type CheckedImage } from './checked-image.js'
export { explainLost, noteUnseenIdentities, type IdentityState } from './identity-state.js'
export { type DriftInputs, type EveryReference, type Inputs, type MergeInputs } from './inputs.js'
export { accountName, describePlace, type ManifestImage } from './manifest.js'
export { isCounted, type Lookup, type Observed, type ObservedPair } from './observed.js'
export { type Outcome, type Verification } from './outcome.js'
export { isCreation, isDirect, isGrant, wordsOf, type Operation, type Plan, type PlannedPair } from './plan.js'
export { type Pending, type Progress } from './progress.js'
export { type NodePull } from './pull.js'
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
export { countUses, nameUses } from './running-image.js'
export { runningStatuses, type ClusterWorkloads, type WorkloadContainer } from './workload.js'
