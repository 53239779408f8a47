export { endImage, isUnread, pinned, selectWantedBy, settle, type CheckedImage } from './checked-image.js'
export { type DriftInputs, type EveryReference, type Inputs, type MergeInputs } from './inputs.js'
export { accountName, describePlace, type ManifestImage } from './manifest.js'
export { explainLost, isCounted, noteUnseenIdentities } from './observed.js'
export type { IdentityState, Lookup, Observed, ObservedPair } from './observed.js'
export { isCreation, isDirect, isGrant, wordsOf, type Operation, type Plan, type PlannedPair } from './plan.js'
export { type Outcome, type Pending, type Progress, type Verification } from './progress.js'
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
export { countUses, nameUses, runningStatuses, type ClusterWorkloads, type WorkloadContainer } from './workload.js'
