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
} from './drift.js'
export { findDrift, toDrift, whereAsked } from './find-drift.js'
export { groupProblems, problemsToMarkdown, type Problem, type ProblemGroup } from './problems.js'
export { stateOf, states, toReportJson, type Report, type State } from './report-json.js'
