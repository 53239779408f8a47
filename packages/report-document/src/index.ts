export { findCauses } from './causes.js'
export { describeDriftInFull } from './drift-markdown.js'
export { countDrift, countDrifted, countUnchecked, describeDrift, nameRegistry } from './drift-text.js'
export {
  countTargets,
  keyOf,
  mergeDrifts,
  selectTargets,
  selectUnchecked,
  type Drift,
  type DriftItem,
} from './drift.js'
export { annotateDrift, explainDrift, explainUnchecked } from './explain-drift.js'
export { findDrift, toDrift, whereAsked } from './find-drift.js'
export { toGrid, toSpot } from './grid.js'
export { groupProblems, problemsToMarkdown, type Problem, type ProblemGroup } from './problems.js'
export { stateOf, states, toReportJson, type Report } from './report-json.js'
