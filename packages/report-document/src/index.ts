export { annotateDrift, explainDrift, explainUnchecked, findCauses } from './causes.js'
export { describeDriftInFull, listUnseen } from './drift-markdown.js'
export { describeRow, markUnchecked, stateOfFailure, stateOfImage } from './row.js'
export { countDrift, countWorst, countUnchecked, nameRegistry, sayDrift } from './drift-text.js'
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
export {
  groupProblems,
  problemsToMarkdown,
  toHeadline,
  findingsOf,
  nameSubjects,
  type Problem,
  type ProblemGroup,
} from './problems.js'
export { toReport, type Report } from './report-json.js'
export { toReportJson, type ReportJson } from './to-json.js'
