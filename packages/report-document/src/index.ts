export { annotateDrift, explainDrift, explainUnchecked, findCauses } from './causes.js'
export { describeDriftInFull } from './drift-markdown.js'
export { describeRow, markUnchecked, stateOfFailure, stateOfImage } from './row.js'
export { countDrift, countWorst, countUnchecked, describeDrift, nameRegistry } from './drift-text.js'
export {
  compareJudged,
  countTargets,
  isHarmless,
  keyOf,
  mergeDrifts,
  nameTargets,
  selectUnchecked,
  stateOf,
  states,
  whereAsked,
  worstOf,
  markOf,
  worstState,
} from './drift.js'
export type { Drift, DriftItem, State } from './drift.js'
export { findDrift, toDrift } from './find-drift.js'
export { toGrid, toSpot } from './grid.js'
export { groupProblems, problemsToMarkdown, type Problem, type ProblemGroup } from './problems.js'
export { toReportJson, type Report } from './report-json.js'
