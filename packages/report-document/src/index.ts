export { describeDriftInFull, describeMany, listToMarkdown } from './drift-markdown.js'
export {
  annotateDrift,
  countDrift,
  countUnchecked,
  describeDrift,
  explainDrift,
  explainUnchecked,
  nameRegistry,
} from './drift-text.js'
export { keyOf, mergeDrifts, selectTargets, selectUnchecked, type Drift, type DriftItem } from './drift.js'
export { findDrift, toDrift, whereAsked } from './find-drift.js'
export {
  bullets,
  codeSpan,
  escapeMarkdown,
  escapeMessage,
  fence,
  firstOf,
  folded,
  joinParts,
  table,
} from './markdown.js'
export { groupProblems, type Problem, type ProblemGroup } from './problems.js'
export { toImageJson, toReportJson, type Report } from './report-json.js'
export { problemsToMarkdown, unseenToMarkdown } from './sections.js'
export { stateOf, stateTexts, states, type JobRow, type State } from './states.js'
export {
  countTargets,
  cut,
  endSentence,
  excerpt,
  formatSize,
  namePlaces,
  nameRun,
  nameWorkflow,
  plural,
  runLink,
  version,
} from './text.js'
