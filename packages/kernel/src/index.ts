export { formatElapsed, formatSeconds } from './duration.js'
export {
  ActionError,
  answerOf,
  azureCode,
  azureMessage,
  cancelled,
  isAbort,
  isErrorCode,
  isForbidden,
  isGone,
  isNotFound,
  isRepeated,
  isUnknowable,
  mayBeDone,
  messageOf,
  saysNotFound,
  toActionError,
  type AzureAnswer,
  type ErrorCode,
  type Quote,
  unknowableDetail,
} from './error.js'
export { notice, type Finding, type FindingCode, type Unknown, warning } from './finding.js'
export {
  choices,
  fix,
  joinFixes,
  mergeFixes,
  partsOf,
  printFix,
  type Fix,
  type FixPart,
  withoutCommands,
} from './fix.js'
export { cut, oneLine, withoutStop } from './foreign-text.js'
export { hash } from './hash.js'
export { isMisdirected, isOpen } from './http-status.js'
export { invalidInputs, type Problem } from './invalid-inputs.js'
export { chunk, chunkByWeight, compareNaturally, distinctOf, groupBy, nameSome, shareOut, type Group } from './lists.js'
export { memoize, once } from './memoize.js'
export { plainText } from './plain-text.js'
export { type PullCause } from './pull-cause.js'
export { createInputReader, inputText, isGuid, quote, type InputReader } from './reader.js'
export { attempt, attemptNow, attemptOrCancelled, type Result, valuesOf } from './result.js'
export { retry } from './retry.js'
export { annotate, failStep } from './runner/annotations.js'
export { cancellation } from './runner/cancellation.js'
export { createLogger, withTime } from './runner/log.js'
export { setOutput } from './runner/outputs.js'
export { encodeBasic, hideFromPrograms, mask, redactJson } from './runner/secrets.js'
export { isPostStep, noteLeftover, readLeftovers } from './runner/state.js'
export { addToSummary } from './runner/step-summary.js'
export { makeTempFolder } from './runner/temp-folder.js'
export { joinSearches, search, type Search } from './search.js'
export { isAlmost } from './similarity.js'
export { type Limits, type Logger, type Surroundings } from './surroundings.js'
export {
  abortable,
  atMost,
  createStopwatch,
  startLimit,
  systemClock,
  type Clock,
  type Stage,
  type Stopwatch,
  type TimeLimit,
  type Wait,
  waitFor,
  withGrace,
} from './time.js'
export { wrapCommand } from './wrap-command.js'
