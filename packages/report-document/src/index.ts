export { describeDriftInFull, describeMany, unseenToMarkdown } from './drift-markdown.js'
export {
  annotateDrift,
  countDrift,
  countUnchecked,
  describeDrift,
  explainDrift,
  explainUnchecked,
  nameRegistry,
} from './drift-text.js'
export {
  countTargets,
  namePlaces,
  keyOf,
  mergeDrifts,
  selectTargets,
  selectUnchecked,
  type Drift,
  type DriftItem,
  stateOf,
  states,
  type State,
} from './drift.js'
export { findDrift, toDrift, whereAsked } from './find-drift.js'
export { groupProblems, problemsToMarkdown, type Problem, type ProblemGroup } from './problems.js'
export { toReportJson, type Report } from './report-json.js'
