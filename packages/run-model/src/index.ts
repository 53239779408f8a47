export { endImage, isForNodes, judgeImage, selectWantedBy, settle, type CheckedImage } from './checked-image.js'
export { type EveryReference, type Inputs } from './inputs.js'
export { describePlaceInManifest, type ManifestImage } from './manifest.js'
export { explainLost, noteUnseenIdentities } from './observed.js'
export type { IdentityState, Lookup, Observed, ObservedPair } from './observed.js'
export {
  afterMove,
  grantFor,
  isCreation,
  isDirect,
  isForMove,
  isGrant,
  lackOf,
  selectForToday,
  toLack,
  wordsOfOperation,
} from './plan.js'
export type { Lack, Operation, Plan, PlannedPair } from './plan.js'
export { createOutcomeOf, type Outcome, type Pending, type Progress, type Verification } from './progress.js'
export { type NodePull } from './pull.js'
export { findRemaining, isOwnPullRole, listNewOwn } from './remaining.js'
export { createTargetOf, startRun, type PairResult, type PlannedRun, type Result, type Run } from './run.js'
export {
  errorOf,
  hasAccess,
  judge,
  lostBy,
  stateOf,
  statusOf,
  withError,
  type Ending,
  type Lost,
  type Standing,
  type Today,
} from './standing.js'
export { states, worstOf, type State } from './state.js'
export { countUses, nameUses, runningStatuses, type ClusterWorkloads, type WorkloadContainer } from './workload.js'
export { setUpToCheck } from './check-set-up.js'
