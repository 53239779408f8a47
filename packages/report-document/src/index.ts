export { annotateDrift, explainDrift, explainUnchecked, findCauses } from './causes.js'
export { describeDriftInFull, listUnseen } from './drift-markdown.js'
export { countDrift, countWorst, countUnchecked, nameRegistry, sayDrift } from './drift-text.js'
export {
  compareJudged,
  countTargets,
  isHarmless,
  keyOf,
  mergeDrifts,
  nameTargets,
  selectUnchecked,
  markOf,
  worstState,
} from './drift.js'
export type { Drift, DriftItem } from './drift.js'
export { listFailures } from './failures.js'
export { findingsOf, nameSubjects, nameTargetsOf } from './findings.js'
export { findDrift, listRunning, toDrift, toUse } from './find-drift.js'
export { toGrid, toSpot } from './grid.js'
export { sayWhy } from './pair-words.js'
export { groupProblems, problemsToMarkdown, toHeadline, type Problem, type ProblemGroup } from './problems.js'
export { toReport } from './report.js'
export type { ImageRow, ManifestRow, Pair, Report, CheckedWorkload } from './report.js'
export { judgeReport, toReportJson, type QuotedReport, type ReportJson } from './report-json.js'
