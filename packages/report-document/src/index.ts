export {
  adviceOf,
  annotateFailures,
  annotateFindings,
  annotateUnseen,
  createAnswerDescriber,
  createQuoteFilter,
  describeAzureAnswer,
  describeOthers,
  groupByFix,
  groupFindings,
  maxAnnotations,
  printFailures,
  type Problem,
} from './annotations.js'
export { fromAnswerJson } from './answer-json.js'
export { describeDriftInFull, describeMany, maxListed, moreLines } from './drift-markdown.js'
export {
  annotateDrift,
  checkFailure,
  countDrift,
  countUnchecked,
  describeDrift,
  driftFailure,
  nameRegistry,
} from './drift-text.js'
export {
  findDrift,
  isNotCompared,
  keyOf,
  mergeDrifts,
  selectTargets,
  selectUnchecked,
  selectUnseen,
  toDrift,
  type Drift,
  type DriftItem,
  type DriftReport,
} from './drift.js'
export { fitReport, maxImagesCharacters, maxLoginServersCharacters, toListOutput, toReportOutput } from './fit.js'
export {
  describeCell,
  nameSubscriptions,
  narrow,
  toHeatMap,
  toSpot,
  type HeatMap,
  type Spot,
  worstOf,
} from './heat-map.js'
export { toImageJson } from './image-json.js'
export { type JobRow } from './job-row.js'
export {
  bullets,
  codeSpan,
  escapeMarkdown,
  escapeMessage,
  fence,
  firstOf,
  fitSummary,
  folded,
  joinParts,
  maxFolded,
  table,
  tableInRoom,
} from './markdown.js'
export { toNameable } from './pair-names.js'
export { type Repair } from './repair.js'
export { toReportJson, type Report } from './report-json.js'
export { failuresToMarkdown, findingsToMarkdown, unseenToMarkdown } from './sections.js'
export { findingMarks, rankOfPair, shownStatus, stateMarks, stateOf, stateWords, states, type State } from './states.js'
export {
  countTargets,
  cut,
  describeSource,
  documentationLink,
  endSentence,
  excerpt,
  formatCount,
  formatResourceScope,
  formatSize,
  maxNamed,
  namePlaces,
  nameRun,
  nameWorkflow,
  plural,
  runLink,
  shortenGuids,
} from './text.js'
export { version } from './version.js'
