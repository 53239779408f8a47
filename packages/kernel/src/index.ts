export { formatElapsed, formatSeconds } from './text.js'
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
export { cut, oneLine, withoutStop } from './text.js'
export { hash } from './hash.js'
export { isMisdirected, isOpen } from './error.js'
export { invalidInputs, type Problem } from './reader.js'
export { chunk, chunkByWeight, compareNaturally, distinctOf, groupBy, nameSome, shareOut, type Group } from './lists.js'
export { memoize, once } from './lists.js'
export { plainText } from './text.js'
export { type PullCause } from './error.js'
export { createInputReader, inputText, isGuid, quote, type InputReader } from './reader.js'
export { attempt, attemptNow, attemptOrCancelled, type Result, valuesOf } from './result.js'
export { retry } from './retry.js'
export { annotate, failStep } from './runner/log.js'
export { cancellation } from './runner/cancellation.js'
export { createLogger, withTime } from './runner/log.js'
export { setOutput } from './runner/outputs.js'
export { encodeBasic, hideFromPrograms, mask, redactJson } from './runner/secrets.js'
export { isPostStep, noteLeftover, readLeftovers } from './runner/state.js'
export { addToSummary } from './runner/outputs.js'
export { makeTempFolder } from './runner/temp-folder.js'
export { joinSearches, search, type Search } from './result.js'
export { isAlmost } from './text.js'
export { type Limits, type Logger, type Surroundings } from './runner/log.js'
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
